/** The grammar of bash: lists, pipelines, compound and simple commands, redirections. */
import type {
  CaseItemNode,
  CommandNode,
  CommandSubstitutionPart,
  CompoundCommandNode,
  HereDocNode,
  PipelineNode,
  RedirectionNode,
  RedirectionOperator,
  ScriptNode,
  SimpleCommandNode,
  StatementNode,
  WordNode,
} from "../syntax-tree.ts";
import { readCondition } from "./condition.ts";
import { Mistake, Source, Unfinished } from "./source.ts";
import { type Token, Tokens, unquoted } from "./tokens.ts";

const REDIRECTION = /^(?:<<<|<<-?|<[&>]?|>[>&|]?|&>>?)$/;
const DECLARING = new Set(["declare", "typeset", "local", "export", "readonly"]);
const RESERVED = new Set(
  "if then else elif fi case esac for select while until do done in function time coproc { } ! [[ ]]".split(" "),
);
/** Words that end a list, wherever one may stand. */
const CLOSING = new Set("then else elif fi esac do done }".split(" "));

export class Grammar extends Tokens {
  /**
   * The commands up to the end of the line that they are whole with.
   *
   * @returns undefined at the end of the text
   * @throws Mistake, Unfinished
   */
  unit(): StatementNode[] | undefined {
    this.source.tokens = 0;
    for (;;) {
      const token = this.peekCommand();
      if (token.kind === "end") return undefined;
      if (token.kind !== "newline") break;
      this.take();
      // An empty line is a unit for a shell that is typed into, and nothing else.
    }
    const statements: StatementNode[] = [];
    for (;;) {
      statements.push(this.#statement());
      const token = this.peekCommand();
      if (token.kind === "newline" || token.kind === "end") break;
    }
    if (this.peek().kind === "newline") this.take();
    else this.endDocuments();
    return statements;
  }

  protected inside(source: Source): Grammar {
    return new Grammar(source, { ...this.options, final: true });
  }

  substitution(): ScriptNode {
    const held = this.documents;
    const [token, expanding] = [this.token, this.expanding];
    this.documents = [];
    this.token = undefined;
    this.expanding = [];
    const { source } = this;
    try {
      const statements = this.#list(() => this.isOperator(")"));
      const close = this.peek();
      if (close.kind === "end") throw this.#unclosedSubstitution();
      if (!this.isOperator(")")) throw this.unexpected(close);
      source.at = close.end;
      // A here-document whose body has not come yet is read at the end of the outer line.
      held.push(...this.documents);
      return { type: "Script", statements };
    } catch (error) {
      if (error instanceof Mistake) error.inSubstitution = true;
      if (error instanceof Unfinished && error.open.kind === "command") throw this.#unclosedSubstitution();
      throw error;
    } finally {
      this.documents = held;
      this.token = token;
      this.expanding = expanding;
    }
  }

  #unclosedSubstitution(): Unfinished {
    return this.source.unclosed(")", this.source.lastLine);
  }

  backquoted(text: string, line: number): Pick<CommandSubstitutionPart, "body" | "mistake"> {
    const inner = new Source(`${text}\n`, line);
    inner.depth = this.source.depth;
    const grammar = this.inside(inner);
    const statements: StatementNode[] = [];
    try {
      for (let unit = grammar.unit(); unit; unit = grammar.unit()) for (const one of unit) statements.push(one);
      return { body: { type: "Script", statements } };
    } catch (error) {
      if (!(error instanceof Mistake || error instanceof Unfinished)) throw error;
      const at = error.line - line + 1;
      const shown = error instanceof Mistake ? error.shown : undefined;
      const mistake = { message: error.message, line: at, shown };
      return { body: { type: "Script", statements }, mistake };
    }
  }

  /** Statements up to something that ends them. */
  #list(ends: () => boolean): StatementNode[] {
    const statements: StatementNode[] = [];
    this.skipNewlines();
    while (!ends()) {
      if (this.peek().kind === "end") throw this.endOfFile();
      statements.push(this.#statement());
      this.skipNewlines();
    }
    return statements;
  }

