/** Reading awk programs. */
import { posixExpression } from "./posix-expression.ts";

export type Expr =
  | { kind: "number"; value: number }
  | { kind: "string"; value: string }
  | { kind: "regex"; expression: RegExp }
  | { kind: "name"; name: string }
  | { kind: "index"; name: string; keys: Expr[] }
  | { kind: "field"; of: Expr }
  | { kind: "assign"; op: string; to: Expr; value: Expr }
  | { kind: "conditional"; test: Expr; yes: Expr; no: Expr }
  | { kind: "binary"; op: string; left: Expr; right: Expr }
  | { kind: "match"; negated: boolean; left: Expr; right: Expr }
  | { kind: "in"; keys: Expr[]; name: string }
  | { kind: "unary"; op: string; of: Expr }
  | { kind: "step"; op: "++" | "--"; before: boolean; to: Expr }
  | { kind: "call"; name: string; args: Expr[]; own: boolean }
  | { kind: "getline"; to: Expr | undefined; file: Expr | undefined; command: Expr | undefined }
  | { kind: "group"; items: Expr[] };

export type Statement =
  | { kind: "expression"; of: Expr }
  | { kind: "print"; formatted: boolean; args: Expr[]; to: { how: ">" | ">>" | "|"; where: Expr } | undefined }
  | { kind: "block"; body: Statement[] }
  | { kind: "if"; test: Expr; yes: Statement; no: Statement | undefined }
  | { kind: "while"; test: Expr; body: Statement; first: boolean }
  | { kind: "for"; start: Statement | undefined; test: Expr | undefined; step: Statement | undefined; body: Statement }
  | { kind: "for-in"; name: string; array: string; body: Statement }
  | { kind: "delete"; name: string; keys: Expr[] | undefined }
  | { kind: "return" | "exit"; of: Expr | undefined }
  | { kind: "next" | "nextfile" | "break" | "continue" };

export interface AwkRule {
  when: "BEGIN" | "END" | "record";
  test?: Expr;
  until?: Expr;
  active: boolean;
  /** Absent: the record is printed. */
  body?: Statement[];
}

export interface AwkFunction {
  params: string[];
  body: Statement[];
}

export interface AwkProgram {
  rules: AwkRule[];
  functions: Map<string, AwkFunction>;
  /** Lines of its source. */
  lines: number;
}

export class AwkError extends Error {
  override name = "AwkError";
}

interface Token {
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

function tokens(source: string): Token[] {
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

/** @throws AwkError at a mistake */
export function parseAwk(source: string): AwkProgram {
  return new Parser(tokens(source)).program();
}

class Parser {
  #tokens: Token[];
  #at = 0;
  /** Inside print without parentheses `>` is a redirection; in a for's head `in` is its own. */
  #noGreater = false;
  #noIn = false;

  constructor(list: Token[]) {
    this.#tokens = list;
  }

  get #next(): Token {
    return this.#tokens[this.#at]!;
  }

  #is(text: string): boolean {
    const { type } = this.#next;
    return (type === "op" || type === "keyword" || type === "newline") && this.#next.text === text;
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#fail();
  }

