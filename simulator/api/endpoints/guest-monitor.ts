/**
 * A command for the monitor of a guest's QEMU. Whatever goes wrong there is part of the answer, not a refusal.
 *
 * @source qemu-server 8.4 PVE/API2/Qemu.pm monitor; of a guest that is off: recordings/pve/sent/three-nodes-bodies.json
 */
import { guestText, instanceOf } from "../../cluster/guests/guest-view.ts";
import { askMonitor } from "../../cluster/guests/monitor.ts";
import { ApiRefusal, failure, success } from "../answer.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { hasPrivilege, needs } from "../permissions.ts";
import { configurationMissing, guestOf } from "./qemu.ts";

/** What changes nothing, and so is told to who may change nothing of the node. */
const READS = /^\s*(?:info(?:\s|$)|help\s*$)/;

export const guestMonitorEndpoints: Endpoint[] = [
  {
    method: "POST",
    path: "/nodes/{node}/qemu/{vmid}/monitor",
    permission: needs("/vms/{vmid}", "VM.Monitor"),
    proxied: true,
    protected: true,
    parameters: { command: {} },
    answer: monitor,
  },
];

function monitor(context: EndpointContext) {
  const { lab, node, params, who } = context;
  const vmid = guestOf(context);
  const command = params.command!;
  if (!READS.test(command) && !lab.read((state) => hasPrivilege(state, node, who, "/", "Sys.Modify"))) {
    throw new ApiRefusal(failure(403, "Permission check failed (/, Sys.Modify)"));
  }
  if (lab.read((state) => guestText(state, node, vmid)) === undefined) throw configurationMissing(node, String(vmid));
  const runs = lab.read((state) => instanceOf(state, node, vmid)) !== undefined;
  const told = askMonitor(lab, node, vmid, command.trim());
  // QEMU ends its lines as a terminal wants them: its manual of human-monitor-command shows it.
  return success(runs ? told.replaceAll("\n", "\r\n") : told);
}
