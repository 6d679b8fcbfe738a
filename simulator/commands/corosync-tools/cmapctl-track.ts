/** `corosync-cmapctl -t` and `-T`: changes as they happen, until q or the end of the input. */
import type { MapEntry } from "../../cluster/corosync/cmap.ts";
import type { LabState } from "../../cluster/state.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { inputUntil } from "../input-until.ts";

interface Tracked {
  /** The map now; undefined when corosync does not answer. */
  entries(lab: Readonly<LabState>): MapEntry[] | undefined;
  wanted(key: string): boolean;
  /** Values that change are not told. */
  quietChanges: boolean;
  text(entry: MapEntry): string;
}

export async function trackKeys(context: ProgramContext, tracked: Tracked): Promise<number> {
  const { lab, stdout, stderr } = context;
  const look = (state: Readonly<LabState>) => tracked.entries(state)?.filter(([key]) => tracked.wanted(key));
  let known = lab.read(look);
  await stdout.write('Type "q" to finish\n');
  const over = new AbortController();
  const waiting = AbortSignal.any([over.signal, context.signal]);
  const quit = untilQuit(context, over.signal).then(() => "quit" as const);
  // Whoever lost the race has ended by its signal.
  quit.catch(() => undefined);
  try {
    for (;;) {
      const news = lab.until(
        (state) => {
          const now = look(state);
          return now && sameEntries(now, known) ? undefined : { now };
        },
        { signal: waiting },
      );
      news.catch(() => undefined);
      const event = await Promise.race([quit, news]);
      if (event === "quit") return 0;
      if (!event?.now) {
        await stderr.write("Dispatch error CS_ERR_LIBRARY\nFailed to finalize the cmap API. Error CS_ERR_LIBRARY\n");
        return 1;
      }
      for (const line of changes(known ?? [], event.now, tracked)) await stdout.write(line);
      known = event.now;
    }
  } finally {
    over.abort(new Error("nothing is tracked any more"));
  }
}

function sameEntries(a: MapEntry[], b: MapEntry[] | undefined): boolean {
  return a.length === b?.length && a.every((entry, at) => entry.every((part, which) => part === b[at]![which]));
}

function changes(before: MapEntry[], now: MapEntry[], { text, quietChanges }: Tracked): string[] {
  const [old, present] = [before, now].map((entries) => new Map(entries.map((entry) => [entry[0], entry])));
  const lines: string[] = [];
  for (const key of [...new Set([...old!.keys(), ...present!.keys()])].toSorted()) {
    const [was, is] = [old!.get(key), present!.get(key)];
    if (!is) lines.push(`delete> ${text(was!)}`);
    else if (!was) lines.push(`create> ${text(is)}`);
    else if (!quietChanges && (was[1] !== is[1] || was[2] !== is[2])) lines.push(`modify> ${text(is)}`);
  }
  return lines;
}

/** A line that begins with q, or the end of the input. */
async function untilQuit(context: ProgramContext, over: AbortSignal): Promise<void> {
  const decoder = new TextDecoder();
  for (;;) {
    const bytes = await inputUntil(context, over);
    if (
      !bytes ||
      decoder
        .decode(bytes)
        .split("\n")
        .some((line) => line.startsWith("q"))
    )
      return;
  }
}
