/** Reading awk programs: rules, functions, and the statements in them. */
import { ExpressionGrammar } from "./expression-grammar.ts";
import { tokensOf } from "./lexer.ts";
import type { AwkFunction, AwkProgram, AwkRule, Expr, Statement } from "./program.ts";
import { TokenReader } from "./token-reader.ts";

/** @param source a character for each byte @throws AwkError at a mistake */
export function parseAwk(source: string): AwkProgram {
  return new StatementGrammar(new TokenReader(tokensOf(source))).program();
}

class StatementGrammar {
  #tokens: TokenReader;
  #expressions: ExpressionGrammar;

  constructor(tokens: TokenReader) {
    this.#tokens = tokens;
    this.#expressions = new ExpressionGrammar(tokens);
  }

  program(): AwkProgram {
    const rules: AwkRule[] = [];
    const functions = new Map<string, AwkFunction>();
    this.#tokens.ends();
    while (this.#tokens.next.type !== "end") {
      if (this.#tokens.take("function")) {
        const name = this.#tokens.shift();
        if (name.type !== "name" && name.type !== "function-name") this.#tokens.fail();
        this.#tokens.expect("(");
        const params: string[] = [];
        while (!this.#tokens.take(")")) {
          const param = this.#tokens.shift();
          if (param.type !== "name") this.#tokens.fail();
          params.push(param.text);
          this.#tokens.newlines();
          if (!this.#tokens.is(")")) this.#tokens.expect(",");
          this.#tokens.newlines();
        }
        this.#tokens.newlines();
        functions.set(name.text, { params, body: this.#braces() });
      } else if (this.#tokens.is("BEGIN") || this.#tokens.is("END")) {
        const when = this.#tokens.shift().text as "BEGIN" | "END";
        this.#tokens.newlines();
        rules.push({ when, active: false, body: this.#braces() });
      } else {
        const rule: AwkRule = { when: "record", active: false };
        if (!this.#tokens.is("{")) {
          rule.test = this.#expressions.expression();
          if (this.#tokens.take(",")) {
            this.#tokens.newlines();
            rule.until = this.#expressions.expression();
          }
        }
        if (this.#tokens.is("{")) rule.body = this.#braces();
        rules.push(rule);
      }
      this.#tokens.ends();
    }
    return { rules, functions, lines: this.#tokens.lines };
  }

  #braces(): Statement[] {
    this.#tokens.expect("{");
    const body: Statement[] = [];
    this.#tokens.ends();
    while (!this.#tokens.take("}")) {
      body.push(this.#statement());
      this.#tokens.ends();
    }
    return body;
  }

  /** The end of a simple statement; a closing brace also ends it. */
  #end(): void {
    if (this.#tokens.is("}") || this.#tokens.next.type === "end") return;
    if (!this.#tokens.take(";") && !this.#tokens.take("\n")) this.#tokens.fail();
  }

  #statement(): Statement {
    if (this.#tokens.is("{")) return { kind: "block", body: this.#braces() };
    if (this.#tokens.take("if")) {
      this.#tokens.expect("(");
      const test = this.#expressions.expression();
      this.#tokens.expect(")");
      this.#tokens.newlines();
      const yes = this.#tokens.is(";") ? this.#empty() : this.#statement();
      const mark = this.#tokens.at;
      this.#tokens.ends();
      if (this.#tokens.take("else")) {
        this.#tokens.newlines();
        return { kind: "if", test, yes, no: this.#statement() };
      }
      this.#tokens.at = mark;
      return { kind: "if", test, yes, no: undefined };
    }
    if (this.#tokens.take("while")) {
      this.#tokens.expect("(");
      const test = this.#expressions.expression();
      this.#tokens.expect(")");
      if (this.#tokens.take(";")) return { kind: "while", test, body: { kind: "block", body: [] }, first: false };
      this.#tokens.newlines();
      return { kind: "while", test, body: this.#statement(), first: false };
    }
    if (this.#tokens.take("do")) {
      this.#tokens.newlines();
      const body = this.#statement();
      this.#tokens.ends();
      this.#tokens.expect("while");
      this.#tokens.expect("(");
      const test = this.#expressions.expression();
      this.#tokens.expect(")");
      this.#end();
      return { kind: "while", test, body, first: true };
    }
    if (this.#tokens.take("for")) return this.#for();
    if (this.#tokens.is(";")) return this.#empty();
    const simple = this.#simple();
    this.#end();
    return simple;
  }

  #empty(): Statement {
    this.#tokens.take(";");
    return { kind: "block", body: [] };
  }

  #for(): Statement {
    this.#tokens.expect("(");
    const [name, word, array, close] = [0, 1, 2, 3].map((ahead) => this.#tokens.peek(ahead));
    if (name?.type === "name" && word?.text === "in" && array?.type === "name" && close?.text === ")") {
      this.#tokens.at += 4;
      this.#tokens.newlines();
      const body = this.#tokens.is(";") ? this.#empty() : this.#statement();
      return { kind: "for-in", name: name.text, array: array.text, body };
    }
    const start = this.#tokens.is(";") ? undefined : this.#simple();
    this.#tokens.expect(";");
    this.#tokens.newlines();
    const test = this.#tokens.is(";") ? undefined : this.#expressions.expression();
    this.#tokens.expect(";");
    this.#tokens.newlines();
    const step = this.#tokens.is(")") ? undefined : this.#simple();
    this.#tokens.expect(")");
    if (this.#tokens.take(";")) return { kind: "for", start, test, step, body: { kind: "block", body: [] } };
    this.#tokens.newlines();
    return { kind: "for", start, test, step, body: this.#statement() };
  }

  #simple(): Statement {
    for (const kind of ["next", "nextfile", "break", "continue"] as const) if (this.#tokens.take(kind)) return { kind };
    for (const kind of ["return", "exit"] as const) {
      if (!this.#tokens.take(kind)) continue;
      const bare = this.#tokens.is(";") || this.#tokens.is("\n") || this.#tokens.is("}");
      return { kind, of: bare ? undefined : this.#expressions.expression() };
    }
    if (this.#tokens.take("delete")) {
      const name = this.#tokens.shift().text;
      if (!this.#tokens.take("[")) return { kind: "delete", name, keys: undefined };
      const keys = this.#expressions.list();
      this.#tokens.expect("]");
      return { kind: "delete", name, keys };
    }
    if (this.#tokens.is("print") || this.#tokens.is("printf")) return this.#print();
    return { kind: "expression", of: this.#expressions.expression() };
  }

  #print(): Statement {
    const formatted = this.#tokens.shift().text === "printf";
    let args: Expr[] = [];
    if (![";", "\n", "}", ">", ">>", "|"].some((text) => this.#tokens.is(text)))
      args = this.#expressions.beforeRedirection(() => this.#expressions.list());
    // `print (a, b) > file`: the list was in parentheses.
    if (args.length === 1 && args[0]!.kind === "group") args = args[0]!.items;
    let to: Extract<Statement, { kind: "print" }>["to"];
    for (const how of [">", ">>", "|"] as const) {
      if (!this.#tokens.take(how)) continue;
      to = { how, where: this.#expressions.beforeRedirection(() => this.#expressions.expression()) };
      break;
    }
    return { kind: "print", formatted, args, to };
  }
}
