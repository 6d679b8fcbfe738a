/** Running an awk program's statements. */
import { Expressions } from "./expressions.ts";
import type { AwkMachine, Steps } from "./machine.ts";
import type { Expr, Statement } from "./program.ts";
import { asText, type Cell, formatText, InputText, isTrue, toText } from "./values.ts";

/** Where a statement leads out of the ones around it. */
export class Jump extends Error {
  readonly kind: "next" | "nextfile" | "break" | "continue" | "return" | "exit";
  readonly value: Cell;
  constructor(kind: Jump["kind"], value?: Cell) {
    super(kind);
    this.kind = kind;
    this.value = value;
  }
}

export class Statements {
  #machine: AwkMachine;
  #expressions: Expressions;

  constructor(machine: AwkMachine) {
    this.#machine = machine;
    this.#expressions = new Expressions(machine, (body) => this.#returned(body));
  }

  /** Whether a rule's pattern holds. */
  *holds(test: Expr): Steps<boolean> {
    return isTrue(yield* this.#expressions.value(test));
  }

  /** @throws Jump where a statement leads out of them */
  *block(body: readonly Statement[]): Steps<void> {
    for (const statement of body) yield* this.#statement(statement);
  }

  /** What a function's statements return. */
  *#returned(body: readonly Statement[]): Steps<Cell> {
    try {
      for (const statement of body) yield* this.#statement(statement);
      return undefined;
    } catch (error) {
      if (error instanceof Jump && error.kind === "return") return error.value;
      throw error;
    }
  }

  *#statement(statement: Statement): Steps<void> {
    const { variables } = this.#machine;
    yield undefined;
    switch (statement.kind) {
      case "expression":
        yield* this.#expressions.value(statement.of);
        return;
      case "print":
        yield* this.#print(statement);
        return;
      case "block":
        yield* this.block(statement.body);
        return;
      case "if":
        if (isTrue(yield* this.#expressions.value(statement.test))) yield* this.#statement(statement.yes);
        else if (statement.no) yield* this.#statement(statement.no);
        return;
      case "while":
        if (statement.first && !(yield* this.#loopBody(statement.body))) return;
        while (isTrue(yield* this.#expressions.value(statement.test)))
          if (!(yield* this.#loopBody(statement.body))) return;
        return;
      case "for":
        if (statement.start) yield* this.#statement(statement.start);
        while (!statement.test || isTrue(yield* this.#expressions.value(statement.test))) {
          if (!(yield* this.#loopBody(statement.body))) return;
          if (statement.step) yield* this.#statement(statement.step);
        }
        return;
      case "for-in":
        for (const key of [...variables.array(statement.array).keys()]) {
          variables.assign(statement.name, new InputText(key));
          if (!(yield* this.#loopBody(statement.body))) return;
        }
        return;
      case "delete": {
        const array = variables.array(statement.name);
        if (statement.keys) variables.remove(array, yield* this.#expressions.key(statement.keys));
        else variables.empty(array);
        return;
      }
      case "return":
      case "exit":
        throw new Jump(statement.kind, statement.of && (yield* this.#expressions.value(statement.of)));
      default:
        throw new Jump(statement.kind);
    }
  }

  /** @returns whether the loop goes on */
  *#loopBody(body: Statement): Steps<boolean> {
    try {
      yield* this.#statement(body);
    } catch (error) {
      if (!(error instanceof Jump)) throw error;
      if (error.kind === "break") return false;
      if (error.kind !== "continue") throw error;
    }
    return true;
  }

  *#print(statement: Extract<Statement, { kind: "print" }>): Steps<void> {
    const { variables, record, output } = this.#machine;
    const cells: Cell[] = [];
    for (const arg of statement.args) cells.push(yield* this.#expressions.value(arg));
    const format = variables.text("OFMT");
    const text = statement.formatted
      ? formatText(toText(cells[0]), cells.slice(1), "printf")
      : `${cells.length === 0 ? record.text : cells.map((cell) => toText(cell, format)).join(variables.text("OFS"))}${variables.text("ORS")}`;
    if (!statement.to) {
      output.write(text);
      if (output.isFull) yield output.flush();
      return;
    }
    const where = asText(toText(yield* this.#expressions.value(statement.to.where)));
    const into = (yield output.to(statement.to.how, where)) as Awaited<ReturnType<typeof output.to>>;
    yield into.write(text);
  }
}
