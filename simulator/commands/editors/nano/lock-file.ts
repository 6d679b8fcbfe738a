/** `.NAME.swp` beside an edited file: Debian's nanorc sets `locking`, so nano keeps one, as vim does. @source nano 7.2 src/files.c */
import type { ProgramContext } from "../../../shell/process.ts";
import { pathIn, reasonOf } from "../../coreutils/arguments.ts";
import type { EditedFile } from "./edited-file.ts";
import { type NanoState, tell } from "./state.ts";

const LOCK_BYTES = 1024;
/** Where things stand in it, by vim's layout. */
const PID_AT = 24;
const USER_AT = 28;
const HOST_AT = 68;
const NAME_AT = 108;

/** Who edits the file already. */
export async function lockHolder(ctx: ProgramContext, name: string) {
  try {
    const bytes = Buffer.from(await ctx.files.readFile(pathIn(ctx, lockNameOf(name))));
    if (bytes.length < NAME_AT || bytes[0] !== 0x62 || bytes[1] !== 0x30) return undefined;
    const text = (at: number, end: number) => bytes.toString("utf8", at, end).replace(/\0[\s\S]*$/, "");
    return { user: text(USER_AT, HOST_AT), program: text(2, PID_AT - 12), pid: bytes.readUInt32LE(PID_AT) };
  } catch {
    return undefined;
  }
}

/** Write a file's lock, where files have one; it is told when it cannot be. */
export async function takeLock(nano: NanoState, file: EditedFile): Promise<void> {
  if (!nano.locks) return;
  const lock = lockNameOf(file.name);
  const refused = await writeLock(nano.ctx, file.name, lock);
  if (refused) tell(nano, `Error writing lock file ${lock}: ${refused}`, "grave");
  else file.lock = lock;
}

/** Take a file's lock away, when it has one. */
export async function dropLock(nano: NanoState, file: EditedFile): Promise<void> {
  if (file.lock === undefined) return;
  await nano.ctx.files.unlink(pathIn(nano.ctx, file.lock)).catch(() => undefined);
  file.lock = undefined;
}

function lockNameOf(name: string): string {
  const slash = name.lastIndexOf("/") + 1;
  return `${name.slice(0, slash)}.${name.slice(slash)}.swp`;
}

/** @returns why it could not be written */
async function writeLock(ctx: ProgramContext, name: string, lock: string): Promise<string | undefined> {
  const bytes = Buffer.alloc(LOCK_BYTES);
  bytes.write("b0nano 7.2");
  bytes.writeUInt32LE(ctx.pid, PID_AT);
  bytes.write("root", USER_AT);
  bytes.write(ctx.node.slice(0, NAME_AT - HOST_AT - 1), HOST_AT);
  bytes.write(name.slice(0, LOCK_BYTES - NAME_AT - 1), NAME_AT);
  try {
    await ctx.files.writeFile(pathIn(ctx, lock), bytes);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}
