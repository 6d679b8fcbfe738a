/** `qm agent`, `qm guest cmd` and `qm guest exec`. @source qm(1), qemu-server PVE/CLI/qm.pm (unverified) */
import { AGENT_COMMANDS, agentTrouble, askAgent } from "../../cluster/guests/agent.ts";
import { instanceOf } from "../../cluster/guests/guest-view.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { quoteForShell } from "../../shell/quoting.ts";
import { bootOf } from "../guest/guest-boot.ts";
import { guestSession } from "../guest/guest-session.ts";
import type { Values } from "../pvecm/arguments.ts";

/** Of a command's output, the agent keeps no more. @source qga/commands.c GUEST_EXEC_MAX_OUTPUT: 16 MiB; less here */
const OUTPUT_MAX = 1 << 20;

export async function agent(context: ProgramContext, values: Values): Promise<number> {
  const { lab, node } = context;
  const command = values.command ?? "";
  if (!AGENT_COMMANDS.includes(command)) {
    await context.stderr.write(
      `400 Parameter verification failed.\ncommand: value '${command}' does not have a value in the enumeration '${AGENT_COMMANDS.join(", ")}'\n`,
    );
    return 255;
  }
  const answer = lab.read((state) => askAgent(state, node, Number(values.vmid), command));
  if ("refusal" in answer) {
    await context.stderr.write(`${answer.refusal}\n`);
    return 255;
  }
  if (command !== "ping") await context.stdout.write(`${JSON.stringify(answer.result, null, 3)}\n`);
  return 0;
}

/** `qm guest exec VMID -- COMMAND`: runs in the guest, answers its status and output as JSON. */
export async function guestExec(context: ProgramContext, args: string[]): Promise<number> {
  const [vmidText, ...rest] = args;
  const words = rest.filter((word, at) => !(word === "--" && rest.indexOf("--") === at));
  const vmid = Number(vmidText);
  if (!/^[1-9]\d{2,8}$/.test(vmidText ?? "") || words.length === 0) {
    await context.stderr.write("400 not enough arguments\nqm guest exec <vmid> [<extra-args>] [OPTIONS]\n");
    return 255;
  }
  const { lab, node } = context;
  const trouble = lab.read((state) => agentTrouble(state, node, vmid));
  if (trouble !== undefined) {
    await context.stderr.write(`${trouble}\n`);
    return 255;
  }
  const boot = bootOf(lab.read((state) => instanceOf(state, node, vmid)!));
  const kept = { out: "", err: "" };
  const keep = (key: "out" | "err") => ({
    write: async (bytes: Uint8Array) => {
      if (kept[key].length < OUTPUT_MAX) kept[key] += new TextDecoder().decode(bytes);
    },
  });
  const exitcode = await guestSession(context, boot).runCommand(words.map(quoteForShell).join(" "), {
    stdin: { read: async () => undefined },
    stdout: keep("out"),
    stderr: keep("err"),
  });
  const result = {
    ...(kept.err !== "" && { "err-data": kept.err }),
    exitcode,
    exited: 1,
    ...(kept.out !== "" && { "out-data": kept.out }),
  };
  await context.stdout.write(`${JSON.stringify(result, null, 3)}\n`);
  return 0;
}
