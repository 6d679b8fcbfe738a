/** The parts of an awk program that runs, and the steps in which it does. */
import type { ProgramContext } from "../../../shell/process.ts";
import { AwkInput } from "./input.ts";
import { AwkOutput } from "./output.ts";
import type { AwkProgram, Expr } from "./program.ts";
import { CurrentRecord } from "./record.ts";
import { RegularExpressions } from "./regular-expressions.ts";
import type { Cell } from "./values.ts";
import { Variables } from "./variables.ts";

/** What an evaluator hands out: a promise to wait for, or undefined to say that a step was made. */
export type Steps<T> = Generator<Promise<unknown> | undefined, T, unknown>;

/** Everything that expressions and statements work on. */
export interface AwkMachine {
  ctx: ProgramContext;
  program: AwkProgram;
  regularExpressions: RegularExpressions;
  variables: Variables;
  record: CurrentRecord;
  output: AwkOutput;
  input: AwkInput;
}

/** What reads and sets what a program writes down: for the functions that take expressions rather than values. */
export interface Evaluator {
  value(node: Expr): Steps<Cell>;
  assign(to: Expr, value: Cell): Steps<void>;
  /** An expression used as a regular one. */
  pattern(node: Expr): Steps<RegExp>;
}

/** @param operands of the command line, behind the program */
export function machineOf(ctx: ProgramContext, program: AwkProgram, operands: readonly string[]): AwkMachine {
  const regularExpressions = new RegularExpressions(program.lines);
  const variables = new Variables(ctx, operands);
  const output = new AwkOutput(ctx);
  return {
    ctx,
    program,
    regularExpressions,
    variables,
    record: new CurrentRecord(variables, regularExpressions),
    output,
    input: new AwkInput(ctx, variables, regularExpressions, output),
  };
}
