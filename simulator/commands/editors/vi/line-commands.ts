/** The commands behind `:`. */
import { firstSignOf } from "../character-kind.ts";
import { fileListCommand, MODIFIED, mayEnd } from "./file-list.ts";
import { openNamed, readInto, tellPlace, writeNamed } from "./files.ts";
import { lineOf, rangeBefore } from "./line-ranges.ts";
import type { Range } from "./objects.ts";
import { applyOperator, joinLines } from "./operators.ts";
import { expressionOf, withinBounds } from "./patterns.ts";
import { putText, stored } from "./registers.ts";
import { filterLines, runShell } from "./shell-commands.ts";
import { jumpTo, redo, typeKeys, undo, type ViState } from "./state.ts";
import { substitute } from "./substitution.ts";

/** Options by their short names. */
const OPTION_OF: Record<string, string> = {
  nu: "number",
  ic: "ignorecase",
  scs: "smartcase",
  et: "expandtab",
  ai: "autoindent",
  hls: "hlsearch",
};

/** Options that are taken; most of them change nothing here. */
const OPTIONS = new Set(
  (
    "autoindent autowrite background backspace backup binary cindent clipboard compatible cp confirm cpoptions cursorline " +
    "encoding endofline eol expandtab fileencoding fileformat ff fixendofline gdefault hidden history hlsearch ignorecase " +
    "incsearch is joinspaces laststatus ls linebreak list magic matchpairs modifiable ma modified mod mouse nrformats number " +
    "paste readonly ro relativenumber rnu report ruler ru scroll scrolloff so shell shiftround sr shiftwidth sw showcmd sc " +
    "showmatch sm showmode smd smartcase smartindent si smarttab sta softtabstop sts splitbelow startofline sol swapfile swf " +
    "syntax tabstop ts tags term textwidth tw timeout tildeop ttyfast undolevels ul updatetime verbose visualbell vb warn " +
    "whichwrap wildmenu wildmode wrap wrapmargin wm wrapscan ws write writebackup"
  ).split(" "),
);

