/**
 * `qm monitor`: the few of QEMU's commands that the lessons use.
 *
 * @source recordings guests/07b, 12, 50, 53
 */

import { expectedDowntimeMs } from "../../../models/precopy.ts";
import { instanceOf } from "../../cluster/guests/guest-view.ts";
import { migrationOf } from "../../cluster/migration/migrate-data.ts";
import type { LabState } from "../../cluster/state.ts";
import type { ProgramContext } from "../../shell/process.ts";
import type { Values } from "../pvecm/arguments.ts";

export async function monitor(context: ProgramContext, values: Values): Promise<number> {
  const vmid = Number(values.vmid);
  if (context.lab.read((lab) => instanceOf(lab, context.node, vmid)) === undefined) {
    await context.stderr.write(`ERROR: VM ${vmid} not running\n`);
    return 255;
  }
  await context.stdout.write(`Entering QEMU Monitor for VM ${vmid} - type 'help' for help\n`);
  for await (const line of linesOf(context)) {
    const command = line.trim();
    if (command === "quit" || command === "q") break;
    if (command !== "") await context.stdout.write(answer(context, vmid, command));
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

function answer(context: ProgramContext, vmid: number, command: string): string {
  const { lab, node } = context;
  const limit = /^migrate_set_parameter\s+downtime-limit\s+(\d+)$/.exec(command);
  if (limit) {
    lab.act("guests/downtime-limit", { node, vmid, ms: Number(limit[1]) });
    return "";
  }
  switch (command) {
    case "help":
      return "info status  info migrate  migrate_set_parameter downtime-limit MS  quit\n";
    case "info status":
      return lab.read((state) => {
        const status = instanceOf(state, node, vmid)?.status ?? "shutdown";
        return `VM status: ${status === "postmigrate" || status === "inmigrate" ? `paused (${status})` : status}\n`;
      });
    case "info migrate":
      return lab.read((state) => migrateInfo(state, node, vmid));
    default:
      return `unknown command: '${command}' (this simulated monitor knows few: try 'help')\n`;
  }
}

function migrateInfo(lab: Readonly<LabState>, node: string, vmid: number): string {
  const data = migrationOf(lab, node, vmid);
  if (!data?.precopy || !data.plan) return "";
  const { precopy, plan } = data;
  const kib = (mib: number) => Math.round(mib * 1024);
  const lines = [
    `Migration status: ${precopy.completed ? "completed" : "active"}`,
    `total time: ${Math.round(precopy.elapsedMs)} ms`,
    ...(precopy.completed ? [] : [`expected downtime: ${Math.round(expectedDowntimeMs(plan, precopy))} ms`]),
    `transferred ram: ${kib(precopy.sentMib)} kbytes`,
    `throughput: ${(plan.bandwidthMibPerS * 8.388608).toFixed(2)} mbps`,
    `remaining ram: ${kib(precopy.remainingMib)} kbytes`,
    `total ram: ${kib(plan.totalMib)} kbytes`,
    `dirty sync count: ${precopy.round}`,
    "page size: 4 kbytes",
    `dirty pages rate: ${Math.round(precopy.measuredDirtyMibPerS * 256)} pages`,
    ...(precopy.throttlePercent > 0 ? [`cpu throttle percentage: ${precopy.throttlePercent}`] : []),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
