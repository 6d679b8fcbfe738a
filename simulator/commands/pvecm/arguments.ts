/**
 * Arguments of Proxmox's command lines: fixed parameters by place, options as `--name value` or `--name=value`.
 *
 * @source pve-common PVE/JSONSchema.pm get_options; recordings 03, 37 for the refusals
 */

import { type Form, formProblem } from "../../cluster/forms.ts";
import { recordedOptionTexts, recordedUsage } from "../pve-cli/command-lines.ts";

export interface OptionDefinition {
  type: "string" | "integer" | "number" | "boolean";
  minimum?: number;
  maximum?: number;
  /** What is wrong with a value that is not of this form. */
  pattern?: RegExp;
  patternText?: string;
  maxLength?: number;
  /** One of these. */
  values?: readonly string[];
  /** Proxmox's own form of the value, instead of all the above. */
  form?: Form;
  /** May be given several times; the values are joined by commas. */
  list?: true;
  /** A fixed parameter that may be left out, or an option that may not. */
  optional?: boolean;
  /** Only described here: whether its value is right, and whether it may be missing, is looked at elsewhere. */
  checkedLater?: true;
}

export interface CommandDefinition {
  /** `pvecm create`. */
  name: string;
  /** As usage shows them: `<clustername>`. */
  fixed: string[];
  options: Record<string, OptionDefinition>;
  /** Further words are taken, as `extra-args`. */
  rest?: boolean;
  /** Its options are those of a path of the API: usage follows from them. */
  ofPath?: boolean;
}

/** An option of a form. */
export function ofForm(form: Form): OptionDefinition {
  const { type = "string", enum: values, minimum, maximum, optional, format } = form;
  return {
    type,
    form,
    optional: optional ?? false,
    ...(values && { values }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(typeof format === "string" && format.endsWith("-list") && { list: true }),
  };
}

/** How a result is shown. @source pve-common PVE/RESTHandler.pm standard_output_options */
export const FORMAT_OPTIONS: Record<string, OptionDefinition> = {
  "human-readable": { type: "boolean" },
  noborder: { type: "boolean" },
  noheader: { type: "boolean" },
  "output-format": { type: "string", values: ["text", "json", "json-pretty", "yaml"] },
  quiet: { type: "boolean" },
};

export type Values = Record<string, string>;

/** `extra`: further words, one by one; `extra-args` among the values are the same with blanks between. */
export type Parsed = { values: Values; extra: string[] } | { refusal: string };

/**
 * Read a command's arguments.
 *
 * @returns the values by name, or the whole text of the refusal as Proxmox prints it
 */
export function parseArguments(command: CommandDefinition, args: string[]): Parsed {
  const usage = usageLine(command);
  const values: Values = {};
  const fixed: string[] = [];
  const refused = (problem: string): Parsed => ({ refusal: `${problem}\n${usage}\n` });
  /** Each is told before all are refused. */
  const unparsed: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") {
      fixed.push(...args.slice(i + 1));
      break;
    }
    const option = /^--?([a-zA-Z\d][\w.-]*)(?:=([\s\S]*))?$/.exec(arg);
    if (!option) {
      fixed.push(arg);
      continue;
    }
    const meant = optionsMeant(command, option[1]!);
    const [name, another] = meant;
    if (name === undefined || another !== undefined) {
      unparsed.push(
        name === undefined
          ? `Unknown option: ${option[1]!.toLowerCase()}`
          : `Option ${option[1]!.toLowerCase()} is ambiguous (${meant.sort().join(", ")})`,
      );
      continue;
    }
    const definition = command.options[name]!;
    let value = option[2];
    if (value === undefined && definition.type === "boolean") {
      // It takes the word behind it whatever that is, and stands alone before another option only.
      value = /^--?./.test(args[i + 1] ?? "-x") ? "1" : args[++i]!;
    } else if (value === undefined) {
      value = args[++i];
      if (value === undefined) {
        unparsed.push(`Option ${name} requires an argument`);
        continue;
      }
    }
    values[name] = definition.list && values[name] !== undefined ? `${values[name]},${value}` : value;
  }
  if (unparsed.length > 0) return refused([...unparsed, "400 unable to parse option"].join("\n"));
  if (listByPlace(command) !== undefined && fixed.length > 1) fixed.splice(0, fixed.length, fixed.join(","));
  const extra = command.rest ? fixed.splice(command.fixed.length) : [];
  if (command.rest) values["extra-args"] = extra.join(" ");
  if (fixed.length > command.fixed.length) return refused("400 too many arguments");
  const needed = command.fixed.filter((name) => !command.options[name]?.optional).length;
  if (fixed.length < needed) return refused("400 not enough arguments");
  for (const [index, name] of command.fixed.entries()) {
    if (fixed[index] !== undefined) values[name] = fixed[index];
  }
  const errors: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const definition = command.options[name];
    if (definition?.type === "boolean") {
      if (!/^(?:0|1|yes|no|on|off|true|false)?$/i.test(value)) return refused("400 unable to parse boolean option");
      if (value === "") values[name] = "1";
    }
    const wrong = wrongValue(name, definition, value);
    if (wrong) errors.push(`${name}: ${wrong}`);
  }
  for (const [name, definition] of Object.entries(command.options)) {
    if (definition.optional === false && !definition.checkedLater && values[name] === undefined) {
      errors.push(`${name}: property is missing and it is not optional`);
    }
  }
  if (errors.length > 0)
    return { refusal: `400 Parameter verification failed.\n${errors.sort().join("\n")}\n${usage}\n` };
  return { values, extra };
}