/** Do a command line, which is given without its `:`. */
export async function execute(vi: ViState, command: string): Promise<unknown> {
  const { buffer } = vi;
  const global = /^(%?)(g!|g|v)([/#|,!@])(.*)$/s.exec(command);
  if (global) return executeGlobally(vi, global[2]!, global[3]!, global[4]!);
  const range = rangeBefore(vi, command.replace(/^:+/, ""));
  if (!range) return;
  const { from, to, given, rest } = range;
  if (vi.compatible && to > buffer.lines.length - 1) {
    vi.message = "E16: Invalid range";
    return;
  }
  if (rest === "") {
    if (given)
      jumpTo(vi, {
        row: to,
        column: firstSignOf(buffer.lines[Math.min(to, buffer.lines.length - 1)]!),
      });
    return;
  }
  const substitution = /^(?:s|substitute)(?:([/#|,!@;:])(.*)|\s*([gciI&]*))$/s.exec(rest);
  if (substitution && !/^(?:se|sy|sp)/.test(rest)) {
    if (substitution[1]) {
      const [wanted = "", by = "", flags = ""] = substitution[2]!.split(new RegExp(`(?<!\\\\)\\${substitution[1]}`));
      vi.lastSubstitution = { wanted: wanted || vi.search.text, by, flags };
    } else if (!vi.lastSubstitution) {
      vi.message = "E35: No previous regular expression";
      return;
    } else vi.lastSubstitution = { ...vi.lastSubstitution, flags: substitution[3] ?? "" };
    return substitute(vi, vi.lastSubstitution, from, to);
  }
  const filter = /^!(.*)$/s.exec(rest);
  if (filter) return given ? filterLines(vi, from, to, filter[1]!) : runShell(vi, filter[1]!);
  const moving = /^(m|move|t|co|copy)\s*(\S*)$/.exec(rest);
  if (moving) return transferLines(vi, from, to, moving[2]!, /^m/.test(moving[1]!));
  const [, word = "", argument = ""] = /^([a-zA-Z]+!?|[<>=&]+)\s*(.*)$/s.exec(rest) ?? ["", rest];
  const whole: Range = { from: { row: from, column: 0 }, to: { row: to, column: 0 }, lines: true };
  switch (word) {
    case "d":
    case "delete":
      vi.chosen = argument || undefined;
      return applyOperator(vi, "d", whole);
    case "y":
    case "yank":
      vi.chosen = argument || undefined;
      return applyOperator(vi, "y", whole);
    case "pu":
    case "put":
      vi.chosen = argument || undefined;
      if (given) buffer.move(to, 0);
      vi.registers.set('"', { ...stored(vi), lines: true });
      vi.chosen = undefined;
      return putText(vi, false, 1);
    case ">":
    case "<":
    case ">>":
    case "<<":
      for (const mark of word) await applyOperator(vi, mark, whole);
      return;
    case "j":
    case "join":
      buffer.move(from, 0);
      joinLines(vi, given && to > from ? to - from + 1 : 2);
      buffer.column = firstSignOf(buffer.line);
      return;
    case "norm":
    case "normal":
    case "normal!":
      for (let row = from; row <= Math.min(to, buffer.lines.length - 1); row++) {
        buffer.move(row, 0);
        await typeKeys(vi, [...argument]);
        if (vi.mode !== "normal") await vi.press("escape");
      }
      return;
    case "w":
    case "w!":
    case "write":
    case "write!":
      await writeNamed(vi, argument, given ? { from, to } : undefined, word.endsWith("!"));
      return;
    case "wq":
    case "wq!":
    case "wqa":
    case "wqa!":
      if ((await writeNamed(vi, argument, undefined, word.endsWith("!"))) && (/[a!]/.test(word) || mayEnd(vi)))
        vi.status = 0;
      return;
    case "x":
    case "x!":
    case "xit":
    case "xa":
      if (!buffer.modified || (await writeNamed(vi, argument, undefined, word.endsWith("!"))))
        if (/[a!]$/.test(word) || mayEnd(vi)) vi.status = 0;
      return;
    case "qa":
    case "qall":
      vi.files.isDone = true;
      if (mayEnd(vi)) vi.status = 0;
      return;
    case "q":
    case "quit":
      if (mayEnd(vi)) vi.status = 0;
      return;
    case "q!":
    case "qa!":
    case "quit!":
      vi.status = 0;
      return;
    case "cq":
      vi.status = 1;
      return;
    case "e":
    case "edit":
    case "e!":
    case "edit!":
      if (buffer.modified && !word.endsWith("!")) {
        vi.message = MODIFIED;
        return;
      }
      if (argument) vi.name = argument;
      vi.readOnly = vi.isView;
      if (!vi.name) vi.message = "E32: No file name";
      else {
        if (argument) buffer.load("");
        await openNamed(vi);
      }
      return;
    case "f":
    case "file":
      if (argument) vi.name = argument;
      return tellPlace(vi);
    case "r":
    case "read":
      return readInto(vi, argument, given ? to : buffer.row);
    case "sh":
    case "shell":
      return runShell(vi, "bash");
    case "set":
    case "se":
      return setOptions(vi, argument);
    case "reg":
    case "registers":
    case "di":
    case "display":
      return showLines(vi, registersShown(vi));
    case "marks":
      return showLines(vi, marksShown(vi));
    case "k":
    case "ma":
    case "mark":
      vi.marks.set(argument, { row: to, column: 0 });
      return;
    case "u":
    case "undo":
      return undo(vi, 1);
    case "red":
    case "redo":
      return redo(vi, 1);
    case "noh":
    case "nohlsearch":
    case "sy":
    case "syntax":
    case "syn":
    case "filetype":
      return;
    case "p":
    case "print":
    case "nu":
    case "number":
      return showLines(
        vi,
        buffer.lines
          .slice(from, to + 1)
          .map((line, at) => (word.startsWith("n") ? `${String(from + at + 1).padStart(3)} ${line}` : line)),
      );
    case "h":
    case "help":
      return showLines(vi, ["help is not modelled in this simulated vi; man vi tells its commands"]);
  }
  if (await fileListCommand(vi, word)) return;
  vi.message = `E492: Not an editor command: ${command}`;
}

/** One line shows below the text, more in place of it until a key is pressed. */
function showLines(vi: ViState, lines: string[]): void {
  if (lines.length === 1) {
    vi.message = lines[0]!;
    return;
  }
  vi.output = lines;
  vi.mode = "shown";
}

/** `:reg`, without the macros. */
function registersShown(vi: ViState): string[] {
  const named = [...vi.registers].filter(([name]) => name.length === 1);
  named.sort(([one], [other]) => (one < other ? -1 : 1));
  const shown = named.map(
    ([name, { text, lines }]) =>
      `  ${lines ? "l" : "c"}  "${name}   ${text.replaceAll("\n", "^J")}${lines ? "^J" : ""}`,
  );
  return ["Type Name Content", ...shown];
}

function marksShown(vi: ViState): string[] {
  const shown = [...vi.marks].map(
    ([name, { row, column }]) =>
      ` ${name} ${String(row + 1).padStart(6)} ${String(column).padStart(4)} ${vi.buffer.lines[row] ?? ""}`,
  );
  return ["mark line  col file/text", ...shown];
}

/** `:set`; what no command here asks for is taken, too. */
function setOptions(vi: ViState, argument: string): void {
  for (const word of argument.split(/\s+/).filter(Boolean)) {
    const [, no = "", short = "", how = ""] = /^(no(?!timeout$))?([^=?!]*)([=?!]?)/.exec(word)!;
    const name = OPTION_OF[short] ?? short;
    if (!OPTIONS.has(name)) {
      vi.message = `E518: Unknown option: ${word}`;
      return;
    }
    if (how === "?") vi.message = `${vi.options.has(name) ? "  " : "no"}${name}`;
    else if (name === "compatible" || name === "cp") vi.compatible = no === "";
    else if (how !== "=") {
      if (how === "!" ? vi.options.has(name) : no !== "") vi.options.delete(name);
      else vi.options.add(name);
    }
  }
}

/** `:m` and `:t`. @param where the line that they come behind; `0` for the top */
function transferLines(vi: ViState, from: number, to: number, where: string, moves: boolean): void {
  const { buffer } = vi;
  const target = where === "0" ? -1 : lineOf(vi, where);
  if (target === undefined || target >= buffer.lines.length) {
    vi.message = "E14: Invalid address";
    return;
  }
  if (moves && target >= from && target < to) {
    vi.message = "E134: Cannot move a range of lines into itself";
    return;
  }
  buffer.remember();
  const lines = buffer.lines.slice(from, to + 1);
  buffer.lines.splice(target + 1, 0, ...lines);
  if (moves) buffer.lines.splice(target < from ? from + lines.length : from, lines.length);
  buffer.move(moves && target >= from ? target : target + lines.length, 0);
}

/** `:g/pattern/command` and `:v/pattern/command`. */
async function executeGlobally(vi: ViState, how: string, mark: string, text: string): Promise<void> {
  const { buffer } = vi;
  const end = new RegExp(`(?<!\\\\)\\${mark}`).exec(text);
  const pattern = (end ? text.slice(0, end.index) : text) || vi.search.text;
  const command = (end ? text.slice(end.index + 1).trim() : "") || "p";
  const expression = expressionOf(vi, pattern, "");
  const chosen =
    expression && withinBounds(vi, () => buffer.lines.filter((line) => expression.test(line) === (how === "g")));
  if (!chosen || chosen.length === 0) {
    vi.message ||=
      how === "g" ? `E486: Pattern not found: ${pattern}` : `E538: Pattern found in every line: ${pattern}`;
    return;
  }
  const rows = buffer.lines.flatMap((line, row) => (expression.test(line) === (how === "g") ? [row] : []));
  if (/^(d|delete|p|print|nu|number)$/.test(command)) {
    if (!command.startsWith("d")) return showLines(vi, chosen);
    const gone = new Set(rows);
    buffer.remember();
    buffer.lines = buffer.lines.filter((_, row) => !gone.has(row));
    if (buffer.lines.length === 0) buffer.lines.push("");
    buffer.move(rows.at(-1)! - rows.length + 1, 0);
    if (gone.size > 2) vi.message = `${gone.size} fewer lines`;
    return;
  }
  // Each command may add or take lines above the next one.
  let moved = 0;
  for (const row of rows) {
    await vi.ctx.breathe();
    const before = buffer.lines.length;
    buffer.move(row + moved, 0);
    await execute(vi, command);
    moved += buffer.lines.length - before;
  }
}
