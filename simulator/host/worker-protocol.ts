/** What the host's main thread and its workers say to each other. */
import type { ClockChange, LabEvent, LinkChange, PowerChange } from "./fault-request.ts";
import type { LabChange, NewLab } from "./lab-house.ts";

export interface WorkerData {
  /** Folder that holds a folder for each lab. */
  directory: string;
  /** Absent: as the house has it. */
  sleepAfterMs?: number;
}

export type WorkerRequest = { id: number } & WorkerQuestion;

export type WorkerQuestion =
  | { verb: "create"; lab: NewLab }
  | {
      verb: "describe" | "remove" | "state" | "clock" | "restorePoints" | "addresses" | "notice" | "sleep" | "giveUp";
      lab: string;
    }
  | { verb: "change"; lab: string; change: LabChange }
  | { verb: "copy"; lab: string; to: { lab: string; seed: string } }
  | { verb: "saveStage"; lab: string; hash: string }
  | { verb: "setLink"; lab: string; between: [string, string]; change: LinkChange }
  | { verb: "setPower"; lab: string; node: string; change: PowerChange }
  | { verb: "happen"; lab: string; event: LabEvent }
  | { verb: "setClock"; lab: string; change: ClockChange }
  | { verb: "advance"; lab: string; ms: number }
  /** Answered at once by a worker whose event loop turns; says what it uses. */
  | { verb: "pulse" }
  | { verb: "stop" };

/** What a worker uses, as it says itself. */
export interface WorkerPulse {
  /** Bytes of the thread's own heap, and of buffers that belong to it. */
  heapBytes: number;
  externalBytes: number;
}

export type WorkerAnswer = { id: number; value: unknown } | { id: number; error: { message: string; status?: number } };

/** A lab woke up in this worker, or sleeps again. */
export interface WorkerAwake {
  awake: boolean;
  lab: string;
}

export interface WorkerLogLine {
  log: "info" | "error";
  message: string;
}

/** A shell met a command that a simulated node does not have. */
export interface WorkerUnknownCommand {
  unknown: string;
  lab: string;
}

export type WorkerMessage = WorkerAnswer | WorkerAwake | WorkerLogLine | WorkerUnknownCommand;
