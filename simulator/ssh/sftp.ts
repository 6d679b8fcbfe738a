/**
 * The SFTP subsystem of a node's SSH door, over the node's files: what OpenSSH's sftp and scp speak.
 *
 * An open file is held in memory and written when it is closed, so that a change to /etc/pve is one change.
 *
 * @source draft-ietf-secsh-filexfer-02, which OpenSSH speaks (version 3)
 */
import { Buffer } from "node:buffer";
import type { Attributes, SFTPWrapper } from "ssh2";
import { FileError, type FileStat, type NodeFiles } from "../shell/node-files.ts";
import {
  answerRoom,
  type FileSystemRoom,
  greetWithExtensions,
  type SftpChannel,
  stringsOf,
} from "./sftp-extensions.ts";

const STATUS = { ok: 0, endOfFile: 1, noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 };
const OPEN = { write: 2, append: 4, create: 8, truncate: 16, exclusive: 32 };
/** Files and folders open at once, as OpenSSH's server bounds them. */
const HANDLES_MAX = 100;
/** More than a node's disk takes. */
const FILE_BYTES_MAX = 16 << 20;
/** Entries told at once. */
const NAMES_AT_ONCE = 100;
const KINDS: Record<FileStat["type"], { bits: number; letter: string }> = {
  file: { bits: 0o100_000, letter: "-" },
  directory: { bits: 0o040_000, letter: "d" },
  symlink: { bits: 0o120_000, letter: "l" },
  device: { bits: 0o020_000, letter: "c" },
};
const IDS: Record<string, number> = { root: 0, "www-data": 33 };

interface OpenHandle {
  path: string;
  bytes: Buffer;
  length: number;
  writes: boolean;
  appends: boolean;
  dirty: boolean;
  /** To be set once the bytes are written. */
  mtimeMs: number | undefined;
  /** Of a folder: what was not told yet. */
  names: string[] | undefined;
}

/**
 * Serve one client's requests.
 *
 * @param roomAt how much room there is where a path lies
 * @param touch called whenever a request comes
 */
