/** Input line by line. */
import type { ByteReader, ProgramContext } from "../../shell/process.ts";

/** A line longer than this is handed over in pieces. */
const LINE_BYTES_MAX = 4 << 20;

/** Call for each line, without its newline, as soon as it is whole; "stop" ends the reading. */
export async function eachLine(
  ctx: ProgramContext,
  input: ByteReader,
  handle: (line: string, ended: boolean) => Promise<"stop" | undefined>,
  separator = "\n",
): Promise<void> {
  const code = separator.charCodeAt(0);
  let parts: Uint8Array[] = [];
  let size = 0;
  const take = () => {
    const line = Buffer.concat(parts).toString("utf8");
    parts = [];
    size = 0;
    return line;
  };
  for (let bytes = await input.read(); bytes; bytes = await input.read()) {
    let at = 0;
    for (let end = bytes.indexOf(code, at); end >= 0; end = bytes.indexOf(code, at)) {
      parts.push(bytes.subarray(at, end));
      at = end + 1;
      if ((await handle(take(), true)) === "stop") return;
    }
    await ctx.breathe();
    parts.push(bytes.subarray(at));
    size += bytes.length - at;
    if (size > LINE_BYTES_MAX && (await handle(take(), false)) === "stop") return;
  }
  if (size > 0) await handle(take(), false);
}
