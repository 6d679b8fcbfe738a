/** Every builtin by name. Builtins run others, so the table is made when one is first looked for. */

import { bind } from "./bind.ts";
import type { Builtin } from "./builtin.ts";
import { dirs, popd, pushd } from "./directory-stack.ts";
import {
  break_,
  caller,
  command,
  eval_,
  exec,
  exit,
  fail,
  return_,
  source,
  succeed,
  test,
  trap,
  type,
} from "./flow.ts";
import { fc, history } from "./history-builtins.ts";
import { mapfile, read } from "./input.ts";
import { bg, disown, fg, jobs, kill, suspend, wait } from "./job-builtins.ts";
import { echo, printf } from "./output.ts";
import { compgen, complete } from "./programmable-completion.ts";
import { alias, cd, enable, hash, help, pwd, times, ulimit, umask, unalias } from "./surroundings.ts";
import { declare, getopts, let_, set, shift, shopt, unset } from "./variables.ts";

const made = (): Record<string, Builtin> => ({
  ":": succeed,
  ".": source,
  "[": test,
  alias,
  bg,
  bind,
  break: break_,
  builtin: command,
  cd,
  command,
  caller,
  compgen,
  complete,
  compopt: succeed,
  continue: break_,
  declare,
  dirs,
  disown,
  echo,
  enable,
  eval: eval_,
  exec,
  exit,
  export: declare,
  false: fail,
  fg,
  getopts,
  hash,
  help,
  fc,
  history,
  jobs,
  kill,
  let: let_,
  local: declare,
  logout: exit,
  mapfile,
  popd,
  printf,
  pushd,
  pwd,
  read,
  readarray: mapfile,
  readonly: declare,
  return: return_,
  set,
  shift,
  shopt,
  source,
  suspend,
  test,
  times,
  trap,
  true: succeed,
  type,
  typeset: declare,
  ulimit,
  umask,
  unalias,
  unset,
  wait,
});

let table: Map<string, Builtin> | undefined;

function builtins(): Map<string, Builtin> {
  table ??= new Map(Object.entries(made()));
  return table;
}

/** @returns undefined where there is no such builtin */
export function builtinNamed(name: string): Builtin | undefined {
  return builtins().get(name);
}

export function builtinNames(): string[] {
  return [...builtins().keys()];
}
