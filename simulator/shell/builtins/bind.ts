/** `bind`: keys and variables of the line editor. */
import { functions } from "../line-editor/functions.ts";
import { bindKeys, type KeyMap, keysOf } from "../line-editor/key-map.ts";
import type { EditorSettings } from "../line-editor/settings.ts";
import { type Builtin, complain, options, print } from "./builtin.ts";
import { refuseUse } from "./usage.ts";

/** Keys by name, as `bind 'TAB: menu-complete'` writes them. */
const NAMED: Record<string, string> = {
  del: "\x7f",
  rubout: "\x7f",
  esc: "\x1b",
  escape: "\x1b",
  lfd: "\n",
  newline: "\n",
  ret: "\r",
  return: "\r",
  spc: " ",
  space: " ",
  tab: "\t",
};

export const bind: Builtin = async (shell, argv) => {
  const parsed = options(argv, "lpsvPSVXm:f:q:u:r:x:");
  if ("bad" in parsed) return refuseUse(shell, "bind", parsed.bad);
  const { flags, operands } = parsed;
  const { editor } = shell.around;
  let status = 0;
  if (flags.has("l")) await print(shell, "bind", `${Object.keys(functions).sort().join("\n")}\n`);
  if (flags.has("p") || flags.has("P")) await print(shell, "bind", boundKeys(editor, flags.has("P")));
  if (flags.has("v") || flags.has("V")) {
    const lines = [...editor.variables].map(([name, value]) =>
      flags.has("v") ? `set ${name} ${value}\n` : `${name} is set to \`${value}'\n`,
    );
    await print(shell, "bind", lines.join(""));
  }
  if (flags.has("q")) {
    const name = flags.get("q")!;
    const keys = allKeys(editor.keys).filter(([, bound]) => bound === name);
    if (!(name in functions)) return complain(shell, "bind", `\`${name}': unknown function name`);
    const shown = keys.map(([one]) => `"${notation(one)}"`);
    const text =
      shown.length > 0 ? `${name} can be invoked via ${shown.join(", ")}.\n` : `${name} is not bound to any keys.\n`;
    await print(shell, "bind", text);
    if (shown.length === 0) status = 1;
  }
  if (flags.has("u")) {
    for (const [keys, bound] of allKeys(editor.keys)) if (bound === flags.get("u")) bindKeys(editor.keys, keys, "");
  }
  if (flags.has("r")) bindKeys(editor.keys, keysOf(flags.get("r")!), "");
  for (const one of ["f", "x", "X", "s", "S"]) {
    if (flags.has(one)) return complain(shell, "bind", `-${one} is not modelled in this simulated shell`);
  }
  for (const line of operands) {
    const refusal = take(editor, line);
    if (refusal) status = await complain(shell, "bind", refusal);
  }
  return status;
};

/** One line of an inputrc. @returns what is wrong with it */
function take(editor: EditorSettings, line: string): string | undefined {
  const set = /^\s*set\s+(\S+)(?:\s+(\S+))?\s*$/.exec(line);
  if (set) {
    const [, name = "", value = "on"] = set;
    if (name === "editing-mode" && value === "vi") return "vi mode is not modelled in this simulated shell";
    if (editor.variables.has(name)) editor.variables.set(name, /^(?:on|1)$/i.test(value) ? "on" : value.toLowerCase());
    return undefined;
  }
  const bound = /^\s*(?:"((?:\\.|[^"\\])*)"|(\S+?))\s*:\s*(?:"((?:\\.|[^"\\])*)"|(\S+))\s*$/.exec(line);
  if (!bound) return undefined;
  const [, sequence, named, macro, name] = bound;
  const keys = sequence === undefined ? keyNamed(named!) : keysOf(sequence);
  if (keys === "") return undefined;
  if (macro !== undefined) {
    editor.macros.set(keys, keysOf(macro.replace(/\\"/g, '"')));
    bindKeys(editor.keys, keys, "macro");
  } else if (name! in functions) bindKeys(editor.keys, keys, name!);
  else return `\`${name}': unknown function name`;
  return undefined;
}

/** `Control-u`, `Meta-Rubout`, `TAB`. */
function keyNamed(text: string): string {
  const [, modifiers, key = ""] = /^((?:(?:c|ctrl|control|m|meta)-)*)(.+)$/i.exec(text) ?? [];
  let keys = NAMED[key.toLowerCase()] ?? key[0] ?? "";
  if (/\bc(?:trl|ontrol)?-/i.test(modifiers ?? "")) keys = String.fromCharCode(keys.toUpperCase().charCodeAt(0) & 31);
  return /\bm(?:eta)?-/i.test(modifiers ?? "") ? `\x1b${keys}` : keys;
}

function allKeys(map: KeyMap, before = ""): [string, string][] {
  return [...map].flatMap(([key, to]) =>
    typeof to === "string" ? (to === "" ? [] : [[before + key, to] as [string, string]]) : allKeys(to, before + key),
  );
}

function notation(keys: string): string {
  return [...keys]
    .map((key) => {
      if (key === "\x1b") return "\\e";
      if (key === "\x7f") return "\\C-?";
      const code = key.charCodeAt(0);
      if (code < 0x20) return `\\C-${String.fromCharCode(code + 96)}`;
      return /["\\]/.test(key) ? `\\${key}` : key;
    })
    .join("");
}

function boundKeys(editor: EditorSettings, told: boolean): string {
  const keys = allKeys(editor.keys);
  return Object.keys(functions)
    .sort()
    .map((name) => {
      const found = keys.filter(([, bound]) => bound === name).map(([one]) => `"${notation(one)}"`);
      if (!told) return found.length > 0 ? found.map((one) => `${one}: ${name}\n`).join("") : `# ${name} (not bound)\n`;
      return found.length > 0 ? `${name} can be found on ${found.join(", ")}.\n` : `${name} is not bound to any keys\n`;
    })
    .join("");
}
