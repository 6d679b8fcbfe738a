/** `cd`, `pwd`, `pushd`, `popd`, `dirs`, `alias`, `history`, `umask`, `ulimit`, `help` and others about where one is. */

import { DESCRIPTORS_MAX } from "../descriptors.ts";
import { hashOrder } from "../hash-order.ts";
import { ERRNO_TEXT, FileError } from "../node-files.ts";
import { EXECUTE, mayAccess } from "../node-user.ts";
import { findProgram } from "../program-lookup.ts";
import { quoteForShell } from "../quoting.ts";
import type { Shell } from "../shell.ts";
import { type Builtin, complain, options, print } from "./builtin.ts";
import { builtinNamed, builtinNames } from "./builtins.ts";
import { refuseUse, USAGES } from "./usage.ts";

export const cd: Builtin = async (shell, argv) => {
  const parsed = options(argv, "LPe@");
  if ("bad" in parsed) return refuseUse(shell, "cd", parsed.bad);
  const { operands, flags } = parsed;
  if (operands.length > 1) return complain(shell, "cd", "too many arguments");
  let target = operands[0];
  let tell = false;
  if (target === undefined) {
    target = shell.variables.get("HOME");
    if (target === undefined) return complain(shell, "cd", "HOME not set");
  } else if (target === "-") {
    target = shell.variables.get("OLDPWD");
    if (!target) return complain(shell, "cd", "OLDPWD not set");
    tell = true;
  }
  if (target === "") return 0;
  const found = await inCdPath(shell, target);
  if (found !== undefined) {
    target = found;
    tell = true;
  }
  const status = await enter(shell, "cd", target, flags.has("P"));
  if (status === 0 && tell) await print(shell, "cd", `${shell.cwd}\n`);
  return status;
};

/** A directory below one of `$CDPATH`, unless the target says where it is. */
async function inCdPath(shell: Shell, target: string): Promise<string | undefined> {
  if (/^(\/|\.\.?(\/|$))/.test(target)) return undefined;
  for (const directory of (shell.variables.get("CDPATH") ?? "").split(":")) {
    if (directory === "" || directory === ".") continue;
    const path = shell.resolve(`${directory}/${target}`);
    const stat = await shell.around.files.stat(path).catch(() => undefined);
    if (stat?.type === "directory") return path;
  }
  return undefined;
}

/** Go to a directory. @returns 1 with a message when that is not possible */
export async function enter(shell: Shell, name: string, target: string, physical: boolean): Promise<number> {
  let path = shell.resolve(target);
  try {
    const stat = await shell.around.files.stat(path);
    if (stat.type !== "directory") throw new FileError("ENOTDIR", path);
    if (!mayAccess(shell.process.user, stat, EXECUTE)) throw new FileError("EACCES", path);
    if (physical) path = await shell.around.files.realpath(path);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return complain(shell, name, `${target}: ${ERRNO_TEXT[error.code]}`);
  }
  shell.variables.set("OLDPWD", shell.cwd);
  shell.variables.declare("OLDPWD").exported = true;
  shell.cwd = path;
  shell.variables.set("PWD", path);
  return 0;
}

export const pwd: Builtin = async (shell, argv) => {
  const parsed = options(argv, "LP");
  if ("bad" in parsed) return refuseUse(shell, "pwd", parsed.bad);
  if (parsed.flags.has("P")) {
    const real = await shell.around.files.realpath(shell.cwd).catch(() => shell.cwd);
    return print(shell, "pwd", `${real}\n`);
  }
  return print(shell, "pwd", `${shell.cwd}\n`);
};

