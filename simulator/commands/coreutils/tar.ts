/** `tar`: create, list, extract, append, with gzip. @source GNU tar 1.34: its messages and lists */
import { Buffer } from "node:buffer";
import { FileError } from "../../shell/node-files.ts";
import { matchesPattern } from "../../shell/pattern.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { formatTime } from "../../shell/time-text.ts";
import { notModelled } from "../printed.ts";
import { complain, pathIn, readArguments, reasonOf, UsageError, valuesOf } from "./arguments.ts";
import { modeText, ownerId } from "./file-words.ts";
import { compressed, expanded, isCompressed } from "./gzip.ts";
import { collect, openInput } from "./streams.ts";
import { archiveOf, entriesOf, type TarEntry } from "./tar-archive.ts";

/** What tar holds of files at once. */
const BYTES_MAX = 8 << 20;

interface Asked {
  what: (typeof MODES)[number] | undefined;
  flags: ReadonlyMap<string, string>;
  file: string;
  excluded: string[];
  strip: number;
  /** Where each operand is looked for: `-C` counts from where it stands. */
  operands: { name: string; directory: string }[];
  /** Where is extracted. */
  directory: string;
}

class TarRefused extends Error {
  readonly status: number;
  readonly hint: boolean;
  constructor(message: string, options: { status?: number; hint?: boolean } = {}) {
    super(message);
    this.status = options.status ?? 2;
    this.hint = options.hint ?? false;
  }
}

const SHORT = "ctxrudvzjJaf:C:OpkhPT:X:b:mowS";
const LONG: Record<string, string> = {
  create: "c",
  list: "t",
  extract: "x",
  get: "x",
  append: "r",
  verbose: "v",
  gzip: "z",
  gunzip: "z",
  ungzip: "z",
  "file=": "f",
  "directory=": "C",
  "to-stdout": "O",
  "preserve-permissions": "p",
  "same-permissions": "p",
  "same-owner": "same-owner",
  "no-same-owner": "o",
  "no-same-permissions": "no-same-permissions",
  "numeric-owner": "numeric-owner",
  "keep-old-files": "k",
  overwrite: "overwrite",
  dereference: "h",
  "absolute-names": "P",
  "auto-compress": "a",
  "exclude=": "exclude",
  "strip-components=": "strip-components",
  "no-recursion": "no-recursion",
  bzip2: "j",
  xz: "J",
  zstd: "J",
  version: "version",
  help: "help",
  totals: "totals",
  update: "u",
  diff: "d",
  compare: "d",
};
const MODES = ["c", "t", "x", "r"] as const;

export const tar: Program = async (ctx) => {
  try {
    const asked = read(ctx.argv);
    if (asked.flags.has("version")) {
      await ctx.stdout.write("tar (GNU tar) 1.34\n");
      return 0;
    }
    if (asked.flags.has("help")) {
      await ctx.stdout.write("Usage: tar [OPTION...] [FILE]...\n\nSee man tar.\n");
      return 0;
    }
    const unknown = [..."jJudTX"].find((letter) => asked.flags.has(letter));
    if (unknown !== undefined) {
      await ctx.stderr.write(notModelled("tar", `-${unknown}`));
      return 2;
    }
    switch (asked.what) {
      case undefined:
        throw new TarRefused("You must specify one of the '-Acdtrux', '--delete' or '--test-label' options", {
          hint: true,
        });
      case "c":
      case "r":
        return await create(ctx, asked);
      default:
        return await readOut(ctx, asked);
    }
  } catch (error) {
    const refused = error instanceof UsageError ? new TarRefused(error.message, { status: 64, hint: true }) : error;
    if (!(refused instanceof TarRefused)) throw error;
    for (const line of refused.message.split("\n")) await complain(ctx, line);
    if (refused.hint) await ctx.stderr.write("Try 'tar --help' or 'tar --usage' for more information.\n");
    return refused.status;
  }
};

