/** Reading sed's scripts. */
import { posixExpression } from "./posix-expression.ts";

export type Address =
  | { kind: "line"; line: number }
  | { kind: "last" }
  | { kind: "step"; first: number; step: number }
  /** Absent expression: the last one used. */
  | { kind: "match"; expression: RegExp | undefined };

export interface SedCommand {
  first?: Address;
  second?: Address | { kind: "count"; lines: number } | { kind: "multiple"; of: number };
  /** `0,/re/`: the expression may fit the first line already. */
  fromZero?: boolean;
  negated: boolean;
  name: string;
  /** Text of a, i, c; label of b, t, T; file of r, w. */
  text: string;
  substitute?: Substitution;
  /** y: what each character becomes. */
  map?: Map<string, string>;
  /** `{`: where its `}` is; `b`: where the label is, past the end when it has none. */
  target: number;
  /** Number behind q, Q, l. */
  number?: number;
  /** Of an address range: the state while the script runs. */
  active: boolean;
  endsAt: number;
}

export interface Substitution {
  expression: RegExp | undefined;
  replacement: string;
  global: boolean;
  print: boolean;
  nth: number;
  file?: string;
}

export class SedError extends Error {
  override name = "SedError";
  readonly status: number;
  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}

/** How many groups an expression has. */
function groupsIn(pattern: string, extended: boolean): number {
  const plain = pattern.replace(/\[\^?\]?[^\]]*\]/g, "");
  return (extended ? plain.replace(/\\./g, "").match(/\(/g) : plain.match(/\\\(/g))?.length ?? 0;
}

/** @throws SedError with GNU's words */
export function parseSed(source: string, extended: boolean): SedCommand[] {
  const commands: SedCommand[] = [];
  const blocks: number[] = [];
  let at = 0;
  const fail = (text: string): never => {
    throw new SedError(`-e expression #1, char ${Math.min(at, source.length)}: ${text}`);
  };
  const expressionOf = (text: string, flags: string): RegExp | undefined => {
    if (text === "") return undefined;
    // `\x61`, `\o141` and `\d097` are the characters of these numbers, with what they mean in an expression.
    const plain = text.replace(
      /\\(?:x([0-9a-fA-F]{1,2})|o([0-7]{1,3})|d(\d{1,3})|.)/gs,
      (all, hexadecimal?: string, octal?: string, decimal?: string) => {
        const digits = hexadecimal ?? octal ?? decimal;
        if (digits === undefined) return all;
        const code = Number.parseInt(digits, hexadecimal ? 16 : octal ? 8 : 10);
        return String.fromCharCode(code & 0xff);
      },
    );
    try {
      return posixExpression(plain, extended ? "extended" : "basic", flags);
    } catch (error) {
      return fail((error as Error).message.replace(/^Invalid regular expression: /, ""));
    }
  };
  const delimited = (delimiter: string, brackets: boolean, command = "s"): string => {
    let text = "";
    let inBracket = false;
    for (; at < source.length; at++) {
      const char = source[at]!;
      if (char === "\\") {
        const next = source[at + 1] ?? "";
        text += next === delimiter && !/[.*[\]^$+?(){}|]/.test(delimiter) ? next : `\\${next}`;
        at++;
      } else if (brackets && inBracket) {
        text += char;
        if (char === "]" && !/\[\^?$/.test(text.slice(0, -1))) inBracket = false;
      } else if (char === delimiter) {
        at++;
        return text;
      } else {
        if (brackets && char === "[") inBracket = true;
        text += char;
      }
    }
    return fail(command === "" ? "unterminated address regex" : `unterminated \`${command}' command`);
  };
  const address = (): Address | undefined => {
    const number = /^\d+/.exec(source.slice(at))?.[0];
    if (number !== undefined) {
      at += number.length;
      if (source[at] === "~") {
        const step = /^\d*/.exec(source.slice(at + 1))![0];
        at += 1 + step.length;
        return { kind: "step", first: Number(number), step: Number(step) };
      }
      return { kind: "line", line: Number(number) };
    }
    if (source[at] === "$") {
      at++;
      return { kind: "last" };
    }
    if (source[at] === "/" || source[at] === "\\") {
      if (source[at] === "\\") at++;
      const delimiter = source[at++]!;
      const text = delimited(delimiter, true, "");
      let flags = "";
      for (; source[at] === "I" || source[at] === "M"; at++) flags += source[at] === "I" ? "i" : "m";
      return { kind: "match", expression: expressionOf(text, flags) };
    }
    return undefined;
  };
  const blanks = (set: RegExp) => {
    while (at < source.length && set.test(source[at]!)) at++;
  };
  while (true) {
    blanks(/[\s;]/);
    if (at >= source.length) break;
    if (source[at] === "#") {
      while (at < source.length && source[at] !== "\n") at++;
      continue;
    }
    const command: SedCommand = { negated: false, name: "", text: "", target: -1, active: false, endsAt: 0 };
    const first = address();
    if (first) {
      command.first = first;
      blanks(/[ \t]/);
      if (source[at] === ",") {
        at++;
        blanks(/[ \t]/);
        if (source[at] === "+" || source[at] === "~") {
          const kind = source[at++];
          const number = Number(/^\d*/.exec(source.slice(at))![0]);
          at += /^\d*/.exec(source.slice(at))![0].length;
          command.second = kind === "+" ? { kind: "count", lines: number } : { kind: "multiple", of: number };
        } else {
          const second = address();
          if (!second) {
            at++;
            fail("unexpected `,'");
          } else command.second = second;
        }
      }
      if (first.kind === "line" && first.line === 0) {
        if (command.second?.kind !== "match") {
          if (!command.second) at++;
          fail("invalid usage of line address 0");
        }
        command.fromZero = true;
        command.active = true;
      }
    }
    blanks(/[ \t]/);
    while (source[at] === "!") {
      if (command.negated) {
        at++;
        fail("multiple `!'s");
      }
      command.negated = true;
      at++;
      blanks(/[ \t]/);
    }
    const name = source[at++];
    if (name === undefined) fail("missing command");
    command.name = name!;
    const index = commands.push(command) - 1;
    switch (name) {
      case "{":
        blocks.push(index);
        continue;
      case "}": {
        if (first) fail("} doesn't want any addresses");
        const open = blocks.pop();
        if (open === undefined) fail("unexpected `}'");
        else commands[open]!.target = index;
        break;
      }
      case "s": {
        const delimiter = source[at++]!;
        const pattern = delimited(delimiter, true);
        const replacement = delimited(delimiter, false);
        const substitute: Substitution = { expression: undefined, replacement, global: false, print: false, nth: 1 };
        let flags = "";
        for (; at < source.length; at++) {
          const flag = source[at]!;
          if (flag === "g" || flag === "p") {
            const what = flag === "g" ? "global" : "print";
            if (substitute[what]) {
              at++;
              fail(`multiple \`${flag}' options to \`s' command`);
            }
            substitute[what] = true;
          } else if (flag === "e") {
            at++;
            fail("the `e' option is not modelled in this simulated node");
          } else if (flag === "i" || flag === "I") flags += "i";
          else if (flag === "m" || flag === "M") flags += "m";
          else if (/\d/.test(flag)) {
            const digits = /^\d+/.exec(source.slice(at))![0];
            substitute.nth = Number(digits);
            at += digits.length - 1;
            if (substitute.nth === 0) {
              at++;
              fail("number option to `s' command may not be zero");
            }
          } else if (flag === "w") {
            substitute.file = restOfLine().trim();
            break;
          } else if (/[\s;}#]/.test(flag)) break;
          else {
            at++;
            fail("unknown option to `s'");
          }
        }
        const reference = Math.max(0, ...(replacement.match(/\\[1-9]/g) ?? []).map((one) => Number(one[1])));
        const groups = groupsIn(pattern, extended);
        if (pattern !== "" && reference > groups) {
          at = Math.min(at, source.length);
          fail(`invalid reference \\${reference} on \`s' command's RHS`);
        }
        substitute.expression = expressionOf(pattern, `g${[...new Set(flags)].join("")}`);
        command.substitute = substitute;
        break;
      }
      case "y": {
        const delimiter = source[at++]!;
        const charsOf = (text: string) => [...text.replace(/\\n/g, "\n").replace(/\\t/g, "\t").replace(/\\\\/g, "\\")];
        const from = charsOf(delimited(delimiter, false, "y"));
        const to = charsOf(delimited(delimiter, false, "y"));
        if (from.length !== to.length) fail("strings for `y' command are different lengths");
        command.map = new Map(from.map((char, place) => [char, to[place]!]));
        break;
      }
      case "a":
      case "i":
      case "c": {
        blanks(/[ \t]/);
        if (source[at] === "\\") {
          at++;
          // Blanks behind the backslash are text, unless the line ends there.
          const end = /^[ \t]*\n/.exec(source.slice(at))?.[0];
          if (end) at += end.length;
        }
        let text = "";
        for (; at < source.length && source[at] !== "\n"; at++) {
          if (source[at] === "\\") {
            at++;
            text += source[at] === "t" ? "\t" : source[at] === "n" ? "\n" : (source[at] ?? "");
          } else text += source[at];
        }
        if (text === "" && at >= source.length && source.at(-1) === name) fail("expected \\ after `a', `c' or `i'");
        command.text = text;
        break;
      }
      case ":":
      case "b":
      case "t":
      case "T": {
        blanks(/[ \t]/);
        const label = /^[^\s;}]*/.exec(source.slice(at))![0];
        at += label.length;
        command.text = label;
        if (name === ":" && label === "") fail('":" lacks a label');
        break;
      }
      case "r":
      case "R":
      case "w":
      case "W":
        command.text = restOfLine().trim();
        if (command.text === "") fail("missing filename in r/R/w/W commands");
        break;
      case "q":
      case "Q":
      case "l": {
        blanks(/[ \t]/);
        const digits = /^\d+/.exec(source.slice(at))?.[0];
        if (digits) {
          command.number = Number(digits);
          at += digits.length;
        }
        break;
      }
      default:
        if (!"dDpPnNhHgGx=zF".includes(name!)) fail(`unknown command: \`${name}'`);
    }
    blanks(/[ \t]/);
    if (at < source.length && !/[\n;}#]/.test(source[at]!)) {
      at++;
      fail("extra characters after command");
    }
  }
  if (blocks.length > 0) {
    at = 0;
    fail("unmatched `{'");
  }
  for (const command of commands) {
    if (!"btT".includes(command.name)) continue;
    const label = command.text;
    command.target =
      label === "" ? commands.length : commands.findIndex((one) => one.name === ":" && one.text === label);
    if (command.target < 0) throw new SedError(`can't find label for jump to \`${label}'`, 4);
  }
  return commands;

  function restOfLine(): string {
    const end = source.indexOf("\n", at + 1);
    const text = source.slice(at + (/[wW]/.test(source[at] ?? "") ? 1 : 0), end < 0 ? source.length : end);
    at = end < 0 ? source.length : end;
    return text;
  }
}
