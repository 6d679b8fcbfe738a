/** `.NAME.swp` beside an edited file: Debian's nanorc sets `locking`, so nano keeps one, as vim does. @source nano 7.2 src/files.c */
import type { ProgramContext } from "../../../shell/process.ts";
import { pathIn, reasonOf } from "../../coreutils/arguments.ts";

const LOCK_BYTES = 1024;
/** Where things stand in it, by vim's layout. */
const PID_AT = 24;
const USER_AT = 28;
const HOST_AT = 68;
const NAME_AT = 108;

export function lockNameOf(name: string): string {
  const slash = name.lastIndexOf("/") + 1;
  return `${name.slice(0, slash)}.${name.slice(slash)}.swp`;
}

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

/** @returns why it could not be written */
export async function writeLock(ctx: ProgramContext, name: string): Promise<string | undefined> {
  const bytes = Buffer.alloc(LOCK_BYTES);
  bytes.write("b0nano 7.2");
  bytes.writeUInt32LE(ctx.pid, PID_AT);
  bytes.write("root", USER_AT);
  bytes.write(ctx.node.slice(0, NAME_AT - HOST_AT - 1), HOST_AT);
  bytes.write(name.slice(0, LOCK_BYTES - NAME_AT - 1), NAME_AT);
  try {
    await ctx.files.writeFile(pathIn(ctx, lockNameOf(name)), bytes);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

export async function removeLock(ctx: ProgramContext, lock: string): Promise<void> {
  await ctx.files.unlink(pathIn(ctx, lock)).catch(() => undefined);
}
