/**
 * Arithmetic of `$(( ))`, `(( ))`, `let` and subscripts: 64-bit integers, C's operators, assignments.
 *
 * Works on text whose `$` expansions have been made already. Parsed expressions are kept, since loops ask again.
 *
 * @source bash(1), ARITHMETIC EVALUATION
 */
import { KeptReadings } from "./kept-readings.ts";
import { ShellError } from "./variables.ts";

/** Where variables of an expression are read and written; `key` is a subscript's text. */
export interface ArithmeticScope {
  get(name: string, key: string | undefined): string | undefined;
  set(name: string, key: string | undefined, value: string): void;
}

type Expression = (scope: ArithmeticScope, depth: number) => bigint;
interface Place {
  name: string;
  key: string | undefined;
}

const kept = new KeptReadings<Expression>(1_000);

/** @throws ShellError with bash's message, after the expression's text */
export function evaluate(text: string, scope: ArithmeticScope, depth = 0): bigint {
  if (depth > 100) throw tooDeep(text);
  try {
    return kept.of(text, () => new Parser(text).whole())(scope, depth);
  } catch (error) {
    // Some thousand parentheses or terms: the only RangeError here is that of the stack.
    if (error instanceof RangeError) throw tooDeep(text);
    throw error;
  }
}

function tooDeep(text: string): ShellError {
  return new ShellError(`${text}: expression recursion level exceeded (error token is "${text}")`);
}

const wrap = (value: bigint) => BigInt.asIntN(64, value);

/** Digits of any number, in stretches that one multiplication takes. */
function wrappedDecimal(digits: string): bigint {
  let value = 0n;
  for (let at = 0; at < digits.length; at += 18) {
    const stretch = digits.slice(at, at + 18);
    value = wrap(value * 10n ** BigInt(stretch.length) + BigInt(stretch));
  }
  return value;
}

const BINARY: [string[], (left: bigint, right: bigint) => bigint][][] = [
  [[["|"], (a, b) => a | b]],
  [[["^"], (a, b) => a ^ b]],
  [[["&"], (a, b) => a & b]],
  [
    [["=="], (a, b) => BigInt(a === b)],
    [["!="], (a, b) => BigInt(a !== b)],
  ],
  [
    [["<="], (a, b) => BigInt(a <= b)],
    [[">="], (a, b) => BigInt(a >= b)],
    [["<"], (a, b) => BigInt(a < b)],
    [[">"], (a, b) => BigInt(a > b)],
  ],
  [
    [["<<"], (a, b) => a << (b & 63n)],
    [[">>"], (a, b) => a >> (b & 63n)],
  ],
  [
    [["+"], (a, b) => a + b],
    [["-"], (a, b) => a - b],
  ],
  [
    [["*"], (a, b) => a * b],
    [["/"], divide],
    [["%"], (a, b) => a - divide(a, b) * b],
  ],
];

const ASSIGNING: Record<string, (left: bigint, right: bigint) => bigint> = {
  "=": (_, b) => b,
  "+=": (a, b) => a + b,
  "-=": (a, b) => a - b,
  "*=": (a, b) => a * b,
  "/=": divide,
  "%=": (a, b) => a - divide(a, b) * b,
  "<<=": (a, b) => a << (b & 63n),
  ">>=": (a, b) => a >> (b & 63n),
  "&=": (a, b) => a & b,
  "|=": (a, b) => a | b,
  "^=": (a, b) => a ^ b,
};

function divide(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new ShellError("division by 0");
  return a / b;
}

function read(place: Place, scope: ArithmeticScope, depth: number): bigint {
  const value = scope.get(place.name, place.key);
  if (value === undefined || value.trim() === "") return 0n;
  return evaluate(value, scope, depth + 1);
}

