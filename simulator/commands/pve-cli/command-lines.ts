/**
 * The command lines that Proxmox VE 8.4 has: for each program its commands in the order in which usage lists them, and
 * for each command its usage line, the parameters by place, and every option with its form.
 *
 * The table was read out of Proxmox's own command definitions (pve-manager 8.4.21 and the packages of its time), names and
 * kinds alone, without descriptions. A command that the model lacks is checked by it before it says so.
 *
 * @source pve-common 8.3.8 PVE/CLIHandler.pm print_usage_short, PVE/RESTHandler.pm getopt_usage
 */
import type { Form, FormatName } from "../../cluster/forms.ts";
import { invariant } from "../../cluster/invariant.ts";
import type { OptionDefinition } from "../pvecm/arguments.ts";
import table from "./command-lines.json" with { type: "json" };

interface OptionEntry {
  type?: "integer" | "number" | "boolean";
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  enum?: string[];
  /** A regular expression of Perl's, for the whole value. */
  pattern?: string;
  format?: string;
  list?: boolean;
  required?: boolean;
  default?: string;
  /** How its kind is written, where that does not follow from the form. */
  text?: string;
  /** `net0` stands for `net0` to `net31`: the highest number. */
  numbered?: number;
  requires?: string;
  /** A password that is asked for when it is not given: in no usage text. */
  hidden?: boolean;
}

interface CommandEntry {
  /** What stands behind the command's words. */
  usage: string;
  fixed: string[];
  options: Record<string, OptionEntry>;
}

interface ProgramEntry {
  /** Other words for a command's: `move_disk` for `disk move`. */
  aliases: Record<string, string>;
  /** Words of commands; an empty one parts groups, `help` is the last or the first. */
  order: string[];
  commands: Record<string, CommandEntry>;
}

const PROGRAMS = table as unknown as Record<string, ProgramEntry>;

/** @returns the words of every command of a program, and where usage leaves a line empty; undefined for other programs */
export function orderOf(program: string): readonly string[] | undefined {
  return PROGRAMS[program]?.order;
}

/** Other words for commands: `move_disk` for `disk move`. */
export function aliasesOf(program: string): Readonly<Record<string, string>> {
  return PROGRAMS[program]?.aliases ?? {};
}

/** Words of every command of a program. */
export function wordsOf(program: string): string[] {
  return Object.keys(PROGRAMS[program]?.commands ?? {});
}

/** @param name program and words, `qm disk move` @returns `qm disk move <vmid> ... [OPTIONS]`; undefined when 8.4 has none */
export function recordedUsage(name: string): string | undefined {
  const entry = entryOf(name);
  return entry && `${name}${entry.usage}`;
}

/** @returns how a command is called; undefined when 8.4 has none of that name */
export function recordedCommand(
  name: string,
): { fixed: string[]; options: Record<string, OptionDefinition>; rest: boolean } | undefined {
  const entry = entryOf(name);
  if (!entry) return undefined;
  const options: Record<string, OptionDefinition> = {};
  for (const [option, its] of Object.entries(entry.options)) {
    if (option === "extra-args") continue;
    for (const one of namesOf(option, its)) options[one] = definitionOf(its);
  }
  const fixed = entry.fixed.filter((one) => one !== "extra-args");
  return { fixed, options, rest: entry.fixed.includes("extra-args") };
}

/** Each parameter with its kind, as `help` lists them, without what Proxmox says of each. */
export function recordedOptionTexts(name: string): string | undefined {
  const entry = entryOf(name);
  if (!entry) return undefined;
  const formatted = entry.options["output-format"] !== undefined;
  const text = (shown: string, its: OptionEntry) => {
    const byDefault = its.default === undefined ? "" : `   (default=${its.default})`;
    const needs = its.requires === undefined ? "" : `${wrapped(`${INDENT}Requires option(s): ${its.requires}`)}\n\n`;
    return `${wrapped(`  ${shown.padEnd(10)} ${kindOf(its)}${byDefault}`)}\n\n${needs}`;
  };
  const named = Object.entries(entry.options)
    .filter(
      ([option, { hidden }]) => !hidden && !entry.fixed.includes(option) && !(formatted && OUTPUT_OPTIONS.has(option)),
    )
    .map(([option, its]) => text(`--${its.numbered ? option.replace(/0$/, "[n]") : option}`, its));
  return [...entry.fixed.map((one) => text(`<${one}>`, entry.options[one]!)), ...named].join("");
}

