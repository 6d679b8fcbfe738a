import { describe, expect, it } from "vitest";
import { FlowMark, MARK } from "./flow-mark.ts";

const PIECE = 64 * 1024;

/** A browser that is kept busy for some seconds. @returns the mark afterwards */
function flood(mark: FlowMark, clock: { ms: number }, browser: { bytesPerMs: number; roundTripMs: number }): number {
  let sent = 0;
  let parsed = 0;
  let parserFreeAtMs = clock.ms;
  const arriving: { atMs: number; offset: number }[] = [];
  const acknowledging: { atMs: number; offset: number }[] = [];
  const until = clock.ms + 5_000;
  for (; clock.ms < until; clock.ms += 0.25) {
    for (; acknowledging[0] && acknowledging[0].atMs <= clock.ms; acknowledging.shift()) {
      const { offset } = acknowledging[0];
      mark.parsed(offset, offset - parsed, sent - offset);
      parsed = offset;
    }
    while (sent - parsed + PIECE <= mark.bytes) {
      mark.sent(sent + PIECE, sent - parsed);
      sent += PIECE;
      arriving.push({ atMs: clock.ms + browser.roundTripMs / 2, offset: sent });
    }
    for (; arriving[0] && arriving[0].atMs <= clock.ms; arriving.shift()) {
      parserFreeAtMs = Math.max(parserFreeAtMs, clock.ms) + PIECE / browser.bytesPerMs;
      acknowledging.push({ atMs: parserFreeAtMs + browser.roundTripMs / 2, offset: arriving[0].offset });
    }
  }
  return mark.bytes;
}

describe("the mark of unparsed output", () => {
  it("grows for a fast browser far away, to its bound", () => {
    const clock = { ms: 0 };
    const mark = new FlowMark(() => clock.ms);
    expect(mark.bytes).toBe(MARK.first);
    expect(flood(mark, clock, { bytesPerMs: 30_000, roundTripMs: 80 })).toBe(MARK.most);
  });

  it("shrinks for a slow browser beside the server, so that ^C is felt", () => {
    const clock = { ms: 0 };
    const mark = new FlowMark(() => clock.ms);
    expect(flood(mark, clock, { bytesPerMs: 4_000, roundTripMs: 1 })).toBeLessThan(210 * 1024);
  });

  it("follows when a browser becomes slow", () => {
    const clock = { ms: 0 };
    const mark = new FlowMark(() => clock.ms);
    const fast = flood(mark, clock, { bytesPerMs: 30_000, roundTripMs: 40 });
    expect(flood(mark, clock, { bytesPerMs: 1_000, roundTripMs: 40 })).toBeLessThan(fast / 3);
  });

  it("stays where it is while a browser says nothing", () => {
    const clock = { ms: 0 };
    const mark = new FlowMark(() => clock.ms);
    mark.sent(PIECE, 0);
    clock.ms += 600_000;
    expect(mark.bytes).toBe(MARK.first);
  });
});