function read(argv: readonly string[]): Asked {
  const args = readArguments(withDashes(argv), SHORT, LONG, { inOrder: true });
  const { flags } = args;
  const [what, other] = MODES.filter((mode) => flags.has(mode));
  if (other !== undefined)
    throw new TarRefused("You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' option", {
      hint: true,
    });
  let directory = "";
  const operands: Asked["operands"] = [];
  for (const [name, value] of args.given) {
    if (name === "C") directory = joined(directory, value);
    else if (name === "") operands.push({ name: value, directory });
  }
  const strip = Number(flags.get("strip-components")) || 0;
  return { what, flags, file: flags.get("f") ?? "-", excluded: valuesOf(args, "exclude"), strip, operands, directory };
}

/** Of old: a first word without a dash is letters, and their values follow in turn. */
function withDashes(argv: readonly string[]): readonly string[] {
  const [name = "", first = "-", ...rest] = argv;
  if (first.startsWith("-")) return argv;
  const options = [...first].flatMap((letter) => {
    if (!SHORT.includes(`${letter}:`)) return [`-${letter}`];
    const value = rest.shift();
    if (value === undefined) throw new TarRefused(`Old option '${letter}' requires an argument.`, { hint: true });
    return [`-${letter}`, value];
  });
  return [name, ...options, ...rest];
}

/** By its whole name or by one part of it. */
function isExcluded({ excluded }: Asked, name: string): boolean {
  const names = [name, ...name.split("/")];
  return excluded.some((pattern) => names.some((one) => matchesPattern(one, pattern)));
}

function joined(directory: string, name: string): string {
  return name.startsWith("/") || directory === "" ? name : `${directory.replace(/\/$/, "")}/${name}`;
}

/** What comes of it, or why it cannot be done, in strerror's words. */
async function attempt<T>(work: Promise<T>): Promise<{ value: T } | { reason: string }> {
  try {
    return { value: await work };
  } catch (error) {
    return { reason: reasonOf(error) };
  }
}

const FAILED = "Exiting with failure status due to previous errors";

async function create(ctx: ProgramContext, asked: Asked): Promise<number> {
  if (asked.operands.length === 0 && asked.what === "c")
    throw new TarRefused("Cowardly refusing to create an empty archive", { hint: true });
  let before: TarEntry[] = [];
  if (asked.what === "r") {
    const bytes = await attempt(collect(ctx, openInput(ctx, asked.file)));
    before = "value" in bytes ? (entriesOf(bytes.value) ?? []) : [];
  }
  const lists = asked.file === "-" ? ctx.stderr : ctx.stdout;
  const entries: TarEntry[] = [];
  let [failed, toldOfSlash, size] = [false, false, 0];
  const add = async (name: string, path: string): Promise<void> => {
    await ctx.breathe();
    if (isExcluded(asked, name.replace(/\/$/, ""))) return;
    const stat = await attempt(ctx.files.stat(path, { follow: asked.flags.has("h") }));
    if ("reason" in stat) {
      await complain(ctx, `${name}: Cannot stat: ${stat.reason}`);
      failed = true;
      return;
    }
    const { type, mode, owner, group, mtimeMs } = stat.value;
    if (path === pathIn(ctx, asked.file)) return complain(ctx, `${name}: file is the archive; not dumped`);
    if (type === "device") return;
    if (name.startsWith("/") && !asked.flags.has("P") && !toldOfSlash) {
      await complain(ctx, "Removing leading `/' from member names");
      toldOfSlash = true;
    }
    const bytes = type === "file" ? await attempt(ctx.files.readFile(path)) : { value: new Uint8Array(0) };
    if ("reason" in bytes) {
      await complain(ctx, `${name}: Cannot open: ${bytes.reason}`);
      failed = true;
      return;
    }
    size += bytes.value.length;
    if (size > BYTES_MAX)
      throw new TarRefused(`more than ${BYTES_MAX >> 20} MiB are not modelled in this simulated node`);
    ctx.hold(bytes.value.length);
    const shown = type === "directory" ? `${name.replace(/\/+$/, "")}/` : name;
    const member = asked.flags.has("P") ? shown : shown.replace(/^\/+/, "") || "./";
    const target = type === "symlink" ? await ctx.files.readlink(path) : "";
    entries.push({ name: member, type, mode, owner, group, mtimeMs, target, bytes: Buffer.from(bytes.value) });
    if (asked.flags.has("v")) await lists.write(`${shown}\n`);
    if (type !== "directory" || asked.flags.has("no-recursion")) return;
    const names = await attempt(ctx.files.readdir(path));
    if ("reason" in names) {
      await complain(ctx, `${name}: Cannot open: ${names.reason}`);
      failed = true;
      return;
    }
    for (const one of names.value)
      await add(`${name.replace(/\/+$/, "")}/${one}`, `${path === "/" ? "" : path}/${one}`);
  };
  for (const { name, directory } of asked.operands) await add(name, pathIn(ctx, joined(directory, name)));
  const archive = archiveOf(entries, before);
  const packs = asked.flags.has("z") || (asked.flags.has("a") && /\.(?:gz|tgz|taz)$/.test(asked.file));
  const bytes = packs ? compressed(archive) : archive;
  if (asked.file === "-") await ctx.stdout.write(bytes);
  else {
    const written = await attempt(ctx.files.writeFile(pathIn(ctx, asked.file), bytes));
    if ("reason" in written)
      throw new TarRefused(`${asked.file}: Cannot open: ${written.reason}\nError is not recoverable: exiting now`);
  }
  if (failed) await complain(ctx, FAILED);
  return failed ? 2 : 0;
}

