/** The expression between `[[` and `]]`. */
import type { ConditionalExpressionNode, WordNode } from "../syntax-tree.ts";
import { Mistake, type Source, Unfinished } from "./source.ts";
import type { Words } from "./words.ts";

const UNARY = /^-[abcdefghknoprstuvwxzGLNORS]$/;
const BINARY = new Set([
  "=",
  "==",
  "!=",
  "=~",
  "<",
  ">",
  "-eq",
  "-ne",
  "-lt",
  "-le",
  "-gt",
  "-ge",
  "-nt",
  "-ot",
  "-ef",
]);

/** Read up to `]]` and over it. @throws Mistake with bash's words for a condition */
export function readCondition(source: Source, words: Words): ConditionalExpressionNode {
  return new Condition(source, words).whole();
}

class Condition {
  readonly #source: Source;
  readonly #words: Words;

  constructor(source: Source, words: Words) {
    this.#source = source;
    this.#words = words;
  }

  whole(): ConditionalExpressionNode {
    const expression = this.#or();
    const token = this.#token();
    if (token !== "]]") throw this.#mistake("syntax error in conditional expression", token);
    this.#source.at += 2;
    return expression;
  }

  #or(): ConditionalExpressionNode {
    const left = this.#and();
    if (this.#token() !== "||") return left;
    this.#source.at += 2;
    return { type: "CondOr", left, right: this.#or() };
  }

  #and(): ConditionalExpressionNode {
    const left = this.#term();
    if (this.#token() !== "&&") return left;
    this.#source.at += 2;
    return { type: "CondAnd", left, right: this.#and() };
  }

  #term(): ConditionalExpressionNode {
    return this.#source.nested(() => this.#oneTerm());
  }

  #oneTerm(): ConditionalExpressionNode {
    const source = this.#source;
    const token = this.#token();
    if (token === "(") {
      source.at++;
      const expression = this.#or();
      const close = this.#token();
      if (close !== ")") throw this.#mistake(`unexpected token \`${shown(close)}', expected \`)'`, close);
      source.at++;
      return { type: "CondGroup", expression };
    }
    if (token === "!") {
      source.at++;
      return { type: "CondNot", operand: this.#term() };
    }
    if (token === "]]" || isOperator(token)) {
      const what = token === "]]" ? "" : `unexpected token \`${shown(token)}' in conditional command`;
      throw this.#mistake(what, token);
    }
    const word = this.#words.patternWord()!;
    const next = this.#token();
    if (UNARY.test(word.raw ?? "") && !BINARY.has(next)) {
      if (next === "]]" || isOperator(next)) {
        throw this.#mistake(`unexpected argument \`${shown(next)}' to conditional unary operator`, next);
      }
      return { type: "CondUnary", operator: word.raw!, operand: this.#words.patternWord()! };
    }
    if (next === "]]" || next === "&&" || next === "||" || next === ")")
      return { type: "CondUnary", operator: "-n", operand: word };
    if (!BINARY.has(next)) {
      if (isOperator(next)) {
        throw this.#mistake(`unexpected token \`${shown(next)}', conditional binary operator expected`, next);
      }
      throw this.#mistake("conditional binary operator expected", next);
    }
    source.at += next.length;
    return { type: "CondBinary", operator: next, left: word, right: this.#right(next) };
  }

  #right(operator: string): WordNode {
    const blank = this.#source.match(/(?:[ \t]|\\\n)+/y);
    if (blank) this.#source.at += blank.length;
    if (operator === "=~" && !this.#source.ended && this.#source.peek() !== "\n" && !/^\]\][\s;]/.test(this.#rest())) {
      const word = this.#words.regexWord();
      if (word) return word;
    }
    const token = this.#token();
    if (token === "]]" || isOperator(token)) {
      throw this.#mistake(`unexpected argument \`${shown(token)}' to conditional binary operator`, token);
    }
    return this.#words.patternWord()!;
  }

  #rest(): string {
    return this.#source.text.slice(this.#source.at, this.#source.at + 3);
  }

  /** What comes next, not taken: an operator, or a word's text. Newlines may stand between. */
  #token(): string {
    const source = this.#source;
    const blank = source.match(/(?:[ \t\n]|\\\n)+/y);
    if (blank) source.at += blank.length;
    if (source.ended) return "";
    const operator = source.match(/&&|\|\||<(?!\()|>(?!\()|[();&|]/y);
    if (operator) return operator;
    // `<( )` is a word.
    return source.match(/[^ \t\n&|;()<>]+|[<>]\(/y) ?? source.peek();
  }

  #mistake(text: string, token: string): Error {
    return token === ""
      ? new Unfinished(text, { kind: "command" }, this.#source.lastLine - 1)
      : new Mistake(text, this.#source.lineAt(), { status: 0 });
  }
}

function isOperator(token: string): boolean {
  return token === "" || /^(?:&&|\|\||[()<>;&|])$/.test(token);
}

function shown(token: string): string {
  return token === "" ? "newline" : token;
}
