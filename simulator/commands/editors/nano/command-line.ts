/** nano's command line. @source nano(1) */

/** A file that is to be opened. */
export interface NamedFile {
  name: string;
  /** What stood behind the `+` before it: a line and a column, or `/` and a text; empty without. */
  at: string;
}

const LONG_OPTIONS: Record<string, string> = {
  version: "V",
  help: "h",
  view: "v",
  linenumbers: "l",
  softwrap: "S",
  autoindent: "i",
  tabstospaces: "E",
  nohelp: "x",
  nowrap: "w",
  backup: "B",
  mouse: "m",
  restricted: "R",
  nonewlines: "L",
  smarthome: "A",
  quickblank: "U",
  constantshow: "c",
  ignorercfiles: "I",
};

/** Options whose value is the next word. */
const WITH_VALUE = /^-[rTYosCJfQ]$/;

export type CommandLine =
  | { kind: "read"; options: ReadonlySet<string>; named: NamedFile[] }
  | { kind: "unrecognized"; option: string };

/** @returns the options by their letters and the files; the first long option that nano does not know */
export function readCommandLine(words: readonly string[]): CommandLine {
  const options = new Set<string>();
  const named: NamedFile[] = [];
  let at = "";
  for (const [index, word] of words.entries()) {
    if (word.startsWith("+") && word.length > 1) at = word.slice(1);
    else if (/^-[A-Za-z0-9]+$/.test(word)) for (const letter of word.slice(1)) options.add(letter);
    else if (/^--/.test(word)) {
      const letter = LONG_OPTIONS[word.slice(2)];
      if (letter === undefined) return { kind: "unrecognized", option: word };
      options.add(letter);
    } else if (!WITH_VALUE.test(words[index - 1] ?? "") || word.includes("/")) {
      named.push({ name: word, at });
      at = "";
    }
  }
  return { kind: "read", options, named };
}
