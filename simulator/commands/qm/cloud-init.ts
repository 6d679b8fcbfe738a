/** `qm cloudinit`: what the API tells of a guest's cloud-init. @source qemu-server 8.4.10 PVE/CLI/qm.pm, PVE/API2/Qemu.pm */
import type { Method } from "../../api/request.ts";
import { guestConfig } from "../../cluster/guests/guest-view.ts";
import { missingText } from "../../cluster/guests/refusals.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { answerOf, knownCommand } from "../lacking/known-command.ts";
import type { CliCommand } from "../pve-cli/run-command.ts";
import type { Values } from "../pvecm/arguments.ts";

const cloudInit = (
  words: string,
  method: Method,
  path: string,
  told: (data: unknown) => string,
  params: (values: Values) => Record<string, string> = () => ({}),
): CliCommand =>
  knownCommand(`qm cloudinit ${words}`, async (context, values) => {
    const answer = await ask(context, method, Number(values.vmid), path, params(values));
    if (typeof answer === "number") return answer;
    await context.stdout.write(told(answer.data));
    return 0;
  });

export const CLOUD_INIT: CliCommand[] = [
  cloudInit(
    "dump",
    "GET",
    "/cloudinit/dump",
    (data) => `${data as string}\n`,
    ({ type }) => ({ type: type! }),
  ),
  cloudInit("pending", "GET", "/cloudinit", (data) =>
    (data as { key: string; value: string }[])
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ key, value }) => `cur ${key}: ${value}\n`)
      .join(""),
  ),
  cloudInit("update", "PUT", "/cloudinit", () => ""),
];

/** @returns the exit status after a refusal */
async function ask(
  context: ProgramContext,
  method: Method,
  vmid: number,
  path: string,
  params: Record<string, string>,
): Promise<{ data: unknown } | number> {
  const { lab, node, stderr } = context;
  if (lab.read((state) => guestConfig(state, node, vmid)) === undefined) {
    await stderr.write(`${missingText("set", vmid, node)}\n`);
    return 2;
  }
  return answerOf(context, `/nodes/${node}/qemu/${vmid}${path}`, { method, params });
}
