/** What a pass rests on: kept with it when it is made, so that nobody has to believe a tick. */
import type { LabBackend } from "../labs/labs.ts";
import type { Observation } from "./observation.ts";
import type { CheckVerdict } from "./verdict.ts";

export interface PassReceipt {
  format: 1;
  /** When the nodes were asked, by our own clock, UTC. */
  observedAt: string;
  labBackend: LabBackend;
  /** Every node of the lab, and whether it answered that look. */
  nodes: { name: string; answered: boolean }[];
  /** Every check of the step as it was judged: sentence, seen, evidence. */
  checks: CheckVerdict[];
  graderVersion: string;
}

export function receiptOf(pass: {
  lab: { backend: LabBackend };
  observation: Observation;
  verdicts: CheckVerdict[];
  graderVersion: string;
}): PassReceipt {
  const { takenAt, nodes } = pass.observation;
  return {
    format: 1,
    observedAt: takenAt,
    labBackend: pass.lab.backend,
    nodes: nodes.map(({ name, reached }) => ({ name, answered: reached.answered })),
    checks: pass.verdicts,
    graderVersion: pass.graderVersion,
  };
}
