/**
 * The thread on which screens are parsed, so that a flood in one terminal costs no keystroke in another.
 */
import { parentPort } from "node:worker_threads";
import { ScreenModel, type Snapshot } from "./screen-model.ts";

export type ToScreens =
  | { kind: "open"; id: number; columns: number; rows: number }
  | { kind: "write"; id: number; bytes: Uint8Array }
  | { kind: "resize"; id: number; columns: number; rows: number }
  | { kind: "snapshot"; id: number; request: number }
  | { kind: "picture"; id: number; request: number }
  | { kind: "close"; id: number };

export type FromScreens =
  /** `bytes` more of the screen's stream have been parsed. */
  | { kind: "parsed"; id: number; bytes: number }
  | { kind: "snapshot"; request: number; snapshot: Snapshot }
  | { kind: "picture"; request: number; picture: string };

const port = parentPort;
if (!port) throw new Error("screen-worker.ts runs as a worker thread only");
const answer = (message: FromScreens) => port.postMessage(message);
const screens = new Map<number, ScreenModel>();

port.on("message", (message: ToScreens) => {
  if (message.kind === "open") {
    screens.set(message.id, new ScreenModel(message.columns, message.rows));
    return;
  }
  const screen = screens.get(message.id);
  if (!screen) return;
  switch (message.kind) {
    case "write":
      screen.write(message.bytes, () => answer({ kind: "parsed", id: message.id, bytes: message.bytes.length }));
      break;
    case "resize":
      screen.resize(message.columns, message.rows);
      break;
    case "snapshot":
      screen.snapshot((snapshot) => answer({ kind: "snapshot", request: message.request, snapshot }));
      break;
    case "picture":
      screen.picture((picture) => answer({ kind: "picture", request: message.request, picture }));
      break;
    case "close":
      screens.delete(message.id);
      screen.dispose();
      break;
  }
});