export const alias: Builtin = async (shell, argv) => {
  const words = argv.slice(1).filter((word) => word !== "-p");
  let status = 0;
  const show = (name: string) => `alias ${name}=${quoteForShell(shell.aliases.get(name)!)}\n`;
  if (words.length === 0) return print(shell, "alias", [...shell.aliases.keys()].sort().map(show).join(""));
  for (const word of words) {
    const match = /^([^=]+)=([\s\S]*)$/.exec(word);
    if (match && /[\s/$`="'\\&|;()<>]/.test(match[1]!))
      status = await complain(shell, "alias", `\`${match[1]}': invalid alias name`);
    else if (match) shell.aliases.set(match[1]!, match[2]!);
    else if (shell.aliases.has(word)) await print(shell, "alias", show(word));
    else status = await complain(shell, "alias", `${word}: not found`);
  }
  return status;
};

export const unalias: Builtin = async (shell, argv) => {
  if (argv[1] === "-a") {
    shell.aliases.clear();
    return 0;
  }
  if (argv.length === 1) return refuseUse(shell, "unalias", "");
  let status = 0;
  for (const name of argv.slice(1)) {
    if (!shell.aliases.delete(name)) status = await complain(shell, "unalias", `${name}: not found`);
  }
  return status;
};

/** `u=rwx,g-w,o=`: what stays allowed. */
function symbolicMask(text: string, mask: number): number | undefined {
  let allowed = ~mask & 0o777;
  for (const clause of text.split(",")) {
    const parts = /^([ugoa]*)([-+=])([rwx]*)$/.exec(clause);
    if (!parts) return undefined;
    const [, who = "", operator, what = ""] = parts;
    const bits = [...what].reduce((sum, letter) => sum | { r: 4, w: 2, x: 1 }[letter]!, 0);
    for (const [letter, shift] of [
      ["u", 6],
      ["g", 3],
      ["o", 0],
    ] as const) {
      if (who !== "" && !who.includes("a") && !who.includes(letter)) continue;
      if (operator === "=") allowed &= ~(7 << shift);
      if (operator === "-") allowed &= ~(bits << shift);
      else allowed |= bits << shift;
    }
  }
  return ~allowed & 0o777;
}

export const umask: Builtin = async (shell, argv) => {
  const word = argv.slice(1).find((arg) => !arg.startsWith("-"));
  if (word === undefined) {
    if (argv[1]?.includes("S")) {
      const letters = (bits: number) => `${bits & 4 ? "r" : ""}${bits & 2 ? "w" : ""}${bits & 1 ? "x" : ""}`;
      const allowed = ~shell.umask;
      return print(shell, "umask", `u=${letters(allowed >> 6)},g=${letters(allowed >> 3)},o=${letters(allowed)}\n`);
    }
    const shown = shell.umask.toString(8).padStart(4, "0");
    return print(shell, "umask", `${argv[1]?.includes("p") ? "umask " : ""}${shown}\n`);
  }
  if (!/^\d/.test(word)) {
    const mode = symbolicMask(word, shell.umask);
    if (mode === undefined) {
      const bad = word.replace(/^[ugoa]*/, "")[0] ?? "";
      return complain(shell, "umask", `\`${bad}': invalid symbolic mode operator`);
    }
    shell.umask = mode;
    return 0;
  }
  if (!/^[0-7]{1,4}$/.test(word)) return complain(shell, "umask", `${word}: octal number out of range`);
  shell.umask = Number.parseInt(word, 8) & 0o777;
  return 0;
};

export const ulimit: Builtin = async (shell, argv) => {
  const limits: [string, string, string][] = [
    ["core file size", "(blocks, -c)", "0"],
    ["data seg size", "(kbytes, -d)", "unlimited"],
    ["file size", "(blocks, -f)", "unlimited"],
    ["open files", "(-n)", String(DESCRIPTORS_MAX)],
    ["pipe size", "(512 bytes, -p)", "128"],
    ["stack size", "(kbytes, -s)", "8192"],
    ["cpu time", "(seconds, -t)", "unlimited"],
    ["max user processes", "(-u)", "512"],
  ];
  if (argv[1] === "-a") {
    return print(
      shell,
      "ulimit",
      limits.map(([name, unit, value]) => `${name.padEnd(24)} ${unit.padStart(16)} ${value}\n`).join(""),
    );
  }
  const letter = argv[1]?.replace(/^-[HS]*/, "-") ?? "-f";
  const found = limits.find(([, unit]) => unit.includes(letter));
  if (!found) return complain(shell, "ulimit", `${argv[1]}: invalid option`, 2);
  if (argv[2] !== undefined) return 0;
  return print(shell, "ulimit", `${found[2]}\n`);
};

export const help: Builtin = async (shell, argv) => {
  const parsed = options(argv, "dms");
  if ("bad" in parsed) return refuseUse(shell, "help", parsed.bad);
  const [topic] = parsed.operands;
  if (topic !== undefined) {
    const usage = USAGES[topic];
    if (usage === undefined || !builtinNamed(topic))
      return complain(
        shell,
        "help",
        `no help topics match \`${topic}'.  Try \`help help' or \`man -k ${topic}' or \`info ${topic}'.`,
      );
    if (parsed.flags.has("d") || parsed.flags.has("m"))
      return complain(shell, "help", "descriptions are not modelled in this simulated node yet");
    const more = parsed.flags.has("s")
      ? ""
      : "    What it does is told by bash(1); bash's own text is not kept in this simulated node.\n";
    return print(shell, "help", `${`${topic}: ${topic} ${usage}`.trimEnd()}\n${more}`);
  }
  const names = builtinNames().sort();
  const rows: string[] = [];
  for (let at = 0; at < names.length; at += 8)
    rows.push(
      names
        .slice(at, at + 8)
        .map((name) => name.padEnd(10))
        .join("")
        .trimEnd(),
    );
  return print(
    shell,
    "help",
    `This is the shell of a simulated node; it reads the language of GNU bash 5.2.\nCommands that are part of the shell itself:\n\n ${rows.join("\n ")}\n`,
  );
};

/** The table of places where programs were found. */
export const hash: Builtin = async (shell, argv) => {
  const parsed = options(argv, "dlrtp:");
  if ("bad" in parsed) return refuseUse(shell, "hash", parsed.bad);
  const { flags, operands } = parsed;
  const { hashed } = shell;
  if (flags.has("r")) hashed.clear();
  if (operands.length === 0) {
    if (flags.has("r")) return 0;
    if (flags.has("t")) return complain(shell, "hash", "-t: option requires an argument");
    if (hashed.size === 0) return flags.has("l") ? 0 : print(shell, "hash", "hash: hash table empty\n");
    const rows = hashOrder([...hashed.keys()], HASH_BUCKETS).map((name) => {
      const { path, hits } = hashed.get(name)!;
      return flags.has("l") ? `builtin hash -p ${path} ${name}\n` : `${String(hits).padStart(4)}\t${path}\n`;
    });
    return print(shell, "hash", `${flags.has("l") ? "" : "hits\tcommand\n"}${rows.join("")}`);
  }
  let status = 0;
  for (const name of operands) {
    if (flags.has("t") || flags.has("d")) {
      const known = hashed.get(name);
      if (!known) status = await complain(shell, "hash", `${name}: not found`);
      else if (flags.has("d")) hashed.delete(name);
      else {
        const shown = operands.length > 1 ? `${name}\t${known.path}` : known.path;
        await print(shell, "hash", flags.has("l") ? `builtin hash -p ${known.path} ${name}\n` : `${shown}\n`);
      }
      continue;
    }
    if (name.includes("/")) continue;
    if (flags.has("p")) {
      hashed.set(name, { path: flags.get("p")!, hits: 0 });
      continue;
    }
    if (shell.functions.has(name) || builtinNamed(name)) continue;
    const found = await findProgram(shell, name);
    if (found.kind === "missing") status = await complain(shell, "hash", `${name}: not found`);
    else hashed.set(name, { path: found.path, hits: 0 });
  }
  return status;
};

/** @source bash 5.2 hashcmd.h FILENAME_HASH_BUCKETS */
const HASH_BUCKETS = 256;

export const times: Builtin = async (shell) => print(shell, "times", "0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n");

/** Not modelled; says so instead of doing nothing. */
export const notModelled: Builtin = async (shell, argv) =>
  complain(shell, argv[0]!, "not modelled in this simulated node yet");

/** Those that POSIX calls special. */
const SPECIAL_BUILTINS = new Set(
  ". : break continue eval exec exit export readonly return set shift source times trap unset".split(" "),
);

/** `enable`: lists builtins; `-n` has programs of their names run instead. */
export const enable: Builtin = async (shell, argv) => {
  const parsed = options(argv, "anps");
  if ("bad" in parsed) return refuseUse(shell, "enable", parsed.bad);
  const off = parsed.flags.has("n");
  if (parsed.operands.length === 0) {
    const all = builtinNames().sort();
    const wanted = parsed.flags.has("s") ? all.filter((name) => SPECIAL_BUILTINS.has(name)) : all;
    const shown = wanted.filter((name) => parsed.flags.has("a") || shell.disabledBuiltins.has(name) === off);
    const line = (name: string) => `enable ${shell.disabledBuiltins.has(name) ? "-n " : ""}${name}\n`;
    return print(shell, "enable", shown.map(line).join(""));
  }
  let status = 0;
  for (const name of parsed.operands) {
    if (!builtinNamed(name)) status = await complain(shell, "enable", `${name}: not a shell builtin`);
    else if (off) shell.disabledBuiltins.add(name);
    else shell.disabledBuiltins.delete(name);
  }
  return status;
};
