/** What a command of the shell prints, for whoever shows it or reads it in. */
import type { ByteWriter, ProgramContext } from "../../shell/process.ts";

/**
 * Run a command line that reads a text.
 *
 * @param take gets what it prints, piece by piece, errors with the rest
 * @returns its exit status
 */
export function runWith(
  ctx: ProgramContext,
  commandLine: string,
  input: string,
  take: (bytes: Uint8Array) => void,
): Promise<number> {
  const collect: ByteWriter = {
    async write(data) {
      take(typeof data === "string" ? Buffer.from(data) : data);
    },
  };
  let rest: Uint8Array | undefined = Buffer.from(input);
  const stdin = {
    async read() {
      const bytes = rest;
      rest = undefined;
      return bytes?.length ? bytes : undefined;
    },
  };
  return ctx.run(commandLine, { stdin, stdout: collect, stderr: collect });
}
