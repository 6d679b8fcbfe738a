import { randomBytes, randomInt } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ByteRing } from "./byte-ring.ts";

describe("the last bytes of a terminal", () => {
  it("are what was pushed, by any offset that is still kept", () => {
    const capacity = 5_000;
    const ring = new ByteRing(capacity);
    let all = Buffer.alloc(0);
    const kept: { view: Uint8Array; copy: Buffer }[] = [];
    for (let round = 0; round < 2_000; round++) {
      const bytes = randomBytes(round % 3 === 0 ? randomInt(0, 4) : randomInt(0, 2_000));
      all = Buffer.concat([all, bytes]);
      kept.push({ view: ring.push(bytes), copy: Buffer.from(bytes) });
      expect(ring.end).toBe(all.length);
      expect(ring.end - ring.start).toBeGreaterThanOrEqual(Math.min(all.length, capacity));
      const offset = randomInt(ring.start, ring.end + 1);
      const length = randomInt(1, 6_000);
      const slice = Buffer.from(ring.slice(offset, length) ?? []);
      expect(slice.equals(all.subarray(offset, offset + length))).toBe(true);
      expect(ring.slice(ring.start - 1, 1)).toBeUndefined();
      expect(ring.slice(ring.end + 1, 1)).toBeUndefined();
    }
    for (const { view, copy } of kept.slice(-50)) expect(copy.equals(view)).toBe(true);
  });

  it("of an idle session take little memory", () => {
    const ring = new ByteRing(512 * 1024);
    expect(ring.push(Buffer.from("$ ")).buffer.byteLength).toBeLessThanOrEqual(1_024);
  });

  it("are bounded by the capacity and one block", () => {
    const ring = new ByteRing(512 * 1024);
    for (let at = 0; at < 1_000; at++) ring.push(Buffer.alloc(4_000));
    expect(ring.end - ring.start).toBeLessThanOrEqual(512 * 1024 + 64 * 1024);
  });
});
