/** All of a small input, for tools that show bytes. */
import type { ProgramContext } from "../../shell/process.ts";
import { collect, openInput } from "../coreutils/streams.ts";

/** What one of these tools reads, bytes: a dump is some four times as long. */
const DUMPED_BYTES_MAX = 1 << 20;

/** @throws FileError when it cannot be read @returns undefined when there is more than is read; it has been told */
export async function wholeInput(ctx: ProgramContext, operand: string): Promise<Buffer | undefined> {
  const bytes = await collect(ctx, openInput(ctx, operand));
  if (bytes.length <= DUMPED_BYTES_MAX) return bytes;
  await ctx.stderr.write(`${ctx.argv[0]}: input of more than 1 MiB is not modelled in this simulated node\n`);
  return undefined;
}

export const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");

export function printable(bytes: Uint8Array): string {
  return [...bytes].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");
}
