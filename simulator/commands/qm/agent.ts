/** `qm agent`, `qm guest cmd` and `qm guest exec`. @source qm(1), qemu-server PVE/CLI/qm.pm (unverified) */
import { knownFolder } from "../../api/known-paths.ts";
import { AGENT_COMMANDS, agentTrouble, askAgent } from "../../cluster/guests/agent.ts";
import { instanceOf } from "../../cluster/guests/guest-view.ts";
import { isTrue } from "../../cluster/truth.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { quoteForShell } from "../../shell/quoting.ts";
import { bootOf } from "../guest/guest-boot.ts";
import { guestSession } from "../guest/guest-session.ts";
import { notModelled } from "../printed.ts";
import { prettyJson } from "../pve-cli/print-result.ts";
import type { Values } from "../pvecm/arguments.ts";

/** Of a command's output, the agent keeps no more. @source qga/commands.c GUEST_EXEC_MAX_OUTPUT: 16 MiB; less here */
const OUTPUT_MAX = 1 << 20;

/** What `qm guest cmd` takes on a real node; some of it is not modelled. @source qemu-server PVE/API2/Qemu/Agent.pm */
export const ALL_AGENT_COMMANDS = knownFolder("/nodes/NODE/qemu/100/agent")!.names.filter(
  (name) => !/^(?:exec|exec-status|file-read|file-write|set-user-password)$/.test(name),
);

export async function agent(context: ProgramContext, values: Values): Promise<number> {
  const { lab, node } = context;
  const command = values.command!;
  const trouble = lab.read((state) => agentTrouble(state, node, Number(values.vmid)));
  if (trouble === undefined && !AGENT_COMMANDS.includes(command)) {
    await context.stderr.write(notModelled("qm", `guest cmd ${command}`));
    return 1;
  }
  const answer = lab.read((state) => askAgent(state, node, Number(values.vmid), command));
  if ("refusal" in answer) {
    await context.stderr.write(`${answer.refusal}\n`);
    return 255;
  }
  return tell(context, answer.result);
}

/** `qm guest exec VMID -- COMMAND`: runs in the guest, answers its status and output as JSON. */
export async function guestExec(context: ProgramContext, values: Values, words: string[]): Promise<number> {
  const vmid = Number(values.vmid);
  if (words.length === 0) {
    await context.stderr.write("command or input-data (or both) required\n");
    return 255;
  }
  const other = isTrue(values["pass-stdin"]) ? "--pass-stdin" : "--synchronous 0";
  if (isTrue(values["pass-stdin"]) || (values.synchronous !== undefined && !isTrue(values.synchronous))) {
    await context.stderr.write(notModelled("qm", `guest exec ${other}`));
    return 1;
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
  return tell(context, result);
}

/** An empty answer is none, and one that is no list or object stands as it is. */
async function tell({ stdout }: ProgramContext, result: unknown): Promise<number> {
  if (typeof result !== "object" || result === null) await stdout.write(`${String(result)}\n`);
  else if (Array.isArray(result) || Object.keys(result).length > 0) await stdout.write(`${prettyJson(result)}\n`);
  return 0;
}
