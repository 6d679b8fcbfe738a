/** Standard input of a program that may end while it waits for it. */
import type { ProgramContext } from "../shell/process.ts";

/**
 * The next bytes. What is typed after `over` is for whoever reads next: a plain read would take it along.
 *
 * @returns undefined at the end of the input
 * @throws the reason of `over` at a terminal
 */
export async function inputUntil(context: ProgramContext, over: AbortSignal): Promise<Uint8Array | undefined> {
  if (!context.isTty.stdin || !context.tty) return context.stdin.read();
  // Line by line at a terminal, too: it stays cooked.
  const bytes = await context.tty.readKeys(over);
  return bytes.length === 0 ? undefined : bytes;
}
