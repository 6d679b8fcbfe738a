import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { castText, factsOf, membersOf } from "./cast-file.ts";
import { Recorder, type RecordingStart, type TakeKeyframe } from "./recorder.ts";

const folder = mkdtempSync(join(tmpdir(), "quorate-recorder-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const silent = { onStopped: () => undefined, onRoom: () => undefined };
let nowMs = 1_000_000;
const noKeyframe: TakeKeyframe = async () => undefined;

function record(name: string, keyframe = noKeyframe, size = { columns: 80, rows: 24 }) {
  const file = join(folder, name);
  const start: RecordingStart = { file, startedAtMs: 1_000_000, title: "pve1", ...size };
  const recorder = new Recorder(start, silent, keyframe, () => nowMs);
  return { file, recorder, text: (text: string) => recorder.output(Buffer.from(text)) };
}

/** Header and events as any player reads them. */
function read(file: string) {
  const lines = gunzipSync(readFileSync(file)).toString().trim().split("\n");
  const [header, ...events] = lines.map((line) => JSON.parse(line));
  return { header, events: events as [number, string, string][] };
}
const outputOf = (events: [number, string, string][]) =>
  events.flatMap(([, kind, data]) => (kind === "o" ? data : [])).join("");

describe("a recording", () => {
  it("is an asciicast that any gunzip reads, with times and sizes", async () => {
    const { file, recorder, text } = record("plain");
    nowMs = 1_000_500;
    text("hello ");
    nowMs = 1_001_000;
    text("world\r\n");
    recorder.resize(100, 30);
    const { durationMs, bytes } = await recorder.end();
    expect([durationMs, bytes]).toEqual([1_000, readFileSync(file).length]);
    const { header, events } = read(file);
    expect(header).toEqual({ version: 2, width: 80, height: 24, timestamp: 1_000, title: "pve1" });
    expect(events).toEqual([
      [0.5, "o", "hello "],
      [1, "o", "world\r\n"],
      [1, "r", "100x30"],
    ]);
  });

  it("puts characters together that came in pieces", async () => {
    const { file, recorder } = record("pieces");
    for (const byte of Buffer.from("é 漢 🔑")) recorder.output(Uint8Array.of(byte));
    await recorder.end();
    expect(outputOf(read(file).events)).toBe("é 漢 🔑");
  });

  it("has what was printed before a crash, goes on after it, and drops what was half written", async () => {
    nowMs = 1_000_000;
    const before = record("crash");
    before.text("before");
    await before.recorder.flush();
    const whole = readFileSync(before.file).length;
    // Another piece of which the end is missing.
    before.text("torn");
    await before.recorder.end();
    truncateSync(before.file, readFileSync(before.file).length - 5);
    nowMs = 1_005_000;
    const after = record("crash", noKeyframe, { columns: 90, rows: 20 });
    after.text("after");
    const { durationMs } = await after.recorder.end();
    expect(durationMs).toBe(5_000);
    expect(membersOf(readFileSync(after.file))[2]?.offset).toBe(whole);
    const { events } = read(after.file);
    expect(outputOf(events)).toBe("beforeafter");
    expect(events).toContainEqual([5, "r", "90x20"]);
  });

  it("drops a last piece whose bytes were lost with the power", async () => {
    const { file, recorder, text } = record("power");
    text("kept");
    await recorder.end();
    const length = readFileSync(file).length;
    const last = membersOf(readFileSync(file)).at(-1);
    const member = readFileSync(file).subarray(last?.offset);
    appendFileSync(file, Buffer.concat([member.subarray(0, 25), Buffer.alloc(member.length - 25)]));
    expect(factsOf(readFileSync(file)).bytes).toBe(length);
  });

  it("can be replayed from a keyframe on: the screen then, and all that followed", async () => {
    const screen = { columns: 80, rows: 24, redraw: "the screen --password hunter2" };
    const { file, recorder, text } = record("keyframes", async () => screen);
    nowMs = 1_000_000;
    const flood = "0123456789".repeat(60_000);
    text(flood);
    nowMs = 1_070_000;
    text("after");
    await recorder.end();
    const bytes = readFileSync(file);
    expect(factsOf(bytes)).toMatchObject({ keyframesMs: [0], durationMs: 70_000, columns: 80 });
    const from = [...castText(bytes, 65_000)].join("").trim().split("\n").map((line) => JSON.parse(line));
    expect(from.slice(1)).toEqual([
      [0, "r", "80x24"],
      [0, "o", "\x1bcthe screen --password *******"],
      [70, "o", "after"],
    ]);
    // As a whole it has no keyframes.
    expect([...castText(bytes)].join("")).not.toContain('"k"');
    expect(outputOf(read(file).events)).toBe(`${flood}after`);
  });

  it("says so when the disk does not take it, and the terminal goes on", async () => {
    const stopped = Promise.withResolvers<string>();
    const start = { file: join(folder, "no", "folder"), startedAtMs: 0, title: "", columns: 80, rows: 24 };
    const recorder = new Recorder(start, { ...silent, onStopped: stopped.resolve }, noKeyframe);
    expect(await stopped.promise).toBe("failed");
    recorder.output(Buffer.from("x"));
    expect(recorder.hasRoom).toBe(true);
    await recorder.end();
  });
});