/** The parameter that takes every word by place. */
function listByPlace({ fixed, options }: CommandDefinition): string | undefined {
  const [only, another] = fixed;
  return only !== undefined && another === undefined && options[only]?.list ? only : undefined;
}

/** An option's own name, or every option that begins so: `-user` is `--users`. @source Getopt::Long auto_abbrev, ignore_case */
function optionsMeant(command: CommandDefinition, word: string): string[] {
  // What has a place may be named as well, which does not fill the place: `qm start --vmid 100` lacks an argument.
  const names = Object.keys(command.options).filter((name) => name !== listByPlace(command));
  if (names.includes(word)) return [word];
  const typed = word.toLowerCase();
  const exact = names.filter((name) => name.toLowerCase() === typed);
  return exact.length > 0 ? exact : names.filter((name) => name.toLowerCase().startsWith(typed));
}

/** `qm migrate <vmid> <target> [OPTIONS]`. @source pve-common PVE/RESTHandler.pm getopt_usage */
export function usageLine(command: CommandDefinition): string {
  const recorded = command.ofPath ? undefined : recordedUsage(command.name);
  if (recorded !== undefined) return recorded;
  const { fixed, options, rest } = command;
  const named = Object.keys(options).filter((name) => !fixed.includes(name));
  const formatted = named.includes("output-format");
  const own = named.filter((name) => !(formatted && Object.hasOwn(FORMAT_OPTIONS, name)));
  const words = [
    ...fixed.map((name) =>
      options[name]?.optional ? `[<${name}>]` : options[name]?.list ? `{<${name}>}` : `<${name}>`,
    ),
    ...(rest ? ["[<extra-args>]"] : []),
    ...own.filter((name) => options[name]!.optional === false).map((name) => `--${name} <${options[name]!.type}>`),
  ];
  return `${command.name} ${words.join(" ")}${own.length > 0 ? " [OPTIONS]" : ""}${formatted ? " [FORMAT_OPTIONS]" : ""}`;
}

/** Each parameter with its type, for `help`. */
export function optionTexts(command: CommandDefinition): string {
  const recorded = recordedOptionTexts(command.name);
  if (recorded !== undefined) return recorded;
  const { fixed, options } = command;
  const formatted = Object.hasOwn(options, "output-format");
  const own = Object.keys(options)
    .filter((name) => !fixed.includes(name) && !(formatted && Object.hasOwn(FORMAT_OPTIONS, name)))
    .sort();
  const text = (shown: string, definition: OptionDefinition | undefined) =>
    `  ${shown.padEnd(10)} ${typeText(definition ?? { type: "string" })}\n\n`;
  // Numbered ones are told once, as `--net[n]`.
  const told = own.flatMap((name) => {
    const base = /^([a-z]+)\d+$/.exec(name)?.[1];
    if (base === undefined || options[`${base}0`] === undefined || options[`${base}1`] === undefined) return [name];
    return name === `${base}0` ? [name] : [];
  });
  return [
    ...fixed.map((name) => text(`<${name}>`, options[name])),
    ...told.map((name) =>
      text(
        `--${options[name.replace(/0$/, "1")] && /0$/.test(name) ? name.replace(/0$/, "[n]") : name}`,
        options[name],
      ),
    ),
  ].join("");
}

/** `<integer> (1 - N)`. @source pve-common PVE/JSONSchema.pm schema_get_type_text */
function typeText({ type, values, minimum, maximum }: OptionDefinition): string {
  if (values) return `<${[...values].sort().join(" | ")}>`;
  if (type !== "integer" || (minimum === undefined && maximum === undefined)) return `<${type}>`;
  return `<integer> (${minimum ?? "-N"} - ${maximum ?? "N"})`;
}

function wrongValue(name: string, definition: OptionDefinition | undefined, value: string): string | undefined {
  if (!definition || definition.checkedLater) return undefined;
  if (definition.form) return formProblem(definition.form, value, name);
  if (definition.type === "integer") {
    if (!/^-?\d+$/.test(value)) return `type check ('integer') failed - got '${value}'`;
    if (definition.minimum !== undefined && Number(value) < definition.minimum) {
      return `value must have a minimum value of ${definition.minimum}`;
    }
    if (definition.maximum !== undefined && Number(value) > definition.maximum) {
      return `value must have a maximum value of ${definition.maximum}`;
    }
  }
  if (definition.values && !definition.values.includes(value)) {
    return `value '${value}' does not have a value in the enumeration '${definition.values.join(", ")}'`;
  }
  if (definition.maxLength !== undefined && value.length > definition.maxLength) {
    return `value may only be ${definition.maxLength} characters long`;
  }
  if (definition.pattern && !definition.pattern.test(value)) {
    // A check's own text ends with a newline, so that an empty line follows (recording 03).
    return definition.patternText
      ? `invalid format - ${definition.patternText}\n`
      : "value does not match the regex pattern";
  }
  return undefined;
}
