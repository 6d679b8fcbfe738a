/** Commands as bash prints them: for `declare -f`, `type`, `jobs`, `$BASH_COMMAND` and `set -x`. */
import type {
  AssignmentNode,
  CaseNode,
  CommandNode,
  CompoundCommandNode,
  ConditionalExpressionNode,
  ForNode,
  FunctionDefNode,
  PipelineNode,
  RedirectionNode,
  ScriptNode,
  StatementNode,
  WordNode,
} from "./syntax-tree.ts";

const texts = new WeakMap<object, string>();

/** A command in one line, or in as many as its here-documents need. */
export function commandText(node: CommandNode | StatementNode | PipelineNode): string {
  let text = texts.get(node);
  if (text === undefined) {
    text = new Printer().one(node);
    texts.set(node, text);
  }
  return text;
}

/** A function's definition, laid out over lines. @param head its name and parentheses, `() ` alone for `export -f` */
export function functionText(head: string, definition: FunctionDefNode): string {
  return new Printer().definition(head, definition);
}

/** `for name in words`, as typed. */
export function forHead(node: ForNode): string {
  return `${node.select ? "select" : "for"} ${node.variable} in ${node.words ? node.words.map(wordText).join(" ") : '"$@"'}`;
}

/** `case word in`, as typed. */
export function caseHead(node: CaseNode): string {
  return `case ${wordText(node.word)} in`;
}

export function wordText(word: WordNode): string {
  if (word.pieces)
    return word.pieces
      .map((piece) => (typeof piece === "string" ? piece : `$(${new Printer().script(piece)})`))
      .join("");
  return word.raw ?? word.parts.map((part) => ("value" in part ? part.value : "")).join("");
}

const INDENT = 4;

/** @source bash 5.2 print_cmd.c */
class Printer {
  #out = "";
  #indentation = 0;
  #inFunction = 0;
  #skipIndent = 0;
  #connections = 0;
  #deferred: RedirectionNode[] = [];
  #afterDocument = false;

  one(node: CommandNode | StatementNode | PipelineNode): string {
    if (node.type === "Statement") this.#statement(node);
    else if (node.type === "Pipeline") this.#pipeline(node);
    else this.#command(node);
    this.#documents("");
    return this.#out;
  }

  script(node: ScriptNode): string {
    this.#list(node.statements);
    this.#documents("");
    return this.#out;
  }

  definition(head: string, node: FunctionDefNode): string {
    this.#out = `${head}\n`;
    this.#functionBody(node.body);
    return this.#out;
  }

