/**
 * rsync on a node and between two: which files differ, the copying, what it prints.
 *
 * The delta algorithm is not modelled: a file that differs is copied whole, which the result does not show. Bytes that
 * went over the line are estimated.
 *
 * @source rsync(1); its output, line for line but for those figures
 */
import { FileError, type FileStat, type NodeFiles } from "../../shell/node-files.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { textOf } from "../coreutils/arguments.ts";
import { filesAt, homeAt, joinPath } from "../ssh/remote-files.ts";
import { parseSsh } from "../ssh/ssh-arguments.ts";
import { connectSsh } from "../ssh/ssh-client.ts";
import { parseRsync, type RsyncOptions, RsyncUsage, syntaxError } from "./rsync-options.ts";
import { isExcluded } from "./rsync-rules.ts";

interface Place {
  files: NodeFiles;
  path: string;
  remote: boolean;
}

interface Entry {
  /** Below the target; empty for the folder itself. */
  name: string;
  source: string;
  stat: FileStat;
}

interface Run {
  ctx: ProgramContext;
  options: RsyncOptions;
  from: Place["files"];
  to: Place;
  /** `sender` or `Receiver`: who this end is. */
  sends: boolean;
  transferred: number;
  created: number;
  deleted: number;
  literal: number;
  total: number;
  seen: number;
  failed: boolean;
  /** The target folder was made by this run, which tells of it. */
  made: boolean;
}

