/** What a check found, as data: put into words in the reader's language only when it is shown. */

export type Outcome = "passed" | "not-yet" | "could-not-check";

/** A sentence as data: id of the message and the values it names. */
export interface Message {
  id: string;
  values?: Record<string, string | number | string[]>;
}

/** One fact a verdict rests on: what was read, from which node, when by that node's own clock where it said so. */
export interface Evidence {
  node?: string;
  /** `cluster/status.quorate`, `task UPID:pve2:...`. */
  source: string;
  value: string | number | boolean | null;
}

export interface Verdict {
  outcome: Outcome;
  message: Message;
  /** What was seen and what was expected, shown side by side. */
  seen?: Message;
  expected?: Message;
  /** What to try next; absent when passed. */
  next?: Message;
  evidence: Evidence[];
}

/** A check's verdict with its address in the course. */
export interface CheckVerdict extends Verdict {
  /** `course/chapter/step/check`. */
  key: string;
  /** Share of the step's score, above 0. */
  weight: number;
}
