/**
 * Whether a paste would run commands by itself, and how many.
 *
 * A shell that knows bracketed paste waits for Enter; any other runs each line as its end arrives.
 */
export function pastedCommands(text: string, bracketed: boolean): number {
  if (bracketed) return 0;
  const lines = text.split(/\r\n|\r|\n/);
  // The last one waits for Enter unless it has an end of its own.
  lines.pop();
  return lines.filter((line) => line.trim() !== "").length;
}

/** One line with its end is what people copy from a page, and mean to run. */
export function isWorthAsking(text: string, bracketed: boolean): boolean {
  const runs = pastedCommands(text, bracketed);
  return runs > 1 || (runs === 1 && !/[\r\n]\s*$/.test(text));
}
