/** A node's files in memory, for tests of shells and programs that need no model. */
import { FileError, type FileStat, type NodeFiles } from "./node-files.ts";
import { absolutePath } from "./shell.ts";

interface Entry {
  type: "file" | "directory" | "symlink";
  mode: number;
  owner: string;
  group: string;
  mtimeMs: number;
  inode: number;
  bytes: Uint8Array;
  target: string;
}

const LINKS_MAX = 40;

/** @param initial texts by path; directories on the way are made */
export function createMemoryFiles(initial: Record<string, string> = {}, nowMs: () => number = () => 0): NodeFiles {
  const entries = new Map<string, Entry>();
  let inodes = 2;
  const make = (type: Entry["type"], mode: number, extra: Partial<Entry> = {}): Entry => ({
    type,
    mode,
    owner: "root",
    group: "root",
    mtimeMs: nowMs(),
    inode: inodes++,
    bytes: new Uint8Array(0),
    target: "",
    ...extra,
  });
  entries.set("/", make("directory", 0o755));

  const resolve = (path: string, follow: boolean): string => {
    let done = "";
    let rest = absolutePath("/", path).split("/").filter(Boolean);
    for (let links = 0; rest.length > 0; ) {
      const [part, ...after] = rest;
      const next = `${done}/${part}`;
      const entry = entries.get(next);
      if (entry?.type === "symlink" && (follow || after.length > 0)) {
        if (++links > LINKS_MAX) throw new FileError("ELOOP", path);
        rest = [
          ...absolutePath(done || "/", entry.target)
            .split("/")
            .filter(Boolean),
          ...after,
        ];
        done = "";
        continue;
      }
      if (after.length > 0 && !entry) throw new FileError("ENOENT", path);
      if (after.length > 0 && entry?.type === "file") throw new FileError("ENOTDIR", path);
      done = next;
      rest = after;
    }
    return done || "/";
  };
  const find = (path: string, follow = true): { at: string; entry: Entry } => {
    const at = resolve(path, follow);
    const entry = entries.get(at);
    if (!entry) throw new FileError("ENOENT", path);
    return { at, entry };
  };
  const parentOf = (path: string): void => {
    const parent = path.slice(0, path.lastIndexOf("/")) || "/";
    const entry = entries.get(parent);
    if (!entry) throw new FileError("ENOENT", path);
    if (entry.type !== "directory") throw new FileError("ENOTDIR", path);
  };
  const children = (path: string): string[] => {
    const prefix = path === "/" ? "/" : `${path}/`;
    return [...entries.keys()]
      .filter((key) => key !== "/" && key.startsWith(prefix) && !key.slice(prefix.length).includes("/"))
      .map((key) => key.slice(prefix.length));
  };

  const files: NodeFiles = {
    async stat(path, options): Promise<FileStat> {
      const { at, entry } = find(path, options?.follow ?? true);
      const links =
        entry.type === "directory"
          ? 2 +
            children(at).filter((name) => entries.get(`${at === "/" ? "" : at}/${name}`)?.type === "directory").length
          : [...entries.values()].filter((other) => other === entry).length;
      const size =
        entry.type === "directory" ? 4096 : entry.type === "symlink" ? entry.target.length : entry.bytes.length;
      const { type, mode, owner, group, mtimeMs, inode } = entry;
      return { type, mode, owner, group, size, mtimeMs, inode, links };
    },
    async readFile(path) {
      const { entry } = find(path);
      if (entry.type === "directory") throw new FileError("EISDIR", path);
      return entry.bytes;
    },
    async writeFile(path, bytes, options) {
      const at = resolve(path, true);
      let entry = entries.get(at);
      if (entry?.type === "directory") throw new FileError("EISDIR", path);
      if (!entry) {
        parentOf(at);
        entry = make("file", options?.mode ?? 0o644);
        entries.set(at, entry);
      }
      entry.bytes = options?.append ? Buffer.concat([entry.bytes, bytes]) : Uint8Array.from(bytes);
      entry.mtimeMs = nowMs();
    },
    async readdir(path) {
      const { at, entry } = find(path);
      if (entry.type !== "directory") throw new FileError("ENOTDIR", path);
      return children(at);
    },
    async mkdir(path, mode) {
      const at = resolve(path, false);
      if (entries.has(at)) throw new FileError("EEXIST", path);
      parentOf(at);
      entries.set(at, make("directory", mode ?? 0o755));
    },
    async unlink(path) {
      const { at, entry } = find(path, false);
      if (entry.type === "directory") throw new FileError("EISDIR", path);
      entries.delete(at);
    },
    async rmdir(path) {
      const { at, entry } = find(path, false);
      if (entry.type !== "directory") throw new FileError("ENOTDIR", path);
      if (children(at).length > 0) throw new FileError("ENOTEMPTY", path);
      entries.delete(at);
    },
    async rename(from, to) {
      const { at, entry } = find(from, false);
      const target = resolve(to, false);
      parentOf(target);
      if (target.startsWith(`${at}/`)) throw new FileError("EINVAL", to);
      const there = entries.get(target);
      if (there === entry) return;
      if (there?.type === "directory" && entry.type !== "directory") throw new FileError("EISDIR", to);
      if (there?.type === "directory" && children(target).length > 0) throw new FileError("ENOTEMPTY", to);
      for (const [key, moved] of [...entries]) {
        if (key !== at && !key.startsWith(`${at}/`)) continue;
        entries.delete(key);
        entries.set(target + key.slice(at.length), moved);
      }
    },
    async symlink(target, path) {
      const at = resolve(path, false);
      if (entries.has(at)) throw new FileError("EEXIST", path);
      parentOf(at);
      entries.set(at, make("symlink", 0o777, { target }));
    },
    async link(from, to) {
      const { entry } = find(from, false);
      if (entry.type === "directory") throw new FileError("EPERM", from);
      const at = resolve(to, false);
      if (entries.has(at)) throw new FileError("EEXIST", to);
      parentOf(at);
      entries.set(at, entry);
    },
    async readlink(path) {
      const { entry } = find(path, false);
      if (entry.type !== "symlink") throw new FileError("EINVAL", path);
      return entry.target;
    },
    async chmod(path, mode) {
      find(path).entry.mode = mode;
    },
    async chown(path, owner, group) {
      Object.assign(find(path).entry, { owner, group });
    },
    async utimes(path, mtimeMs, options) {
      find(path, options?.follow ?? true).entry.mtimeMs = mtimeMs;
    },
    async realpath(path) {
      return find(path).at;
    },
  };
  for (const [path, text] of Object.entries(initial)) {
    const parts = path.split("/").slice(1, -1);
    for (let depth = 1; depth <= parts.length; depth++) {
      const directory = `/${parts.slice(0, depth).join("/")}`;
      if (!entries.has(directory)) entries.set(directory, make("directory", 0o755));
    }
    if (path.endsWith("/")) continue;
    entries.set(path, make("file", text.startsWith("#!") ? 0o755 : 0o644, { bytes: Buffer.from(text) }));
  }
  return files;
}
