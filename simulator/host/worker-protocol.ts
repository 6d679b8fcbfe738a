/** What the host's main thread and its workers say to each other. */
import type { ClockChange, LabEvent, LinkChange, PowerChange } from "./fault-request.ts";
import type { LabChange, NewLab } from "./lab-house.ts";

export interface WorkerData {
  /** Folder that holds a folder for each lab. */
  directory: string;
}

export type WorkerRequest = { id: number } & WorkerQuestion;

export type WorkerQuestion =
  | { verb: "create"; lab: NewLab }
  | { verb: "describe" | "remove" | "state" | "clock" | "restorePoints" | "addresses"; lab: string }
  | { verb: "change"; lab: string; change: LabChange }
  | { verb: "saveStage"; lab: string; hash: string }
  | { verb: "setLink"; lab: string; between: [string, string]; change: LinkChange }
  | { verb: "setPower"; lab: string; node: string; change: PowerChange }
  | { verb: "happen"; lab: string; event: LabEvent }
  | { verb: "setClock"; lab: string; change: ClockChange }
  | { verb: "advance"; lab: string; ms: number }
  | { verb: "stop" };

export type WorkerAnswer = { id: number; value: unknown } | { id: number; error: { message: string; status?: number } };

export interface WorkerLogLine {
  log: "info" | "error";
  message: string;
}