  /** A list that must hold something, up to a reserved word. */
  #body(...words: string[]): StatementNode[] {
    const ends = () => {
      const token = this.peek();
      return token.kind === "word" && words.includes(token.raw);
    };
    this.skipNewlines();
    if (ends()) throw this.unexpected();
    return this.#list(ends);
  }

  /** One statement with the separator behind it, which a newline is not. */
  #statement(): StatementNode {
    const start = this.peekCommand().start;
    const statement: StatementNode = {
      type: "Statement",
      pipelines: [this.#pipeline()],
      operators: [],
      background: false,
      line: this.source.lineAt(start),
    };
    for (;;) {
      const token = this.peek();
      if (token.kind === "operator") {
        if (token.text === "&&" || token.text === "||") {
          this.take();
          this.skipNewlines();
          statement.operators.push(token.text);
          statement.pipelines.push(this.#pipeline());
          continue;
        }
        if (token.text === ";" || token.text === "&") {
          this.take();
          statement.background = token.text === "&";
          return statement;
        }
        // What ends a construct that this list stands in.
        if ([")", ";;", ";&", ";;&"].includes(token.text) && this.source.depth > 0) return statement;
        throw this.unexpected(token);
      }
      // `{ { a; } }`: the word that ends the outer one may stand right behind the inner.
      if (token.kind === "word" && !(this.source.depth > 0 && CLOSING.has(token.raw))) throw this.unexpected(token);
      return statement;
    }
  }

  #pipeline(): PipelineNode {
    const node: PipelineNode = {
      type: "Pipeline",
      commands: [],
      negated: false,
      timed: false,
      timePosix: false,
      pipeStderr: [],
    };
    for (;;) {
      this.expandAlias();
      const token = this.peekCommand();
      if (token.kind === "word" && token.raw === "!") node.negated = !node.negated;
      else if (token.kind === "word" && token.raw === "time" && !node.timed) {
        node.timed = true;
        this.take();
        this.peekCommand();
        if (this.isReserved("-p")) {
          this.take();
          node.timePosix = true;
          this.peekCommand();
        }
        if (this.isReserved("--")) this.take();
        continue;
      } else break;
      this.take();
    }
    const next = this.peekCommand();
    const nothing =
      next.kind === "newline" ||
      next.kind === "end" ||
      (next.kind === "operator" && [";", "&", "&&", "||", ")"].includes(next.text));
    if ((node.negated || node.timed) && nothing) return node;
    for (;;) {
      node.commands.push(this.#command());
      const token = this.peek();
      if (token.kind !== "operator" || (token.text !== "|" && token.text !== "|&")) return node;
      this.take();
      node.pipeStderr.push(token.text === "|&");
      this.skipNewlines();
    }
  }

  #command(): CommandNode {
    this.expandAlias();
    const token = this.peekCommand();
    const line = this.source.lineAt(token.start);
    if (token.kind === "operator") {
      if (token.text === "(") return this.source.nested(() => this.#parenthesis(token.start, line));
      if (REDIRECTION.test(token.text)) return this.#simple(line);
      throw this.unexpected(token);
    }
    if (token.kind !== "word") throw this.unexpected(token);
    if (RESERVED.has(token.raw)) {
      const compound = this.source.nested(() => this.#reserved(token.raw, line));
      if (compound) return compound;
    }
    return this.#simple(line);
  }

  /** A command that a reserved word begins; undefined for a word that is none here. */
  #reserved(word: string, line: number): CommandNode | undefined {
    switch (word) {
      case "if":
        return this.#redirected({ type: "If", ...this.#if(), redirections: [], line });
      case "while":
      case "until": {
        this.take();
        const condition = this.#body("do");
        const body = this.#doGroup();
        return this.#redirected({
          type: word === "while" ? "While" : "Until",
          condition,
          body,
          redirections: [],
          line,
        });
      }
      case "for":
      case "select":
        return this.#redirected(this.#for(word === "select", line));
      case "case":
        return this.#redirected(this.#case(line));
      case "{": {
        this.take();
        const body = this.#body("}");
        this.take();
        return this.#redirected({ type: "Group", body, redirections: [], line });
      }
      case "[[": {
        this.take();
        const expression = readCondition(this.source, this.words);
        return this.#redirected({ type: "ConditionalCommand", expression, redirections: [], line });
      }
      case "function":
        return this.#function(line);
      case "coproc":
        return this.#coproc(line);
    }
    if (CLOSING.has(word) || word === "in") throw this.unexpected();
    return undefined;
  }

  #redirected<Node extends CompoundCommandNode>(node: Node): Node {
    for (;;) {
      const redirection = this.#redirection();
      if (!redirection) return node;
      node.redirections.push(redirection);
    }
  }

  #if(): Pick<Extract<CommandNode, { type: "If" }>, "clauses" | "elseBody"> {
    const clauses = [];
    let elseBody: StatementNode[] | null = null;
    do {
      this.take();
      const condition = this.#body("then");
      this.take();
      clauses.push({ condition, body: this.#body("elif", "else", "fi") });
    } while (this.isReserved("elif"));
    if (this.isReserved("else")) {
      this.take();
      elseBody = this.#body("fi");
    }
    this.expect("fi");
    return { clauses, elseBody };
  }

  #doGroup(): StatementNode[] {
    this.expect("do");
    const body = this.#body("done");
    this.take();
    return body;
  }

  /** `do ... done`, or in its place `{ ... }`. */
  #loopBody(): StatementNode[] {
    this.skipNewlines();
    if (!this.isReserved("{")) return this.#doGroup();
    this.take();
    const body = this.#body("}");
    this.take();
    return body;
  }

  #for(select: boolean, line: number): CompoundCommandNode {
    const { source } = this;
    this.take();
    this.blanks();
    if (!select && source.starts("((")) return this.#arithmeticFor(line);
    const name = this.peek();
    if (name.kind !== "word") throw this.unexpected(name);
    this.take();
    let words: WordNode[] | null = null;
    const variable = name.raw;
    if (this.isOperator(";")) this.take();
    else {
      this.skipNewlines(false);
      if (this.isReserved("in")) {
        this.take();
        words = [];
        for (let token = this.peek(); token.kind === "word"; token = this.peek()) {
          words.push(token.word);
          this.take();
        }
        const end = this.peek();
        if (end.kind !== "newline" && !this.isOperator(";")) throw this.unexpected(end);
        this.take();
      }
    }
    const body = this.#loopBody();
    return { type: "For", select, variable, words, body, redirections: [], line };
  }

  #arithmeticFor(line: number): CompoundCommandNode {
    const { source } = this;
    const start = source.at;
    this.token = undefined;
    const text = this.words.arithmeticCommand();
    if (text === undefined) throw this.unexpected();
    const expressions = text.split(";").map((part) => part.trim());
    if (expressions.length !== 3) {
      const what = expressions.length > 3 ? "`;' unexpected" : "arithmetic expression required";
      throw new Mistake(`syntax error: ${what}`, line, { shown: source.text.slice(start, source.at) });
    }
    if (this.isOperator(";")) this.take();
    const body = this.#loopBody();
    const [init, condition, update] = expressions as [string, string, string];
    return { type: "CStyleFor", init, condition, update, body, redirections: [], line };
  }

  #case(line: number): CompoundCommandNode {
    this.take();
    const subject = this.peek();
    if (subject.kind !== "word") throw this.unexpected(subject);
    this.take();
    this.skipNewlines(false);
    this.expect("in");
    const items: CaseItemNode[] = [];
    this.skipNewlines(false);
    while (!this.isReserved("esac")) {
      items.push(this.#caseItem());
      this.skipNewlines(false);
    }
    this.take();
    return { type: "Case", word: subject.word, items, redirections: [], line };
  }

  #caseItem(): CaseItemNode {
    if (this.isOperator("(")) this.take();
    const patterns: WordNode[] = [];
    for (;;) {
      const token = this.peek();
      if (token.kind !== "word") throw this.unexpected(token);
      patterns.push(token.word);
      this.take();
      if (!this.isOperator("|")) break;
      this.take();
    }
    this.expect(")");
    const ends = () =>
      this.isOperator(";;") || this.isOperator(";&") || this.isOperator(";;&") || this.isReserved("esac");
    const body = this.#list(ends);
    const end = this.peek();
    if (end.kind !== "operator") return { patterns, body, terminator: ";;" };
    this.take();
    return { patterns, body, terminator: end.text as CaseItemNode["terminator"] };
  }

  /** `( )`, or `(( ))`. */
  #parenthesis(start: number, line: number): CommandNode {
    const { source } = this;
    if (source.text[start + 1] === "(") {
      source.at = start;
      const expression = this.words.arithmeticCommand();
      if (expression !== undefined) {
        this.token = undefined;
        return this.#redirected({ type: "ArithmeticCommand", expression, redirections: [], line });
      }
      source.at = start + 1;
    }
    this.take();
    this.skipNewlines();
    if (this.isOperator(")")) throw this.unexpected();
    const body = this.#list(() => this.isOperator(")"));
    this.take();
    return this.#redirected({ type: "Subshell", body, redirections: [], line });
  }

  #function(line: number): CommandNode {
    this.take();
    const name = this.peek();
    if (name.kind !== "word") throw this.unexpected(name);
    this.take();
    if (this.isOperator("(")) {
      const open = this.peek();
      this.take();
      if (this.isOperator(")")) this.take();
      else {
        // `function f ( list )`: a subshell is the body.
        this.token = open;
        this.source.at = open.end;
      }
    }
    return { type: "FunctionDef", name: name.raw, body: this.#functionBody(), line };
  }

  #functionBody(): CompoundCommandNode {
    this.skipNewlines();
    const token = this.peek();
    const begins =
      (token.kind === "operator" && token.text === "(") ||
      (token.kind === "word" && /^(?:if|while|until|for|select|case|\{|\[\[)$/.test(token.raw));
    if (!begins) throw this.unexpected(token);
    return this.source.nested(() => this.#command()) as CompoundCommandNode;
  }

  #coproc(line: number): CommandNode {
    this.take();
    const first = this.peekCommand();
    const compound = (token: Token) =>
      (token.kind === "operator" && token.text === "(") ||
      (token.kind === "word" && /^(?:if|while|until|for|select|case|\{|\[\[)$/.test(token.raw));
    if (first.kind === "word" && !compound(first)) {
      const { at } = this.source;
      this.token = undefined;
      const next = this.peekCommand();
      if (compound(next) && !(next.kind === "operator" && this.source.match(/\s*\)/y))) {
        return { type: "Coproc", name: first.raw, command: this.#command(), line };
      }
      this.token = first;
      this.source.at = at;
    }
    if (first.kind === "newline" || first.kind === "end") throw this.unexpected(first);
    return { type: "Coproc", name: "COPROC", command: this.#command(), line };
  }

  #simple(line: number): CommandNode {
    const node: SimpleCommandNode = {
      type: "SimpleCommand",
      assignments: [],
      name: null,
      args: [],
      redirections: [],
      line,
    };
    let declaring = false;
    for (;;) {
      const redirection = this.#redirection(node.name === null || declaring);
      if (redirection) {
        node.redirections.push(redirection);
        continue;
      }
      if (node.name === null) this.expandAlias();
      else if (this.aliasNext >= 0) this.expandAliasOfArgument();
      const token = this.peek({ assignable: node.name === null || declaring });
      if (token.kind === "word") {
        this.take();
        if (node.name === null) {
          if (token.assignment) node.assignments.push(token.assignment);
          else {
            node.name = token.word;
            declaring = DECLARING.has(token.raw) || (declaring && token.raw === "--");
          }
        } else {
          node.args.push(token.word);
          // `builtin declare a=(1)` and `command export a=~` assign as well.
          if (node.args.length === 1 && /^(?:builtin|command)$/.test(node.name.raw ?? ""))
            declaring = DECLARING.has(token.raw);
        }
        continue;
      }
      if (token.kind === "operator" && token.text === "(") {
        const bare = node.name !== null && node.args.length + node.assignments.length + node.redirections.length === 0;
        if (bare) {
          this.take();
          if (!this.isOperator(")")) throw this.unexpected();
          this.take();
          return { type: "FunctionDef", name: node.name!.raw ?? "", body: this.#functionBody(), line };
        }
        throw this.unexpected(token);
      }
      return node;
    }
  }

  /** The redirection that begins here, if one does. */
  #redirection(assignable = false): RedirectionNode | undefined {
    const token = this.peek({ assignable });
    const { source } = this;
    if (token.kind === "word") {
      const next = source.text[token.end];
      if (next !== "<" && next !== ">") return undefined;
      const number = /^\d+$/.test(token.raw);
      const name = /^\{([A-Za-z_]\w*(?:\[[^\]]+\])?)\}$/.exec(token.raw)?.[1];
      if (!number && name === undefined) return undefined;
      this.take();
      return this.#operatorAndTarget({ fd: number ? Number(token.raw) : null, ...(name && { fdVariable: name }) });
    }
    if (token.kind !== "operator" || !REDIRECTION.test(token.text)) return undefined;
    return this.#operatorAndTarget({ fd: null });
  }

  #operatorAndTarget(head: { fd: number | null; fdVariable?: string }): RedirectionNode {
    const operator = this.take();
    if (operator.kind !== "operator" || !REDIRECTION.test(operator.text)) throw this.unexpected(operator);
    const text = operator.text as RedirectionOperator;
    const line = this.source.lineAt(operator.start);
    const target = this.peek();
    if (target.kind !== "word") throw this.unexpected(target);
    this.take();
    if (text !== "<<" && text !== "<<-") return { type: "Redirection", ...head, operator: text, target: target.word };
    const quoted = /["'\\]/.test(target.raw);
    const node: HereDocNode = {
      type: "HereDoc",
      delimiter: unquoted(target.raw),
      quoted,
      stripTabs: text === "<<-",
      content: { type: "Word", parts: [], raw: "" },
    };
    this.documents.push({ node, line });
    return { type: "Redirection", ...head, operator: text, target: node };
  }
}
