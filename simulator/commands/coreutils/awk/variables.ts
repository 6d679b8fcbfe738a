/** An awk program's variables: those of all and those of the function that runs, arrays, and what these may hold. */
import type { ProgramContext } from "../../../shell/process.ts";
import { AwkError } from "./program.ts";
import { asBytes, type Cell, InputText, toNumber, toText } from "./values.ts";

export type AwkArray = Map<string, Cell>;

/** A parameter that was handed a name never used: it is an array as soon as it is used as one. */
class Unused {
  array: AwkArray | undefined;
  adopt: (array: AwkArray) => void;
  constructor(adopt: (array: AwkArray) => void) {
    this.adopt = adopt;
  }
}

export type Held = Cell | AwkArray | Unused;

/** Cells of all arrays together. */
const CELLS_MAX = 500_000;
/** What a cell of an array costs beside its text, bytes. */
const CELL_COST = 64;
const HOLD_STEP = 1 << 14;

/** The record's fields as NF tells of them: counted when NF is read, cut or filled up when it is set. */
export interface FieldCount {
  count(): void;
  setCount(wanted: number): void;
}

export class Variables {
  #ctx: ProgramContext;
  #globals = new Map<string, Held>();
  #frames: Map<string, Held>[] = [];
  #cells = 0;
  #unheld = 0;
  /** Set by the record that this NF is of. */
  fieldCount: FieldCount | undefined;

  /** @param operands of the command line, behind the program */
  constructor(ctx: ProgramContext, operands: readonly string[]) {
    this.#ctx = ctx;
    const texts = {
      FS: " ",
      OFS: " ",
      ORS: "\n",
      RS: "\n",
      SUBSEP: "\x1c",
      CONVFMT: "%.6g",
      OFMT: "%.6g",
      FILENAME: "",
    };
    for (const [name, value] of Object.entries(texts)) this.#globals.set(name, value);
    for (const name of ["NR", "FNR", "NF", "RSTART", "RLENGTH"]) this.#globals.set(name, 0);
    this.#globals.set("RLENGTH", -1);
    this.#globals.set(
      "ENVIRON",
      new Map([...ctx.env].map(([name, value]) => [asBytes(name), new InputText(asBytes(value))])),
    );
    this.#globals.set(
      "ARGV",
      new Map(["awk", ...operands].map((word, at) => [String(at), new InputText(asBytes(word))])),
    );
    this.#globals.set("ARGC", operands.length + 1);
  }

  // awk's own, whatever a function calls its parameters.

  #global(name: string): Cell {
    return this.#globals.get(name) as Cell;
  }

  text(name: string): string {
    return toText(this.#global(name));
  }

  number(name: string): number {
    return toNumber(this.#global(name));
  }

  set(name: string, value: Cell): void {
    this.#globals.set(name, value);
  }

  /** One more: NR, FNR. */
  increase(name: string): void {
    this.#globals.set(name, this.number(name) + 1);
  }

  /** A word of ARGV. */
  operand(at: number): string {
    return toText((this.#globals.get("ARGV") as AwkArray).get(String(at)));
  }

  /** A value as text by CONVFMT. */
  string(cell: Cell): string {
    return toText(cell, this.text("CONVFMT"));
  }

  // By the names that the program uses.

  #frame(name: string): Map<string, Held> {
    const local = this.#frames.at(-1);
    return local?.has(name) ? local : this.#globals;
  }

  /** @throws AwkError when it is an array */
  value(name: string): Cell {
    if (name === "NF") this.fieldCount?.count();
    const held = this.#frame(name).get(name);
    if (held instanceof Map) throw new AwkError(`can't use array ${name} in scalar context`);
    return held instanceof Unused ? undefined : held;
  }

  /** @throws AwkError when it is an array */
  assign(name: string, value: Cell): void {
    const frame = this.#frame(name);
    if (frame.get(name) instanceof Map) throw new AwkError(`can't assign to ${name}; it's an array name.`);
    if (name === "NF" && frame === this.#globals && this.fieldCount) this.fieldCount.setCount(toNumber(value));
    else frame.set(name, value);
  }

  /** The array of this name, made when the name was not used yet. @throws AwkError when it is a scalar */
  array(name: string): AwkArray {
    const frame = this.#frame(name);
    const held = frame.get(name);
    if (held instanceof Map) return held;
    if (held instanceof Unused) {
      if (!held.array) {
        held.array = new Map();
        held.adopt(held.array);
      }
      frame.set(name, held.array);
      return held.array;
    }
    if (held !== undefined) throw new AwkError(`can't use scalar ${name} as array`);
    const array: AwkArray = new Map();
    frame.set(name, array);
    return array;
  }

  /** How many cells it has; undefined when it is no array. */
  sizeOf(name: string): number | undefined {
    const held = this.#frame(name).get(name);
    return held instanceof Map ? held.size : undefined;
  }

  /** @throws AwkError when the program's arrays have no place for another cell */
  put(array: AwkArray, key: string, value: Cell): void {
    if (!array.has(key) && ++this.#cells > CELLS_MAX)
      throw new AwkError(
        `out of memory: more than ${CELLS_MAX} array elements are not modelled in this simulated node`,
      );
    // What was there before is not given back until the end: a lower bound would cost a look at every cell.
    if (!array.has(key)) this.#hold(key.length + CELL_COST);
    if (typeof value === "string") this.#hold(value.length);
    array.set(key, value);
  }

  remove(array: AwkArray, key: string): void {
    if (array.delete(key)) this.#cells--;
  }

  empty(array: AwkArray): void {
    this.#cells -= array.size;
    array.clear();
  }

  /** In steps of some size: a cell is small, and the account is the whole lab's. */
  #hold(bytes: number): void {
    this.#unheld += bytes;
    if (this.#unheld < HOLD_STEP) return;
    this.#ctx.hold(this.#unheld);
    this.#unheld = 0;
  }

  // Calls of functions.

  /** How many functions run, each called by the one before. */
  get depth(): number {
    return this.#frames.length;
  }

  /** What a parameter holds that is handed this name: the array itself, a value, or what may become an array. */
  handedOn(name: string): Held {
    const owner = this.#frame(name);
    const held = owner.get(name);
    if (name === "NF") return this.value("NF");
    return held === undefined ? new Unused((array) => owner.set(name, array)) : held;
  }

  /** @param parameters of the function that runs from here on */
  enter(parameters: Map<string, Held>): void {
    this.#frames.push(parameters);
  }

  leave(): void {
    this.#frames.pop();
  }
}
