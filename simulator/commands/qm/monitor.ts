/**
 * `qm monitor`: the few of QEMU's commands that the lessons use.
 *
 * @source recordings guests/07b, 12, 50, 53
 */

import { guestText, instanceOf } from "../../cluster/guests/guest-view.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { bootOf } from "../guest/guest-boot.ts";
import type { Values } from "../pvecm/arguments.ts";
import { blockInfo, CAPABILITIES, migrateInfo, networkInfo, parametersInfo, uuidInfo } from "./monitor-info.ts";

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
    const runs = context.lab.read((lab) => instanceOf(lab, context.node, vmid)) !== undefined;
    await context.stdout.write(runs ? answer(context, vmid, command) : `ERROR: VM ${vmid} not running\n`);
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

const TOPICS = [
  "block",
  "kvm",
  "migrate",
  "migrate_capabilities",
  "migrate_parameters",
  "name",
  "network",
  "status",
  "uuid",
  "version",
];

function answer(context: ProgramContext, vmid: number, command: string): string {
  const { lab, node } = context;
  const limit = /^migrate_set_parameter\s+downtime-limit\s+(\d+)$/.exec(command);
  if (limit) {
    lab.act("guests/downtime-limit", { node, vmid, ms: Number(limit[1]) });
    return "";
  }
  switch (command) {
    case "help":
      return `${TOPICS.map((topic) => `info ${topic}`).join("\n")}\nmigrate_set_parameter downtime-limit MS\nquit\n`;
    case "info":
      return TOPICS.map((topic) => `info ${topic}\n`).join("");
    case "info status":
      return lab.read((state) => {
        const status = instanceOf(state, node, vmid)?.status ?? "shutdown";
        return `VM status: ${status === "postmigrate" || status === "inmigrate" ? `paused (${status})` : status}\n`;
      });
    case "info migrate":
      return lab.read((state) => migrateInfo(state, node, vmid));
    case "info migrate_parameters":
      return lab.read((state) => parametersInfo(state, node, vmid));
    case "info migrate_capabilities":
      return CAPABILITIES;
    case "info block":
      return lab.read((state) => blockInfo(state, node, vmid));
    case "info network":
      return lab.read((state) => networkInfo(state, node, vmid));
    case "info uuid":
      return lab.read((state) => uuidInfo(state, node, vmid));
    case "info name":
      return lab.read((state) => `${bootOf(instanceOf(state, node, vmid)!).hostName}\n`);
    case "info version":
      return "9.2.0 (pve-qemu-kvm_9.2.0-5)\n";
    case "info kvm":
      return "kvm support: enabled\n";
    default:
      return `unknown command: '${command}' (this simulated monitor knows few: try 'help')\n`;
  }
}
