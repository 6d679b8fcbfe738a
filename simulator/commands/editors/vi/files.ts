/** The files that vi opens, reads in and writes. */
import { dirname } from "node:path/posix";
import { pathIn } from "../../coreutils/arguments.ts";
import { firstSignOf } from "../character-kind.ts";
import { openText, saveText } from "../full-screen.ts";
import { outputOf } from "./shell-commands.ts";
import type { ViState } from "./state.ts";

/** Load the file under the name that vi has, and tell its size. */
export async function openNamed(vi: ViState): Promise<void> {
  const opened = await openText(vi.ctx, pathIn(vi.ctx, vi.name));
  if (opened.kind === "text") {
    vi.buffer.load(opened.text);
    vi.buffer.column = firstSignOf(vi.buffer.line);
    // Root may write it all the same; vim asks what its mode says.
    vi.readOnly ||= ((await vi.ctx.files.stat(pathIn(vi.ctx, vi.name))).mode & 0o222) === 0;
    vi.incomplete = opened.text !== "" && !opened.text.endsWith("\n");
    vi.message = `"${vi.name}" ${vi.readOnly ? "[readonly] " : ""}${vi.incomplete ? (vi.compatible ? "[Incomplete last line] " : "[noeol] ") : ""}${sizeOf(vi, opened.text)}`;
  } else if (opened.kind === "new") {
    const parent = dirname(pathIn(vi.ctx, vi.name));
    const isThere = await vi.ctx.files.stat(parent).then(
      ({ type }) => type === "directory",
      () => false,
    );
    vi.message = `"${vi.name}" ${isThere ? newFile(vi) : "[New DIRECTORY]"}`;
  } else vi.message = `"${vi.name}" ${opened.reason === "Is a directory" ? "is a directory" : opened.reason}`;
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
    if (refused === "Permission denied" && !isNew && vi.ctx.user.uid === 0) {
      // Only pmxcfs refuses root: it opens what is there and does not take what is written, for want of a quorum.
      vi.typed = `"${name}"`;
      vi.output = [
        `"${name}" E514: Write error (file system full?)`,
        "WARNING: Original file may be lost or damaged",
        "don't quit the editor until the file is successfully written!",
      ];
      vi.mode = "shown";
    } else if (/^(?:Permission denied|Read-only file system|No such file or directory)$/.test(refused)) {
      vi.typed = `"${name}"`;
      vi.output = [`"${name}" E212: Can't open file for writing`];
      vi.mode = "shown";
    } else vi.message = `"${name}" ${refused}`;
    return false;
  }
  if (vi.name === "") vi.name = name;
  if (!range && name === vi.name) vi.buffer.modified = false;
  const size = lines ? counted(vi, lines.length, text) : sizeOf(vi, text);
  vi.message = `"${name}" ${isNew ? `${newFile(vi)} ` : ""}${size} ${append ? "appended" : "written"}`;
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
  return counted(vi, text === "" ? 0 : vi.buffer.lines.length, text);
}

/** Lines and bytes, in short where `shortmess` is vim's. */
function counted(vi: ViState, lines: number, text: string): string {
  const bytes = Buffer.byteLength(text);
  if (!vi.compatible) return `${lines}L, ${bytes}B`;
  return `${lines} line${lines === 1 ? "" : "s"}, ${bytes} byte${bytes === 1 ? "" : "s"}`;
}

const newFile = (vi: ViState) => (vi.compatible ? "[New File]" : "[New]");
