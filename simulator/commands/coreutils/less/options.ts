/** What `less` takes beside files: all of its options, most of which change nothing here. */
import type { ProgramContext } from "../../../shell/process.ts";
import { type Arguments, readArguments } from "../arguments.ts";

/** @source less 590 --help */
const SHORT = 'aAb:BcdD:eEfFgGh:iIj:Jk:KLmMnNo:O:p:P:qQrRsSt:T:uUVwWx:Xy:z:":~#:';
const LONG: Record<string, string> = {
  help: "help",
  version: "V",
  "search-skip-screen": "a",
  "SEARCH-SKIP-SCREEN": "A",
  "buffers=": "b",
  "auto-buffers": "B",
  "clear-screen": "c",
  dumb: "d",
  "color=": "D",
  "quit-at-eof": "e",
  "QUIT-AT-EOF": "E",
  force: "f",
  "quit-if-one-screen": "F",
  "hilite-search": "g",
  "HILITE-SEARCH": "G",
  "max-back-scroll=": "h",
  "ignore-case": "i",
  "IGNORE-CASE": "I",
  "jump-target=": "j",
  "status-column": "J",
  "lesskey-file=": "k",
  "quit-on-intr": "K",
  "no-lessopen": "L",
  "long-prompt": "m",
  "LONG-PROMPT": "M",
  "line-numbers": "n",
  "LINE-NUMBERS": "N",
  "log-file=": "o",
  "LOG-FILE=": "O",
  "pattern=": "p",
  "prompt=": "P",
  quiet: "q",
  silent: "q",
  QUIET: "Q",
  SILENT: "Q",
  "raw-control-chars": "r",
  "RAW-CONTROL-CHARS": "R",
  "squeeze-blank-lines": "s",
  "chop-long-lines": "S",
  "tag=": "t",
  "tag-file=": "T",
  "underline-special": "u",
  "UNDERLINE-SPECIAL": "U",
  "hilite-unread": "w",
  "HILITE-UNREAD": "W",
  "tabs=": "x",
  "no-init": "X",
  "max-forw-scroll=": "y",
  "window=": "z",
  "quotes=": '"',
  tilde: "~",
  "shift=": "#",
  ...Object.fromEntries(
    "file-size follow-name incsearch line-num-width= mouse no-keypad no-histdups rscroll= save-marks status-col-width= use-backslash use-color wheel-lines="
      .split(" ")
      .map((name) => [name, name.replace("=", "")]),
  ),
};

/**
 * Options and files of a command line; `+` commands are left out. It says which options there are not, and goes on without.
 *
 * @throws UsageError an option's value is missing
 */
export async function lessArguments(ctx: ProgramContext): Promise<{ args: Arguments; complained: boolean }> {
  const known: string[] = [];
  const wrong: string[] = [];
  for (const word of ctx.argv) {
    if (word.startsWith("+")) continue;
    const problem = problemOf(word);
    if (problem === undefined) known.push(word);
    else wrong.push(`${problem} ("less --help" for help)\n`);
  }
  if (wrong.length > 0) await ctx.stderr.write(wrong.join(""));
  return { args: readArguments(known, SHORT, LONG), complained: wrong.length > 0 };
}

/** What less says of an option that there is not; of letters of the first. */
function problemOf(word: string): string | undefined {
  if (word.startsWith("--")) {
    const name = word.slice(2).replace(/=.*/s, "");
    const names = Object.keys(LONG).map((key) => key.replace("=", ""));
    if (names.includes(name)) return undefined;
    const meant = names.filter((key) => key.toLowerCase().startsWith(name.toLowerCase()));
    if (meant.length === 0) return `There is no ${name} option`;
    return meant.length > 1 ? `${name} is an ambiguous abbreviation` : undefined;
  }
  if (!word.startsWith("-")) return undefined;
  for (const letter of word.slice(1)) {
    const at = letter === ":" ? -1 : SHORT.indexOf(letter);
    if (at < 0) return `There is no -${letter} option`;
    if (SHORT[at + 1] === ":") return undefined;
  }
  return undefined;
}
