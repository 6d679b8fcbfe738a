/** What Tab offers for the arguments of a node's commands. */
import type { Completer } from "../shell/completion.ts";
import { argumentCompleters } from "./argument-completion.ts";

export const completers: Record<string, Completer> = {
  ...argumentCompleters,
  hostnamectl: () => ["hostname", "status"],
  timedatectl: () => ["list-timezones", "show", "status"],
};
