import { describe, expect, it } from "vitest";
import { INPUT_CHARACTERS_MAX } from "../../gateway/protocol.ts";
import { PENDING_CHARACTERS_MAX, PendingInput } from "./pending-input.ts";

describe("input on its way", () => {
  it("is sent again after a drop from the first piece that was not accepted", () => {
    const pending = new PendingInput();
    for (const key of ["a", "b", "c"]) {
      pending.add(key);
      pending.take();
    }
    pending.resume(1);
    expect(pending.take()).toMatchObject([
      { seq: 2, data: "b" },
      { seq: 3, data: "c" },
    ]);
    pending.accepted(3);
    expect(pending.waiting).toBe(0);
  });

  it("typed while offline shares one piece", () => {
    const pending = new PendingInput();
    for (const key of "ls -l\r") pending.add(key);
    expect(pending.take()).toMatchObject([{ seq: 1, data: "ls -l\r" }]);
  });

  it("is cut to what a message holds, never inside a character, and paced", () => {
    const pending = new PendingInput();
    const paste = `${"x".repeat(INPUT_CHARACTERS_MAX - 1)}🙂${"y".repeat(INPUT_CHARACTERS_MAX * 9)}`;
    pending.add(paste);
    let arrived = "";
    let rounds = 0;
    for (let taken = pending.take(); taken.length > 0; taken = pending.take()) {
      rounds += 1;
      for (const { seq, data } of taken) {
        expect(data.length).toBeLessThanOrEqual(INPUT_CHARACTERS_MAX);
        expect(new TextDecoder().decode(new TextEncoder().encode(data as string))).toBe(data);
        arrived += data;
        pending.accepted(seq);
      }
    }
    expect(arrived).toBe(paste);
    expect(rounds).toBeGreaterThan(2);
  });

  it("is refused beyond what a page keeps", () => {
    const pending = new PendingInput();
    expect(pending.add("x".repeat(PENDING_CHARACTERS_MAX))).toBe(true);
    expect(pending.add("y")).toBe(false);
    expect(pending.waiting).toBe(PENDING_CHARACTERS_MAX);
  });

  it("that may have arrived is not sent to a gateway that forgot its writer", () => {
    const pending = new PendingInput();
    pending.add("sent");
    pending.take();
    pending.add("not sent");
    pending.startAnew();
    expect(pending.take()).toMatchObject([{ seq: 1, data: "not sent" }]);
    expect(pending.waiting).toBe(8);
  });
});
