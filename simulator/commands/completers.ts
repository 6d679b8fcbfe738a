/** What Tab offers for the arguments of a node's commands. */
import type { Completer } from "../shell/completion.ts";
import { argumentCompleters } from "./argument-completion.ts";
import { builtinCompleters } from "./builtin-completion.ts";

export const completers: Record<string, Completer> = {
  ...builtinCompleters,
  ...argumentCompleters,
  hostnamectl: () => ["hostname", "status"],
  timedatectl: () => ["list-timezones", "show", "status"],
};