export async function rsync(ctx: ProgramContext): Promise<number> {
  let options: RsyncOptions;
  try {
    options = parseRsync(ctx.argv.slice(1));
  } catch (error) {
    if (!(error instanceof RsyncUsage)) throw error;
    await ctx.stderr.write(error.message);
    return 1;
  }
  const names = options.paths;
  if (names.length < 2) {
    await ctx.stderr.write(
      names.length === 1
        ? "rsync: listing without a destination is not modelled in this simulated node yet\n"
        : `Usage: rsync [OPTION]... SRC [SRC]... DEST\n  or   rsync [OPTION]... SRC [SRC]... [USER@]HOST:DEST\n  or   rsync [OPTION]... [USER@]HOST:SRC [DEST]\n${syntaxError("1850")}`,
    );
    return 1;
  }
  if (names.some((name) => /^[^/]*::|^rsync:\/\//.test(name))) {
    await ctx.stderr.write("rsync: daemons are not modelled in this simulated node yet\n");
    return 1;
  }
  const target = names.at(-1)!;
  const sources = names.slice(0, -1);
  const hostOf = (name: string) => /^([^/:]+):/.exec(name)?.[1];
  if (hostOf(target) !== undefined && sources.some((name) => hostOf(name) !== undefined)) {
    await ctx.stderr.write(`The source and destination cannot both be remote.\n${syntaxError("1428", "Receiver")}`);
    return 1;
  }
  for (const file of options.excludeFiles) {
    const lines = (await textOf(ctx, joinPath(ctx.cwd, file))).split("\n");
    options.rules.push(...lines.filter((line) => /^[^#;]/.test(line)).map((pattern) => ({ exclude: true, pattern })));
  }
  const host = hostOf(target) ?? hostOf(sources[0]!);
  const sends = hostOf(sources[0]!) === undefined;
  let remote: { files: NodeFiles; home: string } | undefined;
  if (host !== undefined) {
    remote = await connected(ctx, options.shell ?? "ssh", host);
    if (!remote) {
      await ctx.stderr.write(
        `rsync: connection unexpectedly closed (0 bytes received so far) [${sends ? "sender" : "Receiver"}]\nrsync error: unexplained error (code 255) at io.c(231) [${sends ? "sender" : "Receiver"}=3.2.7]\n`,
      );
      return 255;
    }
  }
  const placeOf = (name: string): Place =>
    hostOf(name) === undefined
      ? { files: ctx.files, path: joinPath(ctx.cwd, name), remote: false }
      : { files: remote!.files, path: joinPath(remote!.home, name.slice(name.indexOf(":") + 1) || "."), remote: true };
  const run: Run = {
    ctx,
    options,
    from: placeOf(sources[0]!).files,
    to: placeOf(target),
    sends,
    transferred: 0,
    created: 0,
    deleted: 0,
    literal: 0,
    total: 0,
    seen: 0,
    failed: false,
    made: false,
  };
  return transfer(run, sources, placeOf, target);
}

/** Over the remote shell; its own words stand on the error stream. */
async function connected(
  ctx: ProgramContext,
  shell: string,
  host: string,
): Promise<{ files: NodeFiles; home: string } | undefined> {
  const words = (shell.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/, "$2"));
  const line = parseSsh([...words.slice(1), host]);
  if (!/(?:^|\/)ssh$/.test(words[0] ?? "") || "text" in line) {
    await ctx.stderr.write(
      "text" in line ? line.text : `rsync: Failed to exec ${words[0]}: No such file or directory (2)\n`,
    );
    return undefined;
  }
  const connection = await connectSsh(ctx, line.target, line.options);
  return connection && { files: filesAt(ctx, connection), home: homeAt(connection) };
}

async function transfer(run: Run, sources: string[], placeOf: (name: string) => Place, typed: string): Promise<number> {
  const { ctx, options, to } = run;
  const { flags } = options;
  const talks = options.verbose > 0 || flags.has("itemize-changes") || flags.has("progress");
  const verbose = !flags.has("quiet") && options.verbose > 0;
  const listed = !flags.has("quiet") && talks;
  const entries: Entry[] = [];
  if (listed && flags.has("recursive")) {
    await ctx.stdout.write(`${run.sends ? "sending" : "receiving"} incremental file list\n`);
  }
  for (const name of sources) await gather(run, placeOf(name), name, entries);
  if (run.failed && entries.length === 0) return ending(run, verbose);
  const here = await to.files.stat(to.path).catch(() => undefined);
  const single = entries.length === 1 && entries[0]!.stat.type !== "directory";
  const isFolder = here?.type === "directory" || typed.endsWith("/") || !single;
  if (!here && isFolder && entries.length > 0) {
    const parent = to.path.slice(0, to.path.lastIndexOf("/")) || "/";
    const isThere = await to.files.stat(parent).catch(() => undefined);
    if (!isThere && !flags.has("mkpath")) {
      await ctx.stderr.write(
        `rsync: [Receiver] mkdir "${to.path}" failed: No such file or directory (2)\nrsync error: error in file IO (code 11) at main.c(787) [Receiver=3.2.7]\n`,
      );
      return 11;
    }
    if (verbose) await ctx.stdout.write(`created directory ${run.to.remote ? to.path : typed.replace(/\/$/, "")}\n`);
    run.made = true;
    if (!flags.has("dry-run")) await makeFolders(to.files, to.path);
  } else if (!here && single) {
    const parent = to.path.slice(0, to.path.lastIndexOf("/")) || "/";
    if (!(await to.files.stat(parent).catch(() => undefined))) {
      await ctx.stderr.write(
        `rsync: [Receiver] change_dir#3 "${parent}" failed: No such file or directory (2)\nrsync error: errors selecting input/output files, dirs (code 3) at main.c(720) [Receiver=3.2.7]\n`,
      );
      return 3;
    }
  }
  if (flags.has("delete") && flags.has("recursive") && here) await removeExtra(run, entries, listed);
  const folders: Entry[] = [];
  for (const entry of entries) {
    const path = isFolder ? joinPath(to.path, entry.name || ".") : to.path;
    await place(run, entry, path, listed);
    if (entry.stat.type === "directory") folders.push({ ...entry, source: path });
    await ctx.breathe();
  }
  // What was put into a folder has changed its time.
  if (flags.has("times") && !flags.has("dry-run")) {
    for (const { source, stat } of folders.reverse())
      await to.files.utimes(source, stat.mtimeMs).catch(() => undefined);
  }
  return ending(run, verbose);
}

async function makeFolders(files: NodeFiles, path: string): Promise<void> {
  const parts = path.split("/").slice(1);
  for (let at = 1; at <= parts.length; at++) {
    const folder = `/${parts.slice(0, at).join("/")}`;
    if (!(await files.stat(folder).catch(() => undefined))) await files.mkdir(folder);
  }
}

/** What is to be there: the files of a folder first, then its folders, each with what is in it. */
async function gather(run: Run, place: Place, typed: string, entries: Entry[]): Promise<void> {
  const { ctx, options } = run;
  const stat = await place.files.stat(place.path, { follow: typed.endsWith("/") }).catch(() => undefined);
  if (!stat) {
    run.failed = true;
    await ctx.stderr.write(`rsync: [sender] link_stat "${place.path}" failed: No such file or directory (2)\n`);
    return;
  }
  const last = place.path.split("/").at(-1)!;
  if (stat.type !== "directory") {
    entries.push({ name: last, source: place.path, stat });
    return;
  }
  if (!options.flags.has("recursive")) {
    await ctx.stdout.write(`skipping directory ${typed.replace(/\/$/, "") || "."}\n`);
    return;
  }
  const root = /(?:^|\/)\.?$/.test(typed) ? "" : last;
  await walk(run, place, root, stat, entries);
}

async function walk(run: Run, place: Place, name: string, stat: FileStat, entries: Entry[]): Promise<void> {
  entries.push({ name, source: place.path, stat });
  const below: [string, string, FileStat][] = [];
  for (const child of await place.files.readdir(place.path)) {
    const path = joinPath(place.path, child);
    const found = await place.files.stat(path, { follow: false });
    const whole = name === "" ? child : `${name}/${child}`;
    if (!isExcluded(run.options.rules, whole, found.type === "directory")) below.push([path, whole, found]);
  }
  for (const [path, whole, found] of below) {
    if (found.type !== "directory") entries.push({ name: whole, source: path, stat: found });
  }
  for (const [path, whole, found] of below) {
    if (found.type === "directory") await walk(run, { ...place, path }, whole, found, entries);
  }
}

/** Whatever the folders that are copied hold at the other side and not here, deepest first. */
async function removeExtra(run: Run, entries: Entry[], listed: boolean): Promise<void> {
  const { ctx, options, to } = run;
  const wanted = new Set(entries.map(({ name }) => name));
  const remove = async (name: string, stat: FileStat): Promise<void> => {
    const path = joinPath(to.path, name);
    if (stat.type === "directory") {
      for (const child of (await to.files.readdir(path)).reverse()) {
        await remove(`${name}/${child}`, await to.files.stat(joinPath(path, child), { follow: false }));
      }
    }
    run.deleted++;
    if (listed) {
      const shown = stat.type === "directory" ? `${name}/` : name;
      await ctx.stdout.write(options.flags.has("itemize-changes") ? `*deleting   ${shown}\n` : `deleting ${shown}\n`);
    }
    if (options.flags.has("dry-run")) return;
    await (stat.type === "directory" ? to.files.rmdir(path) : to.files.unlink(path));
  };
  for (const folder of entries.filter(({ stat }) => stat.type === "directory")) {
    const path = joinPath(to.path, folder.name || ".");
    const names = await to.files.readdir(path).catch(() => []);
    for (const child of names.reverse()) {
      const name = folder.name === "" ? child : `${folder.name}/${child}`;
      const stat = await to.files.stat(joinPath(to.path, name), { follow: false });
      if (!wanted.has(name) && !isExcluded(options.rules, name, stat.type === "directory")) await remove(name, stat);
    }
  }
}

async function place(run: Run, entry: Entry, path: string, listed: boolean): Promise<void> {
  const { ctx, options, to } = run;
  const { flags } = options;
  const { stat } = entry;
  run.seen++;
  if (stat.type === "symlink" && !flags.has("links")) {
    await ctx.stdout.write(`skipping non-regular file "${entry.name}"\n`);
    return;
  }
  if (stat.type === "device") {
    if (!flags.has("devices")) await ctx.stdout.write(`skipping non-regular file "${entry.name}"\n`);
    return;
  }
  run.total += stat.type === "directory" ? 0 : stat.size;
  const before = await to.files.stat(path, { follow: false }).catch(() => undefined);
  if ((before && flags.has("ignore-existing")) || (!before && flags.has("existing"))) return;
  if (before && flags.has("update") && stat.type === "file" && before.mtimeMs > stat.mtimeMs) return;
  const changes = await differences(run, entry, path, before);
  if (changes === undefined) return;
  if (!before) run.created++;
  const link = stat.type === "symlink" ? ` -> ${await run.from.readlink(entry.source)}` : "";
  const shown = `${entry.name || "."}${stat.type === "directory" ? "/" : ""}${link}`;
  if (listed) await ctx.stdout.write(flags.has("itemize-changes") ? `${changes} ${shown}\n` : `${shown}\n`);
  if (stat.type === "file" && /^[<>]/.test(changes)) {
    run.transferred++;
    run.literal += stat.size;
    if (flags.has("progress") && !flags.has("quiet")) await ctx.stdout.write(progress(stat.size, run.transferred));
  }
  if (flags.has("dry-run")) return;
  try {
    await write(run, entry, path, before, changes);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    run.failed = true;
    const why = error.message.split(":")[0];
    await ctx.stderr.write(`rsync: [receiver] mkstemp "${path}" failed: ${why} (${ERRNO[error.code] ?? 5})\n`);
  }
}

const ERRNO: Record<string, number> = {
  EPERM: 1,
  ENOENT: 2,
  EACCES: 13,
  ENOTDIR: 20,
  EISDIR: 21,
  ENOSPC: 28,
  EROFS: 30,
};

function progress(bytes: number, count: number): string {
  const size = bytes.toLocaleString("en-US").padStart(15);
  const line = `\r${size} 100%    0.00kB/s    0:00:00`;
  return `${line}${line} (xfr#${count}, to-chk=0/${count})\n`;
}

/** In the eleven letters of `-i`; undefined when nothing is to be done. */
async function differences(
  run: Run,
  entry: Entry,
  path: string,
  before: FileStat | undefined,
): Promise<string | undefined> {
  const { flags } = run.options;
  const { stat } = entry;
  const kind = { file: "f", directory: "d", symlink: "L", device: "D" }[stat.type];
  const moves = run.sends && run.to.remote ? "<" : ">";
  if (!before) return `${stat.type === "file" ? moves : "c"}${kind}+++++++++`;
  if (before.type !== stat.type) return `${stat.type === "file" ? moves : "c"}${kind}+++++++++`;
  if (run.made && entry.name === "") return ".d..t......";
  const time = Math.floor(before.mtimeMs / 1000) !== Math.floor(stat.mtimeMs / 1000);
  const mode = flags.has("perms") && before.mode !== stat.mode && stat.type !== "symlink";
  const owner = flags.has("owner") && before.owner !== stat.owner;
  const group = flags.has("group") && before.group !== stat.group;
  if (stat.type === "symlink") {
    const same = (await run.from.readlink(entry.source)) === (await run.to.files.readlink(path));
    return same ? undefined : "cLc........";
  }
  const size = stat.type === "file" && before.size !== stat.size;
  let content = size || flags.has("ignore-times");
  if (stat.type === "file" && !content) {
    if (flags.has("checksum")) {
      const [a, b] = [await run.from.readFile(entry.source), await run.to.files.readFile(path)];
      content = !Buffer.from(a).equals(Buffer.from(b));
    } else content = time && !flags.has("size-only");
  }
  const timed = flags.has("times") && time;
  if (!content && !timed && !mode && !owner && !group) return undefined;
  if (stat.type === "directory" && !timed && !mode && !owner && !group) return undefined;
  const t = timed ? "t" : content && time ? "T" : ".";
  const letters = `${flags.has("checksum") && content ? "c" : "."}${size ? "s" : "."}${t}${mode ? "p" : "."}${owner ? "o" : "."}${group ? "g" : "."}...`;
  return `${content && stat.type === "file" ? moves : "."}${kind}${letters}`;
}

async function write(
  run: Run,
  entry: Entry,
  path: string,
  before: FileStat | undefined,
  changes: string,
): Promise<void> {
  const { flags } = run.options;
  const { files } = run.to;
  const { stat } = entry;
  if (before && before.type !== stat.type) await (before.type === "directory" ? files.rmdir(path) : files.unlink(path));
  if (stat.type === "symlink") {
    if (before?.type === "symlink") await files.unlink(path);
    await files.symlink(await run.from.readlink(entry.source), path);
    return;
  }
  if (stat.type === "directory") {
    if (before?.type !== "directory") await files.mkdir(path, stat.mode);
  } else if (/^[<>]/.test(changes)) {
    await files.writeFile(path, await run.from.readFile(entry.source), { mode: stat.mode });
    if (flags.has("remove-source-files")) await run.from.unlink(entry.source);
  }
  if (flags.has("perms")) await files.chmod(path, stat.mode);
  if (flags.has("owner") || flags.has("group")) await files.chown(path, stat.owner, stat.group).catch(() => undefined);
  if (flags.has("times") && stat.type === "file") await files.utimes(path, stat.mtimeMs);
}

/** The two lines at the end, `--stats` and the status. */
async function ending(run: Run, verbose: boolean): Promise<number> {
  const { ctx, options } = run;
  const { flags } = options;
  // Estimated: a list of names, checks, and the bytes themselves.
  const sent = 60 + 25 * run.seen + 45 * run.transferred + (flags.has("dry-run") ? 0 : run.literal);
  const received = 15 + 19 * run.transferred + 4 * run.created;
  const number = (value: number) => value.toLocaleString("en-US");
  const stats = flags.has("stats");
  if (stats) {
    await ctx.stdout.write(
      `\nNumber of files: ${number(run.seen)}\nNumber of created files: ${number(run.created)}\nNumber of deleted files: ${number(run.deleted)}\nNumber of regular files transferred: ${number(run.transferred)}\nTotal file size: ${number(run.total)} bytes\nTotal transferred file size: ${number(run.literal)} bytes\nLiteral data: ${number(flags.has("dry-run") ? 0 : run.literal)} bytes\nMatched data: 0 bytes\nFile list size: 0\nFile list generation time: 0.001 seconds\nFile list transfer time: 0.000 seconds\nTotal bytes sent: ${number(sent)}\nTotal bytes received: ${number(received)}\n`,
    );
  }
  if (verbose || stats) {
    const rate = ((sent + received) * 2).toLocaleString("en-US", { minimumFractionDigits: 2 });
    const speedup = (run.total / (sent + received)).toFixed(2);
    await ctx.stdout.write(
      `\nsent ${number(sent)} bytes  received ${number(received)} bytes  ${rate} bytes/sec\ntotal size is ${number(run.total)}  speedup is ${speedup}${flags.has("dry-run") ? " (DRY RUN)" : ""}\n`,
    );
  }
  if (!run.failed) return 0;
  await ctx.stderr.write(
    `rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1338) [${run.sends ? "sender" : "Receiver"}=3.2.7]\n`,
  );
  return 23;
}