  #fail(): never {
    const { text, line, type } = this.#next;
    const open = (opening: string, closing: string, until = this.#tokens.length) =>
      this.#tokens
        .slice(0, until)
        .reduce((sum, one) => sum + (one.type !== "op" ? 0 : +(one.text === opening) - +(one.text === closing)), 0);
    if (type === "end" && open("{", "}") > 0) throw new AwkError(`line ${line + 1}: missing } near end of file`);
    const near = type === "newline" ? "end of line" : text || "end of file";
    for (const [opening, closing] of [["(", ")"] as const, ["{", "}"] as const])
      if (this.#is(closing) && open(opening, closing, this.#at) === 0) {
        // After a brace too many mawk reads on, and fails at what follows.
        const behind = closing === "}" && this.#tokens[this.#at + 1]?.type === "newline";
        const second = behind ? `\nawk: line ${line}: syntax error at or near end of line` : "";
        throw new AwkError(`line ${line}: extra '${closing}'${second}`);
      }
    if ((type === "newline" || this.#is(";") || this.#is("}")) && open("(", ")", this.#at) > 0)
      throw new AwkError(`line ${line}: missing ) near ${near}`);
    throw new AwkError(`line ${line}: syntax error at or near ${near}`);
  }

  #newlines(): void {
    while (this.#take("\n"));
  }

  #ends(): void {
    while (this.#take("\n") || this.#take(";"));
  }

  program(): AwkProgram {
    const rules: AwkRule[] = [];
    const functions = new Map<string, AwkFunction>();
    this.#ends();
    while (this.#next.type !== "end") {
      if (this.#take("function")) {
        const name = this.#tokens[this.#at++]!;
        if (name.type !== "name" && name.type !== "function-name") this.#fail();
        this.#expect("(");
        const params: string[] = [];
        while (!this.#take(")")) {
          const param = this.#tokens[this.#at++]!;
          if (param.type !== "name") this.#fail();
          params.push(param.text);
          this.#newlines();
          if (!this.#is(")")) this.#expect(",");
          this.#newlines();
        }
        this.#newlines();
        functions.set(name.text, { params, body: this.#braces() });
      } else if (this.#is("BEGIN") || this.#is("END")) {
        const when = this.#tokens[this.#at++]!.text as "BEGIN" | "END";
        this.#newlines();
        rules.push({ when, active: false, body: this.#braces() });
      } else {
        const rule: AwkRule = { when: "record", active: false };
        if (!this.#is("{")) {
          rule.test = this.#expression();
          if (this.#take(",")) {
            this.#newlines();
            rule.until = this.#expression();
          }
        }
        if (this.#is("{")) rule.body = this.#braces();
        rules.push(rule);
      }
      this.#ends();
    }
    return { rules, functions, lines: this.#tokens.at(-1)?.line ?? 1 };
  }

  #braces(): Statement[] {
    this.#expect("{");
    const body: Statement[] = [];
    this.#ends();
    while (!this.#take("}")) {
      body.push(this.#statement());
      this.#ends();
    }
    return body;
  }

  /** The end of a simple statement; a closing brace also ends it. */
  #end(): void {
    if (this.#is("}") || this.#next.type === "end") return;
    if (!this.#take(";") && !this.#take("\n")) this.#fail();
  }

  #statement(): Statement {
    if (this.#is("{")) return { kind: "block", body: this.#braces() };
    if (this.#take("if")) {
      this.#expect("(");
      const test = this.#expression();
      this.#expect(")");
      this.#newlines();
      const yes = this.#is(";") ? this.#empty() : this.#statement();
      const mark = this.#at;
      this.#ends();
      if (this.#take("else")) {
        this.#newlines();
        return { kind: "if", test, yes, no: this.#statement() };
      }
      this.#at = mark;
      return { kind: "if", test, yes, no: undefined };
    }
    if (this.#take("while")) {
      this.#expect("(");
      const test = this.#expression();
      this.#expect(")");
      if (this.#take(";")) return { kind: "while", test, body: { kind: "block", body: [] }, first: false };
      this.#newlines();
      return { kind: "while", test, body: this.#statement(), first: false };
    }
    if (this.#take("do")) {
      this.#newlines();
      const body = this.#statement();
      this.#ends();
      this.#expect("while");
      this.#expect("(");
      const test = this.#expression();
      this.#expect(")");
      this.#end();
      return { kind: "while", test, body, first: true };
    }
    if (this.#take("for")) return this.#for();
    if (this.#is(";")) return this.#empty();
    const simple = this.#simple();
    this.#end();
    return simple;
  }

  #empty(): Statement {
    this.#take(";");
    return { kind: "block", body: [] };
  }

  #for(): Statement {
    this.#expect("(");
    const [name, word, array, close] = this.#tokens.slice(this.#at, this.#at + 4);
    if (name?.type === "name" && word?.text === "in" && array?.type === "name" && close?.text === ")") {
      this.#at += 4;
      this.#newlines();
      const body = this.#is(";") ? this.#empty() : this.#statement();
      return { kind: "for-in", name: name.text, array: array.text, body };
    }
    const start = this.#is(";") ? undefined : this.#simple();
    this.#expect(";");
    this.#newlines();
    const test = this.#is(";") ? undefined : this.#expression();
    this.#expect(";");
    this.#newlines();
    const step = this.#is(")") ? undefined : this.#simple();
    this.#expect(")");
    if (this.#take(";")) return { kind: "for", start, test, step, body: { kind: "block", body: [] } };
    this.#newlines();
    return { kind: "for", start, test, step, body: this.#statement() };
  }

  #simple(): Statement {
    for (const kind of ["next", "nextfile", "break", "continue"] as const) if (this.#take(kind)) return { kind };
    for (const kind of ["return", "exit"] as const) {
      if (!this.#take(kind)) continue;
      const bare = this.#is(";") || this.#is("\n") || this.#is("}");
      return { kind, of: bare ? undefined : this.#expression() };
    }
    if (this.#take("delete")) {
      const name = this.#tokens[this.#at++]!.text;
      if (!this.#take("[")) return { kind: "delete", name, keys: undefined };
      const keys = this.#list();
      this.#expect("]");
      return { kind: "delete", name, keys };
    }
    if (this.#is("print") || this.#is("printf")) return this.#print();
    return { kind: "expression", of: this.#expression() };
  }

  #print(): Statement {
    const formatted = this.#tokens[this.#at++]!.text === "printf";
    const outer = this.#noGreater;
    this.#noGreater = true;
    let args: Expr[] = [];
    if (![";", "\n", "}", ">", ">>", "|"].some((text) => this.#is(text))) args = this.#list();
    this.#noGreater = outer;
    // `print (a, b) > file`: the list was in parentheses.
    if (args.length === 1 && args[0]!.kind === "group") args = args[0]!.items;
    let to: Extract<Statement, { kind: "print" }>["to"];
    for (const how of [">", ">>", "|"] as const) {
      if (!this.#take(how)) continue;
      this.#noGreater = true;
      to = { how, where: this.#expression() };
      this.#noGreater = outer;
      break;
    }
    return { kind: "print", formatted, args, to };
  }

  #list(): Expr[] {
    const items = [this.#expression()];
    while (this.#take(",")) {
      this.#newlines();
      items.push(this.#expression());
    }
    return items;
  }

  #expression(): Expr {
    const left = this.#conditional();
    const op = ["=", "+=", "-=", "*=", "/=", "%=", "^="].find((text) => this.#is(text));
    if (op && ["name", "index", "field"].includes(left.kind)) {
      this.#at++;
      this.#newlines();
      return { kind: "assign", op, to: left, value: this.#expression() };
    }
    return left;
  }

  #conditional(): Expr {
    const test = this.#or();
    if (!this.#take("?")) return test;
    this.#newlines();
    const yes = this.#expression();
    this.#newlines();
    this.#expect(":");
    this.#newlines();
    return { kind: "conditional", test, yes, no: this.#expression() };
  }

  #or(): Expr {
    let left = this.#and();
    while (this.#take("||")) {
      this.#newlines();
      left = { kind: "binary", op: "||", left, right: this.#and() };
    }
    return left;
  }

  #and(): Expr {
    let left = this.#in();
    while (this.#take("&&")) {
      this.#newlines();
      left = { kind: "binary", op: "&&", left, right: this.#in() };
    }
    return left;
  }

  #in(): Expr {
    let left = this.#match();
    while (!this.#noIn && this.#take("in")) {
      const name = this.#tokens[this.#at++]!.text;
      left = { kind: "in", keys: left.kind === "group" ? left.items : [left], name };
    }
    return left;
  }

  #match(): Expr {
    let left = this.#comparison();
    while (this.#is("~") || this.#is("!~")) {
      const negated = this.#tokens[this.#at++]!.text === "!~";
      left = { kind: "match", negated, left, right: this.#comparison() };
    }
    return left;
  }

  #comparison(): Expr {
    let left = this.#concatenation();
    const ops = this.#noGreater ? ["<", "<=", "==", "!=", ">="] : ["<", "<=", "==", "!=", ">", ">="];
    for (;;) {
      const op = ops.find((text) => this.#is(text));
      if (op) {
        this.#at++;
        left = { kind: "binary", op, left, right: this.#concatenation() };
      } else if (this.#is("|") && this.#tokens[this.#at + 1]?.text === "getline") {
        this.#at += 2;
        left = { kind: "getline", to: this.#lvalue(), file: undefined, command: left };
      } else return left;
    }
  }

  #concatenation(): Expr {
    let left = this.#additive();
    while (this.#startsOperand()) left = { kind: "binary", op: " ", left, right: this.#additive() };
    return left;
  }

  #startsOperand(): boolean {
    const { type, text } = this.#next;
    if (["number", "string", "regex", "name", "function-name", "builtin"].includes(type)) return true;
    return type === "op" && ["$", "!", "(", "-", "+", "++", "--"].includes(text);
  }

  #additive(): Expr {
    let left = this.#multiplicative();
    while (this.#is("+") || this.#is("-")) {
      const op = this.#tokens[this.#at++]!.text;
      left = { kind: "binary", op, left, right: this.#multiplicative() };
    }
    return left;
  }

  #multiplicative(): Expr {
    let left = this.#unary();
    while (this.#is("*") || this.#is("/") || this.#is("%")) {
      const op = this.#tokens[this.#at++]!.text;
      left = { kind: "binary", op, left, right: this.#unary() };
    }
    return left;
  }

  #unary(): Expr {
    for (const op of ["!", "-", "+"]) if (this.#take(op)) return { kind: "unary", op, of: this.#unary() };
    return this.#power();
  }

  #power(): Expr {
    const left = this.#postfix();
    if (this.#take("^")) {
      const right = this.#is("-") || this.#is("+") || this.#is("!") ? this.#unary() : this.#power();
      return { kind: "binary", op: "^", left, right };
    }
    return left;
  }

  #postfix(): Expr {
    const of = this.#primary();
    if (["name", "index", "field"].includes(of.kind)) {
      for (const op of ["++", "--"] as const) if (this.#take(op)) return { kind: "step", op, before: false, to: of };
    }
    return of;
  }

  #lvalue(): Expr | undefined {
    const { type, text } = this.#next;
    return type === "name" || (type === "op" && text === "$") ? this.#primary() : undefined;
  }

  #primary(): Expr {
    const token = this.#tokens[this.#at++]!;
    switch (token.type) {
      case "number":
        return { kind: "number", value: Number(token.text) };
      case "string":
        return { kind: "string", value: token.text };
      case "regex":
        try {
          return { kind: "regex", expression: awkExpression(token.text) };
        } catch {
          throw new AwkError(`line ${token.line}: regular expression compile failed (/${token.text}/)`);
        }
      case "name":
        if (!this.#take("[")) return { kind: "name", name: token.text };
        return { kind: "index", name: token.text, keys: this.#keys() };
      case "function-name":
        this.#expect("(");
        return { kind: "call", name: token.text, args: this.#args(), own: true };
      case "builtin":
        if (this.#take("(")) return { kind: "call", name: token.text, args: this.#args(), own: false };
        return { kind: "call", name: token.text, args: [], own: false };
    }
    if (token.type === "keyword" && token.text === "getline") {
      const to = this.#lvalue();
      const file = this.#take("<") ? this.#primary() : undefined;
      return { kind: "getline", to, file, command: undefined };
    }
    if (token.type === "op") {
      if (token.text === "$") {
        for (const op of ["++", "--"] as const)
          if (this.#take(op)) return { kind: "field", of: { kind: "step", op, before: true, to: this.#primary() } };
        return {
          kind: "field",
          of: this.#take("-") ? { kind: "unary", op: "-", of: this.#primary() } : this.#primary(),
        };
      }
      if (token.text === "++" || token.text === "--")
        return { kind: "step", op: token.text, before: true, to: this.#primary() };
      if (token.text === "(") {
        const outer = [this.#noGreater, this.#noIn] as const;
        [this.#noGreater, this.#noIn] = [false, false];
        this.#newlines();
        const items = this.#list();
        this.#newlines();
        this.#expect(")");
        [this.#noGreater, this.#noIn] = outer;
        // A group of one is marked too: `(a) > b` and `print (1)(2)` need to see its end.
        return items.length === 1 ? { kind: "unary", op: "()", of: items[0]! } : { kind: "group", items };
      }
      if (token.text === "-" || token.text === "+" || token.text === "!")
        return { kind: "unary", op: token.text, of: this.#unary() };
    }
    this.#at--;
    return this.#fail();
  }

  #keys(): Expr[] {
    const outer = [this.#noGreater, this.#noIn] as const;
    [this.#noGreater, this.#noIn] = [false, false];
    const keys = this.#list();
    this.#expect("]");
    [this.#noGreater, this.#noIn] = outer;
    return keys;
  }

  #args(): Expr[] {
    const outer = [this.#noGreater, this.#noIn] as const;
    [this.#noGreater, this.#noIn] = [false, false];
    this.#newlines();
    const args = this.#is(")") ? [] : this.#list();
    this.#newlines();
    this.#expect(")");
    [this.#noGreater, this.#noIn] = outer;
    return args;
  }
}