  #functionBody(body: CompoundCommandNode): void {
    this.#indent();
    this.#out += "{ \n";
    this.#inFunction++;
    this.#indentation += INDENT;
    if (body.type === "Group") this.#list(body.body);
    else this.#command(body);
    this.#documents("");
    this.#indentation -= INDENT;
    this.#inFunction--;
    const redirections = body.type === "Group" ? body.redirections : [];
    this.#newline(redirections.length > 0 ? "} " : "}");
    this.#redirections(redirections);
  }

  #indent(): void {
    this.#out += " ".repeat(this.#indentation);
  }

  #newline(text: string): void {
    this.#out += "\n";
    this.#indent();
    this.#out += text;
  }

  #semicolon(): void {
    if (!/[&\n]$/.test(this.#out)) this.#out += ";";
  }

  /** The bodies of here-documents whose heads stand before. */
  #documents(separator: string): void {
    if (separator !== "" && separator !== ";") this.#out += separator;
    if (this.#deferred.length === 0) return;
    this.#bodies(this.#deferred.splice(0));
    if (separator !== "" && separator !== ";") this.#out += " ";
    this.#afterDocument = true;
  }

  #bodies(documents: readonly RedirectionNode[]): void {
    this.#out += "\n";
    for (const { target } of documents) {
      if (target.type === "HereDoc") this.#out += `${target.content.raw ?? ""}${target.delimiter}\n`;
    }
  }

  #list(statements: readonly StatementNode[]): void {
    const several = statements.length > 1;
    if (several) this.#connections++;
    for (const [at, statement] of statements.entries()) {
      this.#statement(statement);
      if (at === statements.length - 1) break;
      if (statement.background) {
        this.#documents(" ");
        this.#skipIndent++;
        continue;
      }
      // Only those of the first command are still waiting here.
      if (at > 0) this.#documents("");
      if (this.#deferred.length === 0) {
        if (!this.#afterDocument) this.#out += ";";
        this.#afterDocument = false;
      } else this.#documents(this.#inFunction ? "" : ";");
      if (this.#inFunction) this.#out += "\n";
      else {
        this.#out += " ";
        this.#skipIndent++;
      }
    }
    if (several) {
      this.#documents("");
      this.#connections--;
    }
  }

  #statement(node: StatementNode): void {
    const joined = node.pipelines.length > 1 || node.background;
    if (joined) this.#connections++;
    for (const [at, pipeline] of node.pipelines.entries()) {
      if (at > 0) {
        this.#documents(` ${node.operators[at - 1]} `);
        this.#skipIndent++;
      }
      this.#pipeline(pipeline);
    }
    if (node.background) this.#documents(" &");
    if (joined) {
      this.#documents("");
      this.#connections--;
    }
  }

  #pipeline(node: PipelineNode): void {
    const head = `${node.timed ? (node.timePosix ? "time -p " : "time ") : ""}${node.negated ? "! " : ""}`;
    if (head !== "") {
      this.#begin();
      this.#out += node.commands.length === 0 ? head.trimEnd() : head;
      this.#skipIndent++;
    }
    if (node.commands.length === 0) {
      this.#skipIndent--;
      return;
    }
    const several = node.commands.length > 1;
    if (several) this.#connections++;
    for (const [at, command] of node.commands.entries()) {
      if (at > 0) {
        this.#documents(node.pipeStderr[at - 1] ? " 2>&1 |" : " |");
        this.#out += " ";
        this.#skipIndent++;
      }
      this.#command(command);
    }
    if (several) {
      this.#documents("");
      this.#connections--;
    }
  }

  #begin(): void {
    if (this.#skipIndent > 0) this.#skipIndent--;
    else this.#indent();
  }

  #command(node: CommandNode): void {
    this.#begin();
    switch (node.type) {
      case "SimpleCommand": {
        const words = [
          ...node.assignments.map(assignmentText),
          ...(node.name ? [wordText(node.name)] : []),
          ...node.args.map(wordText),
        ];
        this.#out += words.join(" ");
        if (node.redirections.length > 0) {
          if (words.length > 0) this.#out += " ";
          this.#redirections(node.redirections);
        }
        return;
      }
      case "FunctionDef":
        this.#out += `function ${node.name} () \n`;
        this.#functionBody(node.body);
        return;
      case "Coproc":
        this.#out += `coproc ${node.name} `;
        this.#skipIndent++;
        this.#command(node.command);
        return;
      default:
        this.#compound(node);
    }
    if (node.redirections.length > 0) {
      this.#out += " ";
      this.#redirections(node.redirections);
    }
  }

  #compound(node: CompoundCommandNode): void {
    switch (node.type) {
      case "For":
        this.#out += `${forHead(node)};`;
        this.#loopBody(node.body);
        return;
      case "CStyleFor":
        this.#out += `for ((${node.init || "1"}; ${node.condition || "1"}; ${node.update || "1"}))`;
        this.#loopBody(node.body);
        return;
      case "While":
      case "Until":
        this.#out += node.type === "While" ? "while " : "until ";
        this.#skipIndent++;
        this.#list(node.condition);
        this.#documents("");
        this.#semicolon();
        this.#out += " do\n";
        this.#indented(node.body);
        this.#semicolon();
        this.#newline("done");
        return;
      case "If":
        this.#if(node.clauses, node.elseBody);
        return;
      case "Case":
        this.#out += `${caseHead(node)} `;
        this.#indentation += INDENT;
        for (const item of node.items) {
          this.#newline(`${item.patterns.map(wordText).join(" | ")})\n`);
          this.#indented(item.body);
          this.#newline(item.terminator);
        }
        this.#indentation -= INDENT;
        this.#newline("esac");
        return;
      case "Subshell":
        this.#out += "( ";
        this.#skipIndent++;
        this.#list(node.body);
        this.#documents("");
        this.#out += " )";
        return;
      case "Group":
        this.#group(node.body);
        return;
      case "ArithmeticCommand":
        this.#out += `((${node.expression}))`;
        return;
      case "ConditionalCommand":
        this.#out += `[[ ${conditionText(node.expression)} ]]`;
    }
  }

  #loopBody(body: readonly StatementNode[]): void {
    this.#newline("do\n");
    this.#indented(body);
    this.#semicolon();
    this.#newline("done");
  }

  #indented(body: readonly StatementNode[]): void {
    this.#indentation += INDENT;
    this.#list(body);
    this.#documents("");
    this.#indentation -= INDENT;
  }

  #if(clauses: { condition: StatementNode[]; body: StatementNode[] }[], elseBody: StatementNode[] | null): void {
    const [first, ...rest] = clauses;
    this.#out += "if ";
    this.#skipIndent++;
    this.#list(first!.condition);
    this.#semicolon();
    this.#out += " then\n";
    this.#indented(first!.body);
    if (rest.length > 0 || elseBody) {
      this.#semicolon();
      this.#newline("else\n");
      if (rest.length > 0) {
        this.#indentation += INDENT;
        this.#indent();
        this.#if(rest, elseBody);
        this.#documents("");
        this.#indentation -= INDENT;
      } else this.#indented(elseBody!);
    }
    this.#semicolon();
    this.#newline("fi");
  }

  #group(body: readonly StatementNode[]): void {
    this.#out += "{ ";
    if (this.#inFunction) {
      this.#out += "\n";
      this.#indentation += INDENT;
    } else this.#skipIndent++;
    this.#list(body);
    this.#documents("");
    if (this.#inFunction) {
      this.#out += "\n";
      this.#indentation -= INDENT;
      this.#indent();
    } else {
      this.#semicolon();
      this.#out += " ";
    }
    this.#out += "}";
  }

  #redirections(redirections: readonly RedirectionNode[]): void {
    const documents: RedirectionNode[] = [];
    this.#afterDocument = false;
    this.#out += redirections
      .map((one) => {
        if (one.target.type === "HereDoc") documents.push(one);
        return redirectionText(one);
      })
      .join(" ");
    if (documents.length === 0) return;
    if (this.#connections > 0) this.#deferred = documents;
    else {
      this.#bodies(documents);
      this.#afterDocument = true;
    }
  }
}

