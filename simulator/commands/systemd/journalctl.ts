/** journalctl: the node's journal by unit, field, number, time and boot. @source systemd 252; texts as its journalctl printed them */

import type { JournalLine } from "../../cluster/journal.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import { matchesPattern } from "../../shell/pattern.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { systemdTimeText } from "../printed.ts";
import { beginsJob, catalogueText } from "./journal-catalog.ts";
import { type BootChoice, parse, type Selection } from "./journal-options.ts";
import { cursorOf, JOURNAL_FORMATS, type JournalScene, journalFields, journalScene } from "./journal-text.ts";
import { journalWithKernel } from "./kernel-log.ts";
import { bootId } from "./machine-ids.ts";
import { lookWithoutPager, PLAIN_LOOK, painted, throughPager } from "./terminal-look.ts";
import { SYSTEMD_VERSION } from "./unit-files.ts";

/** Lines that `-e` shows unless told otherwise. @source journalctl(1) */
const PAGER_END_LINES = 1_000;

export async function journalctl(context: ProgramContext): Promise<number> {
  const nowMs = context.lab.read((lab) => wallNowMs(lab, context.node));
  const selection = parse(context.argv.slice(1), nowMs, zoneOfProgram(context));
  if (typeof selection === "string") {
    await context.stderr.write(selection);
    return 1;
  }
  const { node, lab } = context;
  const boots = lab.read((state) => [...new Set(state.nodes[node]!.journal.map((line) => line.boot))]);
  const boot = selection.boot && bootChosen(selection.boot, boots, node);
  if (typeof boot === "string") {
    await context.stderr.write(boot);
    return 1;
  }
  const wish = { disabled: selection.pager === "none", jumpsToEnd: selection.pager === "from-end" };
  if (selection.instead)
    return throughPager(
      context,
      { disabled: !["boots", "help"].includes(String(selection.instead)) || wish.disabled },
      (paged) => answerInstead(paged, selection, boots),
    );
  const { lines, scene, mark, jobs } = lab.read((state) => {
    const { journal } = state.nodes[node]!;
    const own = { ...journalScene(state, node), zone: selection.zone };
    const last = journal.at(-1);
    return {
      lines: afterCursor(journalWithKernel(state, node), selection, own).filter((line) =>
        matches(line, selection, boot, own),
      ),
      scene: own,
      mark: last && markOf(journal, last),
      jobs: selection.explain ? jobNumbers(journal) : new Map<JournalLine, number>(),
    };
  });
  const shown = counted(lines, selection);
  if (shown.length === 0 && !selection.follow) {
    if (!selection.quiet) await context.stdout.write("-- No entries --\n");
    return selection.pattern ? 1 : 0;
  }
  const only = selection.only && { only: selection.only };
  const cursor = selection.showCursor ? `-- cursor: ${cursorOf(shown.at(-1)!, scene)}\n` : "";
  if (!selection.follow)
    return throughPager(context, wish, async ({ stdout }, { colours }) => {
      // Lines are as long as they are, in the pager and without it.
      const look = { colours, width: undefined };
      await stdout.write(shown.map(printer(selection, { ...scene, ...only, look }, jobs)).join("") + cursor);
      return 0;
    });
  const text = printer(
    selection,
    { ...scene, ...only, look: { ...lookWithoutPager(context), width: undefined } },
    jobs,
  );
  await context.stdout.write(shown.map(text).join("") + cursor);
  let seen = mark;
  while (selection.follow) {
    const before: Mark | undefined = seen;
    const news = await lab.until(
      (state) => {
        const { journal } = state.nodes[node]!;
        const last = journal.at(-1);
        if (!last || sameMark(markOf(journal, last), before)) return undefined;
        const fresh = linesAfter(journal, before).filter((line) => matches(line, selection, boot, scene));
        return { text: fresh.map(text).join(""), mark: markOf(journal, last) };
      },
      { signal: context.signal },
    );
    if (!news) return 0;
    seen = news.mark;
    await context.stdout.write(news.text);
  }
  return 0;
}

