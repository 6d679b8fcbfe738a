/**
 * The guest agent: what `qm agent` and the API ask a guest's own system.
 *
 * The lab's guests all have it installed; Proxmox asks it only when the configuration says `agent: 1`.
 *
 * @source qemu-server PVE/QemuServer/Agent.pm and the agent's own answers (unverified: no recording has an agent)
 */
import type { LabState } from "../state.ts";
import { parseGuestConfig } from "./guest-config.ts";
import { disksAnswer, guestText, instanceOf, machineAnswers, stoodStillMs } from "./guest-view.ts";
import type { GuestMachine } from "./guests-state.ts";
import { pluggedProcessors } from "./processors.ts";

/** Questions that take no argument, as `qm agent` names them. */
export const AGENT_COMMANDS =
  "ping fsfreeze-status get-host-name get-osinfo get-time get-timezone get-vcpus info network-get-interfaces".split(
    " ",
  );

export type AgentAnswer = { result: unknown } | { refusal: string };

/** Why a guest's agent cannot be asked; undefined when it can. */
export function agentTrouble(lab: Readonly<LabState>, node: string, vmid: number): string | undefined {
  const text = guestText(lab, node, vmid);
  if (text === undefined) {
    return `Configuration file 'nodes/${node}/qemu-server/${vmid}.conf' does not exist`;
  }
  const instance = instanceOf(lab, node, vmid);
  const { agent } = parseGuestConfig(instance?.config ?? text).keys;
  if (!/^(?:enabled=)?(?:1|on|yes|true)(?:,|$)/.test(agent ?? "0")) return "No QEMU guest agent configured";
  if (!instance) return `VM ${vmid} is not running`;
  return machineAnswers(lab, instance) && disksAnswer(lab, node, instance)
    ? undefined
    : "QEMU guest agent is not running";
}

/** Ask a guest's agent. */
export function askAgent(lab: Readonly<LabState>, node: string, vmid: number, command: string): AgentAnswer {
  const refusal = agentTrouble(lab, node, vmid);
  if (refusal !== undefined) return { refusal };
  const { machine, config } = instanceOf(lab, node, vmid)!;
  switch (command) {
    case "get-host-name":
      return { result: { "host-name": hostNameOf(config, vmid) } };
    case "get-osinfo":
      return { result: OS };
    case "get-time":
      return { result: (lab.nowMs + lab.wallOffsetMs - stoodStillMs(lab, machine)) * 1_000_000 };
    // Nothing in a lab freezes file systems.
    case "fsfreeze-status":
      return { result: "thawed" };
    case "get-timezone":
      return { result: { offset: 0, zone: "UTC" } };
    case "get-vcpus":
      return { result: processorsOf(config) };
    case "info":
      return { result: { version: "7.2.0", supported_commands: AGENT_COMMANDS.map(supported) } };
    case "network-get-interfaces":
      return { result: interfacesOf(machine) };
    default:
      return { result: {} };
  }
}

/** What a guest's system calls itself. */
export function hostNameOf(config: string, vmid: number): string {
  return parseGuestConfig(config).keys.name ?? `vm${vmid}`;
}

const OS = {
  id: "debian",
  name: "Debian GNU/Linux",
  "pretty-name": "Debian GNU/Linux 12 (bookworm)",
  version: "12 (bookworm)",
  "version-id": "12",
  machine: "x86_64",
  "kernel-release": "6.1.0-28-cloud-amd64",
};

/** The first one stays, as on a kernel that cannot do without it. */
function processorsOf(config: string) {
  const length = pluggedProcessors(parseGuestConfig(config).keys);
  return Array.from({ length }, (_, at) => ({ "can-offline": at > 0, "logical-id": at, online: true }));
}

function supported(name: string) {
  return { enabled: true, name: `guest-${name}`, "success-response": true };
}

function interfacesOf(machine: GuestMachine) {
  const address = (ip: string, prefix: number) => ({
    "ip-address": ip,
    "ip-address-type": "ipv4",
    prefix,
  });
  return [
    { name: "lo", "hardware-address": "00:00:00:00:00:00", "ip-addresses": [address("127.0.0.1", 8)] },
    ...(machine.mac === ""
      ? []
      : [
          {
            name: "eth0",
            "hardware-address": machine.mac.toLowerCase(),
            "ip-addresses": machine.address === "" ? [] : [address(machine.address, 24)],
          },
        ]),
  ];
}
