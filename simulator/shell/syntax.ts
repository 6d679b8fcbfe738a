/** Reading command lines and scripts, whole or command by command, and the texts that stand for words. */
import { KeptReadings } from "./kept-readings.ts";
import { Grammar } from "./syntax/grammar.ts";
import { Mistake, type Open, Source, Unfinished } from "./syntax/source.ts";
import type { GrammarOptions } from "./syntax/tokens.ts";
import { Words } from "./syntax/words.ts";
import type { ScriptNode, StatementNode, WordNode } from "./syntax-tree.ts";

export interface ReadError {
  message: string;
  line: number;
  /** What bash answers with. */
  status: number;
  /** The text that bash shows behind its message. */
  shown: string | undefined;
  /** It stands in a `$( )`. */
  inSubstitution: boolean;
}

export type ParsedLine =
  | { kind: "complete"; script: ScriptNode }
  /** More lines are needed: an open quote, a loop without `done`, a here-document without its end. */
  | { kind: "incomplete"; message: string; line: number; open: Open }
  | ({ kind: "error" } & ReadError);

export type ReadCommand =
  | { kind: "command"; statements: StatementNode[]; warnings: { line: number; text: string }[]; text: string }
  /** Nothing but comments and empty lines is left. */
  | { kind: "end"; text: string }
  | ({ kind: "error" } & ReadError);

/** Parse text that may be the beginning of a command. Never throws. @param options.firstLine its first line's number */
export function parseScript(text: string, options: GrammarOptions & { firstLine?: number } = {}): ParsedLine {
  const source = new Source(closed(text), options.firstLine);
  const grammar = new Grammar(source, options);
  const statements: StatementNode[] = [];
  if (!options.final && /(^|[^\\])(\\\\)*\\\n?$/.test(text) && !/#[^\n]*\n?$/.test(text)) {
    return { kind: "incomplete", message: "unexpected end of file", line: source.lastLine, open: { kind: "line" } };
  }
  try {
    for (let unit = grammar.unit(); unit; unit = grammar.unit()) for (const one of unit) statements.push(one);
    return { kind: "complete", script: { type: "Script", statements } };
  } catch (error) {
    if (error instanceof Unfinished) {
      return { kind: "incomplete", message: error.message, line: error.line, open: error.open };
    }
    return { kind: "error", ...readError(error) };
  }
}

/** A script, read command by command as it is run: what one does (`shopt -s extglob`, `alias`) counts for the next. */
export class ScriptReader {
  readonly #source: Source;
  #ended = false;

  constructor(text: string, firstLine = 1) {
    this.#source = new Source(closed(text), firstLine);
  }

  /** The commands of the next line or lines. Never throws. */
  next(options: Omit<GrammarOptions, "final">): ReadCommand {
    if (this.#ended) return { kind: "end", text: "" };
    const source = this.#source;
    const grammar = new Grammar(source, { ...options, final: true });
    const from = source.at;
    try {
      const statements = grammar.unit();
      if (!statements) return { kind: "end", text: source.text.slice(from) };
      return { kind: "command", statements, warnings: grammar.warnings, text: source.text.slice(from, source.at) };
    } catch (error) {
      // A list that is wrong costs its line alone.
      const read = readError(error);
      const end = read.status === 1 ? source.text.indexOf("\n", source.at) : -1;
      source.at = end < 0 ? source.text.length : end + 1;
      source.depth = 0;
      this.#ended = source.ended;
      return { kind: "error", ...read };
    }
  }
}

/** bash reads text as if a newline ended it. */
function closed(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

function readError(error: unknown): ReadError {
  if (error instanceof Mistake) {
    const { message, line, status, shown, inSubstitution } = error;
    return { message, line, status, shown, inSubstitution };
  }
  if (error instanceof Unfinished)
    return { message: error.message, line: error.line, status: 2, shown: undefined, inSubstitution: false };
  throw error;
}

const kept = new KeptReadings<WordNode>(4_096);

/** Text with expansions as inside a here-document (prompts, arithmetic), as a word. */
export function parseQuotedText(text: string): WordNode {
  return remembered(`q${text}`, text, (reader) => reader.hereText());
}

/** Text as one word of an assignment (`x=TEXT`): quotes are removed, nothing is split. */
export function parseWordText(text: string): WordNode {
  return remembered(`w${text}`, text, (reader) => reader.wholeText());
}

/** One of the texts that brace expansion makes of a word. */
export function parseArgument(text: string, extglob: boolean): WordNode {
  if (text === "") return { type: "Word", parts: [] };
  return remembered(`${extglob ? "e" : "a"}${text}`, text, (reader) => reader.word(), extglob);
}

function remembered(
  key: string,
  text: string,
  read: (reader: Words) => WordNode | undefined,
  extglob = false,
): WordNode {
  return kept.of(key, () => {
    const source = new Source(text);
    let word: WordNode | undefined;
    try {
      word = read(new Words(source, new Grammar(source, { final: true, extglob }), extglob));
    } catch (error) {
      if (!(error instanceof Mistake || error instanceof Unfinished)) throw error;
    }
    // What cannot be read stands for itself.
    return word && source.ended ? word : { type: "Word", parts: [{ type: "Literal", value: text }] };
  });
}