const INDENT = " ".repeat(13);
/** Signs of a line, at most. */
const WIDTH = 75;

/** @source Text::Wrap and Text::Tabs of Perl 5.36: two blanks and more before a tab stop become a tab */
function wrapped(text: string): string {
  const lines: string[] = [];
  let rest = text;
  for (;;) {
    const room = lines.length === 0 ? WIDTH : WIDTH - INDENT.length;
    if (rest.length <= room) break;
    const at = Math.max(rest.lastIndexOf(" ", room), 0) || room;
    lines.push(rest.slice(0, at));
    rest = rest.slice(at).replace(/^ +/, "");
  }
  lines.push(rest);
  return lines
    .filter((line, index) => index === 0 || line !== "")
    .map((line, index) => withTabs(index === 0 ? line : INDENT + line))
    .join("\n");
}

function withTabs(line: string): string {
  const parts = line.match(/.{1,8}/g) ?? [];
  return parts
    .map((part, index) => {
      if (index === parts.length - 1) return part === " ".repeat(8) ? "\t" : part;
      return part.replace(/ {2,}$/, "\t");
    })
    .join("");
}

/** @source pve-common PVE/RESTHandler.pm standard_output_options */
const OUTPUT_OPTIONS = new Set(["human-readable", "noborder", "noheader", "output-format", "quiet"]);

function entryOf(name: string): CommandEntry | undefined {
  const [program, ...words] = name.split(" ");
  const commands = PROGRAMS[program!]?.commands;
  const so = words.join(" ");
  return commands && Object.hasOwn(commands, so) ? commands[so] : undefined;
}

function namesOf(option: string, { numbered }: OptionEntry): string[] {
  if (numbered === undefined) return [option];
  invariant(option.endsWith("0"), `numbered option ${option}`);
  const base = option.slice(0, -1);
  return Array.from({ length: numbered + 1 }, (_, index) => `${base}${index}`);
}

function definitionOf(its: OptionEntry): OptionDefinition {
  const {
    type = "string",
    enum: values,
    minimum,
    maximum,
    minLength,
    maxLength,
    pattern,
    format,
    list,
    required,
  } = its;
  const form: Form = {
    type,
    optional: !required,
    ...(values && { enum: values }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(minLength !== undefined && { minLength }),
    ...(maxLength !== undefined && { maxLength }),
    ...(pattern !== undefined && { pattern: perlPattern(pattern) }),
    ...(format !== undefined && { format: format as FormatName }),
  };
  return { type, form, optional: !required, ...(list && { list: true }) };
}

/** `(?^i:...)` is Perl's way to write a pattern with its flags. */
export function perlPattern(source: string): RegExp {
  const flags = source.includes("(?^i:") ? "i" : "";
  return new RegExp(source.replace(/\(\?\^[a-z]*:/g, "(?:"), flags);
}

/** @source pve-common PVE/JSONSchema.pm schema_get_type_text */
function kindOf({ text, enum: values, type, minimum, maximum }: OptionEntry): string {
  if (text !== undefined) return text;
  if (values) return `<${[...values].sort().join(" | ")}>`;
  const bounded = type !== undefined && type !== "boolean" && (minimum !== undefined || maximum !== undefined);
  return bounded ? `<${type}> (${minimum ?? "-N"} - ${maximum ?? "N"})` : `<${type ?? "string"}>`;
}
