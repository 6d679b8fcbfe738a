/**
 * What a lab is to the rest of Quorate: nodes with addresses and credentials, and what can be done with it.
 *
 * Addresses are asked for at each connection and never kept: asking wakes a sleeping lab, and ports may differ after
 * each start. Names, host keys and the cluster's CA do not change. Nothing here tells which kind of cluster answers.
 */
import type { LabDescription } from "./lab-description.ts";

/** What a lab can do besides being reached. Chapters state what they need; pages offer what is there. */
export type Capability = "power" | "cables" | "latency" | "stages" | "resetNode" | "clock" | "probe";

export type LabBackend = "simulated" | "inventory";

/** One change of a lab's surroundings: the fault interface, in the words of `docs/running.md`. */
export type Fault =
  | { kind: "power"; node: string; state: "on" | "off" | "hung" }
  | {
      kind: "link";
      /** Two node names. */
      between: [string, string];
      network?: string;
      direction?: "both" | "forward";
      up?: boolean;
      latencyMs?: number;
      lossPercent?: number;
    };

export interface LabSurroundings {
  nodes: { name: string; power: "on" | "off" | "hung" }[];
  links: { between: [string, string]; network: string; up: boolean; latencyMs: number; lossPercent: number }[];
}

export interface Labs {
  /** Make a lab and say its id; `stage` names a prepared state, absent for fresh stand-alone nodes. */
  create(options: { labId: string; backend: LabBackend; nodes: string[]; seed: string }): Promise<void>;
  /** Addresses and credentials of every node; wakes the lab. @throws LabUnavailable with the next move */
  reach(labId: string): Promise<LabDescription>;
  capabilities(labId: string): Promise<Capability[]>;
  /** Power and links as they are. @throws LabUnavailable when the lab lacks both capabilities */
  surroundings(labId: string): Promise<LabSurroundings>;
  /** Callers ask `may()` first. */
  apply(labId: string, fault: Fault): Promise<void>;
  /** Remove the lab and its files for good. */
  remove(labId: string): Promise<void>;
}

/** A lab that cannot be had now; the message names the next move. */
export class LabUnavailable extends Error {
  override name = "LabUnavailable";
}
