/** What Tab offers for the arguments of the shell's own commands, as bash and bash-completion do. */
import { builtinNames } from "../shell/builtins/builtins.ts";
import { SHOPTS } from "../shell/builtins/variables.ts";
import type { Completer } from "../shell/completion.ts";
import { SET_OPTIONS } from "../shell/shell.ts";
import { signalNames } from "../shell/signals.ts";

/** bash-completion writes a job as `"%name"`. */
const jobs: Completer = (_words, word, place) =>
  word.startsWith('"') || word === ""
    ? (place?.shell?.jobs.jobs ?? []).map((job) => `"%${job.text.split(" ")[0]!}"`)
    : [];

const variables: Completer = (_words, word, place) =>
  word.startsWith("-") ? [] : (place?.shell?.variables.names() ?? []);

const commands: Completer = (_words, word, place) => {
  if (word.includes("/") || !place?.shell) return [];
  const { around, functions, aliases } = place.shell;
  return [...Object.keys(around.commands), ...builtinNames(), ...functions.keys(), ...aliases.keys()];
};

/** Names behind an option such as `set -o`. */
const behindOption =
  (options: readonly string[], names: readonly string[]): Completer =>
  (words) =>
    words.length > 1 && options.includes(words.at(-1)!) ? [...names] : [];

export const builtinCompleters: Record<string, Completer> = {
  bg: jobs,
  builtin: () => builtinNames(),
  declare: variables,
  disown: jobs,
  export: variables,
  fg: jobs,
  hash: commands,
  help: () => builtinNames(),
  kill: (words, word, place) =>
    word.startsWith("-") ? signalNames().map((name) => `-${name}`) : jobs(words, word, place),
  killall: (_words, word) => (word.startsWith("-") ? signalNames().map((name) => `-${name}`) : []),
  readonly: variables,
  set: behindOption(["-o", "+o"], Object.keys(SET_OPTIONS)),
  shopt: (words, word) => (word.startsWith("-") || words.length < 1 ? [] : [...SHOPTS]),
  trap: (words) => (words.length > 1 ? signalNames() : []),
  type: commands,
  unset: variables,
  wait: jobs,
  which: commands,
};
