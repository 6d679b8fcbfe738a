/** The record that an awk program looks at, and its fields: `$0`, `$1`, NF. */
import { boundedExpression } from "../../../shell/bounded-expression.ts";
import { bounded } from "./bounds.ts";
import { AwkError } from "./program.ts";
import type { RegularExpressions } from "./regular-expressions.ts";
import { type Cell, InputText, toText } from "./values.ts";
import type { Variables } from "./variables.ts";

const FIELDS_MAX = 32_767;

export class CurrentRecord {
  #variables: Variables;
  #expressions: RegularExpressions;
  #text = "";
  /** Split when first asked for. */
  #fields: Cell[] | undefined;

  /** @param variables whose NF is this record's from now on */
  constructor(variables: Variables, expressions: RegularExpressions) {
    this.#variables = variables;
    this.#expressions = expressions;
    variables.fieldCount = {
      count: () => {
        this.#split();
      },
      setCount: (wanted) => this.#setCount(wanted),
    };
  }

  get text(): string {
    return this.#text;
  }

  set(text: string): void {
    this.#text = text;
    this.#fields = undefined;
  }

  /** @throws AwkError for a negative number */
  field(number: number): Cell {
    if (number === 0) return new InputText(this.#text);
    if (number < 0) throw new AwkError(`negative field index $${number}`);
    return this.#split()[number - 1];
  }

  /** @throws AwkError for a number that no field has */
  setField(number: number, value: Cell): void {
    if (number === 0) {
      this.set(bounded(this.#variables.string(value)));
      return;
    }
    if (number < 0 || number > FIELDS_MAX) throw new AwkError(`field index $${number} is out of range`);
    const fields = this.#split();
    while (fields.length < number) fields.push("");
    fields[number - 1] = typeof value === "number" ? value : new InputText(toText(value));
    this.#variables.set("NF", fields.length);
    this.#join(fields);
  }

  #setCount(number: number): void {
    const fields = this.#split();
    const wanted = Math.max(0, Math.min(FIELDS_MAX, Math.trunc(number)));
    while (fields.length < wanted) fields.push("");
    fields.length = wanted;
    this.#variables.set("NF", wanted);
    this.#join(fields);
  }

  #split(): Cell[] {
    if (!this.#fields) {
      this.#fields = this.parts(this.#text, this.#variables.text("FS"), this.#variables.text("RS") === "").map(
        (part) => new InputText(part),
      );
      this.#variables.set("NF", this.#fields.length);
    }
    return this.#fields;
  }

  #join(fields: readonly Cell[]): void {
    const format = this.#variables.text("CONVFMT");
    this.#text = bounded(fields.map((cell) => toText(cell, format)).join(this.#variables.text("OFS")));
  }

  /** A text in parts as FS and `split` part it. @param paragraphs newlines part as well, as they do when RS is empty */
  parts(text: string, separator: string, paragraphs = false): string[] {
    if (text === "") return [];
    if (separator === " ") return text.split(/[ \t\n]+/).filter((part) => part !== "");
    if (separator === "") return text.split("");
    if (paragraphs) return text.split(boundedExpression(`${this.#expressions.of(separator).source}|\n`));
    if (separator.length === 1 && separator !== "\\") return text.split(separator);
    const out: string[] = [];
    // `split` of JavaScript adds what groups caught.
    let from = 0;
    for (const match of text.matchAll(boundedExpression(this.#expressions.of(separator).source, "g"))) {
      if (match[0] === "") continue;
      out.push(text.slice(from, match.index));
      from = match.index + match[0].length;
    }
    return [...out, text.slice(from)];
  }
}
