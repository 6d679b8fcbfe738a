/**
 * Changes to a node's files from outside (a shell, an editor) and from the model itself: links are followed, then the
 * mount that the path lies on decides.
 */
import { nodeOf } from "../kernel.ts";
import { startPmxcfs, stopPmxcfs } from "../pmxcfs/daemon.ts";
import { changePmxcfs } from "../pmxcfs/pmxcfs-changes.ts";
import type { LabState } from "../state.ts";
import { changeMounted, placeImageFolders, removeImage } from "../storage/storage-files.ts";
import { wallNowMs } from "../wall-clock.ts";
import { changeDisk } from "./disk.ts";
import { DONE, type FileAnswer, type FileChange, type FileErrno, refused } from "./files-state.ts";
import { entryAt, type Mount, mountOf, pmxcfsPath, resolvePath } from "./node-tree.ts";
import { walkToFolder } from "./path-walk.ts";

export type FilesInputs = {
  /** Change a node's files. A refusal is an answer, not an exception: it carries the errno that the program prints. */
  "files/change": { args: { node: string; change: FileChange }; result: FileAnswer };
  /** pmxcfs by hand, outside systemd; `local` is its -l. One that runs already goes on as it is. */
  "pmxcfs/start": { args: { node: string; local: boolean }; result: undefined };
  /** SIGTERM to one that was started by hand. */
  "pmxcfs/stop": { args: { node: string }; result: undefined };
};

export const filesInputs = {
  "files/change": (lab: LabState, args: { node: string; change: FileChange }): FileAnswer =>
    changeNodeFiles(lab, args.node, args.change),
  "pmxcfs/start": (lab: LabState, args: { node: string; local: boolean }): undefined =>
    void startPmxcfs(lab, args.node, args.local),
  "pmxcfs/stop": (lab: LabState, args: { node: string }): undefined => void stopPmxcfs(lab, args.node),
};

/** Carry out a change at the paths as a program names them. */
export function changeNodeFiles(lab: LabState, node: string, change: FileChange): FileAnswer {
  const follow =
    change.op === "write" ||
    change.op === "chmod" ||
    change.op === "chown" ||
    (change.op === "utimes" && !change.itself);
  const from = locate(lab, node, change.path, follow);
  if ("errno" in from) return refused(from.errno, change.path);
  if (change.op === "rename" || change.op === "link") {
    const to = locate(lab, node, change.to, false);
    if ("errno" in to) return refused(to.errno, change.to);
    if (to.mount !== from.mount) return refused("EXDEV", change.path);
    return onMount(lab, node, from.mount, { ...change, path: from.path, to: to.path });
  }
  return onMount(lab, node, from.mount, { ...change, path: from.path });
}

/**
 * Write a file of the local disk on behalf of a service of the node.
 *
 * @returns whether it could: a full disk is the node's own trouble, and the service has to say so
 */
export function writeLocalFile(lab: LabState, node: string, path: string, content: string, mode = 0o644): boolean {
  const disk = nodeOf(lab, node).files;
  const answer = changeDisk(disk, { op: "write", path, content, mode }, wallNowMs(lab, node));
  if (answer.state !== "done") return false;
  disk.entries[path]!.mode = mode;
  return true;
}

/** Remove a file of the local disk on behalf of a service; none there is no error. */
export function removeLocalFile(lab: LabState, node: string, path: string): void {
  changeDisk(nodeOf(lab, node).files, { op: "unlink", path }, wallNowMs(lab, node));
}

function locate(
  lab: LabState,
  node: string,
  path: string,
  follow: boolean,
): { path: string; mount: Mount } | { errno: FileErrno } {
  const found = follow ? resolvePath(lab, node, path) : walkToFolder((at) => entryAt(lab, node, at), path);
  if ("errno" in found) return { errno: found.errno };
  return { path: found.path, mount: mountOf(lab, node, found.path) };
}

function onMount(lab: LabState, node: string, mount: Mount, change: FileChange): FileAnswer {
  switch (mount) {
    case "proc":
      return refused("EACCES", change.path);
    case "dev":
      // Writing to a device is the adapter's; anything else in /dev is not for a lesson.
      return change.op === "write" && resolveExists(lab, node, change.path) ? DONE : refused("EPERM", change.path);
    case "pmxcfs": {
      const inside: FileChange = { ...change, path: pmxcfsPath(change.path) };
      if (inside.op === "rename" || inside.op === "link") inside.to = pmxcfsPath(inside.to);
      return changePmxcfs(lab, node, inside);
    }
    case "storage":
      return changeMounted(lab, node, change);
    case "disk": {
      const removed = removeImage(lab, node, change);
      if (removed) return removed;
      for (const path of "to" in change ? [change.path, change.to] : [change.path]) {
        placeImageFolders(lab, node, path);
      }
      return changeDisk(nodeOf(lab, node).files, change, wallNowMs(lab, node));
    }
  }
}

function resolveExists(lab: LabState, node: string, path: string): boolean {
  const found = resolvePath(lab, node, path);
  return "entry" in found && found.entry !== undefined;
}