/** As many as were asked for, in the order that was asked for. */
function counted(lines: readonly JournalLine[], selection: Selection): readonly JournalLine[] {
  const { follow, noTail, reverse, fromOldest } = selection;
  const count =
    selection.count ?? (follow && !noTail ? 10 : selection.pager === "from-end" ? PAGER_END_LINES : undefined);
  const some =
    count === undefined ? lines : count === 0 ? [] : fromOldest ? lines.slice(0, count) : lines.slice(-count);
  return reverse ? some.toReversed() : some;
}

/** Prints entries one by one, and a line between two of different boots. */
function printer(
  selection: Selection,
  scene: JournalScene,
  jobs: ReadonlyMap<JournalLine, number>,
): (line: JournalLine) => string {
  const { format } = selection;
  const form = JOURNAL_FORMATS[format]!;
  const isShort = format.startsWith("short") || format === "with-unit";
  const separates = (isShort || format === "verbose") && !selection.quiet;
  let previous: JournalLine | undefined;
  return (line) => {
    const whole = form(line, { ...scene, ...(previous && { previous }) });
    const entry = isShort && !selection.withHost ? whole.replace(` ${scene.node} `, " ") : whole;
    const boot =
      separates && previous && previous.boot !== line.boot
        ? `${painted(scene.look ?? PLAIN_LOOK, "bold", `-- Boot ${bootId(scene.node, line.boot)} --`)}\n`
        : "";
    previous = line;
    const words = selection.explain && isShort && line.pid === 1 ? catalogueText(line.text, jobs.get(line) ?? 1) : "";
    return boot + entry + words;
  };
}

/** A job's number counts those of its boot before it; what tells of its end carries the same. */
function jobNumbers(journal: readonly JournalLine[]): Map<JournalLine, number> {
  const numbers = new Map<JournalLine, number>();
  const ofUnit = new Map<string, number>();
  let [boot, next] = [0, 1];
  for (const line of journal) {
    if (line.boot !== boot) [boot, next] = [line.boot, 1];
    if (line.pid !== 1) continue;
    if (beginsJob(line.text)) ofUnit.set(line.unit, next++);
    numbers.set(line, ofUnit.get(line.unit) ?? next);
  }
  return numbers;
}

async function answerInstead(context: ProgramContext, selection: Selection, boots: number[]): Promise<number> {
  const { node, lab } = context;
  const write = async (text: string) => {
    await context.stdout.write(text);
    return 0;
  };
  const { instead } = selection;
  switch (instead) {
    case "boots":
      return write(lab.read((state) => bootTable(journalWithKernel(state, node), node, boots, selection)));
    case "disk-usage":
      return write("Archived and active journals take up 8.0M in the file system.\n");
    case "version":
      return write(`systemd 252 (${SYSTEMD_VERSION})\n`);
    case "help":
      return write(
        "journalctl [OPTIONS...] [MATCHES...]\n\nQuery the journal.\n\nSee the journalctl(1) man page for details.\n",
      );
    case "verify": {
      await context.stderr.write(
        `PASS: /var/log/journal/${lab.read((state) => journalScene(state, node)).machineId}/system.journal\n`,
      );
      return 0;
    }
    case "nothing":
    case undefined:
      return 0;
    default: {
      const seen = lab.read((state) => {
        const scene = journalScene(state, node);
        const found = new Set<string>();
        for (const line of journalWithKernel(state, node)) {
          const fields = journalFields(line, scene);
          if (instead === "field-names") for (const name of Object.keys(fields)) found.add(name);
          else if (fields[instead.field] !== undefined) found.add(fields[instead.field]!);
        }
        return [...found].filter((text) => instead !== "field-names" || !text.startsWith("__"));
      });
      // As journalctl: what was written last is found first.
      return write(
        seen
          .toReversed()
          .map((text) => `${text}\n`)
          .join(""),
      );
    }
  }
}

