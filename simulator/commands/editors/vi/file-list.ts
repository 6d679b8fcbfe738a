/** The files of vi's command line: `:n`, `:prev`, `:rew`, `:last`, `:args`, and those that `:q` asks about. */
import { openNamed, writeNamed } from "./files.ts";
import type { ViState } from "./state.ts";

export const MODIFIED = "E37: No write since last change (add ! to override)";

/** @returns whether the word is a command of the list; what it did is done then */
export async function fileListCommand(vi: ViState, word: string): Promise<boolean> {
  const { files } = vi;
  const force = word.endsWith("!");
  const name = word.replace(/!$/, "");
  if (/^ar(?:gs?)?$/.test(name)) {
    vi.message = files.names.map((file, at) => (at === files.at ? `[${file}]` : file)).join(" ");
    return true;
  }
  const writes = /^wn(?:ext)?$/.test(name);
  const target =
    writes || /^n(?:e|ex|ext)?$/.test(name)
      ? files.at + 1
      : /^N(?:e|ex|ext)?$/.test(name) || (name.length > 2 && "previous".startsWith(name))
        ? files.at - 1
        : /^(?:rew|rewind|fir|first)$/.test(name)
          ? 0
          : /^(?:la|last)$/.test(name)
            ? files.names.length - 1
            : undefined;
  if (target === undefined) return false;
  if (writes && !(await writeNamed(vi, "", undefined, force))) return true;
  if (files.names.length <= 1) vi.message = "E163: There is only one file to edit";
  else if (target >= files.names.length) vi.message = "E165: Cannot go beyond last file";
  else if (target < 0) vi.message = "E164: Cannot go before first file";
  else if (vi.buffer.modified && !force) vi.message = MODIFIED;
  else {
    files.at = target;
    files.isDone ||= target === files.names.length - 1;
    vi.name = files.names[target]!;
    vi.readOnly = vi.isView;
    vi.buffer.load("");
    await openNamed(vi);
  }
  return true;
}

/** `:q` and its kin. @returns whether vi may end; a message says why not */
export function mayEnd(vi: ViState): boolean {
  const more = vi.files.names.length - 1 - vi.files.at;
  if (vi.buffer.modified) vi.message = MODIFIED;
  else if (more > 0 && !vi.files.isDone) {
    vi.message = `E173: ${more} more file${more === 1 ? "" : "s"} to edit`;
    vi.files.isDone = true;
  } else return true;
  return false;
}
