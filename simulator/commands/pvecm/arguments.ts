/**
 * Arguments of Proxmox's command lines: fixed parameters by place, options as `--name value` or `--name=value`.
 *
 * @source pve-common PVE/JSONSchema.pm get_options; recordings 03, 37 for the refusals
 */

export interface OptionDefinition {
  type: "string" | "integer" | "boolean";
  minimum?: number;
  /** What is wrong with a value that is not of this form. */
  pattern?: RegExp;
  patternText?: string;
  maxLength?: number;
}

export interface CommandDefinition {
  /** `pvecm create`. */
  name: string;
  /** As usage shows them: `<clustername>`. */
  fixed: string[];
  options: Record<string, OptionDefinition>;
  /** Further words are taken, as `extra-args`. */
  rest?: boolean;
}

export type Values = Record<string, string>;

export type Parsed = { values: Values } | { refusal: string };

/**
 * Read a command's arguments.
 *
 * @returns the values by name, or the whole text of the refusal as Proxmox prints it
 */
export function parseArguments(command: CommandDefinition, args: string[]): Parsed {
  const usage = usageLine(command);
  const values: Values = {};
  const fixed: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--" && command.rest) {
      fixed.push(...args.slice(i + 1));
      break;
    }
    const option = /^--?([a-zA-Z][\w-]*)(?:=([\s\S]*))?$/.exec(arg);
    if (!option) {
      fixed.push(arg);
      continue;
    }
    const meant = optionsMeant(command, option[1]!);
    const [name, another] = meant;
    if (name === undefined) {
      return { refusal: `Unknown option: ${option[1]}\n400 unable to parse option\n${usage}\n` };
    }
    if (another !== undefined) {
      const text = `Option ${option[1]} is ambiguous (${meant.sort().join(", ")})`;
      return { refusal: `${text}\n400 unable to parse option\n${usage}\n` };
    }
    const definition = command.options[name]!;
    if (option[2] !== undefined) values[name] = option[2];
    else if (definition.type === "boolean") {
      values[name] = /^(?:0|1|yes|no|on|off|true|false)$/i.test(args[i + 1] ?? "") ? args[++i]! : "1";
    } else if (args[i + 1] === undefined) {
      return { refusal: `Option ${name} requires an argument\n400 unable to parse option\n${usage}\n` };
    } else values[name] = args[++i]!;
  }
  if (command.rest) values["extra-args"] = fixed.splice(command.fixed.length).join(" ");
  if (fixed.length > command.fixed.length) return { refusal: `400 too many arguments\n${usage}\n` };
  if (fixed.length < command.fixed.length) return { refusal: `400 not enough arguments\n${usage}\n` };
  for (const [index, name] of command.fixed.entries()) values[name] = fixed[index]!;
  const errors: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const wrong = wrongValue(command.options[name], value);
    if (wrong) errors.push(`${name}: ${wrong}`);
  }
  if (errors.length > 0)
    return { refusal: `400 Parameter verification failed.\n${errors.sort().join("\n")}\n${usage}\n` };
  return { values };
}

/** An option's own name, or every option that begins so: `-user` is `--users`. @source Getopt::Long auto_abbrev */
function optionsMeant(command: CommandDefinition, word: string): string[] {
  const names = Object.keys(command.options).filter((name) => !command.fixed.includes(name));
  return names.includes(word) ? [word] : names.filter((name) => name.startsWith(word));
}

export function usageLine(command: CommandDefinition): string {
  const optional = Object.keys(command.options).some((name) => !command.fixed.includes(name));
  const words = [...command.fixed.map((name) => `<${name}>`), ...(command.rest ? ["[<extra-args>]"] : [])];
  return `${command.name} ${words.join(" ")}${optional ? " [OPTIONS]" : ""}`.trimEnd();
}

function wrongValue(definition: OptionDefinition | undefined, value: string): string | undefined {
  if (!definition) return undefined;
  if (definition.type === "integer") {
    if (!/^-?\d+$/.test(value)) return `type check ('integer') failed - got '${value}'`;
    if (definition.minimum !== undefined && Number(value) < definition.minimum) {
      return `value must have a minimum value of ${definition.minimum}`;
    }
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
