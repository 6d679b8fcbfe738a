/** `pushd`, `popd`, `dirs`: the directory where one is, and those behind it. */

import type { Shell } from "../shell.ts";
import { placeInStack } from "../stack-place.ts";
import { type Builtin, complain, options, print } from "./builtin.ts";
import { enter } from "./surroundings.ts";
import { refuseUse } from "./usage.ts";

/** The whole stack, where one is first. */
function stackOf(shell: Shell): string[] {
  return [shell.cwd, ...shell.directoryStack];
}

async function settle(shell: Shell, name: string, stack: string[], stays: boolean): Promise<number> {
  if (!stays) {
    const status = await enter(shell, name, stack[0]!, false);
    if (status !== 0) return status;
  }
  shell.directoryStack = stack.slice(1);
  return list(shell, "dirs", stackOf(shell), "words");
}

export const pushd: Builtin = async (shell, argv) => {
  const stays = argv[1] === "-n";
  const word = argv[stays ? 2 : 1];
  const stack = stackOf(shell);
  const place = placeInStack(word, stack.length);
  if (place === "bad") return complain(shell, "pushd", `${word}: directory stack index out of range`);
  if (place !== undefined) return settle(shell, "pushd", [...stack.slice(place), ...stack.slice(0, place)], stays);
  if (word === undefined) {
    if (stack.length < 2) return complain(shell, "pushd", "no other directory");
    return settle(shell, "pushd", [stack[1]!, stack[0]!, ...stack.slice(2)], stays);
  }
  if (/^-./.test(word) && word !== "--") return refuseUse(shell, "pushd", `${word}: invalid number`);
  if (stays) return settle(shell, "pushd", [stack[0]!, word, ...stack.slice(1)], true);
  return settle(shell, "pushd", [word, ...stack], false);
};

export const popd: Builtin = async (shell, argv) => {
  const stays = argv[1] === "-n";
  const word = argv[stays ? 2 : 1];
  const stack = stackOf(shell);
  const place = placeInStack(word, stack.length) ?? 0;
  if (stack.length < 2 && word === undefined) return complain(shell, "popd", "directory stack empty");
  if (place === "bad") return complain(shell, "popd", `${word}: directory stack index out of range`);
  const gone = stays && place === 0 ? 1 : place;
  const left = stack.filter((_, at) => at !== gone);
  return settle(shell, "popd", left, gone !== 0);
};

export const dirs: Builtin = async (shell, argv) => {
  const place = placeInStack(argv.at(-1), stackOf(shell).length);
  const given = place === undefined ? argv : argv.slice(0, -1);
  const parsed = options(given, "clpv");
  if ("bad" in parsed) return refuseUse(shell, "dirs", parsed.bad);
  if (place === "bad") return complain(shell, "dirs", `${argv.at(-1)!.slice(1)}: directory stack index out of range`);
  if (parsed.flags.has("c")) {
    shell.directoryStack = [];
    return 0;
  }
  const stack = place === undefined ? stackOf(shell) : [stackOf(shell)[place]!];
  const form = parsed.flags.has("v") ? "numbered" : parsed.flags.has("p") || place !== undefined ? "lines" : "words";
  return list(shell, "dirs", stack, form, parsed.flags.has("l"));
};

async function list(
  shell: Shell,
  name: string,
  stack: readonly string[],
  form: "words" | "lines" | "numbered",
  long = false,
): Promise<number> {
  const home = shell.variables.get("HOME") ?? "/root";
  const short = (path: string) =>
    !long && (path === home || path.startsWith(`${home}/`)) ? `~${path.slice(home.length)}` : path;
  const shown = stack.map(short);
  if (form === "words") return print(shell, name, `${shown.join(" ")}\n`);
  return print(
    shell,
    name,
    shown.map((path, at) => (form === "numbered" ? `${String(at).padStart(2)}  ${path}\n` : `${path}\n`)).join(""),
  );
}