async function archiveBytes(ctx: ProgramContext, asked: Asked): Promise<Buffer> {
  const found = await attempt(collect(ctx, openInput(ctx, asked.file)));
  if ("reason" in found)
    throw new TarRefused(`${asked.file}: Cannot open: ${found.reason}\nError is not recoverable: exiting now`);
  if (!isCompressed(found.value)) {
    if (!asked.flags.has("z")) return found.value;
    await ctx.stderr.write("\ngzip: stdin: not in gzip format\n");
    throw new TarRefused("Child returned status 1\nError is not recoverable: exiting now");
  }
  const plain = expanded(found.value);
  if (plain) return plain;
  await ctx.stderr.write("\ngzip: stdin: unexpected end of file\n");
  throw new TarRefused("Child returned status 1\nError is not recoverable: exiting now");
}

/** `t` and `x`. */
async function readOut(ctx: ProgramContext, asked: Asked): Promise<number> {
  if (asked.file === "-" && ctx.isTty.stdin)
    throw new TarRefused(
      "Refusing to read archive contents from terminal (missing -f option?)\nError is not recoverable: exiting now",
    );
  const entries = entriesOf(await archiveBytes(ctx, asked));
  if (!entries) throw new TarRefused(`This does not look like a tar archive\n${FAILED}`);
  if (asked.directory !== "") {
    const there = await attempt(ctx.files.readdir(pathIn(ctx, asked.directory)));
    if ("reason" in there)
      throw new TarRefused(`${asked.directory}: Cannot open: ${there.reason}\nError is not recoverable: exiting now`);
  }
  const wanted = asked.operands.map(({ name }) => name.replace(/\/+$/, ""));
  const seen = new Set<string>();
  const isWanted = (name: string) => {
    const plain = name.replace(/\/$/, "");
    const found = wanted.filter((one) => plain === one || plain.startsWith(`${one}/`));
    for (const one of found) seen.add(one);
    return wanted.length === 0 || found.length > 0;
  };
  let failed = false;
  const times: { path: string; mtimeMs: number }[] = [];
  let columns = 19;
  for (const entry of entries) {
    await ctx.breathe();
    if (!isWanted(entry.name) || isExcluded(asked, entry.name.replace(/\/$/, ""))) continue;
    const parts = entry.name
      .replace(/^\/+/, "")
      .split("/")
      .filter((part) => part !== "" && part !== ".");
    const name = parts.slice(asked.strip).join("/");
    if (asked.what === "x" && (name === "" || parts.includes(".."))) continue;
    const verbose = asked.flags.has("v");
    if (asked.what === "t" || verbose) {
      let line = entry.name;
      // Once is enough to extract by name; the long form lists.
      if (asked.what === "t" && verbose) {
        const text = listed(entry, asked.flags.has("numeric-owner"), columns);
        columns = text.columns;
        line = text.line;
      }
      await (asked.flags.has("O") ? ctx.stderr : ctx.stdout).write(`${line}\n`);
    }
    if (asked.what === "t") continue;
    if (asked.flags.has("O")) {
      if (entry.type === "file") await ctx.stdout.write(entry.bytes);
      continue;
    }
    const path = pathIn(ctx, joined(asked.directory, name));
    const done = await attempt(extract(ctx, asked, entry, path));
    if ("reason" in done) {
      await complain(ctx, `${entry.name}: Cannot open: ${done.reason}`);
      failed = true;
    } else times.push({ path, mtimeMs: entry.type === "symlink" ? -1 : entry.mtimeMs });
  }
  // A folder's time is set when everything is in it.
  for (const { path, mtimeMs } of times) if (mtimeMs >= 0) await ctx.files.utimes(path, mtimeMs).catch(ignoreRefusal);
  for (const name of wanted)
    if (!seen.has(name)) {
      await complain(ctx, `${name}: Not found in archive`);
      failed = true;
    }
  if (failed) await complain(ctx, FAILED);
  return failed ? 2 : 0;
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof FileError)) throw error;
}

