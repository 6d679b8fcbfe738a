/** `kill` of a pid that belongs to the model: corosync ends, hangs and goes on as the real one does. */
import type { LabPort } from "../cluster/port.ts";
import type { SignalName } from "./process.ts";

export type ServiceSignalOutcome = { kind: "sent" } | { kind: "no-process" } | { kind: "not-modelled"; name: string };

const COROSYNC: Partial<Record<SignalName, "corosync/kill" | "corosync/term" | "corosync/hang" | "corosync/resume">> = {
  SIGKILL: "corosync/kill",
  SIGQUIT: "corosync/term",
  SIGTERM: "corosync/term",
  SIGINT: "corosync/term",
  SIGSTOP: "corosync/hang",
  SIGCONT: "corosync/resume",
};

/** Daemons that may be made to stand still: who needs pmxcfs waits for it, and workers of the API's servers go on by themselves. */
const STOPPABLE = ["pmxcfs", "pvedaemon", "pveproxy"];

/** pmxcfs runs although systemd did not start it: `pmxcfs -l`. */
function startedByHand(port: LabPort, node: string): boolean {
  return port.read((lab) => lab.nodes[node]?.services.units["pve-cluster"].active === "inactive");
}

/** Send a signal to a process of the model; `0` only asks whether it is there. */
export function signalService(port: LabPort, node: string, pid: number, signal: SignalName | 0): ServiceSignalOutcome {
  const name = port.read((lab) => lab.nodes[node]?.processes?.[pid]?.name);
  if (name === undefined) return { kind: "no-process" };
  if (signal === 0) return { kind: "sent" };
  if (name === "kvm" && (signal === "SIGTERM" || signal === "SIGKILL" || signal === "SIGINT")) {
    port.act("guests/kill", { node, pid });
    return { kind: "sent" };
  }
  if (name === "pmxcfs" && (signal === "SIGTERM" || signal === "SIGINT") && startedByHand(port, node)) {
    port.act("pmxcfs/stop", { node });
    return { kind: "sent" };
  }
  if (STOPPABLE.includes(name) && (signal === "SIGSTOP" || signal === "SIGCONT")) {
    port.act("services/kill", { node, pid, signal });
    return { kind: "sent" };
  }
  const input = name === "corosync" ? COROSYNC[signal] : undefined;
  if (!input && name !== "corosync" && name !== "systemd" && (signal === "SIGKILL" || signal === "SIGTERM")) {
    port.act("services/kill", { node, pid, signal });
    return { kind: "sent" };
  }
  if (!input) return { kind: "not-modelled", name };
  port.act(input, { node });
  return { kind: "sent" };
}
