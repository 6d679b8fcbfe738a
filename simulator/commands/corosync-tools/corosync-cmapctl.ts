/**
 * corosync-cmapctl: the keys of corosync's maps, shown, set, deleted, loaded from a file and watched.
 *
 * @source recording 30; goldens/n3-cmapctl-config.txt; corosync 3.1.7 tools/corosync-cmapctl.c for options, refusals and
 *   what is printed of changes (unverified)
 */
import { type MapEntry, mapOf } from "../../cluster/corosync/cmap.ts";
import { CLEARABLE, statsOf } from "../../cluster/corosync/stats.ts";
import { corosyncAnswers } from "../../cluster/corosync/view.ts";
import type { LabState } from "../../cluster/state.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { type CmapCommand, parseCmapctl } from "./cmapctl-arguments.ts";
import { deleteKey, loadFile, setKey } from "./cmapctl-changes.ts";
import { trackKeys } from "./cmapctl-track.ts";
import { waitWhileHung } from "./corosync-quorumtool.ts";

const USAGE = `usage: corosync-cmapctl [-b] [-m MAP] [-dDghqstT] [-p FILE] [-C PART] [KEY...]

  without an option: all keys, or those whose names begin with one of the words
    -g KEY...            the value of each key
    -q -g KEY...         the same, values alone
    -s KEY TYPE VALUE    set a key; a type is i8 to i64, u8 to u64, flt, dbl, str, or bin with a file or - for its value
    -d KEY...            delete keys
    -D PREFIX...         delete all keys that begin so
    -p FILE              set and delete what the lines of a file say: KEY TYPE VALUE, ^KEY, ^^PREFIX
    -t KEY...            print changes of keys until q
    -T PREFIX...         print changes of all keys that begin so until q
    -m MAP               icmap (the default) or stats
    -C PART              clear statistics: ${CLEARABLE.join(", ")}
    -b                   show binary values, too
    -h                   this help
`;
const NO_PACKETS = "corosync-cmapctl: counters of packets and bytes are not modelled in this simulated node\n";

export async function corosyncCmapctl(context: ProgramContext): Promise<number> {
  const command = parseCmapctl(context.argv.slice(1));
  if (typeof command === "string") return fail(context, command);
  if (command.action === "help") {
    await context.stdout.write(USAGE);
    return 0;
  }
  await waitWhileHung(context);
  const entries = () => context.lab.read((lab) => entriesOf(lab, context.node, command.map));
  if (!entries()) return fail(context, "Failed to initialize the cmap API. Error CS_ERR_LIBRARY\n");
  return act(context, command, () => entries() ?? []);
}

/** @returns undefined when corosync does not answer */
function entriesOf(lab: Readonly<LabState>, node: string, map: CmapCommand["map"]): MapEntry[] | undefined {
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (!daemon || !corosyncAnswers(lab, node)) return undefined;
  return map === "stats" ? statsOf(daemon) : mapOf(daemon);
}

async function act(context: ProgramContext, command: CmapCommand, entries: () => MapEntry[]): Promise<number> {
  const { words, map } = command;
  switch (command.action) {
    case "set":
      if (words.length < 3) return fail(context, "At least 3 parameters are expected for set\n");
      return setKey(context, map, words as [string, string, string]);
    case "load":
      return loadFile(context, map, command.file, entries);
    case "clear":
      context.lab.act("corosync/clear-stats", { node: context.node, what: command.part });
      return 0;
    case "delete":
      for (const key of words) if (!(await deleteKey(context, map, key))) return 1;
      return 0;
    case "delete-prefix":
      for (const prefix of words) {
        for (const [key] of entries()) if (key.startsWith(prefix)) await deleteKey(context, map, key);
      }
      return 0;
    case "track":
    case "track-prefix": {
      const prefix = command.action === "track-prefix";
      return trackKeys(context, {
        entries: (lab) => entriesOf(lab, context.node, map),
        // Of statistics a prefix tells of keys that come and go alone (cmap_keys(7)).
        quietChanges: prefix && map === "stats",
        wanted: (key) => words.some((word) => (prefix ? key.startsWith(word) : key === word)),
        text: (entry) => entryText(entry, command),
      });
    }
    case "get":
      for (const key of words) {
        const entry = entries().find(([existing]) => existing === key);
        if (!entry) return fail(context, `Can't get key ${key}. Error CS_ERR_NOT_EXIST\n`);
        await context.stdout.write(entryText(entry, command));
      }
      return 0;
    case "print": {
      const found = (words.length === 0 ? [""] : words).map((prefix) =>
        entries().filter(([key]) => key.startsWith(prefix)),
      );
      await context.stdout.write(
        found
          .flat()
          .map((entry) => entryText(entry, command))
          .join(""),
      );
      if (map === "stats") await context.stderr.write(NO_PACKETS);
      // @source goldens/n3-cmapctl-config.txt: prefixes that nothing has end with 1
      return found.every((one) => one.length === 0) ? 1 : 0;
    }
  }
}

function entryText([key, type, value]: MapEntry, { quiet, binary }: CmapCommand): string {
  if (type !== "bin") return quiet ? `${value}\n` : `${key} (${type}) = ${value}\n`;
  const shown = value === "" ? "*empty*" : [...value].map(escaped).join("");
  return `${quiet ? "" : `${key} (`}bin)${binary ? ` = ${shown}` : ""}\n`;
}

function escaped(char: string): string {
  if (char === "\\") return "\\\\";
  return char >= " " && char < "\x7f" ? char : `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

async function fail(context: ProgramContext, text: string): Promise<number> {
  await context.stderr.write(text);
  return 1;
}