async function extract(ctx: ProgramContext, asked: Asked, entry: TarEntry, path: string): Promise<void> {
  const parts = path.split("/").slice(1, -1);
  for (let depth = 1; depth <= parts.length; depth++) {
    const parent = `/${parts.slice(0, depth).join("/")}`;
    if (!(await ctx.files.stat(parent).catch(() => undefined))) await ctx.files.mkdir(parent);
  }
  const before = await ctx.files.stat(path, { follow: false }).catch(() => undefined);
  if (entry.type === "directory") {
    if (before?.type !== "directory") await ctx.files.mkdir(path);
  } else {
    if (before && asked.flags.has("k")) throw new FileError("EEXIST", path);
    if (before && before.type !== "directory") await ctx.files.unlink(path);
    if (entry.type === "symlink") {
      await ctx.files.symlink(entry.target, path);
      return;
    }
    await ctx.files.writeFile(path, entry.bytes);
  }
  // What the file system does not keep, such as owners in /etc/pve, is left as it gives it.
  await ctx.files.chmod(path, entry.mode).catch(ignoreRefusal);
  if (!asked.flags.has("o")) await ctx.files.chown(path, entry.owner, entry.group).catch(ignoreRefusal);
}

/** As `tar -tv` lists; the size's column grows with what it has held. */
function listed(entry: TarEntry, byNumber: boolean, columns: number): { line: string; columns: number } {
  const who = byNumber ? `${ownerId(entry.owner)}/${ownerId(entry.group)}` : `${entry.owner}/${entry.group}`;
  const size = String(entry.bytes.length);
  const needed = who.length + 1 + size.length;
  const wide = Math.max(columns, needed);
  const gap = " ".repeat(wide - who.length - size.length);
  const link = entry.type === "symlink" ? ` -> ${entry.target}` : "";
  const time = formatTime("%Y-%m-%d %H:%M", entry.mtimeMs);
  return { line: `${modeText(entry)} ${who}${gap}${size} ${time} ${entry.name}${link}`, columns: wide };
}
