/** awk's own functions, from `length` to `strftime`. */
import { boundedExpression } from "../../../shell/bounded-expression.ts";
import { zoneOfProgram } from "../../../shell/process-zone.ts";
import { formatTime } from "../../../shell/time-text.ts";
import { wallMs } from "../node-facts.ts";
import { bounded, TEXT_MAX, tooLongText } from "./bounds.ts";
import type { AwkMachine, Evaluator, Steps } from "./machine.ts";
import { AwkError, type Expr } from "./program.ts";
import { asBytes, asText, type Cell, formatText, InputText, toNumber } from "./values.ts";

/** How many matches `gsub` replaces, and parts `split` makes, at a stretch. */
const MATCHES_PER_STEP = 8;

export class Builtins {
  #machine: AwkMachine;
  #evaluator: Evaluator;
  #random = 1;
  #seed = 0;

  constructor(machine: AwkMachine, evaluator: Evaluator) {
    this.#machine = machine;
    this.#evaluator = evaluator;
  }

  /** @throws AwkError for one that is not modelled, or that is called as it cannot be */
  *call(name: string, args: readonly Expr[]): Steps<Cell> {
    const { variables, record, output, ctx } = this.#machine;
    const first = args[0];
    if (name === "length" && first?.kind === "name") {
      const size = variables.sizeOf(first.name);
      if (size !== undefined) return size;
    }
    if (name === "split") return yield* this.#split(args);
    if (name === "sub" || name === "gsub") return yield* this.#substitute(name === "gsub", args);
    if (name === "match") return yield* this.#match(args);
    const cells: Cell[] = [];
    for (const arg of args) cells.push(yield* this.#evaluator.value(arg));
    const text = (at: number) => variables.string(cells[at]);
    const number = (at: number) => toNumber(cells[at]);
    switch (name) {
      case "length":
        return (args.length === 0 ? record.text : text(0)).length;
      case "substr":
        return piece(text(0), number(1), args.length > 2 ? number(2) : Number.POSITIVE_INFINITY);
      case "index":
        return text(0).indexOf(text(1)) + 1;
      case "sprintf":
        return bounded(formatText(text(0), cells.slice(1)));
      case "sin":
      case "cos":
      case "exp":
      case "log":
      case "sqrt":
        return Math[name](number(0));
      case "atan2":
        return Math.atan2(number(0), number(1));
      case "int":
        return Math.trunc(number(0));
      case "rand":
        this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) & 0x7fffffff;
        return this.#random / 0x80000000;
      case "srand": {
        const before = this.#seed;
        this.#seed = args.length > 0 ? number(0) : Math.floor(wallMs(ctx) / 1000);
        this.#random = this.#seed & 0x7fffffff;
        return before;
      }
      case "tolower":
        return text(0).replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
      case "toupper":
        return text(0).replace(/[a-z]+/g, (letters) => letters.toUpperCase());
      case "system":
        return (yield this.#system(asText(text(0)))) as number;
      case "close":
        return (yield this.#close(asText(text(0)))) as number;
      case "fflush":
        yield output.flush();
        return 0;
      case "systime":
        return Math.floor(wallMs(ctx) / 1000);
      case "strftime": {
        const format = args.length > 0 ? asText(text(0)) : "%c";
        return asBytes(formatTime(format, args.length > 1 ? number(1) * 1000 : wallMs(ctx), zoneOfProgram(ctx)));
      }
      default:
        throw new AwkError(`function ${name} is not modelled in this simulated node`);
    }
  }

  async #system(command: string): Promise<number> {
    await this.#machine.output.flush();
    return this.#machine.ctx.run(command);
  }

  async #close(name: string): Promise<number> {
    const { output, input } = this.#machine;
    await output.flush();
    const wasRead = await input.close(name);
    return (await output.close(name)) ?? (wasRead ? 0 : -1);
  }

  *#split(args: readonly Expr[]): Steps<Cell> {
    const { variables, record } = this.#machine;
    const text = variables.string(yield* this.#evaluator.value(args[0]!));
    const target = args[1];
    if (target?.kind !== "name") throw new AwkError("split: the second argument must be an array");
    const given = args[2];
    let separator: string;
    if (given?.kind === "regex") {
      const { source } = given.expression;
      // One character would be no regular expression.
      separator = source.length === 1 ? `[${source}]` : source;
    } else separator = given ? variables.string(yield* this.#evaluator.value(given)) : variables.text("FS");
    const parts = record.parts(text, separator);
    const array = variables.array(target.name);
    variables.empty(array);
    for (const [at, part] of parts.entries()) {
      variables.put(array, String(at + 1), new InputText(part));
      if (at % MATCHES_PER_STEP === 0) yield undefined;
    }
    return parts.length;
  }

  *#match(args: readonly Expr[]): Steps<Cell> {
    const { variables } = this.#machine;
    const pattern = yield* this.#evaluator.pattern(args[1]!);
    const found = pattern.exec(variables.string(yield* this.#evaluator.value(args[0]!)));
    variables.set("RSTART", found ? found.index + 1 : 0);
    variables.set("RLENGTH", found ? found[0].length : -1);
    return found ? found.index + 1 : 0;
  }

  /** @returns how many times it replaced */
  *#substitute(global: boolean, args: readonly Expr[]): Steps<Cell> {
    const { variables } = this.#machine;
    const expression = yield* this.#evaluator.pattern(args[0]!);
    const replacement = variables.string(yield* this.#evaluator.value(args[1]!));
    const target: Expr = args[2] ?? { kind: "field", of: { kind: "number", value: 0 } };
    const before = variables.string(yield* this.#evaluator.value(target));
    const isPlain = !/[\\&]/.test(replacement);
    const replaced = (found: string) =>
      isPlain ? replacement : replacement.replace(/\\\\|\\&|&/g, (mark) => (mark === "&" ? found : mark.slice(1)));
    const pieces: string[] = [];
    let [count, from, length] = [0, 0, 0];
    const put = (text: string) => {
      pieces.push(text);
      length += text.length;
      if (length > TEXT_MAX) throw tooLongText();
    };
    const search = boundedExpression(expression.source, "g");
    for (let found = search.exec(before); found; found = search.exec(before)) {
      put(before.slice(from, found.index));
      put(replaced(found[0]));
      from = found.index + found[0].length;
      if (found[0] === "") search.lastIndex++;
      count++;
      if (!global) break;
      if (count % MATCHES_PER_STEP === 0) yield undefined;
    }
    if (count === 0) return 0;
    put(before.slice(from));
    yield* this.#evaluator.assign(target, pieces.join(""));
    return count;
  }
}

/** `substr` as mawk 1.3.4-20200120 counts: what lies before the text makes the piece longer. */
function piece(text: string, from: number, length: number): string {
  const before = from < 1 ? from : 0;
  const start = Math.trunc(from < 1 ? 1 : from) - 1;
  return text.slice(start, Math.max(start, start + Math.trunc(length - before)));
}
