/** What a pager shows of a file. */
import { FileError } from "../../../shell/node-files.ts";
import type { ProgramContext } from "../../../shell/process.ts";
import { pathIn } from "../arguments.ts";
import { collect, openInput } from "../streams.ts";

/** What it shows at most, bytes: all of it is held, and a screen is looked for in one piece. */
const SHOWN_BYTES_MAX = 4 << 20;

/** All of an operand. @throws FileError when it is more than is shown */
export async function readShown(ctx: ProgramContext, operand: string): Promise<string> {
  // A file with holes may be far larger than what is on the disk; it is not read for nothing.
  if (operand !== "-" && (await ctx.files.stat(pathIn(ctx, operand))).size > SHOWN_BYTES_MAX)
    throw new FileError("EFBIG", operand);
  return (await collect(ctx, openInput(ctx, operand), undefined, SHOWN_BYTES_MAX)).toString("utf8");
}
