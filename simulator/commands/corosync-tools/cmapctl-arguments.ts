/** What a line of corosync-cmapctl asks for, read as getopt reads it: the last action counts. */
import { CLEARABLE } from "../../cluster/corosync/stats.ts";

export type CmapCommand = {
  map: "icmap" | "stats";
  quiet: boolean;
  binary: boolean;
  words: string[];
} & (
  | { action: "print" | "get" | "set" | "delete" | "delete-prefix" | "track" | "track-prefix" }
  | { action: "load"; file: string }
  | { action: "clear"; part: (typeof CLEARABLE)[number] }
);

const ACTIONS = {
  g: "get",
  s: "set",
  d: "delete",
  D: "delete-prefix",
  t: "track",
  T: "track-prefix",
} as const;

/** @returns what is said when it cannot be read; `help` without anything else */
export function parseCmapctl(args: string[]): CmapCommand | { action: "help" } | string {
  const words: string[] = [];
  const flags = { map: "icmap" as CmapCommand["map"], quiet: false, binary: false };
  let chosen: { action: keyof typeof NEEDS_NO_KEY | (typeof ACTIONS)[keyof typeof ACTIONS] } = { action: "print" };
  let [file, part]: [string, (typeof CLEARABLE)[number]] = ["", "all"];
  const queue = [...args];
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (arg === "--") {
      words.push(...queue);
      break;
    }
    if (!/^-./.test(arg)) {
      words.push(arg);
      continue;
    }
    for (let place = 1; place < arg.length; place++) {
      const letter = arg[place]!;
      if (letter === "h") return { action: "help" };
      if (letter === "b") flags.binary = true;
      else if (letter === "q") flags.quiet = true;
      else if (letter in ACTIONS) chosen = { action: ACTIONS[letter as keyof typeof ACTIONS] };
      else if ("mpC".includes(letter)) {
        const value = arg.slice(place + 1) || queue.shift();
        if (value === undefined) return `corosync-cmapctl: option requires an argument -- '${letter}'\n`;
        if (letter === "p") [chosen, file] = [{ action: "load" }, value];
        else if (letter === "m") {
          if (!["icmap", "default", "stats"].includes(value)) {
            return "invalid map name, must be 'default', 'icmap' or 'stats'\n";
          }
          flags.map = value === "stats" ? "stats" : "icmap";
        } else {
          const known = CLEARABLE.find((one) => one === value);
          if (!known) return "argument to -C should be 'knet', 'totem', 'ipc', 'schedmiss' or 'all'\n";
          [chosen, part, flags.map] = [{ action: "clear" }, known, "stats"];
        }
        break;
      } else return `corosync-cmapctl: invalid option -- '${letter}'\n`;
    }
  }
  const { action } = chosen;
  if (words.length === 0 && !(action in NEEDS_NO_KEY)) return "Expected key after options\n";
  if (action === "load") return { ...flags, words, action, file };
  return action === "clear" ? { ...flags, words, action, part } : { ...flags, words, action };
}

const NEEDS_NO_KEY = { print: true, load: true, clear: true };
