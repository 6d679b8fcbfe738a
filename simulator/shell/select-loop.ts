/**
 * `select`: a numbered list on standard error, an answer from standard input, and the body, until `break` or the end of
 * input.
 */
import { read } from "./builtins/input.ts";
import type { Shell } from "./shell.ts";

/** Ask until there is an answer. @returns the chosen word ("" for a wrong number), or undefined at the end of input */
export async function askToSelect(shell: Shell, words: readonly string[], list: boolean): Promise<string | undefined> {
  let show = list;
  for (;;) {
    if (show) await shell.write(2, menu(words, Number(shell.variables.get("COLUMNS") ?? 80) || 80));
    await shell.write(2, shell.variables.get("PS3") ?? "#? ");
    if ((await read(shell, ["read"], { text: () => "read" })) !== 0 && !shell.variables.get("REPLY")) {
      await shell.write(1, "\n");
      return undefined;
    }
    const reply = (shell.variables.get("REPLY") ?? "").trim();
    if (reply !== "") return /^\d+$/.test(reply) ? (words[Number(reply) - 1] ?? "") : "";
    show = true;
  }
}

function menu(words: readonly string[], columns: number): string {
  const digits = String(words.length).length;
  const entries = words.map((word, at) => `${String(at + 1).padStart(digits)}) ${word}`);
  const width = Math.max(...entries.map((entry) => entry.length)) + 2;
  const across = Math.max(1, Math.floor(columns / width));
  let rows = Math.ceil(words.length / across);
  if (rows === 1) rows = words.length;
  let out = "";
  for (let row = 0; row < rows; row++) {
    const cells = entries.filter((_, at) => at % rows === row);
    out += `${cells.map((cell, at) => (at < cells.length - 1 ? cell.padEnd(width) : cell)).join("")}\n`;
  }
  return out;
}
