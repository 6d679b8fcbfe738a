/** Where a class is stuck: for each step who passed, who did not yet and why, and how long it takes. */
import type { BoardStudent, Message } from "../gateway/protocol.ts";

export interface StepSummary {
  /** `chapter/step`. */
  step: string;
  passed: number;
  /** Tried, and not passed. */
  open: number;
  stuck: number;
  /** Of those who did not pass, commonest first. */
  reasons: { message: Message; students: number }[];
  /** From the pass before to this pass, of those with both; undefined when nobody has. Milliseconds. */
  medianMs: number | undefined;
}

/** A step that took longer was left and taken up again another day. */
const LONGEST_MS = 3 * 60 * 60_000;

/** Pure. @param steps `chapter/step` in the order of the course */
export function classSteps(students: readonly BoardStudent[], steps: readonly string[]): StepSummary[] {
  return steps.map((step) => {
    const cells = students.flatMap((student) => student.cells.find((cell) => cell.step === step) ?? []);
    const open = cells.filter(({ state }) => state !== "passed");
    const reasons = new Map<string, { message: Message; students: number }>();
    for (const { reason } of open) {
      if (!reason) continue;
      const known = reasons.get(reason.id);
      if (known) reasons.set(reason.id, { message: shared(known.message, reason), students: known.students + 1 });
      else reasons.set(reason.id, { message: reason, students: 1 });
    }
    return {
      step,
      passed: cells.length - open.length,
      open: open.length,
      stuck: open.filter(({ stuck }) => stuck).length,
      reasons: [...reasons.values()].sort((a, b) => b.students - a.students),
      medianMs: median(students.flatMap((student) => took(student, step) ?? [])),
    };
  });
}

/** Of a reason that several have, what is the same for all: `scratch-s2` is one student's own. */
function shared(one: Message, other: Message): Message {
  if (one.values === undefined) return one;
  const values = Object.entries(one.values).map(([name, value]) => {
    const same = JSON.stringify(value) === JSON.stringify(other.values?.[name]);
    return [name, same ? value : "…"] as const;
  });
  return { ...one, values: Object.fromEntries(values) };
}

/** How long a student was at a step: since their pass before it in time. */
function took(student: BoardStudent, step: string): number | undefined {
  const passes = student.cells.filter(({ state }) => state === "passed");
  const pass = passes.find((cell) => cell.step === step);
  if (!pass) return undefined;
  const before = Math.max(0, ...passes.filter(({ sinceMs }) => sinceMs < pass.sinceMs).map(({ sinceMs }) => sinceMs));
  const tookMs = pass.sinceMs - before;
  return before === 0 || tookMs > LONGEST_MS ? undefined : tookMs;
}

function median(values: number[]): number | undefined {
  const sorted = values.sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return undefined;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
