/** Commands of the shell: their output read in, lines filtered by them, and the shell itself. */
import { quoteForShell } from "../../../shell/quoting.ts";
import { runWith } from "../../coreutils/command-output.ts";
import type { ViState } from "./state.ts";

/** Output of a command that is shown or read in, bytes. */
const OUTPUT_BYTES_MAX = 1 << 20;

/** What a command prints, errors with the rest. */
export async function outputOf(
  vi: ViState,
  commandLine: string,
  input = "",
): Promise<{ text: string; status: number }> {
  let size = 0;
  const chunks: Uint8Array[] = [];
  const status = await runWith(vi.ctx, commandLine, input, (bytes) => {
    size += bytes.length;
    if (size <= OUTPUT_BYTES_MAX) chunks.push(bytes);
  });
  return { text: Buffer.concat(chunks).toString("utf8"), status };
}

/** `:1,5!command`: what the command makes of the lines takes their place. */
export async function filterLines(vi: ViState, from: number, to: number, commandLine: string): Promise<void> {
  const { buffer } = vi;
  const lines = buffer.lines.slice(from, to + 1);
  const { text, status } = await outputOf(vi, commandLine, `${lines.join("\n")}\n`);
  buffer.remember();
  buffer.lines.splice(from, lines.length, ...(text === "" ? [] : text.replace(/\n$/, "").split("\n")));
  if (buffer.lines.length === 0) buffer.lines.push("");
  buffer.move(from, 0);
  vi.message = status === 0 ? `${lines.length} lines filtered` : `shell returned ${status}`;
}

/** `:!command`: on the screen below the editor's. */
export async function runShell(vi: ViState, commandLine: string): Promise<void> {
  const { tty } = vi;
  await tty.write("\x1b[?1049l");
  tty.setMode("cooked");
  try {
    if (vi.buffer.modified) await tty.write("\n[No write since last change]\n");
    const named = commandLine.replace(/(?<!\\)%/g, () => quoteForShell(vi.name));
    const status = await vi.ctx.run(named);
    if (status !== 0) await tty.write(`\nshell returned ${status}\n`);
    await tty.write("\nPress ENTER or type command to continue");
  } finally {
    tty.setMode("raw");
  }
  await tty.readKeys();
  await tty.write("\x1b[?1049h\x1b[2J");
}
