/** `--exclude` and `--include`: the first pattern that fits decides. @source rsync(1), INCLUDE/EXCLUDE PATTERN RULES */
import type { RsyncOptions } from "./rsync-options.ts";

/** @param path below the transfer's root, without a slash in front */
export function isExcluded(rules: RsyncOptions["rules"], path: string, isFolder: boolean): boolean {
  return rules.find(({ pattern }) => fits(pattern, path, isFolder))?.exclude ?? false;
}

function fits(pattern: string, path: string, isFolder: boolean): boolean {
  if (pattern.endsWith("/") && !isFolder) return false;
  const plain = pattern.replace(/\/$/, "");
  const anchored = plain.startsWith("/");
  const body = plain.replace(/^\//, "");
  const source = body.replace(/\*\*|\*|\?|\[[^\]]*\]|[.+^${}()|\\]/g, (part) => {
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    return part.startsWith("[") ? part : `\\${part}`;
  });
  // A name without slashes fits the last part, wherever it lies.
  if (anchored) return new RegExp(`^${source}$`).test(path);
  return new RegExp(`(?:^|/)${source}$`).test(path);
}
