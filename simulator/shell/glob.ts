/** Pathname expansion over the node's files. */
import { FileError, type NodeFiles } from "./node-files.ts";
import { hasPattern, matchesPattern, unescapePattern } from "./pattern.ts";
import type { Shell } from "./shell.ts";
import { absolutePath } from "./shell.ts";

/** More directory entries than this are not looked at for one pattern. */
const ENTRIES_MAX = 50_000;

/** Paths that match a pattern, sorted; empty when none does. */
export async function expandGlob(shell: Shell, pattern: string): Promise<string[]> {
  const extglob = shell.shopts.has("extglob");
  const rooted = pattern.startsWith("/");
  const parts = pattern.split("/").filter((part, index) => part !== "" || index === pattern.split("/").length - 1);
  let found: string[] = [rooted ? "/" : ""];
  let looked = 0;
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    if (last && part === "") {
      found = await keep(found, (path) => isDirectory(shell, path));
      return found.map((path) => `${path}/`);
    }
    const next: string[] = [];
    for (const base of found) {
      const pause = shell.step();
      if (pause) await pause;
      if (!hasPattern(part, extglob)) {
        const path = join(base, unescapePattern(part));
        if (!last || (await exists(shell, path))) next.push(path);
        continue;
      }
      if (part === "**" && shell.shopts.has("globstar")) {
        if (!last) next.push(base);
        const below = await descend(shell, base, !last);
        looked += below.length;
        if (looked > ENTRIES_MAX) return next.sort();
        for (const path of below) next.push(path);
        continue;
      }
      const names = await entries(shell.around.files, absolutePath(shell.cwd, base || "."));
      looked += names.length;
      if (looked > ENTRIES_MAX) return next.sort();
      for (const name of names) {
        if (
          name.startsWith(".") &&
          !part.startsWith(".") &&
          !shell.shopts.has("dotglob") &&
          !shell.variables.get("GLOBIGNORE")
        )
          continue;
        if (!matchesPattern(name, part, { ignoreCase: shell.shopts.has("nocaseglob"), extglob })) continue;
        const path = join(base, name);
        const wait = shell.step();
        if (wait) await wait;
        if (last || (await isDirectory(shell, path))) next.push(path);
      }
    }
    found = next;
  }
  return found.filter((path) => path !== "").sort();
}

function join(base: string, name: string): string {
  if (base === "") return name;
  return base.endsWith("/") ? base + name : `${base}/${name}`;
}

async function keep(paths: string[], wanted: (path: string) => Promise<boolean>): Promise<string[]> {
  const kept: string[] = [];
  for (const path of paths) if (await wanted(path)) kept.push(path);
  return kept;
}

async function descend(shell: Shell, base: string, directoriesOnly: boolean): Promise<string[]> {
  const out: string[] = [];
  for (const name of await entries(shell.around.files, absolutePath(shell.cwd, base || "."))) {
    const pause = shell.step();
    if (pause) await pause;
    if (name.startsWith(".") || out.length > ENTRIES_MAX) continue;
    const path = join(base, name);
    const directory = await isDirectory(shell, path);
    if (directory || !directoriesOnly) out.push(path);
    if (directory) for (const below of await descend(shell, path, directoriesOnly)) out.push(below);
  }
  return out;
}

async function entries(files: NodeFiles, directory: string): Promise<string[]> {
  try {
    return await files.readdir(directory);
  } catch (error) {
    if (error instanceof FileError) return [];
    throw error;
  }
}

async function exists(shell: Shell, path: string): Promise<boolean> {
  return (await typeOf(shell, path, false)) !== undefined;
}

async function isDirectory(shell: Shell, path: string): Promise<boolean> {
  return (await typeOf(shell, path, true)) === "directory";
}

async function typeOf(shell: Shell, path: string, follow: boolean): Promise<string | undefined> {
  try {
    return (await shell.around.files.stat(absolutePath(shell.cwd, path), { follow })).type;
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}
