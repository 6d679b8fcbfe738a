import { describe, expect, it } from "vitest";
import { unseenBytes } from "./plain-run.ts";
import { SCREEN_SCROLLBACK_LINES, ScreenModel } from "./screen-model.ts";

/** The screen after these pieces. @param apart each is parsed before the next comes, and none is large enough to leave anything out */
async function screenOf(pieces: string[], apart: boolean): Promise<string> {
  const model = new ScreenModel(40, 10);
  const written: Promise<void>[] = [];
  for (const piece of pieces) {
    const parts = apart ? (piece.match(/[\s\S]{1,2000}/gu) ?? []) : [piece];
    for (const part of parts) {
      const parsed = new Promise<void>((resolve) => model.write(Buffer.from(part), resolve));
      if (apart) await parsed;
      else written.push(parsed);
    }
  }
  await Promise.all(written);
  const { redraw } = await new Promise<{ redraw: string }>((resolve) => model.snapshot(resolve));
  model.dispose();
  return redraw;
}

const lines = (count: number, make: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => `${make(at)}\r\n`).join("");
const flood = lines(6_000, (at) => `line ${at} ${"漢é🔑x\t".repeat(at % 7)}`);

describe("text that cannot be seen any more", () => {
  it("is most of a flood of plain lines", () => {
    const bytes = Buffer.from(lines(6_000, (at) => `line ${at}`));
    const unseen = unseenBytes(bytes, 1_020);
    expect(bytes.subarray(unseen).toString().split("\r\n").length).toBe(1_021);
  });

  it.each([
    ["a short text", lines(500, String)],
    ["one with an escape sequence anywhere", `${flood}\x1b[31m${flood}`],
    ["one that chooses another character set", `\x0e${flood}`],
    ["one with a C1 control", `${flood}\u009b31m`],
    ["lines without a carriage return", "x\n".repeat(5_000)],
  ])("is nothing of %s", (_what, text) => {
    expect(unseenBytes(Buffer.from(text), SCREEN_SCROLLBACK_LINES + 20)).toBe(0);
  });

  it.each([
    ["on a fresh screen", [flood]],
    ["below colours, an attribute that stays, and a cursor far up", ["a\x1b[41m\x1b[1;1H", `b${flood}`, "end"]],
    ["in the middle of a wrapped line", ["x".repeat(65), flood, "\x1b[5;3Hend"]],
    ["inserting, with tabs of its own and without wrapping", ["\x1b[4h\x1b[?7l\x1b[3g\x1b[1;9H\x1bH", flood]],
    ["with line drawing", ["\x1b(0", flood]],
    ["on the alternate screen", ["\x1b[?1049h", flood, "\x1b[?1049l", "back"]],
    ["in a scroll region", ["top\x1b[3;6r\x1b[4;1H", flood]],
    ["after an unfinished sequence", ["\x1b[3", `1m${flood}`]],
    ["after half a character", ["\u{1f511}", flood]],
    ["with more behind it", [flood, "\x1b[2J\x1b[H$ "]],
  ])("leaves the screen as it would be: %s", async (_what, pieces) => {
    expect(await screenOf(pieces, false)).toBe(await screenOf(pieces, true));
  });

  it("is left out between sizes without changing what each size saw", async () => {
    const run = async (apart: boolean) => {
      const model = new ScreenModel(40, 10);
      const write = (text: string) => new Promise<void>((resolve) => model.write(Buffer.from(text), resolve));
      const first = write(flood);
      if (apart) await first;
      model.resize(60, 12);
      await Promise.all([first, write(flood)]);
      const shot = await new Promise<{ redraw: string; offset: number }>((resolve) => model.snapshot(resolve));
      expect(shot.offset).toBe(2 * Buffer.byteLength(flood));
      return shot.redraw;
    };
    expect(await run(false)).toBe(await run(true));
  });
});
