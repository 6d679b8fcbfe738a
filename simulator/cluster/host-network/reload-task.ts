/** What the API calls "apply": pending changes become the configuration, and `ifreload -a` carries them out. */
import { changeNodeFiles } from "../files/file-changes.ts";
import { readNodeFile } from "../files/node-tree.ts";
import { type EventHandler, schedule } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { endTask, startTask, taskEvent, writeTask } from "../tasks/tasks.ts";
import { applyInterfaces, INTERFACES } from "./node-network.ts";

/** Where changes wait that were made through the API. */
export const PENDING_INTERFACES = "/etc/network/interfaces.new";

/** From the worker's start to what `ifreload` did, milliseconds. */
const RELOAD_MS = 800;

export type ReloadTaskInputs = {
  /** `PUT /nodes/{node}/network`: a task `srvreload` that moves pending changes into place and reloads. */
  "network/reload-task": { args: { node: string; user: string; tokenId?: string }; result: { upid: string } };
};

export const reloadTaskInputs = {
  "network/reload-task": (lab: LabState, args: ReloadTaskInputs["network/reload-task"]["args"]): { upid: string } => {
    const { node, user, tokenId } = args;
    const task = startTask(lab, node, {
      type: "srvreload",
      id: "networking",
      user,
      ...(tokenId !== undefined && { tokenId }),
      program: "pvedaemon",
    });
    commitPendingInterfaces(lab, node);
    schedule(lab, RELOAD_MS, taskEvent(task, "network/reload", {}));
    return { upid: task.upid };
  },
};

export const reloadTaskHandlers: Record<string, EventHandler> = {
  "network/reload": (lab, event) => {
    const { upid } = event.data as { upid: string };
    const node = event.node!;
    const { errors, warnings } = applyInterfaces(lab, node, "reload");
    // The worker prints the lines that name an interface, each with that name before it.
    for (const line of [...errors.map((text) => `error: ${text}`), ...warnings.map((text) => `warning: ${text}`)]) {
      const name = /^(?:warning|error): (\S+):/.exec(line)?.[1];
      if (name !== undefined) writeTask(lab, node, upid, `${name} : ${line.split("\n")[0]} \n`);
    }
    endTask(lab, node, upid, errors.length > 0 ? "command 'ifreload -a' failed: exit code 1" : "OK");
  },
};

/** What pvenetcommit.service does at boot, and the worker above. */
export function commitPendingInterfaces(lab: LabState, node: string): void {
  if (readNodeFile(lab, node, PENDING_INTERFACES) === undefined) return;
  changeNodeFiles(lab, node, { op: "rename", path: PENDING_INTERFACES, to: INTERFACES });
}
