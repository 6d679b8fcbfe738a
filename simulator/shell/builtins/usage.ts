/** How builtins are used, as `help -s` and their complaints tell it. */
import type { Shell } from "../shell.ts";
import { complain } from "./builtin.ts";

/** Behind the name. */
export const USAGES: Record<string, string> = {
  ".": "filename [arguments]",
  ":": "",
  "[": "arg... ]",
  alias: "[-p] [name[=value] ... ]",
  bg: "[job_spec ...]",
  bind: "[-lpsvPSVX] [-m keymap] [-f filename] [-q name] [-u name] [-r keyseq] [-x keyseq:shell-command] [keyseq:readline-function or readline-command]",
  break: "[n]",
  builtin: "[shell-builtin [arg ...]]",
  caller: "[expr]",
  cd: "[-L|[-P [-e]] [-@]] [dir]",
  command: "[-pVv] command [arg ...]",
  compgen:
    "[-abcdefgjksuv] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [word]",
  complete:
    "[-abcdefgjksuv] [-pr] [-DEI] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [name ...]",
  compopt: "[-o|+o option] [-DEI] [name ...]",
  continue: "[n]",
  declare: "[-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]",
  dirs: "[-clpv] [+N] [-N]",
  disown: "[-h] [-ar] [jobspec ... | pid ...]",
  echo: "[-neE] [arg ...]",
  enable: "[-a] [-dnps] [-f filename] [name ...]",
  eval: "[arg ...]",
  exec: "[-cl] [-a name] [command [argument ...]] [redirection ...]",
  exit: "[n]",
  export: "[-fn] [name[=value] ...] or export -p",
  false: "",
  fc: "[-e ename] [-lnr] [first] [last] or fc -s [pat=rep] [command]",
  fg: "[job_spec]",
  getopts: "optstring name [arg ...]",
  hash: "[-lr] [-p pathname] [-dt] [name ...]",
  help: "[-dms] [pattern ...]",
  history: "[-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]",
  jobs: "[-lnprs] [jobspec ...] or jobs -x command [args]",
  kill: "[-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]",
  let: "arg [arg ...]",
  local: "[option] name[=value] ...",
  logout: "[n]",
  mapfile: "[-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]",
  popd: "[-n] [+N | -N]",
  printf: "[-v var] format [arguments]",
  pushd: "[-n] [+N | -N | dir]",
  pwd: "[-LP]",
  read: "[-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]",
  readarray: "[-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]",
  readonly: "[-aAf] [name[=value] ...] or readonly -p",
  return: "[n]",
  set: "[-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]",
  shift: "[n]",
  shopt: "[-pqsu] [-o] [optname ...]",
  source: "filename [arguments]",
  suspend: "[-f]",
  test: "[expr]",
  times: "",
  trap: "[-lp] [[arg] signal_spec ...]",
  true: "",
  type: "[-afptP] name [name ...]",
  typeset: "[-aAfFgiIlnrtux] name[=value] ... or typeset -p [-aAfFilnrtux] [name ...]",
  ulimit: "[-SHabcdefiklmnpqrstuvxPRT] [limit]",
  umask: "[-p] [-S] [mode]",
  unalias: "[-a] name [name ...]",
  unset: "[-f] [-v] [-n] [name ...]",
  wait: "[-fn] [-p var] [id ...]",
};

/** A builtin's words are wrong. @param what "" where the usage says it all @returns 2 */
export async function refuseUse(shell: Shell, name: string, what: string): Promise<number> {
  if (what !== "") await complain(shell, name, what, 2);
  await shell.write(2, `${name}: usage: ${name} ${USAGES[name] ?? ""}`.trimEnd().concat("\n"));
  return 2;
}