export function serveSftp(
  sftp: SFTPWrapper,
  files: NodeFiles,
  roomAt: (path: string) => FileSystemRoom,
  touch: () => void = () => {},
): void {
  greetWithExtensions(sftp);
  const handles = new Map<number, OpenHandle>();
  let next = 0;

  /** Answer a request; a refusal by the node becomes SFTP's status. */
  const answer = (id: number, work: () => Promise<void>) => {
    touch();
    work().catch((error: unknown) => {
      const code = error instanceof FileError ? error.code : undefined;
      const status =
        code === "ENOENT"
          ? STATUS.noSuchFile
          : code === "EACCES" || code === "EPERM"
            ? STATUS.permissionDenied
            : STATUS.failure;
      sftp.status(id, status, error instanceof FileError ? error.message.split(":")[0] : "Failure");
    });
  };
  const done = (id: number) => sftp.status(id, STATUS.ok);
  const named = (handle: Buffer): OpenHandle => {
    const found = handle.length === 4 ? handles.get(handle.readUInt32BE(0)) : undefined;
    if (!found) throw new FileError("EBADF", "handle");
    return found;
  };
  const open = (id: number, opened: OpenHandle) => {
    if (handles.size >= HANDLES_MAX) throw new FileError("EBUSY", opened.path);
    const number = next++;
    handles.set(number, opened);
    const name = Buffer.alloc(4);
    name.writeUInt32BE(number, 0);
    sftp.handle(id, name);
  };

  sftp.on("OPEN", (id, name, flags, attrs) =>
    answer(id, async () => {
      const path = absolute(name);
      const before = await statOf(files, path);
      if (before?.type === "directory") throw new FileError("EISDIR", path);
      if (!before && !(flags & OPEN.create)) throw new FileError("ENOENT", path);
      if (before && flags & OPEN.exclusive) throw new FileError("EEXIST", path);
      const writes = (flags & (OPEN.write | OPEN.append)) !== 0;
      if (writes && before && path.startsWith("/etc/pve/") && (before.mode & 0o200) === 0) {
        throw new FileError("EACCES", path);
      }
      if (!before) await files.writeFile(path, new Uint8Array(), { mode: modeOf(attrs) ?? 0o644 });
      const fresh = !before || (flags & OPEN.truncate) !== 0;
      const bytes = fresh ? Buffer.alloc(0) : Buffer.from(await files.readFile(path));
      const appends = (flags & OPEN.append) !== 0;
      const dirty = before !== undefined && fresh && writes;
      open(id, { path, bytes, length: bytes.length, writes, appends, dirty, mtimeMs: undefined, names: undefined });
    }),
  );
  sftp.on("READ", (id, handle, offset, length) =>
    answer(id, async () => {
      const file = named(handle);
      if (offset >= file.length) return void sftp.status(id, STATUS.endOfFile);
      sftp.data(id, file.bytes.subarray(offset, Math.min(file.length, offset + length)));
    }),
  );
  sftp.on("WRITE", (id, handle, offset, data) =>
    answer(id, async () => {
      const file = named(handle);
      if (!file.writes) throw new FileError("EBADF", file.path);
      const at = file.appends ? file.length : offset;
      resize(file, Math.max(file.length, at + data.length));
      data.copy(file.bytes, at);
      file.dirty = true;
      done(id);
    }),
  );
  sftp.on("CLOSE", (id, handle) =>
    answer(id, async () => {
      const file = named(handle);
      handles.delete(handle.readUInt32BE(0));
      await flush(files, file);
      done(id);
    }),
  );
  sftp.on("OPENDIR", (id, name) =>
    answer(id, async () => {
      const path = absolute(name);
      const names = [".", "..", ...(await files.readdir(path))];
      const none = { bytes: Buffer.alloc(0), length: 0, writes: false, appends: false, dirty: false };
      open(id, { path, ...none, mtimeMs: undefined, names });
    }),
  );
  sftp.on("READDIR", (id, handle) =>
    answer(id, async () => {
      const folder = named(handle);
      const part = folder.names?.splice(0, NAMES_AT_ONCE) ?? [];
      if (part.length === 0) return void sftp.status(id, STATUS.endOfFile);
      const entries = await Promise.all(
        part.map(async (filename) => {
          const stat = await statOf(files, joined(folder.path, filename), false);
          return stat && { filename, longname: longName(filename, stat), attrs: attributesOf(stat) };
        }),
      );
      sftp.name(
        id,
        entries.filter((entry) => entry !== undefined),
      );
    }),
  );
  const tellStat = (id: number, name: string, follow: boolean) =>
    answer(id, async () => sftp.attrs(id, attributesOf(await files.stat(absolute(name), { follow }))));
  sftp.on("STAT", (id, name) => tellStat(id, name, true));
  sftp.on("LSTAT", (id, name) => tellStat(id, name, false));
  sftp.on("FSTAT", (id, handle) =>
    answer(id, async () => {
      const file = named(handle);
      const attributes = attributesOf(await files.stat(file.path));
      sftp.attrs(id, file.names ? attributes : { ...attributes, size: file.length });
    }),
  );
  sftp.on("SETSTAT", (id, name, attrs) =>
    answer(id, async () => {
      const path = absolute(name);
      if (attrs.size !== undefined) {
        const whole = Buffer.from(await files.readFile(path));
        const cut = Buffer.alloc(bounded(attrs.size, path));
        whole.copy(cut);
        await files.writeFile(path, cut);
      }
      await setFacts(files, path, attrs);
      if (attrs.mtime !== undefined) await files.utimes(path, attrs.mtime * 1000);
      done(id);
    }),
  );
  sftp.on("FSETSTAT", (id, handle, attrs) =>
    answer(id, async () => {
      const file = named(handle);
      if (attrs.size !== undefined) {
        resize(file, attrs.size);
        file.dirty = true;
      }
      await setFacts(files, file.path, attrs);
      if (attrs.mtime !== undefined) file.mtimeMs = attrs.mtime * 1000;
      done(id);
    }),
  );
  const change = (id: number, work: () => Promise<void>) => answer(id, () => work().then(() => void done(id)));
  sftp.on("REMOVE", (id, name) =>
    change(id, async () => {
      if ((await statOf(files, absolute(name), false))?.type === "directory") throw new FileError("EISDIR", name);
      await files.unlink(absolute(name));
    }),
  );
  sftp.on("RMDIR", (id, name) => change(id, () => files.rmdir(absolute(name))));
  sftp.on("MKDIR", (id, name, attrs) => change(id, () => files.mkdir(absolute(name), modeOf(attrs))));
  sftp.on("RENAME", (id, from, to) =>
    change(id, async () => {
      // Version 3 of the protocol refuses to replace a file this way.
      if (await statOf(files, absolute(to), false)) throw new FileError("EEXIST", to);
      await files.rename(absolute(from), absolute(to));
    }),
  );
  // ssh2 names these the other way round in its types.
  sftp.on("SYMLINK", (id, link, target) => change(id, () => files.symlink(target, absolute(link))));
  sftp.on("EXTENDED", (id, extension, data) => {
    const strings = stringsOf(data);
    const [first, second] = strings.map((bytes) => bytes.toString("utf8"));
    const tellRoom = async (path: string) => {
      if (!answerRoom(sftp, id, roomAt(await files.realpath(path)))) sftp.status(id, STATUS.failure, "Failure");
    };
    switch (extension) {
      case "posix-rename@openssh.com":
        return change(id, () => files.rename(absolute(first ?? ""), absolute(second ?? "")));
      case "hardlink@openssh.com":
        return change(id, () => files.link(absolute(first ?? ""), absolute(second ?? "")));
      case "statvfs@openssh.com":
        return answer(id, () => tellRoom(absolute(first ?? "")));
      case "fstatvfs@openssh.com":
        return answer(id, () => tellRoom(named(strings[0] ?? Buffer.alloc(0)).path));
      case "fsync@openssh.com":
        return change(id, () => flush(files, named(strings[0] ?? Buffer.alloc(0))));
      default:
        sftp.status(id, STATUS.unsupported, "Operation unsupported");
    }
  });
  const tellName = (id: number, filename: string) =>
    sftp.name(id, [{ filename, longname: filename, attrs: {} as Attributes }]);
  sftp.on("READLINK", (id, name) => answer(id, async () => void tellName(id, await files.readlink(absolute(name)))));
  sftp.on("REALPATH", (id, name) =>
    answer(id, async () => {
      const path = absolute(name);
      tellName(id, await files.realpath(path).catch(() => path));
    }),
  );
  sftp.on("end", () => {
    // OpenSSH's clients wait for the subsystem's exit status, which ssh2 does not offer for SFTP.
    const channel = sftp as unknown as Partial<SftpChannel>;
    if (channel.outgoing) channel._protocol?.exitStatus(channel.outgoing.id, 0);
    sftp.end();
  });
  // A client that is gone leaves what it had written, as a real server does.
  sftp.on("close", () => {
    for (const file of handles.values()) flush(files, file).catch(() => undefined);
    handles.clear();
  });
}

