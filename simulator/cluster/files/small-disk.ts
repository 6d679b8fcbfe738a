/** The disk of a small Linux that is no node: inside a guest, or of the host that runs corosync-qnetd. */
import { bytesOfText } from "./bytes.ts";
import { changeDisk, placeEntry } from "./disk.ts";
import { type FileAnswer, type FileChange, type NodeFilesState, refused } from "./files-state.ts";
import { type Walked, walkPath, walkToFolder } from "./path-walk.ts";

/** Enough for lessons, little enough to save a thousand labs. */
export const SMALL_DISK_BYTES_MAX = 1 << 20;
/** And so many files and folders. */
const ENTRIES_MAX = 1_000;

/** Follow a path on the disk. */
export function walkSmallDisk(
  files: Readonly<NodeFilesState>,
  path: string,
  followLast = true,
): Walked<NodeFilesState["entries"][string]> {
  return walkPath(lookIn(files), path, followLast);
}

const lookIn = (files: Readonly<NodeFilesState>) => (path: string) =>
  Object.hasOwn(files.entries, path) ? files.entries[path] : undefined;

/** Change the disk within its bounds. A refusal is an answer: it carries the errno. */
export function changeSmallDisk(files: NodeFilesState, change: FileChange, wallMs: number): FileAnswer {
  const real = locate(files, change);
  if ("errno" in real) return refused(real.errno, change.path);
  if (change.op === "write" && files.usedBytes + change.content.length > SMALL_DISK_BYTES_MAX) {
    return refused("ENOSPC", change.path);
  }
  const made =
    change.op === "link" ? real.to : ["write", "mkdir", "symlink"].includes(change.op) ? real.path : undefined;
  if (made !== undefined && Object.keys(files.entries).length >= ENTRIES_MAX && !files.entries[made]) {
    return refused("ENOSPC", change.path);
  }
  return changeDisk(files, { ...change, path: real.path, ...(real.to !== undefined && { to: real.to }) }, wallMs);
}

function locate(files: NodeFilesState, change: FileChange) {
  const itself = change.op === "utimes" && change.itself;
  const follow = !itself && ["write", "chmod", "chown", "utimes"].includes(change.op);
  const from = follow ? walkSmallDisk(files, change.path) : walkToFolder(lookIn(files), change.path);
  if ("errno" in from) return from;
  if (!("to" in change)) return { path: from.path, to: undefined };
  const to = walkToFolder(lookIn(files), change.to);
  return "errno" in to ? to : { path: from.path, to: to.path };
}

const FOLDERS =
  "/ /bin /etc /home /proc /proc/sys /proc/sys/kernel /proc/sys/kernel/random /root /srv /tmp /usr /usr/bin /usr/sbin /var /var/log";

/**
 * What an installation leaves.
 *
 * @param texts further files, by path; their folders are made
 */
export function installedLinux(hostName: string, wallMs: number, texts: Record<string, string> = {}): NodeFilesState {
  const files: NodeFilesState = { entries: {}, usedBytes: 0, nextInode: 131_073 };
  const folder = (path: string) => placeEntry(files, path, { type: "directory", mode: 0o755, mtimeMs: wallMs });
  for (const path of FOLDERS.split(" ")) folder(path);
  files.entries["/tmp"]!.mode = 0o1777;
  const all: Record<string, string> = {
    "/etc/hostname": `${hostName}\n`,
    "/etc/hosts": `127.0.0.1 localhost\n127.0.1.1 ${hostName}\n`,
    "/etc/os-release":
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n',
    "/proc/sys/kernel/random/boot_id": "",
    "/proc/uptime": "",
    ...texts,
  };
  for (const [path, text] of Object.entries(all)) {
    const parts = path.split("/").slice(1, -1);
    for (const end of parts.keys()) {
      const above = `/${parts.slice(0, end + 1).join("/")}`;
      if (!files.entries[above]) folder(above);
    }
    placeEntry(files, path, { type: "file", mode: 0o644, mtimeMs: wallMs, content: bytesOfText(text) });
  }
  return files;
}
