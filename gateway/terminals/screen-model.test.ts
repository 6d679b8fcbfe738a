import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { Boundary } from "./boundary.ts";
import { ByteRing } from "./byte-ring.ts";
import { OpenGate } from "./open-gate.ts";
import { ScreenModel, type Snapshot } from "./screen-model.ts";
import { Writers } from "./writers.ts";

const load = createRequire(import.meta.url);
const { Terminal } = load("@xterm/headless") as typeof import("@xterm/headless");
const { UnicodeGraphemesAddon } = load(
  "@xterm/addon-unicode-graphemes",
) as typeof import("@xterm/addon-unicode-graphemes");

const bytes = (text: string) => new TextEncoder().encode(text);
const snapshotOf = (model: ScreenModel) => new Promise<Snapshot>((resolve) => model.snapshot(resolve));

function unseeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

describe("the cut of a stream", () => {
  it.each([
    ["plain", 0],
    ["é", 0],
    ["\x1b[31m", 0],
    ["\x1b(B", 0],
    ["\x1b]2;title\x07", 0],
    ["\x1b]2;title\x1b\\", 0],
    ["\x1bP$q\x1b\\x", 0],
    ["x\x1b", 1],
    ["x\x1b[3", 3],
    ["x\x1b(", 2],
    ["x\x1b]2;ti", 6],
    ["x\x1b]2;ti\x1b", 7],
    ["x\x1b[3\x1b[", 2],
    ["x\x1b[3\x18y", 0],
  ] as const)("after %j leaves %i bytes unfinished", (text, pending) => {
    const boundary = new Boundary();
    boundary.push(bytes(text));
    expect(boundary.pending).toBe(pending);
  });

  it("leaves the bytes of a character that is not whole", () => {
    const boundary = new Boundary();
    boundary.push(bytes("a🙂").subarray(0, 4));
    expect(boundary.pending).toBe(3);
    boundary.push(bytes("🙂").subarray(3));
    expect(boundary.pending).toBe(0);
  });
});

describe("a screen restored at any cut", () => {
  const pieces = [
    ...[
      "hello ",
      "wörld ",
      "🙂",
      "\r\n",
      "\x1b[1;31mred\x1b[0m",
      "\x1b[2;7r",
      "\x1b[5;10H",
      "\x1b[?1049h",
      "\x1b[?1049l",
    ],
    ...[
      "\x1b[?25l",
      "\x1b[?25h",
      "\x1b[3 q",
      "\x1b]2;title\x07",
      "\x1b[?1002h\x1b[?1006h",
      "\x1b[J",
      "\x1b[K",
      "日本",
      "\t",
    ],
    ...["\x1b[?2004h", "\x1b[10L", "\x1b[4mline\x1b[24m\r\n", "wrap".repeat(30)],
  ];

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("shows the same as one that saw everything (seed %i)", async (seed) => {
    const random = unseeded(seed);
    let text = "";
    for (let count = 0; count < 60; count++) text += pieces[Math.floor(random() * pieces.length)];
    const stream = bytes(text);
    const cut = Math.floor(random() * stream.length);
    const model = new ScreenModel(40, 12);
    model.write(stream.subarray(0, cut), () => undefined);
    const { offset, redraw } = await snapshotOf(model);
    const whole = await shown([stream]);
    const restored = await shown([redraw, stream.subarray(offset)]);
    expect(restored).toEqual(whole);
  });

  it.each(["🙂", "👩‍🚒", "❤️", "🇹🇿", "e\u0301", "日本", "नि", "👍🏽"])(
    "has %s as wide as the page, so that the cursor stands where it does there",
    async (character) => {
      const text = `above\r\n${character.repeat(25)}\x1b[2K\r${character.repeat(5)}\x1b[1;3H`;
      const model = new ScreenModel(40, 12);
      model.write(bytes(text), () => undefined);
      const { offset, redraw } = await snapshotOf(model);
      expect(offset).toBe(bytes(text).length);
      expect(await shown([redraw, bytes("|")])).toEqual(await shown([bytes(`${text}|`)]));
    },
  );

  async function shown(parts: (string | Uint8Array)[]) {
    const terminal = new Terminal({ cols: 40, rows: 12, allowProposedApi: true, scrollback: 1_000 });
    // As the page draws it.
    terminal.loadAddon(new UnicodeGraphemesAddon());
    for (const part of parts) terminal.write(part);
    await new Promise<void>((resolve) => terminal.write("", resolve));
    const { active } = terminal.buffer;
    const lines: string[] = [];
    for (let row = 0; row < terminal.rows; row++) {
      lines.push(active.getLine(active.baseY + row)?.translateToString(true) ?? "");
    }
    const { mouseTrackingMode, bracketedPasteMode } = terminal.modes;
    const cursor = [active.cursorX, active.cursorY];
    return { lines, cursor, type: active.type, mouseTrackingMode, bracketedPasteMode };
  }
});

describe("the ring of bytes", () => {
  it("gives any part it still has and says what it has lost", () => {
    const ring = new ByteRing(10);
    for (const part of ["abcd", "efgh", "ijkl"]) ring.push(bytes(part));
    expect([ring.start, ring.end]).toEqual([0, 12]);
    ring.push(bytes("mnop"));
    expect([ring.start, ring.end]).toEqual([4, 16]);
    expect(ring.slice(3, 1)).toBeUndefined();
    expect(ring.slice(17, 1)).toBeUndefined();
    expect(new TextDecoder().decode(ring.slice(6, 100))).toBe("ghijklmnop");
    expect(new TextDecoder().decode(ring.slice(9, 2))).toBe("jk");
    expect(ring.slice(16, 5)?.length).toBe(0);
  });
});

describe("writers", () => {
  it("pass each piece on once and refuse a gap", () => {
    const writers = new Writers();
    const { writer } = writers.admit(undefined);
    expect([1, 2, 2, 1, 4, 3].map((seq) => writers.accept(writer, seq))).toEqual([
      ...["next", "next", "repeated", "repeated", "gap", "next"],
    ]);
    expect(writers.admit(writer)).toEqual({ writer, acceptedSeq: 3 });
    expect(writers.accept("stranger", 1)).toBe("gap");
  });

  it("forget the one unused longest, who then starts anew under another name", () => {
    const writers = new Writers();
    const { writer } = writers.admit(undefined);
    writers.accept(writer, 1);
    for (let count = 0; count < 64; count++) writers.admit(undefined);
    const again = writers.admit(writer);
    expect(again.acceptedSeq).toBe(0);
    expect(again.writer).not.toBe(writer);
  });
});

describe("the gate", () => {
  it("lets so many through at once, in order, and goes on after a failure", async () => {
    const gate = new OpenGate(2);
    const turns = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
    const begun: number[] = [];
    const passes = turns.map((turn, index) =>
      gate.pass("pve1", async () => {
        begun.push(index);
        await turn.promise;
      }),
    );
    const other = gate.pass("pve2", async () => "free");
    expect(await other).toBe("free");
    expect(begun).toEqual([0, 1]);
    turns[1]?.reject(new Error("refused"));
    await expect(passes[1]).rejects.toThrow("refused");
    expect(begun).toEqual([0, 1, 2]);
    for (const turn of turns) turn.resolve();
    await Promise.all([passes[0], passes[2], passes[3], passes[4]]);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
  });
});