async function flush(files: NodeFiles, file: OpenHandle): Promise<void> {
  if (file.dirty) await files.writeFile(file.path, file.bytes.subarray(0, file.length));
  file.dirty = false;
  if (file.mtimeMs !== undefined) await files.utimes(file.path, file.mtimeMs);
}

function resize(file: OpenHandle, length: number): void {
  bounded(length, file.path);
  if (length > file.bytes.length) {
    const grown = Buffer.alloc(Math.min(FILE_BYTES_MAX, Math.max(length, file.bytes.length * 2)));
    file.bytes.copy(grown, 0, 0, file.length);
    file.bytes = grown;
  } else if (length < file.length) file.bytes.fill(0, length, file.length);
  file.length = length;
}

function bounded(length: number, path: string): number {
  if (length > FILE_BYTES_MAX) throw new FileError("ENOSPC", path);
  return length;
}

async function setFacts(files: NodeFiles, path: string, attrs: Attributes): Promise<void> {
  const mode = modeOf(attrs);
  if (mode !== undefined) await files.chmod(path, mode);
  if (attrs.uid === undefined || attrs.gid === undefined) return;
  const nameOf = (id: number) => Object.keys(IDS).find((name) => IDS[name] === id) ?? String(id);
  await files.chown(path, nameOf(attrs.uid), nameOf(attrs.gid));
}

function modeOf(attrs: Partial<Attributes>): number | undefined {
  return attrs.mode === undefined ? undefined : attrs.mode & 0o7777;
}

function statOf(files: NodeFiles, path: string, follow = true): Promise<FileStat | undefined> {
  return files.stat(path, { follow }).catch((error: unknown) => {
    if (error instanceof FileError && error.code === "ENOENT") return undefined;
    throw error;
  });
}

function attributesOf(stat: FileStat): Attributes {
  const seconds = Math.floor(stat.mtimeMs / 1000);
  return {
    mode: KINDS[stat.type].bits | stat.mode,
    uid: IDS[stat.owner] ?? 0,
    gid: IDS[stat.group] ?? 0,
    size: stat.size,
    atime: seconds,
    mtime: seconds,
  };
}

/** A line of `ls -l`. */
function longName(name: string, stat: FileStat): string {
  const bits = [...Array(9).keys()].map((at) => (stat.mode & (0o400 >> at) ? "rwx"[at % 3] : "-")).join("");
  const [, month, day, clock] = /^\w+, (\d+) (\w+) \d+ (\d\d:\d\d)/.exec(new Date(stat.mtimeMs).toUTCString()) ?? [];
  const date = `${day} ${(month ?? "").padStart(2)} ${clock}`;
  const owner = `${stat.owner.padEnd(8)} ${stat.group.padEnd(8)}`;
  return `${KINDS[stat.type].letter}${bits} ${String(stat.links).padStart(4)} ${owner} ${String(stat.size).padStart(8)} ${date} ${name}`;
}

function absolute(path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `/root/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

function joined(folder: string, name: string): string {
  if (name === ".") return folder;
  return absolute(`${folder}/${name}`);
}
