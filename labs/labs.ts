/**
 * What a lab is to the rest of Quorate: nodes with addresses and credentials, and what can be done with it.
 *
 * Addresses are asked for at each connection and never kept: asking wakes a sleeping lab, and ports may differ after
 * each start. Names, host keys and the cluster's CA do not change. Nothing here tells which kind of cluster answers.
 */
import type { LabDescription } from "./lab-description.ts";

/** What a lab can do besides being reached. Chapters state what they need; pages offer what is there. */
export type Capability =
  | "power"
  | "cables"
  | "latency"
  | "stages"
  | "resetNode"
  | "clock"
  | "probe"
  | "watchdog"
  | "storage";

export type LabBackend = "simulated" | "inventory";

/** One change of a lab's surroundings: the fault interface, in the words of `docs/running.md`. */
export type Fault =
  | { kind: "power"; node: string; state: "on" | "off" | "hung" }
  /** Whether the nodes' watchdog devices reset a node that lost its lock. */
  | { kind: "watchdog"; present: boolean }
  /** The storage server on or off, or one node's way to it. */
  | { kind: "storage"; address: string; up: boolean }
  | { kind: "storage"; address: string; node: string; cut: boolean }
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
  /** Whether the nodes' watchdog devices reset a node; absent where they cannot be taken away. */
  watchdog?: boolean | undefined;
  /** Storage servers that can be switched off or cut off; absent where there are none. */
  storage?: { address: string; up: boolean; cutFrom: string[] }[] | undefined;
}

export interface RestorePoint {
  id: string;
  /** What was going on then, in the words given when it was left. */
  label: string;
  /** Milliseconds since 1970. */
  keptAtMs: number;
}

/**
 * What the owner of a lab must know about its saved state. `fresh`: it could not be read, and the lab began anew;
 * `inputs-lost`: what was done after the last snapshot is missing. What was saved is kept in a folder, which may be
 * told to who runs the server.
 */
export interface LabNotice {
  kind: "fresh" | "inputs-lost";
  keptIn: string;
  /** Milliseconds since 1970. */
  atMs: number;
}

/**
 * Where a lab goes; `label` names the state it leaves. With `node`, only that node goes there, as a machine whose disks
 * were exchanged: what lies on it is lost, a cluster that it was a member of still lists it.
 */
export type LabChange = { label: string; node?: string } & (
  | { to: "fresh" }
  | { to: "restore-point"; id: string }
  | {
      to: "stage";
      /** Of everything that the stage is made from; one that is known is not made again. */
      hash: string;
      /** Brings fresh nodes to the stage; they run in fast time and belong to nobody. `apply` changes what is around them. */
      make(lab: LabDescription, apply: (fault: Fault) => Promise<void>): Promise<void>;
    }
);

export interface Labs {
  /**
   * Make a lab of fresh stand-alone nodes, or wake the one of this id as it is, and say where it is, as `reach` does.
   *
   * @throws LabUnavailable with the next move
   */
  create(options: { labId: string; backend: LabBackend; nodes: string[]; seed: string }): Promise<LabDescription>;
  /** Addresses and credentials of every node; wakes the lab. @throws LabUnavailable with the next move */
  reach(labId: string): Promise<LabDescription>;
  /**
   * Believe this host key of the node from now on. Callers ask `may()` first.
   *
   * @throws LabUnavailable where host keys do not change
   */
  acceptHostKey(labId: string, node: string, hostKeySha256: string): Promise<void>;
  capabilities(labId: string): Promise<Capability[]>;
  /** Power and links as they are. @throws LabUnavailable when the lab lacks both capabilities */
  surroundings(labId: string): Promise<LabSurroundings>;
  /** Callers ask `may()` first. @returns what the command of the instructor's side printed, where one did it */
  apply(labId: string, fault: Fault): Promise<string | undefined>;
  /** By node: the address by which the nodes know each other, as the chapters' texts show it. */
  addresses(labId: string): Promise<Record<string, string>>;
  /** States before the present one that the lab can be returned to, newest first; at most three. */
  restorePoints(labId: string): Promise<RestorePoint[]>;
  /**
   * Put the lab, or one node of it, into another state; the present one is kept first as a restore point. Sessions end
   * and come back, of one node those of that node alone. Callers ask `may()` first.
   *
   * @throws LabUnavailable when the lab lacks the capability `stages` or, for one node, `resetNode`, or what is asked
   * for is gone
   * @returns what the commands of the instructor's side printed, where some did it
   */
  change(labId: string, change: LabChange): Promise<string | undefined>;
  /** What the lab's owner must know about its saved state, until the lab is put into another one. */
  notice(labId: string): Promise<LabNotice | undefined>;
  /** Make another lab in the same state, with keys and passwords of its own. @throws LabUnavailable when it exists */
  copy(labId: string, to: { labId: string; seed: string }): Promise<void>;
  /** Remove the lab and its files for good. */
  remove(labId: string): Promise<void>;
}

/** A lab that cannot be had now; the message names the next move. */
export class LabUnavailable extends Error {
  override name = "LabUnavailable";
}
