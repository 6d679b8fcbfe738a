import { describe, expect, it } from "vitest";
import { hear } from "./guest-ping.ts";

describe("what a ping tells", () => {
  const line = (seq: number) => `64 bytes from 10.0.0.5: icmp_seq=${seq} ttl=64 time=0.412 ms`;
  function heard(seqs: number[]) {
    const list: Parameters<typeof hear>[0] = new Map();
    hear(list, "10.0.0.5", "PING 10.0.0.5 (10.0.0.5) 56(84) bytes of data.", 0);
    for (const seq of seqs) hear(list, "10.0.0.5", line(seq), seq * 200);
    return list.get("10.0.0.5")?.seen;
  }
  it("is the number of packets without an answer, times the interval", () => {
    expect(heard([1, 2, 3, 9, 10])).toMatchObject({ sent: 10, received: 5, gaps: [{ ms: 1200, over: true }] });
  });
  it("takes answers out of order, and double ones, for no silence", () => {
    expect(heard([1, 2, 4, 3, 4, 5])).toMatchObject({ sent: 5, received: 4, gaps: [] });
  });
  it("is nothing before the first answer", () => {
    expect(heard([])).toBeUndefined();
  });
});
