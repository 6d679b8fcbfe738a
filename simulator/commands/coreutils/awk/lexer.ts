/** An awk program's words: names, numbers, strings, regular expressions, operators. */
import { AwkError } from "./program.ts";

export interface Token {
  type: "number" | "string" | "regex" | "name" | "function-name" | "builtin" | "keyword" | "op" | "newline" | "end";
  text: string;
  line: number;
}

const KEYWORDS = new Set(
  "BEGIN END function func if else while for do break continue next nextfile exit return delete in getline print printf".split(
    " ",
  ),
);
const BUILTINS = new Set(
  "length substr index split sub gsub match sprintf sin cos atan2 exp log sqrt int rand srand tolower toupper system close fflush strftime systime".split(
    " ",
  ),
);
const OPERATORS = /^(\|\||&&|\+\+|--|\+=|-=|\*=|\/=|%=|\^=|==|<=|>=|!=|!~|>>|[-+*/%^!<>|?:~$=,;(){}[\]])/;

/** @param source a character for each byte @throws AwkError at what is no word or has no end */
export function tokensOf(source: string): Token[] {
  const out: Token[] = [];
  let [at, line] = [0, 1];
  const push = (type: Token["type"], text: string) => out.push({ type, text, line });
  while (at < source.length) {
    const rest = source.slice(at, at + 4096);
    const char = source[at]!;
    const skipped = /^([ \t\r]+|\\\n|#[^\n]*)/.exec(rest);
    if (skipped) {
      if (skipped[0].startsWith("\\")) line++;
      at += skipped[0].length;
      continue;
    }
    if (char === "\n") {
      push("newline", "\n");
      line++;
      at++;
      continue;
    }
    const number = /^(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?/.exec(rest)?.[0];
    if (number) {
      push("number", number);
      at += number.length;
      continue;
    }
    if (char === '"') {
      let text = "";
      at++;
      for (; source[at] !== '"'; at++) {
        if (at >= source.length || source[at] === "\n")
          throw new AwkError(`line ${line}: runaway string constant "${text} ...`);
        if (source[at] === "\\") {
          at++;
          const octal = /^[0-7]{1,3}/.exec(source.slice(at, at + 3))?.[0];
          if (octal) {
            text += String.fromCharCode(Number.parseInt(octal, 8));
            at += octal.length - 1;
          } else if (source[at] !== "\n") text += escaped(source[at]!);
        } else text += source[at];
      }
      at++;
      push("string", text);
      continue;
    }
    const word = /^[A-Za-z_]\w*/.exec(rest)?.[0];
    if (word) {
      at += word.length;
      if (KEYWORDS.has(word)) push("keyword", word === "func" ? "function" : word);
      else if (BUILTINS.has(word)) push("builtin", word);
      else push(source[at] === "(" ? "function-name" : "name", word);
      continue;
    }
    if (char === "/" && regexMayStart(out.at(-1))) {
      let text = "";
      let bracket = false;
      for (at++; bracket || source[at] !== "/"; at++) {
        if (at >= source.length || source[at] === "\n")
          throw new AwkError(`line ${line}: runaway regular expression /${text} ...`);
        if (source[at] === "\\") text += source[at] + (source[++at] ?? "");
        else {
          if (source[at] === "[") bracket = true;
          else if (source[at] === "]" && !/\[\^?$/.test(text)) bracket = false;
          text += source[at];
        }
      }
      at++;
      push("regex", text);
      continue;
    }
    const op = OPERATORS.exec(rest)?.[0];
    if (!op) throw new AwkError(`${line}: unexpected character '${char}'`);
    push("op", op);
    at += op.length;
  }
  push("newline", "\n");
  push("end", "");
  return out;
}

function regexMayStart(before: Token | undefined): boolean {
  if (!before) return true;
  if (["number", "string", "regex", "name", "builtin"].includes(before.type)) return false;
  return !(before.type === "op" && [")", "]", "$", "++", "--"].includes(before.text));
}

/** What a letter after a backslash stands for; an unknown one keeps its backslash. */
export function escaped(letter: string): string {
  const known: Record<string, string> = {
    n: "\n",
    t: "\t",
    r: "\r",
    "\\": "\\",
    '"': '"',
    "/": "/",
    a: "\x07",
    b: "\b",
    f: "\f",
    v: "\v",
  };
  return known[letter] ?? `\\${letter}`;
}

/** Values of `-v` and of operands read as string constants. */
export function withEscapes(text: string): string {
  return text.replace(/\\(.)/g, (_, letter: string) => escaped(letter));
}
