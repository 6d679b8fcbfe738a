/**
 * Changes of guests as `qm` and the API ask for them: what is refused at once, and the jobs that carry out the rest.
 *
 * @source recordings 20-22, 25, 28, 32, 60, guests/07b, 30; qemu-server PVE/API2/Qemu.pm for the order of checks
 */

import { requestOfHa } from "../ha/ha-requests.ts";
import { startJob } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { memberNames, migrateRefusal } from "../migration/preconditions.ts";
import { pmxcfsWritable } from "../pmxcfs/pmxcfs-view.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { isTrue } from "../truth.ts";
import { refuseUnknownPool } from "./guest-access.ts";
import { allGuests, instanceOf } from "./guest-view.ts";
import { refuseByState, refuseStorage } from "./refusals.ts";

export type GuestAction =
  | "create"
  | "start"
  | "stop"
  | "shutdown"
  | "reboot"
  | "reset"
  | "suspend"
  | "resume"
  | "destroy"
  | "set"
  | "unlock"
  | "resize"
  | "snapshot"
  | "delsnapshot"
  | "rollback"
  | "template"
  | "clone"
  | "move-disk"
  | "migrate"
  | "import"
  | "rescan";

const TASK_TYPES: Record<GuestAction, string> = {
  create: "qmcreate",
  start: "qmstart",
  stop: "qmstop",
  shutdown: "qmshutdown",
  reboot: "qmreboot",
  reset: "qmreset",
  suspend: "qmpause",
  resume: "qmresume",
  destroy: "qmdestroy",
  set: "qmconfig",
  resize: "resize",
  snapshot: "qmsnapshot",
  delsnapshot: "qmdelsnapshot",
  rollback: "qmrollback",
  template: "qmtemplate",
  clone: "qmclone",
  "move-disk": "qmmove",
  migrate: "qmigrate",
  unlock: "",
  import: "",
  rescan: "",
};

export interface GuestRequest {
  node: string;
  vmid: number;
  action: GuestAction;
  params: Record<string, string>;
  user?: string;
  tokenId?: string;
  /** `qm`, `pvedaemon`. */
  program: string;
  /** A change of the configuration without a task: `qm set`, `PUT .../config`. */
  foreground?: boolean;
}

export const NO_QUORUM = "cluster not ready - no quorum?";

/** @throws Refusal before anything is started */
export function requestGuestAction(lab: LabState, request: GuestRequest): JobState {
  const { node, vmid, action, params } = request;
  const state = lab.nodes[node];
  if (!state) throw new Refusal("unknown-node", `no such cluster node '${node}'`);
  if (["create", "start", "migrate", "clone"].includes(action) && !pmxcfsWritable(state.pmxcfs)) {
    throw new Refusal("no-quorum", NO_QUORUM);
  }
  if (action === "create" || action === "clone") refuseUnknownPool(lab, node, params.pool);
  if (action === "create") {
    const other = allGuests(lab, node).find((one) => one.vmid === vmid);
    if (other) {
      throw new Refusal(
        "already-exists",
        `unable to create VM ${vmid} - VM ${vmid} already exists on node '${other.node}'`,
      );
    }
    refuseStorage(lab, request);
  } else if (action !== "rescan") {
    if (action === "migrate") refuseUnknownTarget(lab, node, params.target ?? "");
    refuseByState(lab, request);
  }
  if (action === "migrate") {
    const refusal = migrateRefusal(lab, node, vmid, params);
    if (refusal) throw new Refusal("invalid", refusal);
  }
  const passedOn = requestOfHa(lab, request);
  if (passedOn) return passedOn;
  const foreground = request.foreground || TASK_TYPES[action] === "";
  return startJob(lab, node, {
    kind: action,
    vmid,
    data: { params: goesOffline(lab, request) ? { ...params, online: "0" } : params },
    ...(!foreground && {
      task: {
        type: action === "suspend" && isTrue(params.todisk) ? "qmsuspend" : TASK_TYPES[action],
        id: String(vmid),
        program: request.program,
        ...(request.user !== undefined && { user: request.user }),
        ...(request.tokenId !== undefined && { tokenId: request.tokenId }),
      },
    }),
  });
}

/** Said of a migration that was asked to be live. @source guests/22; qemu-server 8.3.13 PVE/API2/Qemu.pm migrate_vm */
export const OFFLINE_INSTEAD = "VM isn't running. Doing offline migration instead.";

/** Whether a migration that was asked to be live moves a guest that is off. */
export function goesOffline(lab: Readonly<LabState>, { node, vmid, action, params }: GuestRequest): boolean {
  return action === "migrate" && isTrue(params.online) && instanceOf(lab, node, vmid) === undefined;
}

function refuseUnknownTarget(lab: Readonly<LabState>, node: string, target: string): void {
  if (!memberNames(lab, node).includes(target)) throw new Refusal("invalid", `no such cluster node '${target}'`);
}

/** The same from within the model, where nobody waits to be told of a refusal: then nothing is started. */
export function tryGuestAction(lab: LabState, request: GuestRequest): JobState | undefined {
  try {
    return requestGuestAction(lab, request);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
