/** Reading the expressions of awk programs, from the weakest operator to the strongest. */
import { AwkError, type Expr } from "./program.ts";
import { awkExpression } from "./regular-expressions.ts";
import type { TokenReader } from "./token-reader.ts";

export class ExpressionGrammar {
  #tokens: TokenReader;
  /** Inside print without parentheses `>` is a redirection. */
  #noGreater = false;

  constructor(tokens: TokenReader) {
    this.#tokens = tokens;
  }

  /** What `read` reads has no `>` of its own outside of parentheses. */
  beforeRedirection<T>(read: () => T): T {
    const outer = this.#noGreater;
    this.#noGreater = true;
    const found = read();
    this.#noGreater = outer;
    return found;
  }

  /** Expressions with commas between. */
  list(): Expr[] {
    const items = [this.expression()];
    while (this.#tokens.take(",")) {
      this.#tokens.newlines();
      items.push(this.expression());
    }
    return items;
  }

  expression(): Expr {
    const left = this.#conditional();
    const op = ["=", "+=", "-=", "*=", "/=", "%=", "^="].find((text) => this.#tokens.is(text));
    if (op && ["name", "index", "field"].includes(left.kind)) {
      this.#tokens.at++;
      this.#tokens.newlines();
      return { kind: "assign", op, to: left, value: this.expression() };
    }
    return left;
  }

  #conditional(): Expr {
    const test = this.#or();
    if (!this.#tokens.take("?")) return test;
    this.#tokens.newlines();
    const yes = this.expression();
    this.#tokens.newlines();
    this.#tokens.expect(":");
    this.#tokens.newlines();
    return { kind: "conditional", test, yes, no: this.expression() };
  }

  #or(): Expr {
    let left = this.#and();
    while (this.#tokens.take("||")) {
      this.#tokens.newlines();
      left = { kind: "binary", op: "||", left, right: this.#and() };
    }
    return left;
  }

  #and(): Expr {
    let left = this.#in();
    while (this.#tokens.take("&&")) {
      this.#tokens.newlines();
      left = { kind: "binary", op: "&&", left, right: this.#in() };
    }
    return left;
  }

  #in(): Expr {
    let left = this.#match();
    while (this.#tokens.take("in")) {
      const name = this.#tokens.shift().text;
      left = { kind: "in", keys: left.kind === "group" ? left.items : [left], name };
    }
    return left;
  }

  #match(): Expr {
    let left = this.#comparison();
    while (this.#tokens.is("~") || this.#tokens.is("!~")) {
      const negated = this.#tokens.shift().text === "!~";
      left = { kind: "match", negated, left, right: this.#comparison() };
    }
    return left;
  }

  #comparison(): Expr {
    let left = this.#concatenation();
    const ops = this.#noGreater ? ["<", "<=", "==", "!=", ">="] : ["<", "<=", "==", "!=", ">", ">="];
    for (;;) {
      const op = ops.find((text) => this.#tokens.is(text));
      if (op) {
        this.#tokens.at++;
        left = { kind: "binary", op, left, right: this.#concatenation() };
      } else if (this.#tokens.is("|") && this.#tokens.peek(1)?.text === "getline") {
        this.#tokens.at += 2;
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
    const { type, text } = this.#tokens.next;
    if (["number", "string", "regex", "name", "function-name", "builtin"].includes(type)) return true;
    return type === "op" && ["$", "!", "(", "-", "+", "++", "--"].includes(text);
  }

  #additive(): Expr {
    let left = this.#multiplicative();
    while (this.#tokens.is("+") || this.#tokens.is("-")) {
      const op = this.#tokens.shift().text;
      left = { kind: "binary", op, left, right: this.#multiplicative() };
    }
    return left;
  }

  #multiplicative(): Expr {
    let left = this.#unary();
    while (this.#tokens.is("*") || this.#tokens.is("/") || this.#tokens.is("%")) {
      const op = this.#tokens.shift().text;
      left = { kind: "binary", op, left, right: this.#unary() };
    }
    return left;
  }

  #unary(): Expr {
    for (const op of ["!", "-", "+"]) if (this.#tokens.take(op)) return { kind: "unary", op, of: this.#unary() };
    return this.#power();
  }

  #power(): Expr {
    const left = this.#postfix();
    if (this.#tokens.take("^")) {
      const right =
        this.#tokens.is("-") || this.#tokens.is("+") || this.#tokens.is("!") ? this.#unary() : this.#power();
      return { kind: "binary", op: "^", left, right };
    }
    return left;
  }

  #postfix(): Expr {
    const of = this.#primary();
    if (["name", "index", "field"].includes(of.kind)) {
      for (const op of ["++", "--"] as const)
        if (this.#tokens.take(op)) return { kind: "step", op, before: false, to: of };
    }
    return of;
  }

  #lvalue(): Expr | undefined {
    const { type, text } = this.#tokens.next;
    return type === "name" || (type === "op" && text === "$") ? this.#primary() : undefined;
  }

  #primary(): Expr {
    const token = this.#tokens.shift();
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
        if (!this.#tokens.take("[")) return { kind: "name", name: token.text };
        return { kind: "index", name: token.text, keys: this.#keys() };
      case "function-name":
        this.#tokens.expect("(");
        return { kind: "call", name: token.text, args: this.#args(), own: true };
      case "builtin":
        if (this.#tokens.take("(")) return { kind: "call", name: token.text, args: this.#args(), own: false };
        return { kind: "call", name: token.text, args: [], own: false };
    }
    if (token.type === "keyword" && token.text === "getline") {
      const to = this.#lvalue();
      const file = this.#tokens.take("<") ? this.#primary() : undefined;
      return { kind: "getline", to, file, command: undefined };
    }
    if (token.type === "op") {
      if (token.text === "$") {
        for (const op of ["++", "--"] as const)
          if (this.#tokens.take(op))
            return { kind: "field", of: { kind: "step", op, before: true, to: this.#primary() } };
        return {
          kind: "field",
          of: this.#tokens.take("-") ? { kind: "unary", op: "-", of: this.#primary() } : this.#primary(),
        };
      }
      if (token.text === "++" || token.text === "--")
        return { kind: "step", op: token.text, before: true, to: this.#primary() };
      if (token.text === "(") {
        const outer = this.#noGreater;
        this.#noGreater = false;
        this.#tokens.newlines();
        const items = this.list();
        this.#tokens.newlines();
        this.#tokens.expect(")");
        this.#noGreater = outer;
        // A group of one is marked too: `(a) > b` and `print (1)(2)` need to see its end.
        return items.length === 1 ? { kind: "unary", op: "()", of: items[0]! } : { kind: "group", items };
      }
      if (token.text === "-" || token.text === "+" || token.text === "!")
        return { kind: "unary", op: token.text, of: this.#unary() };
    }
    this.#tokens.at--;
    return this.#tokens.fail();
  }

  #keys(): Expr[] {
    const outer = this.#noGreater;
    this.#noGreater = false;
    const keys = this.list();
    this.#tokens.expect("]");
    this.#noGreater = outer;
    return keys;
  }

  #args(): Expr[] {
    const outer = this.#noGreater;
    this.#noGreater = false;
    this.#tokens.newlines();
    const args = this.#tokens.is(")") ? [] : this.list();
    this.#tokens.newlines();
    this.#tokens.expect(")");
    this.#noGreater = outer;
    return args;
  }
}
