/** What a pass rests on: kept with it when it is made, so that nobody has to believe a tick. */
import type { LabBackend } from "../labs/labs.ts";
import type { NodeObservation, Observation } from "./observation.ts";
import type { CheckVerdict, Outcome } from "./verdict.ts";

export interface PassReceipt {
  format: 1;
  /** When the nodes were asked, by our own clock, UTC. */
  observedAt: string;
  labBackend: LabBackend;
  /** When the chapter's baseline was taken; absent where there was none. */
  baselineAt?: string;
  /** Every node of the lab, and whether it answered that look; how far its clock was ahead of ours, where it said so. */
  nodes: { name: string; answered: boolean; clockAheadMs?: number }[];
  /** Clusters that the nodes said they belong to, with the addresses of all members by their configuration. */
  clusters: { name: string; addresses: string[] }[];
  /** Every check of the step as it was judged: sentence, seen, evidence. */
  checks: CheckVerdict[];
  graderVersion: string;
}

/** What later checks said of the look that a pass rests on. */
export interface JudgedAgain {
  /** UTC. */
  at: string;
  /** Who wanted it. */
  by: string;
  /** `passed`, or what the step would be today; the pass stays. */
  outcome: Outcome;
  contentHash: string;
  graderVersion: string;
  checks: CheckVerdict[];
}

export function receiptOf(pass: {
  lab: { backend: LabBackend };
  observation: Observation;
  baselineAt?: string | undefined;
  verdicts: CheckVerdict[];
  graderVersion: string;
}): PassReceipt {
  const { takenAt, nodes } = pass.observation;
  return {
    format: 1,
    observedAt: takenAt,
    ...(pass.baselineAt !== undefined && { baselineAt: pass.baselineAt }),
    labBackend: pass.lab.backend,
    nodes: nodes.map((node) => ({ name: node.name, answered: node.reached.answered, ...clockOf(node, takenAt) })),
    clusters: clustersOf(nodes),
    checks: pass.verdicts,
    graderVersion: pass.graderVersion,
  };
}

function clockOf({ time, timeAfterMs }: NodeObservation, takenAt: string): { clockAheadMs?: number } {
  if (!time?.read || timeAfterMs === undefined) return {};
  return { clockAheadMs: time.value * 1000 - (Date.parse(takenAt) + Math.round(timeAfterMs)) };
}

function clustersOf(nodes: readonly NodeObservation[]): PassReceipt["clusters"] {
  const seen = new Map<string, PassReceipt["clusters"][number]>();
  for (const { status, configNodes } of nodes) {
    const name = status?.read ? status.value.cluster?.name : undefined;
    if (name === undefined) continue;
    const members = configNodes?.read ? configNodes.value : [];
    const addresses = members.flatMap(({ links }) => Object.values(links ?? {})).sort();
    seen.set(`${name} ${addresses.join(" ")}`, { name, addresses });
  }
  return [...seen.values()];
}
