/** `expr`: arithmetic, comparison and matching of its words. @source coreutils 9.1 expr(1) */
import { boundedExpression } from "../../shell/bounded-expression.ts";
import type { Program } from "../../shell/process.ts";
import { complain } from "./arguments.ts";
import { posixSource } from "./posix-expression.ts";

class ExprError extends Error {
  readonly status: number;
  constructor(message: string, status = 2) {
    super(message);
    this.status = status;
  }
}

export const expr: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  if (words[0] === "--") words.shift();
  if (words.length === 0) {
    await complain(ctx, "missing operand");
    await ctx.stderr.write("Try 'expr --help' for more information.\n");
    return 2;
  }
  try {
    const reader = new Reader(words);
    const value = reader.either();
    if (!reader.done) throw new ExprError(`syntax error: unexpected argument ‘${reader.next}’`);
    await ctx.stdout.write(`${value}\n`);
    return isTrue(value) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    await complain(ctx, error.message);
    return error.status;
  }
};

const isTrue = (value: string) => value !== "" && !/^-?0+$/.test(value);
const isNumber = (text: string) => /^-?\d+$/.test(text);

/** By falling strength: `:`, `* / %`, `+ -`, comparisons, `&`, `|`. */
class Reader {
  readonly #words: string[];
  #at = 0;

  constructor(words: string[]) {
    this.#words = words;
  }

  get done(): boolean {
    return this.#at >= this.#words.length;
  }

  get next(): string | undefined {
    return this.#words[this.#at];
  }

  #take(...operators: string[]): string | undefined {
    return this.next !== undefined && operators.includes(this.next) ? this.#words[this.#at++] : undefined;
  }

  #word(): string {
    const word = this.#words[this.#at];
    if (word === undefined) throw new ExprError(`syntax error: missing argument after ‘${this.#words[this.#at - 1]}’`);
    this.#at++;
    return word;
  }

  either(): string {
    let left = this.#both();
    while (this.#take("|")) {
      const right = this.#both();
      if (!isTrue(left)) left = isTrue(right) ? right : "0";
    }
    return left;
  }

  #both(): string {
    let left = this.#compared();
    while (this.#take("&")) {
      const right = this.#compared();
      if (!isTrue(left) || !isTrue(right)) left = "0";
    }
    return left;
  }

  #compared(): string {
    let left = this.#sum();
    for (let operator = this.#comparison(); operator; operator = this.#comparison()) {
      const right = this.#sum();
      const order =
        isNumber(left) && isNumber(right)
          ? Number(BigInt(left) > BigInt(right)) - Number(BigInt(left) < BigInt(right))
          : Number(left > right) - Number(left < right);
      const holds = { "<": order < 0, "<=": order <= 0, "=": order === 0, "==": order === 0 }[operator];
      left = (holds ?? { "!=": order !== 0, ">=": order >= 0, ">": order > 0 }[operator]) ? "1" : "0";
    }
    return left;
  }

  #comparison(): string | undefined {
    return this.#take("<", "<=", "=", "==", "!=", ">=", ">");
  }

  #sum(): string {
    let left = this.#product();
    for (let operator = this.#take("+", "-"); operator; operator = this.#take("+", "-")) {
      const [a, b] = numbers(left, this.#product());
      left = String(operator === "+" ? a + b : a - b);
    }
    return left;
  }

  #product(): string {
    let left = this.#matched();
    for (let operator = this.#take("*", "/", "%"); operator; operator = this.#take("*", "/", "%")) {
      const [a, b] = numbers(left, this.#matched());
      if (operator !== "*" && b === 0n) throw new ExprError("division by zero");
      left = String(operator === "*" ? a * b : operator === "/" ? a / b : a % b);
    }
    return left;
  }

  #matched(): string {
    let left = this.#single();
    while (this.#take(":")) left = match(left, this.#single());
    return left;
  }

  #single(): string {
    const word = this.#word();
    if (word === "(") {
      const inner = this.either();
      if (!this.#take(")")) throw new ExprError(`syntax error: expecting ')' after ‘${this.#words[this.#at - 1]}’`);
      return inner;
    }
    if (word === "+" && !this.done) return this.#word();
    if (this.done) return word;
    if (word === "length") return String([...this.#single()].length);
    if (word === "match") return match(this.#single(), this.#single());
    if (word === "index") {
      const [text, letters] = [this.#single(), this.#single()];
      return String([...text].findIndex((letter) => letters.includes(letter)) + 1);
    }
    if (word === "substr") {
      const [text, from, length] = [this.#single(), Number(this.#single()), Number(this.#single())];
      return from > 0 && length > 0 ? [...text].slice(from - 1, from - 1 + length).join("") : "";
    }
    return word;
  }
}

function numbers(left: string, right: string): [bigint, bigint] {
  if (!isNumber(left) || !isNumber(right)) throw new ExprError("non-integer argument");
  return [BigInt(left), BigInt(right)];
}

/** The first group, or how much was matched from the beginning. */
function match(text: string, pattern: string): string {
  const found = boundedExpression(`^(?:${posixSource(pattern, "basic")})`, "u").exec(text);
  if (/\\\(/.test(pattern)) return found?.[1] ?? "";
  return String([...(found?.[0] ?? "")].length);
}
