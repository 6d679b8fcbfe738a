/**
 * The thread on which screens are parsed, so that a flood in one terminal costs no keystroke in another.
 */
import { parentPort } from "node:worker_threads";
import { Recorder, type RecordingEnd, type RecordingStart } from "../recordings/recorder.ts";
import { ScreenModel, type Snapshot } from "./screen-model.ts";

export type ToScreens =
  | { kind: "open"; id: number; columns: number; rows: number }
  | { kind: "write"; id: number; bytes: Uint8Array }
  | { kind: "resize"; id: number; columns: number; rows: number }
  | { kind: "snapshot"; id: number; request: number }
  | { kind: "picture"; id: number; request: number }
  | { kind: "record"; id: number; start: RecordingStart }
  | { kind: "end-recording"; id: number; request: number }
  | { kind: "close"; id: number };

export type FromScreens =
  /** `bytes` more of the screen's stream have been parsed. */
  | { kind: "parsed"; id: number; bytes: number }
  | { kind: "snapshot"; request: number; snapshot: Snapshot }
  | { kind: "picture"; request: number; picture: string }
  | { kind: "recording-ended"; request: number; end: RecordingEnd | undefined }
  /** By itself. */
  | { kind: "recording-stopped"; id: number; reason: "failed" | "full"; detail: string };

const port = parentPort;
if (!port) throw new Error("screen-worker.ts runs as a worker thread only");
const answer = (message: FromScreens) => port.postMessage(message);
interface Shown {
  screen: ScreenModel;
  recorder: Recorder | undefined;
  /** Parsed bytes that are not told yet, because the recording has more than enough to write. */
  untold: number;
}
const screens = new Map<number, Shown>();

port.on("message", (message: ToScreens) => {
  const { id } = message;
  if (message.kind === "open") {
    const screen = new ScreenModel(message.columns, message.rows);
    screens.set(id, { screen, recorder: undefined, untold: 0 });
    return;
  }
  const shown = screens.get(id);
  if (!shown) {
    if (message.kind === "end-recording") {
      answer({ kind: "recording-ended", request: message.request, end: undefined });
    }
    return;
  }
  const { screen } = shown;
  switch (message.kind) {
    case "write":
      screen.write(message.bytes, () => tellParsed(id, shown, message.bytes.length));
      shown.recorder?.output(message.bytes);
      break;
    case "resize":
      screen.resize(message.columns, message.rows);
      shown.recorder?.resize(message.columns, message.rows);
      break;
    case "snapshot":
      screen.snapshot((snapshot) => answer({ kind: "snapshot", request: message.request, snapshot }));
      break;
    case "picture":
      screen.picture((picture) => answer({ kind: "picture", request: message.request, picture }));
      break;
    case "record":
      shown.recorder = record(id, shown, message.start);
      break;
    case "end-recording":
      void endRecording(shown).then((end) => answer({ kind: "recording-ended", request: message.request, end }));
      break;
    case "close":
      screens.delete(id);
      void endRecording(shown);
      screen.dispose();
      break;
  }
});

function tellParsed(id: number, shown: Shown, bytes: number): void {
  shown.untold += bytes;
  if (shown.recorder && !shown.recorder.hasRoom) return;
  const told = shown.untold;
  shown.untold = 0;
  if (told > 0) answer({ kind: "parsed", id, bytes: told });
}

function record(id: number, shown: Shown, start: RecordingStart): Recorder {
  const keyframe = () =>
    new Promise<{ columns: number; rows: number; redraw: string } | undefined>((resolve) => {
      shown.screen.snapshot((snapshot) => resolve(snapshot.clean ? snapshot : undefined));
    });
  return new Recorder(
    start,
    {
      onStopped: (reason, cause) => {
        shown.recorder = undefined;
        const detail = cause instanceof Error ? cause.message : "";
        answer({ kind: "recording-stopped", id, reason, detail });
      },
      onRoom: () => tellParsed(id, shown, 0),
    },
    keyframe,
  );
}

async function endRecording(shown: Shown): Promise<RecordingEnd | undefined> {
  const { recorder } = shown;
  shown.recorder = undefined;
  return recorder?.end();
}
