/** Tokens of bash's language, with what is done as they are read: aliases, here-documents. */
import type { AssignmentNode, CommandSubstitutionPart, HereDocNode, ScriptNode, WordNode } from "../syntax-tree.ts";
import { Mistake, Source, Unfinished } from "./source.ts";
import { type CommandReader, ListMistake, Words } from "./words.ts";

export interface GrammarOptions {
  /** `?( )` and its kin are patterns. */
  extglob?: boolean;
  aliases?: ReadonlyMap<string, string>;
  /** There will be no more text: an open here-document ends with it. */
  final?: boolean;
}

export type Token =
  | { kind: "operator"; text: string; start: number; end: number }
  | { kind: "word"; word: WordNode; raw: string; start: number; end: number; assignment?: AssignmentNode }
  | { kind: "newline"; start: number; end: number }
  | { kind: "end"; start: number; end: number };

const OPERATOR = /;;&|;;|;&|;|&&|&>>|&>|&|\|\||\|&|\||\(|\)|<<<|<<-|<<|<&|<>|<|>>|>&|>\||>/y;

interface PendingDocument {
  node: HereDocNode;
  line: number;
}

/** What the grammar reads. */
export abstract class Tokens implements CommandReader {
  abstract substitution(): ScriptNode;
  /** What reads other text with the same settings. */
  protected abstract inside(source: Source): Tokens;
  abstract backquoted(text: string, line: number): Pick<CommandSubstitutionPart, "body" | "mistake">;

  readonly source: Source;
  readonly words: Words;
  protected readonly options: GrammarOptions;
  /** What bash says of here-documents that the text's end ends. */
  warnings: { line: number; text: string }[] = [];
  protected documents: PendingDocument[] = [];
  protected token: Token | undefined;
  /** Aliases that are being expanded, and where their text ends. */
  protected expanding: { name: string; end: number }[] = [];
  /** The next word may be an alias though it is no command's first: the alias before it ended in a blank. */
  protected aliasNext = -1;

  constructor(source: Source, options: GrammarOptions) {
    this.source = source;
    this.options = options;
    this.words = new Words(source, this, options.extglob ?? false);
  }

  protected blanks(): void {
    const { source } = this;
    for (;;) {
      const blank = source.match(/(?:[ \t]|\\\n)+/y);
      if (blank) source.at += blank.length;
      if (source.peek() !== "#") return;
      source.at += source.match(/[^\n]*/y)!.length;
    }
  }

