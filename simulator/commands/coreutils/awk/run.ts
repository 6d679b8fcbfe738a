/** Running an awk program: its rules over the records, in small steps between which others have their turn. */
import type { ProgramContext } from "../../../shell/process.ts";
import { turnIsOver } from "../../../shell/turns.ts";
import { type AwkMachine, machineOf, type Steps } from "./machine.ts";
import type { AwkProgram } from "./program.ts";
import { Jump, Statements } from "./statements.ts";
import { InputText, toNumber } from "./values.ts";

export class AwkRun {
  #machine: AwkMachine;
  #statements: Statements;
  #status = 0;

  /** @param operands of the command line, behind the program */
  constructor(ctx: ProgramContext, program: AwkProgram, operands: readonly string[]) {
    this.#machine = machineOf(ctx, program, operands);
    this.#statements = new Statements(this.#machine);
  }

  setText(name: string, value: string): void {
    this.#machine.variables.assign(name, new InputText(value));
  }

  /** More for standard output. */
  write(text: string): void {
    this.#machine.output.write(text);
  }

  /** Writes what was kept back. */
  flush(): Promise<void> {
    return this.#machine.output.flush();
  }

  /** Where it stands, as mawk tells it behind an error. */
  place(): string {
    const { variables } = this.#machine;
    return `FILENAME="${variables.text("FILENAME")}" FNR=${variables.text("FNR")} NR=${variables.text("NR")}`;
  }

  /** @returns its status @throws AwkError, FormatError, FileError */
  async all(): Promise<number> {
    const { program, output, input } = this.#machine;
    const onlyBegin = program.rules.every((rule) => rule.when === "BEGIN");
    await this.#untilExit(async () => {
      await this.#drive(this.#phase("BEGIN"));
      if (!onlyBegin) await this.#records();
    });
    await this.#untilExit(async () => {
      if (!onlyBegin) await this.#drive(this.#phase("END"));
    });
    await output.closeAll();
    await input.closeAll();
    return this.#status;
  }

  async #untilExit(part: () => Promise<void>): Promise<void> {
    try {
      await part();
    } catch (error) {
      if (!(error instanceof Jump) || error.kind !== "exit") throw error;
      if (error.value !== undefined) this.#status = toNumber(error.value);
    }
  }

  *#phase(when: "BEGIN" | "END"): Steps<void> {
    for (const rule of this.#machine.program.rules)
      if (rule.when === when) yield* this.#statements.block(rule.body ?? []);
  }

  async #records(): Promise<void> {
    const { record, output, input } = this.#machine;
    for (;;) {
      const next = await input.nextRecord();
      if (next === undefined) return;
      record.set(next);
      try {
        await this.#drive(this.#rules());
      } catch (error) {
        if (!(error instanceof Jump)) throw error;
        if (error.kind === "nextfile") await input.skipFile();
        else if (error.kind !== "next") throw error;
      }
      if (output.isFull) await output.flush();
    }
  }

  *#rules(): Steps<void> {
    const { program, variables, record, output } = this.#machine;
    for (const rule of program.rules) {
      if (rule.when !== "record") continue;
      if (rule.test && rule.until) {
        if (!rule.active && !(yield* this.#statements.holds(rule.test))) continue;
        rule.active = !(yield* this.#statements.holds(rule.until));
      } else if (rule.test && !(yield* this.#statements.holds(rule.test))) continue;
      if (rule.body) yield* this.#statements.block(rule.body);
      else output.write(`${record.text}${variables.text("ORS")}`);
      yield undefined;
    }
  }

  /** Waits for what an evaluator hands out, and gives way when its time is over. */
  async #drive(steps: Steps<void>): Promise<void> {
    const { ctx } = this.#machine;
    let answer: unknown;
    for (let count = 0; ; count++) {
      const step = steps.next(answer);
      if (step.done) return;
      answer = undefined;
      // What is waited for may have come at once, each time.
      if (step.value) answer = await step.value;
      if ((step.value || count % 256 === 0) && turnIsOver()) await ctx.breathe();
    }
  }
}
