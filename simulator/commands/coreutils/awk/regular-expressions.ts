/** Regular expressions of awk programs: as they are written, and from texts that a program makes. */
import { posixExpression } from "../posix-expression.ts";
import { AwkError } from "./program.ts";

/**
 * A regular expression as mawk 1.3.4-20200120 reads it: braces are characters, and `\\047` is one of its number.
 *
 * @throws SyntaxError when it cannot be read
 */
export function awkExpression(source: string): RegExp {
  if (/^[*+?]/.test(source)) throw new SyntaxError("missing operand");
  const plain = source.replace(
    /\\([0-7]{1,3})|\\.|\[\^?\]?(?:\[:\w+:\]|\\.|[^\]\\])*\]|[{}]/gs,
    (part, octal: string | undefined) => {
      if (octal) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff).replace(/[.*+?^$()|\\[\]{}]/, "\\$&");
      return part === "{" || part === "}" ? `\\${part}` : part;
    },
  );
  return posixExpression(plain, "extended");
}

const KEPT_MAX = 200;

/** Texts used as regular expressions (`$1 ~ name`, FS, RS), each read once. */
export class RegularExpressions {
  #lines: number;
  #known = new Map<string, RegExp>();

  /** @param lines of the program's source: mawk tells its last line, whatever the expression's own */
  constructor(lines: number) {
    this.#lines = lines;
  }

  /** @throws AwkError when it cannot be read */
  of(source: string): RegExp {
    let expression = this.#known.get(source);
    if (!expression) {
      try {
        expression = awkExpression(source);
      } catch (error) {
        const why =
          error instanceof SyntaxError && error.message === "missing operand" ? error.message : "bad expression";
        throw new AwkError(`line ${this.#lines}: regular expression compile failed (${why})\n${source}`);
      }
      if (this.#known.size > KEPT_MAX) this.#known.clear();
      this.#known.set(source, expression);
    }
    return expression;
  }
}
