/**
 * QEMU's monitor, as `qm monitor` and the API reach it: the few of its commands that the lessons use.
 *
 * @source recordings guests/07b, 12, 50, 53; that `quit` ends the process: QEMU's manual (no recording)
 */
import type { LabPort } from "../port.ts";
import { hostNameOf } from "./agent.ts";
import { instanceOf } from "./guest-view.ts";
import { blockInfo, CAPABILITIES, migrateInfo, networkInfo, parametersInfo, uuidInfo } from "./monitor-info.ts";

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

/**
 * What Proxmox gets from the monitor of a guest's process, which it tells instead when there is none.
 *
 * @returns lines with their ends
 */
export function askMonitor(lab: LabPort, node: string, vmid: number, command: string): string {
  const instance = lab.read((state) => instanceOf(state, node, vmid));
  if (!instance) return `ERROR: VM ${vmid} not running\n`;
  const limit = /^migrate_set_parameter\s+downtime-limit\s+(\d+)$/.exec(command);
  if (limit) {
    lab.act("guests/downtime-limit", { node, vmid, ms: Number(limit[1]) });
    return "";
  }
  switch (command) {
    case "quit":
    case "q":
      lab.act("guests/kill", { node, pid: instance.pid });
      return "";
    case "help":
      return `${TOPICS.map((topic) => `info ${topic}`).join("\n")}\nmigrate_set_parameter downtime-limit MS\nquit\n`;
    case "info":
      return TOPICS.map((topic) => `info ${topic}\n`).join("");
    case "info status":
      return `VM status: ${["postmigrate", "inmigrate"].includes(instance.status) ? `paused (${instance.status})` : instance.status}\n`;
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
      return `${hostNameOf(instance.config, vmid)}\n`;
    case "info version":
      return "9.2.0 (pve-qemu-kvm_9.2.0-5)\n";
    case "info kvm":
      return "kvm support: enabled\n";
    default:
      return `unknown command: '${command}' (this simulated monitor knows few: try 'help')\n`;
  }
}
