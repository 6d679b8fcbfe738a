/** The lab as the host of corosync-qnetd sees it: itself a machine among the nodes, so that a node's tools tell of it. */
import { QNETD_UNIT, qnetdFiles } from "../../cluster/corosync/qnetd-host.ts";
import { hardwareStack, type NetworkStack, placeAddress } from "../../cluster/host-network/network-stack.ts";
import type { LabPort } from "../../cluster/port.ts";
import type { ProcessState } from "../../cluster/processes.ts";
import type { LabState, NodeState } from "../../cluster/state.ts";

/** What programs of this host ask of a machine; what makes a node of Proxmox is not there. */
type Machine = Pick<
  NodeState,
  "name" | "power" | "bootedAtMs" | "bootCount" | "net" | "processes" | "journal" | "files" | "tasks"
>;

export function qnetdPort(port: LabPort): LabPort {
  return {
    read: (query) => port.read((lab) => query(withHost(lab))),
    act: (kind, args) => port.act(kind, args),
    sleep: (ms, signal) => port.sleep(ms, signal),
    until: (condition, options) => port.until((lab) => condition(withHost(lab)), options),
  };
}

function withHost(lab: Readonly<LabState>): Readonly<LabState> {
  const { qnetd } = lab;
  const files = qnetdFiles(lab);
  if (!qnetd || !files) return lab;
  const { name, network, address, pid, running, sinceMs } = qnetd;
  const machine: Machine = {
    name,
    power: "on",
    bootedAtMs: 0,
    bootCount: 1,
    net: networkOf(network, address),
    processes: running && pid !== undefined ? { [pid]: daemonProcess(pid, sinceMs ?? 0) } : {},
    journal: qnetd.journal ?? [],
    files: files as NodeState["files"],
    tasks: [],
  };
  return { ...lab, nodes: { ...lab.nodes, [name]: machine as NodeState } };
}

/** One card with one address. */
function networkOf(network: string, address: string): NetworkStack {
  const stack = hardwareStack([{ name: "ens18", network }]);
  const card = stack.devices[1]!;
  card.up = true;
  placeAddress(stack, card, { address, prefixLength: 24, scope: "global", label: card.name });
  return stack;
}

function daemonProcess(pid: number, startedAtMs: number): ProcessState {
  const name = "corosync-qnetd";
  return { pid, name, unit: QNETD_UNIT, startedAtMs, stopped: false, stoppedAtMs: 0, parked: [] };
}