function bootTable(journal: readonly JournalLine[], node: string, boots: number[], selection: Selection): string {
  const rows = boots.map((boot, at) => {
    const own = journal.filter((line) => line.boot === boot);
    return { index: at - boots.length + 1, id: bootId(node, boot), first: own[0]!.wallMs, last: own.at(-1)!.wallMs };
  });
  if (selection.reverse) rows.reverse();
  if (selection.format.startsWith("json")) {
    const objects = rows.map(({ index, id, first, last }) => ({
      index,
      boot_id: id,
      first_entry: first * 1000,
      last_entry: last * 1000,
    }));
    return `${JSON.stringify(objects)}\n`;
  }
  const text = rows.map(
    ({ index, id, first, last }) =>
      `${String(index).padStart(3)} ${id} ${systemdTimeText(first, selection.zone)} ${systemdTimeText(last, selection.zone)}\n`,
  );
  return `IDX BOOT ID                          FIRST ENTRY                 LAST ENTRY\n${text.join("")}`;
}

/** The number of the boot that is meant, or why there is none. */
function bootChosen({ id, offset }: BootChoice, boots: readonly number[], node: string): number | string {
  const from =
    id === undefined ? (offset > 0 ? -1 : boots.length - 1) : boots.findIndex((boot) => bootId(node, boot) === id);
  const found = id !== undefined && from < 0 ? undefined : boots[from + offset];
  if (found !== undefined) return found;
  const asked = id === undefined ? `${offset > 0 ? "+" : ""}${offset}` : `${id}${offset === 0 ? "" : offset}`;
  return `Data from the specified boot (${asked}) is not available: No such boot ID in journal\n`;
}

function afterCursor(
  journal: readonly JournalLine[],
  { cursor }: Selection,
  scene: JournalScene,
): readonly JournalLine[] {
  if (!cursor) return journal;
  const at = journal.findIndex((line) => cursorOf(line, scene) === cursor.text);
  return at < 0 ? [] : journal.slice(cursor.after ? at + 1 : at);
}

/** Where the journal ended: its last line, and how many lines like it came right before. Old lines may be dropped. */
interface Mark {
  wallMs: number;
  text: string;
  equals: number;
}

function markOf(journal: readonly JournalLine[], last: Readonly<JournalLine>): Mark {
  let equals = 0;
  for (let i = journal.length - 1; i >= 0 && journal[i]!.wallMs === last.wallMs; i--) equals += 1;
  return { wallMs: last.wallMs, text: last.text, equals };
}

function sameMark(a: Mark, b: Mark | undefined): boolean {
  return b !== undefined && a.wallMs === b.wallMs && a.text === b.text && a.equals === b.equals;
}

function linesAfter(journal: readonly JournalLine[], mark: Mark | undefined): readonly JournalLine[] {
  if (!mark) return journal;
  const later = journal.findIndex((line) => line.wallMs > mark.wallMs);
  const sameInstant = journal.filter((line) => line.wallMs === mark.wallMs).slice(mark.equals);
  return [...sameInstant, ...(later < 0 ? [] : journal.slice(later))];
}

function matches(
  line: Readonly<JournalLine>,
  selection: Selection,
  boot: number | undefined,
  scene: JournalScene,
): boolean {
  const { units, identifiers, sinceMs, untilMs, priorities } = selection;
  if (units.length > 0 && !units.some((unit) => unit === line.unit || matchesPattern(line.unit, unit))) return false;
  if (identifiers.length > 0 && !identifiers.includes(line.identifier)) return false;
  if (selection.kernel && line.identifier !== "kernel") return false;
  if (boot !== undefined && line.boot !== boot) return false;
  if (selection.pattern && !selection.pattern.test(line.text)) return false;
  if (sinceMs !== undefined && line.wallMs < sinceMs) return false;
  if (untilMs !== undefined && line.wallMs > untilMs) return false;
  if (priorities && (line.priority < priorities[0] || line.priority > priorities[1])) return false;
  if (selection.matches.length === 0 && selection.facilities.length === 0) return true;
  const fields = journalFields(line, scene);
  if (selection.facilities.length > 0 && !selection.facilities.includes(fields.SYSLOG_FACILITY!)) return false;
  // Of one field any value will do, of different fields each has to fit.
  return (
    selection.matches.length === 0 ||
    selection.matches.some((group) =>
      group.every(([name]) => group.some(([field, value]) => field === name && fields[field] === value)),
    )
  );
}
