import { describe, expect, it } from "vitest";
import { Outbox, type OutboxOptions } from "./outbox.ts";

/** A server that can be away, and a tab's storage. */
function world(kept: Record<string, string> = {}) {
  const heard: unknown[] = [];
  const state = { up: true, status: 204 };
  let again: (() => void) | undefined;
  const options: OutboxOptions = {
    send: async (_path, body) => {
      if (!state.up) throw new TypeError("fetch failed");
      if (state.status < 500) heard.push(body);
      return new Response(null, { status: state.status });
    },
    storage: {
      getItem: (key) => kept[key] ?? null,
      setItem: (key, value) => {
        kept[key] = value;
      },
      removeItem: (key) => {
        delete kept[key];
      },
    },
    retry: (call) => {
      again = call;
      return () => {
        again = undefined;
      };
    },
  };
  const waits = () => expect.poll(() => again !== undefined).toBe(true);
  return { ...{ heard, state, kept, options, waits }, back: () => again?.() };
}

describe("an outbox", () => {
  it("sends at once where there is a way, and keeps nothing", async () => {
    const { heard, kept, options } = world();
    const response = await new Outbox(options).post("/api/answers", 1);
    expect([response.status, heard, kept]).toEqual([204, [1], {}]);
  });

  it("keeps what cannot be sent, in order, and answers late", async () => {
    const { heard, state, options, waits, back } = world();
    const outbox = new Outbox(options);
    state.up = false;
    let held = 0;
    const first = outbox.post("/api/answers", 1, { held: () => held++ });
    const second = outbox.post("/api/answers", 2);
    await waits();
    expect(held).toBe(1);
    expect([outbox.size, heard]).toEqual([2, []]);
    state.up = true;
    back();
    expect([(await first).status, (await second).status]).toEqual([204, 204]);
    expect([outbox.size, heard]).toEqual([0, [1, 2]]);
  });

  it("waits while the server is there and cannot, and drops what it refuses", async () => {
    const { heard, state, options, waits, back } = world();
    const outbox = new Outbox(options);
    state.status = 503;
    const answer = outbox.post("/api/answers", 1);
    await waits();
    expect(outbox.size).toBe(1);
    state.status = 403;
    back();
    expect((await answer).status).toBe(403);
    expect([outbox.size, heard]).toEqual([0, [1]]);
  });

  it("survives a reload, also of a tab whose storage holds nonsense", async () => {
    const { state, heard, kept, options, waits } = world();
    state.up = false;
    void new Outbox(options).post("/api/hints", "hint");
    await waits();
    state.up = true;
    const after = new Outbox(options);
    await expect.poll(() => after.size).toBe(0);
    expect([heard, kept]).toEqual([["hint"], {}]);
    expect(new Outbox(world({ "quorate-outbox": "{" }).options).size).toBe(0);
  });

  it("sends only the last of several that replace one another", async () => {
    const { heard, state, options, waits, back } = world();
    const outbox = new Outbox(options);
    state.up = false;
    for (const step of ["a", "b", "c"]) void outbox.post("/api/position", step, { replaces: "position" });
    await waits();
    expect(outbox.size).toBe(1);
    state.up = true;
    back();
    await expect.poll(() => heard).toEqual(["c"]);
  });
});
