/** `qm monitor`: lines for QEMU's monitor, of which this program keeps `quit` to itself. @source recordings guests/07b, 12, 50, 53 */
import { guestText } from "../../cluster/guests/guest-view.ts";
import { askMonitor } from "../../cluster/guests/monitor.ts";
import type { ProgramContext } from "../../shell/process.ts";
import type { Values } from "../pvecm/arguments.ts";

export async function monitor(context: ProgramContext, values: Values): Promise<number> {
  const vmid = Number(values.vmid);
  if (context.lab.read((lab) => guestText(lab, context.node, vmid)) === undefined) {
    await context.stderr.write(`Configuration file 'nodes/${context.node}/qemu-server/${vmid}.conf' does not exist\n`);
    return 2;
  }
  await context.stdout.write(`Entering QEMU Monitor for VM ${vmid} - type 'help' for help\n`);
  for await (const line of linesOf(context)) {
    const command = line.trim();
    if (command === "quit" || command === "q") break;
    if (command === "") continue;
    await context.stdout.write(askMonitor(context.lab, context.node, vmid, command));
  }
  return 0;
}

async function* linesOf(context: ProgramContext): AsyncGenerator<string> {
  if (context.isTty.stdin && context.tty) {
    for (;;) {
      await context.stdout.write("qm> ");
      const line = await context.tty.readLine();
      if (line === undefined) return;
      yield line;
    }
  }
  let rest = "";
  const decoder = new TextDecoder();
  for (let bytes = await context.stdin.read(); bytes; bytes = await context.stdin.read()) {
    rest += decoder.decode(bytes, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield line;
  }
  if (rest !== "") yield rest;
}
