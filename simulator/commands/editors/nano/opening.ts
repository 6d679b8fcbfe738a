/** Opening the files of the command line. */
import { pathIn } from "../../coreutils/arguments.ts";
import { openText } from "../full-screen.ts";
import type { NamedFile } from "./command-line.ts";
import { linesRead } from "./counted.ts";
import { EditedFile } from "./edited-file.ts";
import { refusalOf } from "./insertion.ts";
import { lockHolder, takeLock } from "./lock-file.ts";
import { centre } from "./moving.ts";
import { tellFile } from "./open-files.ts";
import { askWhether } from "./questions.ts";
import { seek } from "./search.ts";
import { type NanoState, tell } from "./state.ts";

/** Open one file after the other, a new one when there is none; a question on the way is answered first. */
export async function openAll(nano: NanoState, named: readonly NamedFile[]): Promise<void> {
  const [next, ...rest] = named;
  if (next) return openOne(nano, next, () => openAll(nano, rest));
  if (nano.files.length === 0) nano.files.push(new EditedFile(""));
  nano.current = 0;
  nano.hadSeveral = nano.files.length > 1;
  if (nano.hadSeveral) tellFile(nano);
}

/** Read a file, ask first when somebody else edits it. */
async function openOne(nano: NanoState, { name, at }: NamedFile, then: () => Promise<void>): Promise<void> {
  const path = pathIn(nano.ctx, name);
  const opened = await openText(nano.ctx, path);
  if (opened.kind === "refused") {
    tell(nano, refusalOf(name, opened.reason), "grave");
    return then();
  }
  const proceed = async () => {
    const file = new EditedFile(name);
    if (opened.kind === "text") await take(nano, file, path, opened.text);
    else await begin(nano, file);
    nano.files.push(file);
    nano.current = nano.files.length - 1;
    goTo(nano, at);
    await then();
  };
  const holder = nano.locks ? await lockHolder(nano.ctx, name) : undefined;
  if (!holder) return proceed();
  const { user, program, pid } = holder;
  askWhether(
    nano,
    `File ${name} is being edited by ${user} (with ${program}, PID ${pid}); open anyway?`,
    proceed,
    then,
  );
}

/** A file that is there. */
async function take(nano: NanoState, file: EditedFile, path: string, text: string): Promise<void> {
  file.load(text);
  await takeLock(nano, file);
  if (!isWritable(path)) tell(nano, `File '${file.name}' is unwritable`, "grave");
  tell(nano, `${linesRead(text)}${file.isDos ? " (converted from DOS format)" : ""}`);
}

/** A file that is not there yet. */
async function begin(nano: NanoState, file: EditedFile): Promise<void> {
  const slash = file.name.lastIndexOf("/");
  const folder = slash > 0 ? file.name.slice(0, slash) : "";
  const isThere = folder === "" || (await isDirectory(nano, folder));
  if (isThere) await takeLock(nano, file);
  else tell(nano, `Directory '${folder}' does not exist`, "grave");
  tell(nano, "New File");
}

async function isDirectory(nano: NanoState, name: string): Promise<boolean> {
  return nano.ctx.files.stat(pathIn(nano.ctx, name)).then(
    ({ type }) => type === "directory",
    () => false,
  );
}

/** Root may write what is there, whatever its mode; what no one may write is in /proc, /sys and the like. */
function isWritable(path: string): boolean {
  return !/^\/(?:proc|sys)\//.test(path) || /^\/proc\/sys\//.test(path);
}

/** @param at a line and a column, or `/` and a text; empty for where the cursor is */
function goTo(nano: NanoState, at: string): unknown {
  if (/^\/./.test(at)) return seek(nano, at.slice(1), false);
  if (at === "") return;
  const { buffer } = nano.file;
  const [row = 1, column = 1] = at.split(",").map(Number);
  buffer.move((row < 0 ? buffer.lines.length + row + 1 : row) - 1, column - 1);
  centre(nano);
}