class Parser {
  #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Expression {
    this.#space();
    if (this.#at >= this.#text.length) return () => 0n;
    const expression = this.#comma();
    this.#space();
    if (this.#at < this.#text.length) {
      const rest = this.#text.slice(this.#at);
      if (/^(?:[-+*/%&|^]|<<|>>)?=(?!=)/.test(rest)) this.#fail("attempted assignment to non-variable");
      if (/^(?:\+\+|--)\s*$/.test(rest)) {
        this.#at++;
        this.#fail("syntax error: operand expected");
      }
      this.#fail(
        /^[\w'"$({[]/.test(rest)
          ? "syntax error in expression"
          : /^[.,;:#@`\]})?\\]/.test(rest) && !/^[,:?)]/.test(rest)
            ? "syntax error: invalid arithmetic operator"
            : "syntax error in expression",
      );
    }
    const text = this.#text;
    return (scope, depth) => {
      try {
        return expression(scope, depth);
      } catch (error) {
        if (error instanceof ShellError && error.message === "division by 0") {
          throw new ShellError(
            `${text.trimStart()}: division by 0 (error token is "${text.replace(/^.*[/%]\s*/s, "")}")`,
          );
        }
        throw error;
      }
    };
  }

  #fail(what: string): never {
    const whole = this.#text.trimStart();
    const rest = this.#text.slice(this.#at).trimStart();
    // At the end it is what the text ends with.
    const token = rest || (/(?:[A-Za-z0-9_]+|\S)\s*$/.exec(this.#text)?.[0] ?? "");
    throw new ShellError(`${whole}: ${what} (error token is "${token}")`);
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  /** Take an operator, unless it is the beginning of a longer one. */
  #take(operator: string, notBefore = ""): boolean {
    this.#space();
    if (!this.#text.startsWith(operator, this.#at)) return false;
    const next = this.#text[this.#at + operator.length] ?? "";
    if (next !== "" && notBefore.includes(next)) return false;
    this.#at += operator.length;
    return true;
  }

  #comma(): Expression {
    let left = this.#assignment();
    while (this.#take(",")) {
      const [first, second] = [left, this.#assignment()];
      left = (scope, depth) => {
        first(scope, depth);
        return second(scope, depth);
      };
    }
    return left;
  }

  #assignment(): Expression {
    this.#space();
    const start = this.#at;
    const place = this.#place();
    if (place) {
      for (const [operator, combine] of Object.entries(ASSIGNING)) {
        if (!this.#take(operator, operator === "=" ? "=" : "")) continue;
        const value = this.#assignment();
        return (scope, depth) => {
          const right = value(scope, depth);
          const left = operator === "=" ? 0n : read(place, scope, depth);
          const result = wrap(combine(left, right));
          scope.set(place.name, place.key, result.toString());
          return result;
        };
      }
    }
    this.#at = start;
    return this.#ternary();
  }

  #ternary(): Expression {
    const condition = this.#or();
    if (!this.#take("?")) return condition;
    const yes = this.#assignment();
    if (!this.#take(":")) this.#fail("`:' expected for conditional expression");
    const no = this.#assignment();
    return (scope, depth) => (condition(scope, depth) !== 0n ? yes(scope, depth) : no(scope, depth));
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#take("||")) {
      const [a, b] = [left, this.#and()];
      left = (scope, depth) => BigInt(a(scope, depth) !== 0n || b(scope, depth) !== 0n);
    }
    return left;
  }

  #and(): Expression {
    let left = this.#binary(0);
    while (this.#take("&&")) {
      const [a, b] = [left, this.#binary(0)];
      left = (scope, depth) => BigInt(a(scope, depth) !== 0n && b(scope, depth) !== 0n);
    }
    return left;
  }

  #binary(level: number): Expression {
    const operators = BINARY[level];
    if (!operators) return this.#power();
    let left = this.#binary(level + 1);
    for (;;) {
      const found = operators.find(([[operator]]) =>
        this.#take(operator!, operator!.length > 1 ? "=" : `=${operator}`),
      );
      if (!found) return left;
      const [a, b, combine] = [left, this.#binary(level + 1), found[1]];
      left = (scope, depth) => wrap(combine(a(scope, depth), b(scope, depth)));
    }
  }

  #power(): Expression {
    const base = this.#unary();
    if (!this.#take("**")) return base;
    const exponent = this.#power();
    return (scope, depth) => {
      const [a, b] = [base(scope, depth), exponent(scope, depth)];
      if (b < 0n) throw new ShellError(`${this.#text}: exponent less than 0 (error token is "${this.#text}")`);
      // Modulo 2^64 by squaring: the exponent may be large.
      let [result, square, rest] = [1n, wrap(a), b];
      while (rest > 0n) {
        if (rest & 1n) result = wrap(result * square);
        square = wrap(square * square);
        rest >>= 1n;
      }
      return result;
    };
  }

  #unary(): Expression {
    this.#space();
    for (const [operator, step] of [
      ["++", 1n],
      ["--", -1n],
    ] as const) {
      const start = this.#at;
      if (!this.#take(operator)) continue;
      const place = this.#place();
      if (!place) {
        this.#at = start;
        continue;
      }
      return (scope, depth) => {
        const result = wrap(read(place, scope, depth) + step);
        scope.set(place.name, place.key, result.toString());
        return result;
      };
    }
    if (this.#take("!", "=")) {
      const operand = this.#unary();
      return (scope, depth) => BigInt(operand(scope, depth) === 0n);
    }
    if (this.#take("~")) {
      const operand = this.#unary();
      return (scope, depth) => ~operand(scope, depth);
    }
    if (this.#take("-")) {
      const operand = this.#unary();
      return (scope, depth) => wrap(-operand(scope, depth));
    }
    if (this.#take("+")) return this.#unary();
    return this.#primary();
  }

  #primary(): Expression {
    if (this.#take("(")) {
      const inner = this.#comma();
      if (!this.#take(")")) this.#fail("missing `)'");
      return inner;
    }
    const place = this.#place();
    if (place) {
      for (const [operator, step] of [
        ["++", 1n],
        ["--", -1n],
      ] as const) {
        if (!this.#take(operator)) continue;
        return (scope, depth) => {
          const before = read(place, scope, depth);
          scope.set(place.name, place.key, wrap(before + step).toString());
          return before;
        };
      }
      return (scope, depth) => read(place, scope, depth);
    }
    this.#space();
    const word = /^[0-9][0-9a-zA-Z#@_]*/.exec(this.#text.slice(this.#at))?.[0];
    if (!word) this.#fail("syntax error: operand expected");
    const value = this.#number(word);
    this.#at += word.length;
    return () => value;
  }

  #number(word: string): bigint {
    if (/^0[xX][0-9a-fA-F]+$/.test(word)) return wrap(BigInt(`0x${word.slice(2).slice(-16)}`));
    if (/^0[0-7]*$/.test(word)) return wrap(BigInt(word === "0" ? 0 : `0o${word.slice(1).slice(-22)}`));
    // bash cuts the expression off behind a number that it cannot read.
    if (/^0/.test(word)) this.#text = this.#text.slice(0, this.#at + word.length);
    if (/^0/.test(word)) this.#fail("value too great for base");
    if (/^\d+$/.test(word)) return wrappedDecimal(word);
    const based = /^(\d+)#([0-9a-zA-Z@_]+)$/.exec(word);
    if (/^\d+#$/.test(word)) {
      this.#text = this.#text.slice(0, this.#at + word.length);
      this.#fail("invalid integer constant");
    }
    if (!based) this.#fail(/^\d+[a-zA-Z]/.test(word) ? "value too great for base" : "syntax error in expression");
    const base = Number(based[1]);
    if (base < 2 || base > 64) this.#fail("invalid arithmetic base");
    let value = 0n;
    for (const digit of based[2]!) {
      const worth = digitWorth(digit, base);
      if (worth >= base) this.#fail("value too great for base");
      value = wrap(value * BigInt(base) + BigInt(worth));
    }
    return wrap(value);
  }

  /** A variable, with a subscript or without. */
  #place(): Place | undefined {
    this.#space();
    const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(this.#text.slice(this.#at))?.[0];
    if (!name) return undefined;
    this.#at += name.length;
    if (this.#text[this.#at] !== "[") return { name, key: undefined };
    let depth = 0;
    const start = this.#at + 1;
    for (; this.#at < this.#text.length; this.#at++) {
      if (this.#text[this.#at] === "[") depth++;
      if (this.#text[this.#at] === "]" && --depth === 0) return { name, key: this.#text.slice(start, this.#at++) };
    }
    this.#at = start - 1;
    return this.#fail("bad array subscript");
  }
}

function digitWorth(digit: string, base: number): number {
  if (digit >= "0" && digit <= "9") return Number(digit);
  if (digit >= "a" && digit <= "z") return digit.charCodeAt(0) - 87;
  if (digit >= "A" && digit <= "Z") return digit.charCodeAt(0) - (base <= 36 ? 55 : 29);
  return digit === "@" ? 62 : 63;
}
