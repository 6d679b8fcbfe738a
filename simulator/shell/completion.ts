/** What Tab offers: commands, files, variables, and what a command itself knows of its arguments. */
import type { LabPort } from "../cluster/port.ts";
import { builtinNames } from "./builtins/builtins.ts";
import { KEYWORDS, programmed } from "./builtins/programmable-completion.ts";
import { tilde } from "./expansion.ts";
import { expandGlob } from "./glob.ts";
import { FileError } from "./node-files.ts";
import { backslashQuoted } from "./quoting.ts";
import type { Shell } from "./shell.ts";

/** Where something is completed: what a completer may look at. */
export interface CompletionPlace {
  node: string;
  port: LabPort;
  /** Absent in tests of completers that need no shell. */
  shell?: Shell;
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

/** What is completed, when a key asks for one kind alone. */
export type CompletionKind = "command" | "filename" | "hostname" | "username" | "variable" | "glob";

export interface Completion {
  /** Where in the line the word begins that is completed. */
  from: number;
  candidates: string[];
  /** What is shown in a list, when it is shorter than the candidates (file names without their directory). */
  shown: string[];
  /** Put behind the only candidate. */
  suffix: string;
}

/** @param ignoreCase names are taken whose letters are larger or smaller */
export type CompleteLine = (before: string, kind?: CompletionKind, ignoreCase?: boolean) => Promise<Completion>;

export function completersOf(completers: Record<string, Completer> = {}): ReadonlyMap<string, Completer> {
  return new Map(Object.entries(completers));
}

/** Complete the text before the cursor. */
export function createCompletion(shell: Shell, completers: ReadonlyMap<string, Completer>): CompleteLine {
  return async (before, kind, ignoreCase = false) => {
    const place = lastWord(before);
    if (kind) return oneKind(shell, kind, place, ignoreCase);
    return (await argument(shell, completers, place, before, ignoreCase)) ?? plainWord(shell, place, ignoreCase);
  };
}

interface WordPlace {
  words: string[];
  word: string;
  from: number;
  redirects: boolean;
}

/** What the command of the word itself knows; undefined when it is for every command alike. */
async function argument(
  shell: Shell,
  completers: ReadonlyMap<string, Completer>,
  place: WordPlace,
  before: string,
  ignoreCase: boolean,
): Promise<Completion | undefined> {
  const { words, word, from } = place;
  if (words.length === 0 || place.redirects || /^\$\{?\w*$/.test(word)) return undefined;
  const told = await programmed(shell, words, word, before);
  if (told) {
    const candidates = told.candidates.map((one) => (told.isFile ? backslashQuoted(one) : one));
    const isFolder = told.isFile && candidates.length === 1 && candidates[0]!.endsWith("/");
    if (candidates.length > 0 || !told.orFiles) {
      return { from, candidates, shown: told.candidates, suffix: told.noSpace || isFolder ? "" : " " };
    }
    return undefined;
  }
  // `--option=PATH`
  const option = /^(--?[\w-]+=|[A-Za-z_]\w*=)(.*)$/s.exec(word);
  if (option) return completePath(shell, option[2]!, from + option[1]!.length, false, ignoreCase);
  const completer = completers.get(words[0]!);
  const where = { node: shell.around.node, port: shell.around.port, shell };
  const offered = completer ? (await completer(words, word, where)).filter((one) => one.startsWith(word)) : [];
  if (offered.length > 0) {
    // A path, a host's name with its colon or an option with its value goes on.
    const goesOn = offered.length === 1 && /[/:=]$/.test(offered[0]!);
    const candidates = [...new Set(offered)].sort();
    return { from, candidates, shown: candidates, suffix: goesOn ? "" : " " };
  }
  if (FOLDERS_ONLY.has(words[0]!)) return completePath(shell, word, from, true, ignoreCase);
  return undefined;
}

const FOLDERS_ONLY = new Set(["cd", "rmdir", "pushd"]);

/** Variables, users, commands where one may stand, files. */
async function plainWord(shell: Shell, place: WordPlace, ignoreCase: boolean): Promise<Completion> {
  const { words, word, from } = place;
  if (/^["']?\$\{?[A-Za-z0-9_]*$/.test(word)) return completeVariable(shell, word, from);
  if (/^~[^/]*$/.test(word)) return completeUser(shell, word.slice(1), from + 1);
  // bash-completion offers nothing on an empty line.
  if (words.length === 0 && !place.redirects && word === "") return { from, candidates: [], shown: [], suffix: "" };
  if (words.length === 0 && !place.redirects && !word.includes("/")) {
    const assigned = /^([A-Za-z_]\w*=)(.*)$/s.exec(word);
    if (assigned) {
      const value = assigned[2]!.slice(assigned[2]!.lastIndexOf(":") + 1);
      return completePath(shell, value, from + word.length - value.length, false, ignoreCase);
    }
    const candidates = commandNames(shell, word);
    if (candidates.length > 0) return { from, candidates, shown: candidates, suffix: " " };
  }
  const value = word.slice(/^[A-Za-z_]\w*=/.test(word) ? Math.max(word.indexOf("="), word.lastIndexOf(":")) + 1 : 0);
  return completePath(shell, value, from + word.length - value.length, false, ignoreCase);
}

async function oneKind(shell: Shell, kind: CompletionKind, place: WordPlace, ignoreCase: boolean): Promise<Completion> {
  const { word, from } = place;
  switch (kind) {
    case "command": {
      const candidates = commandNames(shell, word);
      return { from, candidates, shown: candidates, suffix: " " };
    }
    case "filename":
      return completePath(shell, word, from, false, ignoreCase);
    case "variable": {
      const candidates = shell.variables.names().filter((name) => name.startsWith(word));
      return { from, candidates, shown: candidates, suffix: " " };
    }
    case "username":
      return completeUser(shell, word.replace(/^~/, ""), from + (word.startsWith("~") ? 1 : 0));
    case "hostname": {
      const text = await textOf(shell, "/etc/hosts");
      const names = text.split("\n").flatMap((line) => line.replace(/#.*/, "").trim().split(/\s+/).slice(1));
      const candidates = [...new Set(names)].filter((name) => name.startsWith(word)).sort();
      return { from, candidates, shown: candidates, suffix: " " };
    }
    case "glob": {
      const pattern = /[*?[]/.test(word) ? word : `${word}*`;
      const found = await expandGlob(shell, pattern);
      return { from, candidates: found, shown: found.map((one) => one.slice(one.lastIndexOf("/") + 1)), suffix: " " };
    }
  }
}

function commandNames(shell: Shell, word: string): string[] {
  const names = [
    ...Object.keys(shell.around.commands),
    ...builtinNames(),
    ...KEYWORDS,
    ...shell.functions.keys(),
    ...shell.aliases.keys(),
  ];
  return [...new Set(names)].filter((name) => name.startsWith(word)).sort();
}

function completeVariable(shell: Shell, word: string, from: number): Completion {
  const [, prefix = "", name = ""] = /^(["']?\$\{?)(\w*)$/.exec(word)!;
  const close = prefix.endsWith("{") ? "}" : "";
  const found = shell.variables.names().filter((one) => one.startsWith(name));
  const candidates = found.map((one) => prefix + one + close).sort();
  return { from, candidates, shown: candidates, suffix: " " };
}

async function completeUser(shell: Shell, word: string, from: number): Promise<Completion> {
  const text = (await textOf(shell, "/etc/passwd")) || "root:x:0:0:root:/root:/bin/bash\n";
  const names = text.split("\n").map((line) => line.slice(0, line.indexOf(":")));
  const candidates = names.filter((name) => name !== "" && name.startsWith(word)).sort();
  return { from, candidates, shown: candidates.map((name) => `~${name}`), suffix: "/" };
}

async function textOf(shell: Shell, path: string): Promise<string> {
  const bytes = await shell.around.files.readFile(path).catch(() => new Uint8Array(0));
  return Buffer.from(bytes).toString("utf8");
}

/** How a name stands in the line: behind the quote that was begun, or with backslashes. */
function quotedName(name: string, quote: string): string {
  if (quote === "'") return name.replaceAll("'", "'\\''");
  if (quote === '"') return name.replace(/["\\$`]/g, "\\$&");
  return backslashQuoted(name);
}

async function completePath(
  shell: Shell,
  typed: string,
  from: number,
  directoriesOnly: boolean,
  ignoreCase: boolean,
): Promise<Completion> {
  const quote = /^["']/.exec(typed)?.[0] ?? "";
  const plain = quote ? typed.slice(1) : typed.replace(/\\(.)/g, "$1");
  const slash = plain.lastIndexOf("/");
  const directory = plain.slice(0, slash + 1);
  const prefix = plain.slice(slash + 1);
  const user = /^~([^/]*)(?=\/)/.exec(directory);
  const folder = user ? (await tilde(shell, user[1]!)) + directory.slice(user[0].length) : directory;
  const base = folder.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (_whole, braced?: string, bare?: string) => shell.variables.get(braced ?? bare!) ?? "",
  );
  const before = quote + (quote ? directory : directoryAsTyped(typed, directory));
  const { files } = shell.around;
  const names = await files.readdir(shell.resolve(base || ".")).catch((error: unknown) => {
    if (!(error instanceof FileError)) throw error;
    return [];
  });
  const begins = (name: string) =>
    ignoreCase ? name.toLowerCase().startsWith(prefix.toLowerCase()) : name.startsWith(prefix);
  const candidates: string[] = [];
  const shown: string[] = [];
  let onlyIsDirectory = false;
  for (const name of [...(prefix.startsWith(".") ? [".", ".."] : []), ...names].sort()) {
    if (!begins(name)) continue;
    const stat = await files.stat(shell.resolve(base + name)).catch(() => undefined);
    const isDirectory = stat?.type === "directory";
    if (directoriesOnly && !isDirectory) continue;
    candidates.push(before + quotedName(name, quote) + (isDirectory ? "/" : ""));
    shown.push(name + (isDirectory ? "/" : ""));
    onlyIsDirectory = isDirectory;
    if (candidates.length >= CANDIDATES_MAX) break;
  }
  return { from, candidates, shown, suffix: candidates.length === 1 && onlyIsDirectory ? "" : `${quote} ` };
}

/** What stands before the name stays as it was typed. */
function directoryAsTyped(typed: string, directory: string): string {
  return directory === "" ? "" : typed.slice(0, typed.lastIndexOf("/") + 1);
}

/** More are not looked at. */
const CANDIDATES_MAX = 2_000;

/** What a command may stand behind: it and the words before it are left aside. */
const BEFORE_COMMANDS = new Set(
  "if then elif else while until do ! { time coproc exec command builtin nohup setsid watch sudo xargs env nice timeout".split(
    " ",
  ),
);

/** The word before the cursor and those before it in the same command. */
function lastWord(before: string): WordPlace {
  let words: string[] = [];
  let redirects = false;
  let word = "";
  let from = 0;
  let quote = "";
  /** What was open around a `$(`. */
  const around: { quote: string; words: string[] }[] = [];
  const close = (at: number) => {
    if (word !== "" && !redirects) words.push(word);
    if (word !== "") redirects = false;
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
      redirects = false;
    } else if (" \t<>".includes(char)) close(i + 1);
    else word += char;
  }
  return { words: ownWords(words), word, from, redirects };
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
