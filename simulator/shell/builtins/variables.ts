/** `export`, `declare`, `local`, `readonly`, `unset`, `set`, `shift`, `let`, `getopts`, `shopt`. */
import { assignValue, storeList, takeList } from "../assignment.ts";
import { functionText } from "../command-text.ts";
import { evaluateText, subscriptKey } from "../expansion.ts";
import { arrayOf, assignText, COMPUTED_ARRAYS, declaration } from "../parameters.ts";
import { quoteIfNeeded } from "../quoting.ts";
import { SET_OPTIONS, type SetOption, type Shell } from "../shell.ts";
import { trace, tracedWord } from "../tracing.ts";
import { ShellError, type Variable } from "../variables.ts";
import { type Builtin, complain, options, print } from "./builtin.ts";
import { refuseUse } from "./usage.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export const declare: Builtin = async (shell, argv) => {
  const command = argv[0]!;
  let at = 1;
  const on = new Set<string>();
  const off = new Set<string>();
  for (; at < argv.length && /^[-+][a-zA-Z]+$/.test(argv[at]!); at++) {
    for (const letter of argv[at]!.slice(1)) {
      if (!"aAfFgilnprtux".includes(letter)) {
        return refuseUse(shell, command, `${argv[at]!.slice(0, 1)}${letter}: invalid option`);
      }
      (argv[at]!.startsWith("-") ? on : off).add(letter);
    }
  }
  if (argv[at] === "--") at++;
  if (command === "export") on.add("x");
  if (command === "export" && on.has("n")) {
    on.delete("n");
    on.delete("x");
    off.add("x");
  }
  if (command === "readonly") on.add("r");
  const words = argv.slice(at);
  if (command === "local" && shell.calls.length === 0)
    return complain(shell, "local", "can only be used in a function");
  if (command === "export" && on.has("f")) {
    for (const name of words) {
      if (!shell.functions.has(name)) return complain(shell, "export", `${name}: not a function`);
      if (argv.includes("-nf") || off.has("x")) shell.exportedFunctions.delete(name);
      else shell.exportedFunctions.add(name);
    }
    return 0;
  }
  if (on.has("f") || on.has("F")) return listFunctions(shell, words, on.has("F"));
  if (command === "local" && words.length === 0) {
    const names = shell.variables.localNames();
    return names.length > 0 ? list(shell, "declare", names.sort(), new Set(["p"])) : 0;
  }
  if (words.length === 0 || on.has("p")) return list(shell, command, words, on);
  const local =
    (command === "local" || ((command === "declare" || command === "typeset") && shell.calls.length > 0)) &&
    !on.has("g");
  let status = 0;
  for (const word of words) {
    if (word === "-" && command === "local") {
      shell.calls.at(-1)!.options ??= new Set(shell.options);
      continue;
    }
    const match = /^([^=+[]+(?:\[[^\]]*\])?)(\+?)=([\s\S]*)$/.exec(word);
    const target = match?.[1] ?? word;
    const name = target.replace(/\[.*$/s, "");
    if (!NAME.test(name)) {
      status = await complain(shell, command, `\`${word}': not a valid identifier`);
      continue;
    }
    if (on.has("n")) {
      const refused = refusedReference(shell, name, match?.[3], local);
      if (refused) status = await complain(shell, command, refused.text);
      if (refused?.ends) continue;
    }
    const existing = on.has("n") || off.has("n") ? shell.variables.own(name) : shell.variables.find(name);
    if (existing?.readonly && (match || off.has("r") || local)) {
      status = await complain(shell, command, `${name}: readonly variable`);
      continue;
    }
    const clash =
      on.has("a") && existing?.associative
        ? "associative to indexed"
        : on.has("A") && existing?.array && !existing.associative
          ? "indexed to associative"
          : undefined;
    if (clash && !local) {
      status = await complain(shell, command, `${name}: cannot convert ${clash} array`);
      continue;
    }
    const variable = shell.variables.declare(name, { local, itself: on.has("n") || off.has("n") });
    apply(variable, on, off);
    if (match) {
      const isList = takeList(shell, word);
      if (isList) await storeList(shell, isList);
      else if (on.has("n")) variable.value = match[3]!;
      else {
        if (command === "export" || command === "readonly")
          await trace(shell, () => `${target}=${match[3] === "" ? "" : tracedWord(match[3]!)}`);
        await assignFor(shell, command, { target, value: match[3]!, append: match[2] === "+" });
      }
    }
    if (on.has("r")) variable.readonly = true;
    if (on.has("n")) variable.nameref = true;
  }
  return status;
};

