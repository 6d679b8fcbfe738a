/** Following a path through folders and symbolic links, whatever the files lie on. */
import type { FileErrno } from "./files-state.ts";
import { baseName, childPath, parentPath } from "./path.ts";

/** What the walk has to know of an entry. */
interface Step {
  type: "file" | "directory" | "symlink" | "device";
  target: string;
}

/** The real path and what lies there (undefined when only the last name is missing), or why it cannot be reached. */
export type Walked<T> = { path: string; entry: T | undefined } | { errno: FileErrno; path: string };

/** So many symbolic links are followed before Linux gives up. */
const LINKS_MAX = 40;

/**
 * Follow a path from the root.
 *
 * @param look what lies at a normalised path, a link itself not followed
 * @param path absolute, not necessarily normalised
 * @param followLast whether a link at the very end is followed, too
 */
export function walkPath<T extends Step>(
  look: (path: string) => T | undefined,
  path: string,
  followLast = true,
): Walked<T> {
  let linksLeft = LINKS_MAX;
  let pending = path.split("/").filter((part) => part !== "" && part !== ".");
  let at = "/";
  const wantsFolder = path.endsWith("/") && path !== "/";
  for (;;) {
    const name = pending.shift();
    if (name === undefined) return { path: at, entry: look(at) };
    if (name === "..") {
      at = parentPath(at);
      continue;
    }
    const next = childPath(at, name);
    const entry = look(next);
    const last = pending.length === 0;
    if (!entry) return last ? { path: next, entry: undefined } : { errno: "ENOENT", path };
    if (entry.type === "symlink" && (!last || followLast || wantsFolder)) {
      if (linksLeft-- === 0) return { errno: "ELOOP", path };
      pending = [...entry.target.split("/").filter((part) => part !== "" && part !== "."), ...pending];
      if (entry.target.startsWith("/")) at = "/";
      continue;
    }
    if (entry.type !== "directory" && (!last || wantsFolder)) return { errno: "ENOTDIR", path };
    at = next;
  }
}

/** The folder followed, the last name as it stands: what unlink, rename and mkdir act upon. */
export function walkToFolder<T extends Step>(
  look: (path: string) => T | undefined,
  path: string,
): { path: string } | { errno: FileErrno } {
  const trimmed = path.replace(/\/+$/, "");
  if (trimmed === "") return { path: "/" };
  const folder = walkPath(look, parentPath(trimmed));
  if ("errno" in folder) return folder;
  if (!folder.entry) return { errno: "ENOENT" };
  if (folder.entry.type !== "directory") return { errno: "ENOTDIR" };
  const name = baseName(trimmed);
  if (name === "." || name === "..") return { errno: "EINVAL" };
  return { path: childPath(folder.path, name) };
}
