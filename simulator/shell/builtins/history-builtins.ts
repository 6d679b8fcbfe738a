/** `history` and `fc`: what was typed, shown, changed, read from its file and run again. */

import { editedText } from "../command-editing.ts";
import { zoneOfShell } from "../process-zone.ts";
import { runSource } from "../script-run.ts";
import type { Shell } from "../shell.ts";
import { formatTime } from "../time-text.ts";
import { ShellError } from "../variables.ts";
import { type Builtin, complain, options, print } from "./builtin.ts";

const USAGE = "history: usage: history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]\n";

export const history: Builtin = async (shell, argv) => {
  const { history: kept, files } = shell.around;
  // A negative offset is no option.
  const parsed = options(argv, "cd:anrwps");
  if ("bad" in parsed) {
    await complain(shell, "history", parsed.bad);
    await shell.write(2, USAGE);
    return 2;
  }
  const { flags, operands } = parsed;
  if (flags.has("c")) kept.clear();
  if (flags.has("d")) return forget(shell, flags.get("d")!);
  if (flags.has("s")) {
    kept.replaceLast(operands.join(" "), shell.options.has("history") && shell.interactive);
    return 0;
  }
  if (flags.has("p")) {
    // The line that asks is none that is meant.
    if (shell.interactive && shell.options.has("history")) kept.forgetNewest();
    let out = "";
    for (const word of operands) {
      const expanded = kept.expand(word);
      if ("refusal" in expanded) return complain(shell, "history", `${word}: history expansion failed`);
      out += `${expanded.line}\n`;
    }
    return print(shell, "history", out);
  }
  const path = operands[0] ?? shell.variables.get("HISTFILE") ?? "";
  if (flags.has("a") || flags.has("w")) {
    if (path === "") return 0;
    if (flags.has("w")) await kept.write(files, shell.resolve(path));
    else if (path === shell.variables.get("HISTFILE")) await kept.save(files, shell.resolve(path));
    else await kept.append(files, shell.resolve(path));
    return 0;
  }
  if (flags.has("r") || flags.has("n")) {
    if (path !== "") await kept.read(files, shell.resolve(path));
    return 0;
  }
  if (flags.has("c")) return 0;
  if (operands.length > 1) throw new ShellError("history: too many arguments", { discard: true });
  const [count] = operands;
  if (count !== undefined && !/^\d+$/.test(count)) {
    return complain(shell, "history", `${count}: numeric argument required`);
  }
  const format = shell.variables.get("HISTTIMEFORMAT");
  // The instants of single lines are not kept: the present one stands for them.
  const stamp = format ? formatTime(format, shell.wallMs(), zoneOfShell(shell)) : "";
  const from = count === undefined ? 0 : Math.max(0, kept.lines.length - Number(count));
  const lines = kept.lines.slice(from).map((line, at) => {
    const mark = kept.changesOf(from + at).length > 0 ? "*" : " ";
    return `${String(from + at + 1 + kept.dropped).padStart(5)}${mark} ${stamp}${line}\n`;
  });
  return print(shell, "history", lines.join(""));
};

/** `history -d 12`, `-d -1`, `-d 3-5`. */
async function forget(shell: Shell, offset: string): Promise<number> {
  const { history: kept } = shell.around;
  const range = /^(-?\d+)(?:-(-?\d+))?$/.exec(offset);
  if (!range) return complain(shell, "history", `${offset}: history position out of range`);
  const place = (text: string) =>
    Number(text) < 0 ? kept.lines.length + Number(text) : Number(text) - 1 - kept.dropped;
  const from = place(range[1]!);
  const to = range[2] === undefined ? from : place(range[2]);
  if (from < 0 || to < from || to >= kept.lines.length) {
    return complain(shell, "history", `${offset}: history position out of range`);
  }
  kept.lines.splice(from, to - from + 1);
  return 0;
}

export const fc: Builtin = async (shell, argv) => {
  const { history: kept } = shell.around;
  let [list, numbers, backwards, again] = [false, true, false, false];
  let editor = "";
  let at = 1;
  for (; at < argv.length && /^-[a-z]/.test(argv[at]!); at++) {
    if (argv[at] === "-e") {
      editor = argv[++at] ?? "";
      again ||= editor === "-";
      continue;
    }
    for (const letter of argv[at]!.slice(1)) {
      if (letter === "l") list = true;
      else if (letter === "n") numbers = false;
      else if (letter === "r") backwards = true;
      else if (letter === "s") again = true;
      else return complain(shell, "fc", `-${letter}: invalid option`, 2);
    }
  }
  // The line with `fc` itself does not count.
  const lines = shell.interactive ? kept.lines.slice(0, -1) : kept.lines;
  const operands = argv.slice(at);
  const changes = again ? operands.filter((word) => /^[^=]+=/.test(word)) : [];
  const [first, last] = operands.slice(changes.length);
  const find = (word: string | undefined, usual: number): number => {
    if (word === undefined) return usual;
    if (/^-?\d+$/.test(word)) {
      const place = Number(word) < 0 ? lines.length + Number(word) : Number(word) - 1 - kept.dropped;
      return Math.max(0, Math.min(lines.length - 1, place));
    }
    return lines.findLastIndex((line) => line.startsWith(word));
  };
  if (lines.length === 0) return list ? 0 : complain(shell, "fc", "no command found");
  const newest = lines.length - 1;
  const from = find(first, list ? Math.max(0, newest - 15) : newest);
  const to = find(last, list ? newest : from);
  if (from < 0 || to < 0) return complain(shell, "fc", "no command found");
  const chosen = lines.slice(Math.min(from, to), Math.max(from, to) + 1);
  if (list) {
    const start = Math.min(from, to) + 1 + kept.dropped;
    const shown = chosen.map((line, index) => `${numbers ? start + index : ""}\t ${line}\n`);
    return print(shell, "fc", (backwards || from > to ? shown.reverse() : shown).join(""));
  }
  if (again) {
    let text = chosen[0]!;
    for (const change of changes) {
      const [before, after] = change.split(/=(.*)/s);
      text = text.replaceAll(before!, () => after ?? "");
    }
    return runAgain(shell, text);
  }
  const program = editor || shell.variables.get("FCEDIT") || shell.variables.get("EDITOR") || "editor";
  let status = 1;
  const text = await editedText(shell, chosen.join("\n"), program, async (edit) => {
    status = await edit();
  });
  return status === 0 ? runAgain(shell, (text ?? "").replace(/\n$/, "")) : status;
};

/** Show a command, keep it in the place of the `fc` that found it, and run it. */
async function runAgain(shell: Shell, text: string): Promise<number> {
  await shell.write(2, `${text}\n`);
  if (shell.options.has("history")) shell.around.history.replaceLast(text, shell.interactive);
  return runSource(shell, text);
}
