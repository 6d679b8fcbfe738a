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
  const width = digits + 4 + Math.max(...words.map((word) => word.length));
  const across = Math.max(1, Math.floor(columns / width));
  let rows = Math.ceil(words.length / across);
  if (rows === 1) rows = words.length;
  const firstDigits = String(rows).length;
  let out = "";
  for (let row = 0; row < rows; row++) {
    let line = "";
    for (let at = row; at < words.length; at += rows) {
      const cell = `${String(at + 1).padStart(at < rows ? firstDigits : digits)}) ${words[at]!}`;
      line += at + rows < words.length ? cell.padEnd(width) : cell;
    }
    out += `${line}\n`;
  }
  return out;
}