/** A mistake in the value of an integer gives up the line, as everywhere, and names the builtin. */
async function assignFor(
  shell: Shell,
  command: string,
  { target, value, append }: { target: string; value: string; append: boolean },
): Promise<void> {
  try {
    await assignValue(shell, target, value, append);
  } catch (error) {
    if (error instanceof ShellError && / \(error token is /.test(error.message))
      throw new ShellError(`${command}: ${error.message}`, { discard: true });
    throw error;
  }
}

/** What speaks against a reference to a name. */
function refusedReference(
  shell: Shell,
  name: string,
  target: string | undefined,
  local: boolean,
): { text: string; ends: boolean } | undefined {
  if (target === undefined || target === "") return undefined;
  if (target.replace(/\[.*$/s, "") === name) {
    if (!local || shell.calls.length === 0)
      return { text: `${name}: nameref variable self references not allowed`, ends: true };
    return { text: `warning: ${name}: circular name reference`, ends: false };
  }
  if (/^[A-Za-z_]\w*(\[.+\])?$/s.test(target)) return undefined;
  return { text: `\`${target}': invalid variable name for name reference`, ends: true };
}

function apply(variable: Variable, on: ReadonlySet<string>, off: ReadonlySet<string>): void {
  if (on.has("x")) variable.exported = true;
  if (off.has("x")) variable.exported = false;
  if (on.has("i")) variable.integer = true;
  if (off.has("i")) variable.integer = false;
  if (on.has("l")) Object.assign(variable, { lower: true, upper: false });
  if (on.has("u")) Object.assign(variable, { upper: true, lower: false });
  if (off.has("n")) variable.nameref = false;
  if (on.has("A")) {
    variable.associative = true;
    if (!variable.array) Object.assign(variable, { array: new Map(), unassigned: true });
  } else if (on.has("a")) {
    if (!variable.array) {
      variable.unassigned = variable.value === undefined;
      variable.array = new Map(variable.value !== undefined ? [["0", variable.value]] : []);
    }
    variable.value = undefined;
  }
}

const EMPTY_ARRAY = { array: new Map(), associative: false } as unknown as Variable;

async function list(shell: Shell, command: string, words: string[], on: ReadonlySet<string>): Promise<number> {
  let status = 0;
  const names = words.length
    ? words
    : [...new Set([...shell.variables.names(), ...(on.has("a") ? COMPUTED_ARRAYS : [])])].sort();
  let out = "";
  for (const name of names) {
    // bash fills these when they are asked for by name.
    const isEmpty = words.length === 0 && (name === "DIRSTACK" || name === "GROUPS");
    const variable = isEmpty ? EMPTY_ARRAY : (shell.variables.own(name) ?? arrayOf(shell, name));
    if (!variable) {
      status = await complain(shell, command, `${name}: not found`);
      continue;
    }
    if (words.length === 0) {
      if (command === "export" && !variable.exported) continue;
      if (command === "readonly" && !variable.readonly) continue;
      if (on.has("x") && !variable.exported) continue;
      if (on.has("r") && !variable.readonly) continue;
      if (on.has("a") && (!variable.array || variable.associative)) continue;
      if (on.has("A") && !variable.associative) continue;
      if (on.has("i") && !variable.integer) continue;
    }
    out += `${declaration(name, variable)}\n`;
  }
  return (await print(shell, command, out)) || status;
}

async function listFunctions(shell: Shell, words: string[], namesOnly: boolean): Promise<number> {
  const names = words.length ? words : [...shell.functions.keys()].sort();
  let status = 0;
  for (const name of names) {
    const definition = shell.functions.get(name);
    if (!definition) status = 1;
    else if (!namesOnly) await print(shell, "declare", `${functionText(`${name} () `, definition)}\n`);
    else await print(shell, "declare", words.length ? `${name}\n` : `declare -f ${name}\n`);
  }
  return status;
}

export const unset: Builtin = async (shell, argv) => {
  let status = 0;
  const parsed = options(argv, "fvn");
  if ("bad" in parsed) return refuseUse(shell, "unset", parsed.bad);
  const kind = parsed.flags.size > 0 ? `-${[...parsed.flags.keys()].at(-1)}` : "any";
  for (const word of parsed.operands) {
    const element = /^([A-Za-z_][A-Za-z0-9_]*)\[([\s\S]+)\]$/.exec(word);
    if (element) {
      const variable = shell.variables.find(element[1]!);
      if (variable?.readonly) {
        status = await complain(shell, "unset", `${element[1]}: cannot unset: readonly variable`);
        continue;
      }
      if ((element[2] === "@" || element[2] === "*") && !variable?.associative) {
        if (variable?.array) shell.variables.setArray(element[1]!, []);
        else shell.variables.unset(element[1]!);
      } else shell.variables.unsetElement(element[1]!, await subscriptKey(shell, element[1]!, element[2]!));
    } else if (!NAME.test(word) && kind === "-v") {
      status = await complain(shell, "unset", `\`${word}': not a valid identifier`);
    } else if (kind === "-n") shell.variables.unsetItself(word);
    else if (kind === "-f" || (kind === "any" && !shell.variables.find(word))) shell.functions.delete(word);
    else shell.variables.unset(word);
  }
  return status;
};

export const set: Builtin = async (shell, argv) => {
  if (argv.length === 1) {
    let out = "";
    for (const name of shell.variables.names()) {
      const variable = shell.variables.find(name)!;
      if (variable.array) out += `${declaration(name, variable).replace(/^declare -\S+ /, "")}\n`;
      else if (variable.value !== undefined) out += `${name}=${quoteIfNeeded(variable.value)}\n`;
    }
    if (!shell.options.has("posix"))
      for (const name of [...shell.functions.keys()].sort())
        out += `${functionText(`${name} () `, shell.functions.get(name)!)}\n`;
    return print(shell, "set", out);
  }
  let at = 1;
  for (; at < argv.length; at++) {
    const arg = argv[at]!;
    if (arg === "--") {
      shell.positional = argv.slice(at + 1);
      return 0;
    }
    if (arg === "-") {
      for (const option of ["xtrace", "verbose"] as const) change(shell, option, false);
      at++;
      break;
    }
    if (!/^[-+][a-zA-Z]+$/.test(arg)) break;
    const enable = arg[0] === "-";
    for (const letter of arg.slice(1)) {
      if (letter === "o") {
        const name = argv[++at];
        if (name === undefined) return print(shell, "set", optionTable(shell, enable));
        if (!(name in SET_OPTIONS)) return complain(shell, "set", `${name}: invalid option name`, 2);
        change(shell, name as SetOption, enable);
        continue;
      }
      const option = (Object.keys(SET_OPTIONS) as SetOption[]).find((name) => SET_OPTIONS[name] === letter);
      if (!option) {
        return refuseUse(shell, "set", `${arg[0]}${letter}: invalid option`);
      }
      change(shell, option, enable);
    }
  }
  if (at < argv.length) shell.positional = argv.slice(at);
  return 0;
};

function change(shell: Shell, option: SetOption, enable: boolean): void {
  if (enable) shell.options.add(option);
  else shell.options.delete(option);
  if (option === "posix" && enable) shell.variables.set("POSIXLY_CORRECT", "y");
}

function optionTable(shell: Shell, plain: boolean): string {
  return (Object.keys(SET_OPTIONS) as SetOption[])
    .map((option) => {
      const enabled = shell.options.has(option);
      return plain ? `${option.padEnd(15)}\t${enabled ? "on" : "off"}\n` : `set ${enabled ? "-" : "+"}o ${option}\n`;
    })
    .join("");
}

export const shift: Builtin = async (shell, argv) => {
  const count = Number(argv[1] ?? 1);
  if (!/^[-+]?\d+$/.test(argv[1] ?? "1")) return complain(shell, "shift", `${argv[1]}: numeric argument required`);
  if (!Number.isInteger(count) || count < 0) return complain(shell, "shift", `${argv[1]}: shift count out of range`);
  if (count > shell.positional.length) return 1;
  shell.positional = shell.positional.slice(count);
  return 0;
};

export const let_: Builtin = async (shell, argv) => {
  if (argv.length < 2) return complain(shell, "let", "expression expected");
  let value = 0n;
  for (const text of argv.slice(1)) value = await evaluateFor(shell, "let", text);
  return value === 0n ? 1 : 0;
};

/** Arithmetic of a builtin, which its mistakes name. */
async function evaluateFor(shell: Shell, name: string, text: string): Promise<bigint> {
  try {
    return await evaluateText(shell, text);
  } catch (error) {
    if (error instanceof ShellError && !error.fatal) throw new ShellError(`${name}: ${error.message}`);
    throw error;
  }
}

export const getopts: Builtin = async (shell, argv) => {
  const [, spec, name, ...given] = argv;
  if (spec === undefined || name === undefined) {
    return refuseUse(shell, "getopts", "");
  }
  const args = argv.length > 3 ? given : shell.positional;
  const silent = spec.startsWith(":");
  const tells = shell.variables.get("OPTERR") !== "0";
  let index = Number(shell.variables.get("OPTIND") ?? 1);
  const arg = args[index - 1];
  const finish = async (status: number, value: string): Promise<number> => {
    if (!NAME.test(name)) return complain(shell, "getopts", `\`${name}': not a valid identifier`);
    await assignText(shell, name, value);
    const offset = shell.optionOffset;
    shell.variables.set("OPTIND", String(index));
    shell.optionOffset = offset;
    return status;
  };
  if (arg === undefined || !/^-./.test(arg) || arg === "--") {
    if (arg === "--") index++;
    shell.optionOffset = 0;
    return finish(1, "?");
  }
  const at = shell.optionOffset || 1;
  const letter = arg[at]!;
  const place = spec.indexOf(letter, silent ? 1 : 0);
  const last = at + 1 >= arg.length;
  const advance = () => {
    if (last) {
      index++;
      shell.optionOffset = 0;
    } else shell.optionOffset = at + 1;
  };
  if (place < 0 || letter === ":") {
    advance();
    if (silent) shell.variables.set("OPTARG", letter);
    else {
      shell.variables.unset("OPTARG");
      if (tells) await shell.write(2, `${shell.name}: illegal option -- ${letter}\n`);
    }
    return finish(0, "?");
  }
  if (spec[place + 1] !== ":") {
    advance();
    shell.variables.unset("OPTARG");
    return finish(0, letter);
  }
  shell.optionOffset = 0;
  const value = last ? args[index] : arg.slice(at + 1);
  index += last ? 2 : 1;
  if (value === undefined) {
    index = args.length + 1;
    if (silent) {
      shell.variables.set("OPTARG", letter);
      return finish(0, ":");
    }
    if (tells) await shell.write(2, `${shell.name}: option requires an argument -- ${letter}\n`);
    return finish(0, "?");
  }
  shell.variables.set("OPTARG", value);
  return finish(0, letter);
};

/** Of bash 5.2, in the order in which it lists them. */
export const SHOPTS =
  "autocd assoc_expand_once cdable_vars cdspell checkhash checkjobs checkwinsize cmdhist compat31 compat32 compat40 compat41 compat42 compat43 compat44 complete_fullquote direxpand dirspell dotglob execfail expand_aliases extdebug extglob extquote failglob force_fignore globasciiranges globskipdots globstar gnu_errfmt histappend histreedit histverify hostcomplete huponexit inherit_errexit interactive_comments lastpipe lithist localvar_inherit localvar_unset login_shell mailwarn no_empty_cmd_completion nocaseglob nocasematch noexpand_translation nullglob patsub_replacement progcomp progcomp_alias promptvars restricted_shell shift_verbose sourcepath varredir_close xpg_echo".split(
    " ",
  );

export const shopt: Builtin = async (shell, argv) => {
  const parsed = options(argv, "supqo");
  if ("bad" in parsed) return refuseUse(shell, "shopt", parsed.bad);
  const { flags, operands } = parsed;
  if (flags.has("s") && flags.has("u")) {
    return complain(shell, "shopt", "cannot set and unset shell options simultaneously");
  }
  const ofSet = flags.has("o");
  const all: readonly string[] = ofSet ? Object.keys(SET_OPTIONS) : SHOPTS;
  const held: Set<string> = ofSet ? shell.options : shell.shopts;
  const changes = operands.length > 0 && (flags.has("s") || flags.has("u"));
  let status = 0;
  let out = "";
  for (const name of operands.length ? operands : all) {
    const isOn = name === "login_shell" && !ofSet ? shell.login : held.has(name);
    if (!all.includes(name)) {
      status = await complain(shell, "shopt", `${name}: invalid ${ofSet ? "" : "shell "}option name`);
    } else if (changes) {
      if (flags.has("s")) held.add(name);
      else held.delete(name);
    } else if (operands.length > 0 || !(flags.has("s") || flags.has("u")) || isOn === flags.has("s")) {
      if (operands.length && !isOn) status = 1;
      const letter = isOn ? "-" : "+";
      out += flags.has("p")
        ? ofSet
          ? `set ${letter}o ${name}\n`
          : `shopt ${isOn ? "-s" : "-u"} ${name}\n`
        : `${name.padEnd(15)}\t${isOn ? "on" : "off"}\n`;
    }
  }
  return flags.has("q") ? status : (await print(shell, "shopt", out)) || status;
};
