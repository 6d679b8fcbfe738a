import { afterEach, describe, expect, it } from "vitest";
import { LabObserver, type LabObserverOptions, type WatchedChapter } from "./lab-observer.ts";
import type { Observation } from "./observation.ts";
import { type FakeAnswer, type FakeNode, startFakeNode } from "./testing/fake-node.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const status = (quorate: number): FakeAnswer => ({
  status: 200,
  body: JSON.stringify({
    data: [
      { type: "cluster", id: "cluster", name: "lab", nodes: 1, quorate, version: 1 },
      { type: "node", id: "node/pve1", name: "pve1", nodeid: 1, local: 1, online: 1 },
    ],
  }),
});
const chapter: WatchedChapter = { key: "course/chapter" };

interface Watched {
  node: FakeNode;
  judged: Observation[];
  observer: LabObserver;
  /** Resolves when the observer has looked this often at what is on screen. */
  rounds(count: number): Promise<void>;
  screen: { chapters: WatchedChapter[] };
}

async function watch(more: Partial<LabObserverOptions>): Promise<Watched> {
  const node = await startFakeNode("pve1", { "/cluster/status": status(1) });
  stops.push(node.close);
  const judged: Observation[] = [];
  const screen = { chapters: [chapter] };
  let round = 0;
  const waiting = new Set<() => void>();
  const observer = new LabObserver({
    labId: "lab",
    nodes: ["pve1"],
    reach: async () => ({ lab: "lab", nodes: [node.node] }),
    watched: async () => {
      round++;
      for (const look of waiting) look();
      return screen.chapters;
    },
    baseline: async () => undefined,
    judged: async (seen) => {
      judged.push(seen);
      screen.chapters = screen.chapters.map(({ key }) => ({ key }));
    },
    busy: async () => {},
    log: () => {},
    ...more,
  });
  stops.push(() => observer.stop());
  const rounds = (count: number) => {
    const until = round + count;
    return new Promise<void>((resolve) => {
      const look = () => {
        if (round < until) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
    });
  };
  return { node, judged, observer, rounds, screen };
}

const until = async (is: () => boolean) => {
  while (!is()) await new Promise((resolve) => setImmediate(resolve));
};

describe("observing a lab", () => {
  it("asks a node no more than thirty times a minute, however often it may look", async () => {
    const startedMs = performance.now();
    const { node, rounds } = await watch({ timing: { quickMs: 1, wholeMs: 1 } });
    await rounds(300);
    const minutes = Math.ceil((performance.now() - startedMs) / 60_000);
    expect(node.requests.length).toBeGreaterThan(5);
    expect(node.requests.length).toBeLessThanOrEqual(30 * minutes);
  });

  it("is not blind while nudges take the calls: a cheap look comes now and then", async () => {
    const seen: Observation[] = [];
    const { judged, rounds, observer } = await watch({
      timing: { quickMs: 1, blindMs: 200, callsPerMinute: 30 },
      seen: (observation) => void seen.push(observation),
    });
    const goesOn = async () => {
      for (let nudge = 0; nudge < 20; nudge++) {
        observer.nudge();
        await rounds(2);
      }
    };
    await goesOn();
    const [wholes, looks] = [judged.length, seen.length];
    await until(() => seen.length >= looks + 3);
    expect(seen.slice(looks).map(({ depth }) => depth)).toEqual(["quick", "quick", "quick"]);
    // Nudges have not taken what those need.
    await goesOn();
    expect(judged.length).toBe(wholes);
  });

  it("keeps calls for a press, which is answered even when looking has used the rest", async () => {
    const { judged, rounds, screen, observer } = await watch({ timing: { quickMs: 1, callsPerMinute: 30 } });
    await rounds(100);
    const before = judged.length;
    screen.chapters = [{ ...chapter, askedAt: new Date() }];
    observer.nudge();
    await rounds(2);
    expect(judged.length).toBe(before + 1);
  });

  it.each([13, 14, 20, 30])(
    "reads the log of a new migration in every look that judges, with %i calls a minute",
    async (callsPerMinute) => {
      const upid = (number: number) => `UPID:pve1:00000308:000000${number}:6B0386A6:qmigrate:100:root@pam:`;
      let looks = 10;
      const { node, judged, rounds, screen, observer } = await watch({
        timing: { quickMs: 1, wholeMs: 1, callsPerMinute },
        baseline: async () => judged[0],
      });
      const answer = (data: unknown): FakeAnswer => ({ status: 200, body: JSON.stringify({ data, total: 1 }) });
      node.answers["/nodes/pve1/time"] = answer({ time: 1_795_400_000 });
      for (let number = 10; number < 40; number++) {
        const path = `/nodes/pve1/tasks/${encodeURIComponent(upid(number))}/log`;
        node.answers[path] = answer([{ n: 1, t: "TASK OK" }]);
      }
      Object.defineProperty(node.answers, "/nodes/pve1/tasks", {
        get: () => {
          const ended = {
            node: "pve1",
            pid: 776,
            pstart: 1,
            type: "qmigrate",
            id: "100",
            user: "root@pam",
            status: "OK",
          };
          const times = { starttime: 1_795_400_000 + looks, endtime: 1_795_400_000 + looks };
          return answer([{ ...ended, ...times, upid: upid(looks++) }]);
        },
      });
      await rounds(100);
      screen.chapters = [{ ...chapter, askedAt: new Date() }];
      observer.nudge();
      await rounds(5);
      expect(judged.length).toBeGreaterThan(callsPerMinute < 30 ? 0 : 2);
      for (const seen of judged.slice(1)) {
        expect(seen.nodes[0]!.tasks).toMatchObject({ read: true, value: [{ log: ["TASK OK"] }] });
      }
    },
  );

  it("says once of a press that must wait for calls how long, and of one that need not nothing", async () => {
    const waits: number[] = [];
    const { judged, rounds, screen, observer } = await watch({
      timing: { quickMs: 1, wholeMs: 1, callsPerMinute: 30 },
      waits: async (_, waitMs) => void waits.push(waitMs),
    });
    await rounds(300);
    const before = judged.length;
    screen.chapters = [{ ...chapter, askedAt: new Date() }];
    observer.nudge();
    await rounds(20);
    if (judged.length === before) {
      expect(waits).toHaveLength(1);
      expect(waits[0]).toBeGreaterThan(0);
      expect(waits[0]).toBeLessThanOrEqual(60_000);
    } else expect(waits).toHaveLength(0);
  });

  it("judges again when something changed, and not while nothing does", async () => {
    const { node, judged, rounds } = await watch({ timing: { quickMs: 1, callsPerMinute: 10_000 } });
    await rounds(30);
    expect(judged).toHaveLength(1);
    node.answers["/cluster/status"] = status(0);
    await rounds(10);
    expect(judged).toHaveLength(2);
    expect(judged[1]!.nodes[0]!.status).toMatchObject({ value: { cluster: { quorate: false } } });
  });

  it("does not judge a node silent that only paused for a moment, as while it joins", async () => {
    const { node, judged, rounds } = await watch({ timing: { quickMs: 1, callsPerMinute: 10_000 } });
    await rounds(10);
    let looks = 0;
    const unwell: FakeAnswer = { status: 500, reason: "restarting", body: "" };
    Object.defineProperty(node.answers, "/cluster/status", { get: () => (++looks <= 2 ? unwell : status(1)) });
    await rounds(20);
    expect(looks).toBeGreaterThan(3);
    expect(judged).toHaveLength(1);
    Object.defineProperty(node.answers, "/cluster/status", { get: () => unwell });
  });

  describe("a lab that is put into another state", () => {
    it("is looked at as a whole at once, though the calls of its nodes are used up", async () => {
      const { judged, rounds, observer } = await watch({ timing: { quickMs: 1, wholeMs: 1, callsPerMinute: 30 } });
      await rounds(300);
      const before = judged.length;
      observer.renew();
      await until(() => judged.length > before);
      expect(judged.at(-1)!.depth).toBe("full");
    });

    it("ends a look at what was there before, which is judged by nobody", async () => {
      const { node, judged, observer } = await watch({ timing: { quickMs: 1, callsPerMinute: 10_000 } });
      await until(() => judged.length > 0);
      let hangs = false;
      const answerOf = (given: () => FakeAnswer) =>
        Object.defineProperty(node.answers, "/cluster/status", { configurable: true, get: given });
      answerOf(() => {
        hangs = true;
        return "hang";
      });
      await until(() => hangs);
      answerOf(() => status(0));
      const renewedMs = performance.now();
      observer.renew();
      await until(() => judged.length > 1);
      expect(performance.now() - renewedMs).toBeLessThan(3_000);
      expect(judged[1]!.nodes[0]!.status).toMatchObject({ value: { cluster: { quorate: false } } });
    });

    it("is looked at as a whole when the node that was exchanged has booted, or its time is over", async () => {
      const timing = { quickMs: 1, callsPerMinute: 10_000, startingMs: 60_000 };
      const { node, judged, observer, rounds } = await watch({ timing });
      await until(() => judged.length > 0);
      node.answers["/cluster/status"] = { status: 500, reason: "booting", body: "" };
      observer.renew("pve1");
      await rounds(20);
      expect(judged).toHaveLength(1);
      node.answers["/cluster/status"] = status(0);
      await until(() => judged.length > 1);
      expect(judged[1]).toMatchObject({ depth: "full", nodes: [{ status: { read: true } }] });
    });

    it("waits no longer than its time for a node that does not come back, and not at all when Check is pressed", async () => {
      const gone: FakeAnswer = { status: 500, reason: "booting", body: "" };
      const soon = await watch({ timing: { quickMs: 1, callsPerMinute: 10_000, startingMs: 1 } });
      await until(() => soon.judged.length > 0);
      soon.node.answers["/cluster/status"] = gone;
      soon.observer.renew("pve1");
      await until(() => soon.judged.length > 1);

      const pressed = await watch({ timing: { quickMs: 1, callsPerMinute: 10_000, startingMs: 60_000 } });
      await until(() => pressed.judged.length > 0);
      pressed.node.answers["/cluster/status"] = gone;
      pressed.observer.renew("pve1");
      pressed.screen.chapters = [{ ...chapter, askedAt: new Date() }];
      await until(() => pressed.judged.length > 1);
      expect(pressed.judged[1]!.nodes[0]!.status?.read).not.toBe(true);
    });

    it.each(["comes late", "does not come"])(
      "is not told as out of reach when the address of what was there before %s",
      async (how) => {
        const own = await startFakeNode("pve1", { "/cluster/status": status(1) });
        stops.push(own.close);
        const held: (() => void)[] = [];
        let hold = false;
        const told: string[] = [];
        const seen: Observation[] = [];
        const { judged, observer } = await watch({
          timing: { quickMs: 1, callsPerMinute: 10_000 },
          reach: async () => {
            if (hold) {
              await new Promise<void>((resolve) => held.push(resolve));
              if (how === "does not come") throw new Error("it starts anew");
            }
            return { lab: "lab", nodes: [own.node] };
          },
          seen: (observation) => void seen.push(observation),
          log: (text) => void told.push(text),
        });
        await until(() => judged.length > 0);
        hold = true;
        await until(() => held.length > 0);
        hold = false;
        observer.renew();
        held[0]!();
        await until(() => judged.length > 1);
        expect(told).toEqual([]);
        expect(seen.map(({ nodes }) => nodes[0]!.reached.answered)).not.toContain(false);
      },
    );
  });

  it("ends when nothing is on screen any more", async () => {
    const { observer, screen } = await watch({ timing: { quickMs: 1 } });
    screen.chapters = [];
    await observer.ended;
  });

  it("goes on after trouble of its own", async () => {
    let fail = true;
    const { judged, observer } = await watch({
      timing: { quickMs: 1, callsPerMinute: 10_000 },
      baseline: async () => {
        if (!fail) return undefined;
        fail = false;
        throw new Error("the database is away");
      },
    });
    while (judged.length === 0) {
      observer.nudge();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(fail).toBe(false);
  });
});
