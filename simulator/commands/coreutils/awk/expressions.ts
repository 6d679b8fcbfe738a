/** The values of an awk program's expressions. */

import type { LineSource } from "../line-batches.ts";
import { bounded } from "./bounds.ts";
import { Builtins } from "./builtins.ts";
import type { AwkMachine, Evaluator, Steps } from "./machine.ts";
import { AwkError, type Expr, type Statement } from "./program.ts";
import { asText, type Cell, compare, InputText, isTrue, toNumber, toText } from "./values.ts";
import type { Held } from "./variables.ts";

const CALLS_MAX = 400;

export class Expressions implements Evaluator {
  #machine: AwkMachine;
  #builtins: Builtins;
  #runBody: (body: readonly Statement[]) => Steps<Cell>;

  /** @param runBody runs a function's statements for what it returns */
  constructor(machine: AwkMachine, runBody: (body: readonly Statement[]) => Steps<Cell>) {
    this.#machine = machine;
    this.#builtins = new Builtins(machine, this);
    this.#runBody = runBody;
  }

  *value(node: Expr): Steps<Cell> {
    const { variables, record } = this.#machine;
    switch (node.kind) {
      case "number":
      case "string":
        return node.value;
      case "regex":
        return node.expression.test(record.text) ? 1 : 0;
      case "name":
        return variables.value(node.name);
      case "index": {
        const key = yield* this.key(node.keys);
        const array = variables.array(node.name);
        if (!array.has(key)) variables.put(array, key, undefined);
        return array.get(key);
      }
      case "field":
        return record.field(Math.trunc(toNumber(yield* this.value(node.of))));
      case "group":
        throw new AwkError("syntax error at or near ,");
      case "unary": {
        const value = yield* this.value(node.of);
        if (node.op === "()") return value;
        return node.op === "!" ? (isTrue(value) ? 0 : 1) : node.op === "-" ? -toNumber(value) : toNumber(value);
      }
      case "conditional":
        return yield* this.value(isTrue(yield* this.value(node.test)) ? node.yes : node.no);
      case "binary":
        return yield* this.#binary(node);
      case "match": {
        const text = variables.string(yield* this.value(node.left));
        const expression = yield* this.pattern(node.right);
        return expression.test(text) !== node.negated ? 1 : 0;
      }
      case "in":
        return variables.array(node.name).has(yield* this.key(node.keys)) ? 1 : 0;
      case "assign": {
        let value = yield* this.value(node.value);
        if (node.op !== "=")
          value = arithmetic(node.op.slice(0, -1), toNumber(yield* this.value(node.to)), toNumber(value));
        yield* this.assign(node.to, value);
        return value;
      }
      case "step": {
        const before = toNumber(yield* this.value(node.to));
        const after = node.op === "++" ? before + 1 : before - 1;
        yield* this.assign(node.to, after);
        return node.before ? after : before;
      }
      case "getline":
        return yield* this.#getline(node);
      case "call":
        return node.own ? yield* this.#call(node.name, node.args) : yield* this.#builtins.call(node.name, node.args);
    }
  }

  /** The key of an array's cell: several are joined with SUBSEP. */
  *key(keys: readonly Expr[]): Steps<string> {
    const { variables } = this.#machine;
    const parts: string[] = [];
    const format = variables.text("CONVFMT");
    for (const key of keys) parts.push(toText(yield* this.value(key), format));
    return parts.join(variables.text("SUBSEP"));
  }

  *pattern(node: Expr): Steps<RegExp> {
    if (node.kind === "regex") return node.expression;
    return this.#machine.regularExpressions.of(this.#machine.variables.string(yield* this.value(node)));
  }

  *assign(to: Expr, value: Cell): Steps<void> {
    const { variables, record } = this.#machine;
    if (to.kind === "name") variables.assign(to.name, value);
    else if (to.kind === "index") variables.put(variables.array(to.name), yield* this.key(to.keys), value);
    else if (to.kind === "field") record.setField(Math.trunc(toNumber(yield* this.value(to.of))), value);
    else throw new AwkError("syntax error: assignment to something that is no variable");
  }

  *#binary(node: Extract<Expr, { kind: "binary" }>): Steps<Cell> {
    const { variables } = this.#machine;
    const left = yield* this.value(node.left);
    if (node.op === "&&") return isTrue(left) && isTrue(yield* this.value(node.right)) ? 1 : 0;
    if (node.op === "||") return isTrue(left) || isTrue(yield* this.value(node.right)) ? 1 : 0;
    const right = yield* this.value(node.right);
    if (node.op === " ") return bounded(variables.string(left) + variables.string(right));
    const order = () => compare(left, right, variables.text("CONVFMT"));
    switch (node.op) {
      case "<":
        return order() < 0 ? 1 : 0;
      case "<=":
        return order() <= 0 ? 1 : 0;
      case "==":
        return order() === 0 ? 1 : 0;
      case "!=":
        return order() !== 0 ? 1 : 0;
      case ">":
        return order() > 0 ? 1 : 0;
      case ">=":
        return order() >= 0 ? 1 : 0;
      default:
        return arithmetic(node.op, toNumber(left), toNumber(right));
    }
  }

  *#call(name: string, args: readonly Expr[]): Steps<Cell> {
    const { program, variables } = this.#machine;
    const called = program.functions.get(name);
    if (!called) throw new AwkError(`line ${program.lines + 1}: function ${name} never defined`);
    if (variables.depth >= CALLS_MAX)
      throw new AwkError(
        `function ${name}: more than ${CALLS_MAX} calls inside calls are not modelled in this simulated node`,
      );
    const parameters = new Map<string, Held>();
    for (const [at, parameter] of called.params.entries()) {
      const arg = args[at];
      parameters.set(parameter, arg?.kind === "name" ? variables.handedOn(arg.name) : arg && (yield* this.value(arg)));
    }
    variables.enter(parameters);
    try {
      return yield* this.#runBody(called.body);
    } finally {
      variables.leave();
    }
  }

  /** @returns 1 for a record, 0 at the end, -1 when there is no such file */
  *#getline(node: Extract<Expr, { kind: "getline" }>): Steps<Cell> {
    const { variables, record, input } = this.#machine;
    let line: string | undefined;
    const from = node.file ?? node.command;
    if (!from) line = (yield input.nextRecord()) as string | undefined;
    else {
      const name = asText(variables.string(yield* this.value(from)));
      const source =
        input.opened(name) ??
        ((yield node.file ? input.openFile(name) : input.openCommand(name)) as LineSource | undefined);
      if (!source) return -1;
      line = (yield source.next()) as string | undefined;
      if (line !== undefined && node.command) variables.increase("NR");
    }
    if (line === undefined) return 0;
    if (node.to) yield* this.assign(node.to, new InputText(line));
    else record.set(line);
    return 1;
  }
}

function arithmetic(op: string, left: number, right: number): number {
  switch (op) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "^":
      return left ** right;
    case "/":
    case "%":
      return op === "/" ? left / right : left % right;
    default:
      throw new AwkError(`syntax error at or near ${op}`);
  }
}