  protected peek(options: { assignable?: boolean } = {}): Token {
    if (this.token) return this.token;
    const { source } = this;
    this.blanks();
    const start = source.at;
    if (source.ended) {
      this.token = { kind: "end", start, end: start };
      return this.token;
    }
    if (source.peek() === "\n") {
      this.token = { kind: "newline", start, end: start + 1 };
      return this.token;
    }
    if (source.peek() === "\\" && source.at === source.text.length - 1 && !this.options.final) {
      throw new Unfinished("unexpected end of file", { kind: "line" }, source.lastLine);
    }
    const operator = source.match(OPERATOR);
    if (operator && !/^[<>]\(/.test(source.text.slice(start, start + 2))) {
      source.at += operator.length;
      this.token = { kind: "operator", text: operator, start, end: source.at };
      return this.token;
    }
    try {
      this.token = this.readWord(start, options);
    } catch (error) {
      if (error instanceof ListMistake) {
        throw new Mistake(near(error.token), source.lineAt(), { status: 1, shown: source.lineText(source.lineAt()) });
      }
      throw error;
    }
    return this.token;
  }

  protected readWord(start: number, options: { assignable?: boolean }): Token {
    const { source } = this;
    if (options.assignable) {
      const found = this.words.assignment();
      if (found) {
        const word: WordNode = { type: "Word", parts: [], raw: found.raw, assignment: found.node };
        return { kind: "word", word, raw: found.raw, start, end: source.at, assignment: found.node };
      }
    }
    const word = this.words.word();
    if (!word) throw new Mistake(near(source.peek()), source.lineAt());
    return { kind: "word", word, raw: word.raw ?? "", start, end: source.at };
  }

  protected take(): Token {
    const token = this.peek();
    this.token = undefined;
    this.source.countToken();
    this.source.at = token.end;
    if (token.kind === "newline") this.readDocuments();
    return token;
  }

  protected isOperator(text: string): boolean {
    const token = this.peek();
    return token.kind === "operator" && token.text === text;
  }

  protected isReserved(word: string): boolean {
    const token = this.peek();
    return token.kind === "word" && token.raw === word;
  }

  protected expect(word: string): void {
    const token = this.peek();
    const found = token.kind === "operator" ? token.text === word : token.kind === "word" && token.raw === word;
    if (!found) throw this.unexpected(token);
    this.take();
  }

  protected unexpected(token: Token = this.peek()): Error {
    if (token.kind === "end") return this.endOfFile();
    const text = token.kind === "newline" ? "newline" : token.kind === "operator" ? token.text : token.raw;
    const line = this.source.lineAt(token.kind === "newline" ? token.start : Math.max(token.start, token.end - 1));
    return new Mistake(near(text), line, { shown: this.source.lineText(line) });
  }

  protected endOfFile(): Unfinished {
    const { source } = this;
    return new Unfinished("syntax error: unexpected end of file", { kind: "command" }, source.lastLine);
  }

  /** Over newlines, behind which a command comes or, with `false`, a word. */
  protected skipNewlines(assignable = true): void {
    while (this.peek({ assignable }).kind === "newline") this.take();
  }

  /** What comes next where a command may begin. */
  protected peekCommand(): Token {
    return this.peek({ assignable: true });
  }

  protected readDocuments(): void {
    for (const document of this.documents.splice(0)) this.readDocument(document);
  }

  /** The text ends without a newline behind the line. */
  protected endDocuments(): void {
    if (this.documents.length > 0) this.readDocuments();
  }

  protected readDocument({ node, line }: PendingDocument): void {
    const { source } = this;
    const from = source.at;
    let text = "";
    let closed = false;
    while (!source.ended) {
      let one = this.documentLine();
      // Without quotes a backslash joins lines, before the end is looked for.
      while (!node.quoted && /(?:^|[^\\])(?:\\\\)*\\\n$/.test(one) && !source.ended)
        one = one.slice(0, -2) + this.documentLine();
      if (node.stripTabs) one = one.replace(/^\t+/, "");
      if (one.replace(/\n$/, "") === node.delimiter) {
        closed = true;
        break;
      }
      text += one;
    }
    if (!closed) {
      if (!this.options.final) {
        const delimiters = [node.delimiter];
        const message = "here-document delimited by end-of-file";
        throw new Unfinished(message, { kind: "here-document", delimiters }, source.lastLine);
      }
      const wanted = `warning: here-document at line ${line} delimited by end-of-file (wanted \`${node.delimiter}')`;
      this.warnings.push({ line: source.lastLine - 1, text: wanted });
    }
    node.content = node.quoted
      ? { type: "Word", parts: [{ type: "SingleQuoted", value: text }], raw: text }
      : this.documentWord(text, from);
  }

  protected documentLine(): string {
    const { source } = this;
    const end = source.text.indexOf("\n", source.at);
    const line = end < 0 ? source.text.slice(source.at) : source.text.slice(source.at, end + 1);
    source.at += line.length;
    return line;
  }

  protected documentWord(text: string, from: number): WordNode {
    const inner = new Source(text, this.source.lineAt(from));
    inner.depth = this.source.depth;
    return { ...this.inside(inner).words.hereText(), raw: text };
  }

  protected expandAlias(): void {
    const { aliases } = this.options;
    if (!aliases?.size) return;
    for (let rounds = 0; rounds < 100; rounds++) {
      const token = this.peekCommand();
      if (token.kind !== "word" || token.assignment || !this.replaceByAlias(token, aliases)) return;
    }
  }

  protected expandAliasOfArgument(): void {
    const token = this.peek();
    const mayBe = token.start >= this.aliasNext;
    this.aliasNext = -1;
    if (mayBe && token.kind === "word") this.replaceByAlias(token, this.options.aliases!);
  }

  /** Put an alias's text in the place of its name. */
  protected replaceByAlias(token: Token & { kind: "word" }, aliases: ReadonlyMap<string, string>): boolean {
    const value = /^[^"'\\$`]+$/.test(token.raw) ? aliases.get(token.raw) : undefined;
    this.expanding = this.expanding.filter((one) => token.start < one.end);
    if (value === undefined || this.expanding.some((one) => one.name === token.raw)) return false;
    const { source } = this;
    const grown = value.length - (token.end - token.start);
    for (const one of this.expanding) one.end += grown;
    source.replace(token.start, token.end, value);
    this.expanding.push({ name: token.raw, end: token.start + value.length });
    if (/[ \t]$/.test(value)) this.aliasNext = token.start + value.length;
    source.at = token.start;
    this.token = undefined;
    return true;
  }
}

export function near(token: string): string {
  return `syntax error near unexpected token \`${token === "\n" || token === "" ? "newline" : token}'`;
}

/** A here-document's end as written, without its quotes. */
export function unquoted(raw: string): string {
  return raw.replace(
    /'([^']*)'|\$?"((?:\\[\s\S]|[^"\\])*)"|\\([\s\S])/g,
    (_, single, double, escaped) => single ?? (double !== undefined ? double.replace(/\\([$`"\\])/g, "$1") : escaped),
  );
}
