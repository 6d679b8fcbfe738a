/** Finding what a command's name stands for: a program of the node or a script in a file. */
import { ERRNO_TEXT, FileError } from "./node-files.ts";
import { EXECUTE, mayAccess } from "./node-user.ts";
import type { ProgramEntry } from "./process.ts";
import type { Shell } from "./shell.ts";

export type FoundProgram =
  | { kind: "program"; path: string; entry: ProgramEntry }
  /** `bash` and `sh` themselves. */
  | { kind: "shell"; path: string }
  | { kind: "script"; path: string; text: string; interpreter: string }
  | { kind: "missing"; reason: "not-found" | string; status: 126 | 127 };

export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const SHELLS = new Set(["bash", "sh", "dash", "rbash"]);
const SCRIPT_BYTES_MAX = 1 << 20;

/** Find by name along PATH, or by path when there is a slash. */
export async function findProgram(
  shell: Shell,
  name: string,
  path = shell.variables.get("PATH"),
): Promise<FoundProgram> {
  if (name === "") return { kind: "missing", reason: "not-found", status: 127 };
  if (name.includes("/")) return findByPath(shell, name);
  for (const directory of (path ?? "").split(":")) {
    const found =
      builtIn(shell, `${directory || shell.cwd}/${name}`) ??
      (await scriptAt(shell, `${directory || shell.cwd}/${name}`));
    if (found && found.kind !== "missing") return found;
  }
  return { kind: "missing", reason: path ? "not-found" : ERRNO_TEXT.ENOENT, status: 127 };
}

/** Every place along PATH where a program of that name is. */
export async function programPaths(shell: Shell, name: string): Promise<string[]> {
  const paths: string[] = [];
  if (name.includes("/") || name === "") return paths;
  for (const directory of (shell.variables.get("PATH") ?? "").split(":")) {
    const full = `${directory || shell.cwd}/${name}`;
    const found = builtIn(shell, full) ?? (await scriptAt(shell, full));
    if (found && found.kind !== "missing") paths.push(full);
  }
  return paths;
}

/** As `findProgram`, where it was found before when that is known. @returns with the path that is remembered */
export async function findHashed(shell: Shell, name: string): Promise<FoundProgram> {
  const known = shell.hashed.get(name);
  if (known) {
    known.hits++;
    const found = await findByPath(shell, known.path);
    return found.kind === "missing" ? { ...found, reason: `${known.path}: ${found.reason}` } : found;
  }
  const found = await findProgram(shell, name);
  if (found.kind !== "missing" && !name.includes("/")) shell.hashed.set(name, { path: found.path, hits: 1 });
  return found;
}

/** Programs have one place of their own; `/bin` and `/sbin` are links into `/usr` as on Debian. */
function builtIn(shell: Shell, full: string): FoundProgram | undefined {
  const path = full.replace(/^\/(s?bin)\//, "/usr/$1/");
  const name = path.slice(path.lastIndexOf("/") + 1);
  const entry = Object.hasOwn(shell.around.commands, name) ? shell.around.commands[name] : undefined;
  if (entry && entry.path.replace(/^\/(s?bin)\//, "/usr/$1/") === path) return { kind: "program", path: full, entry };
  if (SHELLS.has(name) && path === `/usr/bin/${name}`) return { kind: "shell", path: full };
  return undefined;
}

async function findByPath(shell: Shell, name: string): Promise<FoundProgram> {
  const full = shell.resolve(name);
  return (
    builtIn(shell, full) ?? (await scriptAt(shell, full)) ?? { kind: "missing", reason: ERRNO_TEXT.ENOENT, status: 127 }
  );
}

async function scriptAt(shell: Shell, path: string): Promise<FoundProgram | undefined> {
  const { files } = shell.around;
  try {
    const stat = await files.stat(path);
    if (stat.type === "directory") return { kind: "missing", reason: "Is a directory", status: 126 };
    if (!mayAccess(shell.process.user, stat, EXECUTE))
      return { kind: "missing", reason: ERRNO_TEXT.EACCES, status: 126 };
    if (stat.size > SCRIPT_BYTES_MAX) return { kind: "missing", reason: "cannot execute binary file", status: 126 };
    const text = Buffer.from(await files.readFile(path)).toString("utf8");
    const interpreter = /^#!\s*(\S+)[ \t]*(\S*)/.exec(text);
    const named = interpreter?.[1]?.endsWith("/env") ? interpreter[2]! : (interpreter?.[1] ?? "bash");
    const base = named.slice(named.lastIndexOf("/") + 1);
    if (!SHELLS.has(base)) {
      const isThere = interpreter && (await files.stat(interpreter[1]!).catch(() => undefined)) !== undefined;
      if (!isThere) return { kind: "missing", reason: "cannot execute: required file not found", status: 127 };
      return {
        kind: "missing",
        reason: `${base}: scripts of this interpreter are not modelled in this simulated node`,
        status: 126,
      };
    }
    return { kind: "script", path, text, interpreter: base };
  } catch (error) {
    if (error instanceof FileError) {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
      return { kind: "missing", reason: ERRNO_TEXT[error.code], status: 126 };
    }
    throw error;
  }
}
