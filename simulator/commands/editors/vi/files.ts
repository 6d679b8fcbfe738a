/** The files that vi opens, reads in and writes. */
import { pathIn } from "../../coreutils/arguments.ts";
import { openText, saveText } from "../full-screen.ts";
import { outputOf } from "./shell-commands.ts";
import type { ViState } from "./state.ts";

/** Load the file under the name that vi has, and tell its size. */
export async function openNamed(vi: ViState): Promise<void> {
  const opened = await openText(vi.ctx, pathIn(vi.ctx, vi.name));
  if (opened.kind === "text") {
    vi.buffer.load(opened.text);
    vi.message = `"${vi.name}" ${vi.readOnly ? "[readonly] " : ""}${sizeOf(vi, opened.text)}`;
  } else if (opened.kind === "new") vi.message = `"${vi.name}" [New]`;
  else vi.message = `"${vi.name}" ${opened.reason}`;
}

/**
 * `:w`.
 *
 * @param argument another name, with `>>` before it to append; empty for the file that is open
 * @param range only these rows
 * @returns whether it is written; a message tells either
 */
export async function writeNamed(
  vi: ViState,
  argument: string,
  range: { from: number; to: number } | undefined,
  force: boolean,
): Promise<boolean> {
  const append = /^>>\s*/.test(argument);
  const name = argument.replace(/^>>\s*/, "") || vi.name;
  if (name === "") {
    vi.message = "E32: No file name";
    return false;
  }
  if (vi.readOnly && !force && name === vi.name) {
    vi.message = "E45: 'readonly' option is set (add ! to override)";
    return false;
  }
  const path = pathIn(vi.ctx, name);
  const opened = await openText(vi.ctx, path);
  const isNew = opened.kind === "new";
  if (argument && !append && !isNew && !force && name !== vi.name) {
    vi.message = "E13: File exists (add ! to override)";
    return false;
  }
  const lines = range ? vi.buffer.lines.slice(range.from, range.to + 1) : undefined;
  const text = lines ? `${lines.join("\n")}\n` : vi.buffer.text();
  const before = append && opened.kind === "text" ? opened.text : "";
  const refused = await saveText(vi.ctx, path, before + text);
  if (refused) {
    vi.message =
      refused === "Permission denied" || refused === "Read-only file system"
        ? `"${name}" E212: Can't open file for writing`
        : `"${name}" ${refused}`;
    return false;
  }
  if (vi.name === "") vi.name = name;
  if (!range && name === vi.name) vi.buffer.modified = false;
  const size = lines ? `${lines.length}L, ${Buffer.byteLength(text)}B` : sizeOf(vi, text);
  vi.message = `"${name}" ${isNew ? "[New] " : ""}${size} ${append ? "appended" : "written"}`;
  return true;
}

/** `:r`. @param argument a name, or `!` and a command @param row what is read comes behind it */
export async function readInto(vi: ViState, argument: string, row: number): Promise<void> {
  const { buffer } = vi;
  let text: string;
  if (argument.startsWith("!")) text = (await outputOf(vi, argument.slice(1))).text;
  else {
    const opened = await openText(vi.ctx, pathIn(vi.ctx, argument || vi.name));
    if (opened.kind !== "text") {
      vi.message = `E484: Can't open file ${argument}`;
      return;
    }
    text = opened.text;
  }
  buffer.remember();
  buffer.lines.splice(row + 1, 0, ...text.replace(/\n$/, "").split("\n"));
  buffer.move(row + 1, 0);
}

/** `^g` and `:f`: the file's name, and where the cursor is in it. */
export function tellPlace(vi: ViState): void {
  const { buffer } = vi;
  vi.message = `"${vi.name}"${buffer.modified ? " [Modified]" : ""} line ${buffer.row + 1} of ${buffer.lines.length} --${Math.round(((buffer.row + 1) / buffer.lines.length) * 100)}%-- col ${buffer.column + 1}`;
}

function sizeOf(vi: ViState, text: string): string {
  return `${text === "" ? 0 : vi.buffer.lines.length}L, ${Buffer.byteLength(text)}B`;
}