/** An assignment as typed. */
export function assignmentText(node: AssignmentNode): string {
  const value = node.array ? listText(node.array) : node.value ? wordText(node.value) : "";
  return `${node.name}${node.append ? "+" : ""}=${value}`;
}

function listText(words: readonly WordNode[]): string {
  return `(${words.map(wordText).join(" ")})`;
}

function redirectionText(node: RedirectionNode): string {
  const { operator, target } = node;
  const usual = operator.startsWith("<") ? 0 : 1;
  const fd = node.fdVariable ? `{${node.fdVariable}}` : node.fd === null || node.fd === usual ? "" : String(node.fd);
  if (operator === "<>" && !node.fdVariable)
    return `${node.fd ?? 0}<> ${target.type === "Word" ? wordText(target) : ""}`;
  if (target.type === "HereDoc") return `${fd}${operator}${target.quoted ? `'${target.delimiter}'` : target.delimiter}`;
  const word = wordText(target);
  if (operator === ">&" || operator === "<&") {
    const always = node.fdVariable ? fd : String(node.fd ?? usual);
    if (word === "-") return `${always}>&-`;
    if (/^\d+-?$/.test(word)) return `${always}${operator}${word}`;
    // A word that only turns out to be a number, or a file for both.
    if (operator === ">&" && node.fd === null && !node.fdVariable && !/^[$"]/.test(word)) return `&> ${word}`;
    return `${fd}${operator}${word}`;
  }
  return `${operator === "&>" || operator === "&>>" ? "" : fd}${operator} ${word}`;
}

function conditionText(node: ConditionalExpressionNode): string {
  switch (node.type) {
    case "CondAnd":
      return `${conditionText(node.left)} && ${conditionText(node.right)}`;
    case "CondOr":
      return `${conditionText(node.left)} || ${conditionText(node.right)}`;
    case "CondNot":
      return `! ${conditionText(node.operand)}`;
    case "CondGroup":
      return `( ${conditionText(node.expression)} )`;
    case "CondUnary":
      return `${node.operator} ${wordText(node.operand)}`;
    case "CondBinary":
      return `${wordText(node.left)} ${node.operator} ${wordText(node.right)}`;
  }
}
