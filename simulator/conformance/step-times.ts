/**
 * When things happened in one step of a scenario, in milliseconds after its event: read from the journals, as the
 * recordings were, and under the same names.
 */
import type { LabState } from "../cluster/state.ts";

/** The names of `ms` in the tables; `detection` and `remerge` are both the last node's last membership. */
export const QUANTITIES = [
  "linkDown",
  "linkUp",
  "tokenLost",
  "firstMembership",
  "membership",
  "quorumLost",
  "quorumGained",
] as const;
export type Quantity = (typeof QUANTITIES)[number];

/** What did not happen in the step is absent. `memberships` is the most that one node logged. */
export type StepTimes = Partial<Record<Quantity | "memberships", number>>;

const FIRST: Partial<Record<Quantity, RegExp>> = {
  tokenLost: /\[TOTEM \] A processor failed/,
  firstMembership: /\[TOTEM \] A new membership/,
};
/** First on each node, and of those the last: recorded so, or nodes started together would have come later. */
const LINK_UP = /\[KNET {2}\] rx: host: \d+ link: \d+ is up/;
const LAST: Partial<Record<Quantity, RegExp>> = {
  linkDown: /\[KNET {2}\] link: host: \d+ link: \d+ is down/,
  membership: /\[TOTEM \] A new membership/,
  quorumLost: /\[QUORUM\] This node is within the non-primary/,
  quorumGained: /\[QUORUM\] This node is within the primary/,
};

/** Read the journals of all nodes since an instant of model time. */
export function stepTimes(lab: LabState, sinceMs: number): StepTimes {
  const wallMs = Math.floor(sinceMs + lab.wallOffsetMs);
  return timesOfLogs(
    Object.values(lab.nodes).map(({ journal }) =>
      journal.flatMap((line) =>
        line.identifier === "corosync" && line.wallMs >= wallMs ? [{ ms: line.wallMs - wallMs, text: line.text }] : [],
      ),
    ),
  );
}

/** @param logs of each node what its corosync wrote, milliseconds after the event */
export function timesOfLogs(logs: readonly { ms: number; text: string }[][]): StepTimes {
  const times: StepTimes = {};
  for (const lines of logs) {
    let memberships = 0;
    let linkUp: number | undefined;
    for (const line of lines) {
      const { ms } = line;
      for (const [quantity, pattern] of Object.entries(FIRST) as [Quantity, RegExp][]) {
        if (pattern.test(line.text)) times[quantity] = Math.min(times[quantity] ?? ms, ms);
      }
      for (const [quantity, pattern] of Object.entries(LAST) as [Quantity, RegExp][]) {
        if (pattern.test(line.text)) times[quantity] = Math.max(times[quantity] ?? ms, ms);
      }
      if (LAST.membership!.test(line.text)) memberships++;
      if (LINK_UP.test(line.text)) linkUp ??= ms;
    }
    if (linkUp !== undefined) times.linkUp = Math.max(times.linkUp ?? linkUp, linkUp);
    if (memberships > 1) times.memberships = Math.max(times.memberships ?? 0, memberships);
  }
  return times;
}
