/** Where the reading of an awk program stands among its words, and what mawk says of a word that cannot stand there. */
import type { Token } from "./lexer.ts";
import { AwkError } from "./program.ts";

export class TokenReader {
  #tokens: readonly Token[];
  /** Which comes next; set back to read it again. */
  at = 0;

  /** @param tokens whose last is of type `end` */
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The token `ahead` places behind the next one. */
  peek(ahead: number): Token | undefined {
    return this.#tokens[this.at + ahead];
  }

  /** The next token, whatever it is. */
  shift(): Token {
    return this.#tokens[this.at++]!;
  }

  /** The line where the program ends. */
  get lines(): number {
    return this.#tokens.at(-1)?.line ?? 1;
  }

  get next(): Token {
    return this.#tokens[this.at]!;
  }

  /** Whether this operator, keyword or newline comes next. */
  is(text: string): boolean {
    const { type } = this.next;
    return (type === "op" || type === "keyword" || type === "newline") && this.next.text === text;
  }

  /** Goes on when it comes next. */
  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  /** @throws AwkError when something else comes next */
  expect(text: string): void {
    if (!this.take(text)) this.fail();
  }

  /** @throws AwkError in mawk's words for what cannot come next */
  fail(): never {
    const { text, line, type } = this.next;
    const open = (opening: string, closing: string, until = this.#tokens.length) =>
      this.#tokens
        .slice(0, until)
        .reduce((sum, one) => sum + (one.type !== "op" ? 0 : +(one.text === opening) - +(one.text === closing)), 0);
    if (type === "end" && open("{", "}") > 0) throw new AwkError(`line ${line + 1}: missing } near end of file`);
    const near = type === "newline" ? "end of line" : text || "end of file";
    for (const [opening, closing] of [["(", ")"] as const, ["{", "}"] as const])
      if (this.is(closing) && open(opening, closing, this.at) === 0) {
        // After a brace too many mawk reads on, and fails at what follows.
        const behind = closing === "}" && this.peek(1)?.type === "newline";
        const second = behind ? `\nawk: line ${line}: syntax error at or near end of line` : "";
        throw new AwkError(`line ${line}: extra '${closing}'${second}`);
      }
    if ((type === "newline" || this.is(";") || this.is("}")) && open("(", ")", this.at) > 0)
      throw new AwkError(`line ${line}: missing ) near ${near}`);
    throw new AwkError(`line ${line}: syntax error at or near ${near}`);
  }

  /** Goes on behind any newlines. */
  newlines(): void {
    while (this.take("\n"));
  }

  /** Goes on behind whatever ends a statement. */
  ends(): void {
    while (this.take("\n") || this.take(";"));
  }
}
