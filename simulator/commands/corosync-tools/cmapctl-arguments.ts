/** What a line of corosync-cmapctl asks for, read as getopt reads it: the last action counts. */
import { CLEARABLE } from "../../cluster/corosync/stats.ts";
import { BadOption, getopt } from "../getopt.ts";

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
  try {
    for (const { option, value } of getopt("corosync-cmapctl", args, "m:hqgsdDtTbp:C:", {}, words)) {
      if (option === "h") return { action: "help" };
      if (option === "b") flags.binary = true;
      else if (option === "q") flags.quiet = true;
      else if (option in ACTIONS) chosen = { action: ACTIONS[option as keyof typeof ACTIONS] };
      else if (option === "p") [chosen, file] = [{ action: "load" }, value];
      else if (option === "m") {
        if (!["icmap", "default", "stats"].includes(value)) {
          return "invalid map name, must be 'default', 'icmap' or 'stats'\n";
        }
        flags.map = value === "stats" ? "stats" : "icmap";
      } else {
        const known = CLEARABLE.find((one) => one === value);
        if (!known) return "argument to -C should be 'knet', 'totem', 'ipc', 'schedmiss' or 'all'\n";
        [chosen, part, flags.map] = [{ action: "clear" }, known, "stats"];
      }
    }
  } catch (error) {
    if (error instanceof BadOption) return `${error.message}\n`;
    throw error;
  }
  const { action } = chosen;
  if (words.length === 0 && !(action in NEEDS_NO_KEY)) return "Expected key after options\n";
  if (action === "load") return { ...flags, words, action, file };
  return action === "clear" ? { ...flags, words, action, part } : { ...flags, words, action };
}

const NEEDS_NO_KEY = { print: true, load: true, clear: true };
