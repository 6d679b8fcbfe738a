/** What Tab offers: commands, files, variables, and what a command itself knows of its arguments. */
import type { LabPort } from "../cluster/port.ts";
import { builtins } from "./builtins/builtins.ts";
import { programmed } from "./builtins/programmable-completion.ts";
import { FileError } from "./node-files.ts";
import { backslashQuoted } from "./quoting.ts";
import type { Shell } from "./shell.ts";

/** Where something is completed: what a completer may look at. */
export interface CompletionPlace {
  node: string;
  port: LabPort;
}

/**
 * Candidates for the word being typed.
 *
 * @param words what stands before it, the command's name first
 * @param word what has been typed of it
 */
export type Completer = (
  words: readonly string[],
  word: string,
  place?: CompletionPlace,
) => string[] | Promise<string[]>;

export interface Completion {
  /** Where in the line the word begins that is completed. */
  from: number;
  candidates: string[];
  /** What is shown in a list, when it is shorter than the candidates (file names without their directory). */
  shown: string[];
  /** Put behind the only candidate. */
  suffix: string;
}

export type CompleteLine = (before: string) => Promise<Completion>;

export function completersOf(completers: Record<string, Completer> = {}): ReadonlyMap<string, Completer> {
  return new Map(Object.entries(completers));
}

/** Complete the text before the cursor. */
export function createCompletion(shell: Shell, completers: ReadonlyMap<string, Completer>): CompleteLine {
  return async (before) => {
    const { words, word, from } = lastWord(before);
    if (/^\$\{?[A-Za-z0-9_]*$/.test(word)) {
      const prefix = word.replace(/[A-Za-z0-9_]*$/, "");
      const candidates = shell.variables
        .names()
        .map((name) => prefix + name)
        .filter((name) => name.startsWith(word));
      return { from, candidates, shown: candidates, suffix: "" };
    }
    const first = words.length === 0;
    if (first && !word.includes("/")) {
      const names = [
        ...Object.keys(shell.around.commands),
        ...Object.keys(builtins),
        ...shell.functions.keys(),
        ...shell.aliases.keys(),
      ];
      const candidates = [...new Set(names)].filter((name) => name.startsWith(word)).sort();
      return { from, candidates, shown: candidates, suffix: " " };
    }
    const asked = await programmed(shell, words, word, before);
    if (asked) return { from, candidates: asked, shown: asked, suffix: " " };
    // `--option=PATH`
    const option = /^(--?[\w-]+=|[A-Za-z_]\w*=)(.*)$/.exec(word);
    if (option) return completePath(shell, option[2]!, from + option[1]!.length, false);
    const completer = completers.get(words[0] ?? "");
    const place = { node: shell.around.node, port: shell.around.port };
    const offered = completer
      ? (await completer(words, word, place)).filter((candidate) => candidate.startsWith(word))
      : [];
    if (offered.length > 0) {
      // A path or a host's name with its colon goes on.
      const goesOn = offered.length === 1 && /[/:]$/.test(offered[0]!);
      return { from, candidates: offered, shown: offered, suffix: goesOn ? "" : " " };
    }
    return completePath(shell, word, from, words[0] === "cd" || words[0] === "rmdir");
  };
}

async function completePath(shell: Shell, typed: string, from: number, directoriesOnly: boolean): Promise<Completion> {
  const plain = typed.replace(/\\(.)/g, "$1").replace(/^["']/, "");
  const slash = plain.lastIndexOf("/");
  const directory = plain.slice(0, slash + 1);
  const prefix = plain.slice(slash + 1);
  const base = directory.replace(/^~(?=\/)/, shell.variables.get("HOME") ?? "/root");
  const { files } = shell.around;
  const candidates: string[] = [];
  const shown: string[] = [];
  let onlyIsDirectory = false;
  try {
    const names = await files.readdir(shell.resolve(base || "."));
    for (const name of names.sort()) {
      if (!name.startsWith(prefix) || (name.startsWith(".") && !prefix.startsWith("."))) continue;
      const stat = await files.stat(shell.resolve(base + name)).catch(() => undefined);
      const isDirectory = stat?.type === "directory";
      if (directoriesOnly && !isDirectory) continue;
      candidates.push(
        backslashQuoted(directory).replace(/^\\~/, "~") + backslashQuoted(name) + (isDirectory ? "/" : ""),
      );
      shown.push(name + (isDirectory ? "/" : ""));
      onlyIsDirectory = isDirectory;
      if (candidates.length >= 2_000) break;
    }
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
  }
  return {
    from,
    candidates: candidates.map((candidate) => candidate.replace(/^''/, "")),
    shown,
    suffix: candidates.length === 1 && onlyIsDirectory ? "" : " ",
  };
}

/** What a command may stand behind: it and the words before it are left aside. */
const BEFORE_COMMANDS = new Set(
  "if then elif else while until do ! { time coproc exec command builtin nohup setsid watch sudo xargs env nice timeout".split(
    " ",
  ),
);

/** The word before the cursor and those before it in the same command. */
function lastWord(before: string): { words: string[]; word: string; from: number } {
  let words: string[] = [];
  let word = "";
  let from = 0;
  let quote = "";
  /** What was open around a `$(`. */
  const around: { quote: string; words: string[] }[] = [];
  const close = (at: number) => {
    if (word !== "") words.push(word);
    word = "";
    from = at;
  };
  for (let i = 0; i < before.length; i++) {
    const char = before[i]!;
    if (char === "$" && before[i + 1] === "(" && before[i + 2] !== "(" && quote !== "'") {
      around.push({ quote, words });
      [words, word, quote] = [[], "", ""];
      from = i + 2;
      i++;
    } else if (quote) {
      if (char === quote) quote = "";
      word += char;
    } else if (char === ")" && around.length > 0) {
      ({ quote, words } = around.pop()!);
      word = "";
      from = i + 1;
    } else if (char === "\\") word += char + (before[++i] ?? "");
    else if (char === '"' || char === "'") {
      quote = char;
      word += char;
    } else if (";|&(\n`".includes(char)) {
      close(i + 1);
      words = [];
    } else if (" \t<>".includes(char)) close(i + 1);
    else word += char;
  }
  return { words: ownWords(words), word, from };
}

/** The words of the command itself: assignments, keywords and commands that run others stand before it. */
function ownWords(words: readonly string[]): string[] {
  let at = 0;
  for (;;) {
    const word = words[at];
    if (word === undefined) break;
    if (/^[A-Za-z_]\w*\+?=/.test(word)) at++;
    else if (BEFORE_COMMANDS.has(word)) {
      at++;
      // Options of what runs the command, and a number such as timeout's.
      while (/^(-|\d)/.test(words[at] ?? "")) at++;
    } else break;
  }
  return words.slice(at);
}
