/** The line that a `:` command or a search is typed on. */
import { pathIn } from "../../coreutils/arguments.ts";
import { isTyped } from "../full-screen.ts";
import { execute } from "./line-commands.ts";
import { settle, type ViState } from "./state.ts";
import { seek } from "./targets.ts";

/** One key of the line; Enter does what is typed. */
export async function lineKey(vi: ViState, key: string): Promise<unknown> {
  // In compatible mode ESC does what is typed, as Enter; ^C, which pressKey makes "cancel", leaves it.
  if (key === "cancel" || (key === "escape" && !vi.compatible)) {
    vi.mode = "normal";
    vi.message = "";
    return;
  }
  const kind = vi.typed[0]!;
  if (key === "^backspace" || key === "^h") {
    vi.typed = [...vi.typed].slice(0, -1).join("");
    if (vi.typed === "") {
      vi.mode = "normal";
      vi.message = "";
    }
    return;
  }
  if (key === "^u") vi.typed = kind;
  if (key === "^w") vi.typed = vi.typed.replace(/(?<=.)(\w+|[^\w\s]+)?\s*$/, "");
  if (key === "up" || key === "down") {
    // In compatible mode `history` is 0.
    if (vi.compatible) return;
    const step = key === "up" ? -1 : 1;
    for (let at = vi.typedPlace + step; at >= 0 && at <= vi.typedLines.length; at += step) {
      const line = vi.typedLines[at] ?? kind;
      if (line[0] !== kind) continue;
      vi.typed = line;
      vi.typedPlace = at;
      break;
    }
    return;
  }
  if (key === "^i") return completeName(vi);
  if (key !== "^m" && key !== "escape") {
    if (isTyped(key)) vi.typed += key;
    return;
  }
  vi.mode = "normal";
  vi.message = "";
  const text = vi.typed.slice(1);
  if (text !== "" && vi.typedLines.at(-1) !== vi.typed) vi.typedLines.push(vi.typed);
  if (kind === ":") await execute(vi, text.trim());
  else
    seek(
      vi,
      text.replace(/(?<!\\)[/?]$/, (mark) => (mark === kind ? "" : mark)),
      kind === "?",
    );
  settle(vi);
  // What was typed stays where nothing is told.
  if (vi.mode === "normal" && vi.message === "") vi.message = vi.typed;
}

/** Tab: the name of a file behind `:e`, `:w`, `:r`. */
async function completeName(vi: ViState): Promise<void> {
  const parts = /^(:.*\s)(\S*\/)?(\S*)$/.exec(vi.typed);
  if (!parts) return;
  const [, before, directory = "", prefix = ""] = parts;
  const names = await vi.ctx.files.readdir(pathIn(vi.ctx, directory || ".")).catch(() => []);
  const [first] = names.filter((name) => name.startsWith(prefix)).sort();
  if (first !== undefined) vi.typed = `${before}${directory}${first}`;
}
