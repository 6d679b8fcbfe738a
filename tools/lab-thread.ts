/** A thread that serves simulated labs, as many as it is asked for; the other side is `lab-threads.ts`. */
import { parentPort } from "node:worker_threads";
import type { LabDescription } from "../labs/lab-description.ts";
import { errorText } from "../simulator/host/error-text.ts";
import { type LabToServe, type ServedLab, serveLab } from "../simulator/host/served-lab.ts";

/** `id` names a lab for as long as it is open. */
export type ToLabThread = { kind: "open"; id: number; lab: LabToServe } | { kind: "close"; id: number };
export type FromLabThread =
  | { kind: "opened"; id: number; description: LabDescription }
  | { kind: "refused"; id: number; reason: string }
  | { kind: "said"; id: number; line: string }
  | { kind: "ended"; id: number };

const labs = new Map<number, Promise<ServedLab>>();
const tell = (message: FromLabThread) => parentPort?.postMessage(message);

parentPort?.on("message", (message: ToLabThread) => {
  const { id } = message;
  if (message.kind === "close") {
    void labs.get(id)?.then((lab) => lab.close());
    return;
  }
  const opening = serveLab(message.lab, (line) => tell({ kind: "said", id, line }));
  labs.set(id, opening);
  const ended = () => {
    labs.delete(id);
    tell({ kind: "ended", id });
  };
  opening.then(
    (lab) => {
      tell({ kind: "opened", id, description: lab.description });
      void lab.ended.then(ended);
    },
    (error: unknown) => {
      labs.delete(id);
      tell({ kind: "refused", id, reason: errorText(error) });
    },
  );
});
