import { describe, expect, it } from "vitest";
import type { LabFault, Surroundings } from "../../gateway/protocol.ts";
import type { LabPicture, PictureEvent } from "../../labs/lab-picture.ts";
import type { Connection } from "../_terminal/socket.ts";
import { english, wordsOf } from "../_words/catalogue.ts";
import { PictureFeed, type PictureState } from "./picture-feed.ts";

const words = wordsOf(english);

const event = (seq: number, atMs: number): PictureEvent => ({
  ...{ seq, atMs, kind: "silent", nodes: [`pve${seq}`], about: [] },
});
const picture = (takenAtMs: number, events: PictureEvent[] = []): LabPicture => ({
  ...{ format: 1, takenAtMs, nodes: [], events },
});
const surroundings = (power: "on" | "off"): Surroundings => ({ nodes: [{ name: "pve3", power }], links: [] });

/** A gateway with one lab. */
function gateway() {
  const listeners = new Map<string, (event: never) => void>();
  const lab = {
    picture: picture(1_000, [event(1, 900)]),
    surroundings: surroundings("on"),
    refuse: false,
    ageMs: 86_400_000,
  };
  const applied: LabFault[] = [];
  const refusal = { code: "unavailable", message: { id: "lab-unavailable" }, retry: true } as const;
  const socket = {
    connected: true,
    on: (name: string, listener: (event: never) => void) => void listeners.set(name, listener),
    off: (name: string) => void listeners.delete(name),
    emit: (name: string, request: { fault?: LabFault }, answer: (reply: unknown) => void) => {
      if (lab.refuse) return answer({ ok: false, refusal });
      if (name === "lab:picture")
        return answer({ ok: true, picture: lab.picture, ageMs: lab.ageMs, controls: ["power"], surroundings: true });
      if (name === "lab:surroundings") return answer({ ok: true, surroundings: lab.surroundings });
      if (request.fault) applied.push(request.fault);
      answer({ ok: true });
    },
  };
  const tell = (name: string, news: unknown) => listeners.get(name)?.(news as never);
  return { lab, applied, tell, listeners, socket: socket as unknown as Connection["socket"] };
}

function feed(at = gateway(), storage?: Pick<Storage, "getItem" | "setItem">) {
  const states: PictureState[] = [];
  const started = new PictureFeed(at.socket, "lab", (state) => states.push(state), storage);
  started.start();
  return { ...at, feed: started, states };
}

describe("a lab's picture on a page", () => {
  it("begins with what is known, which is live when it is seconds old", () => {
    const at = gateway();
    at.lab.ageMs = 5_000;
    const { feed: started } = feed(at);
    expect(started.state.live).toBe(true);
    started.stop();
  });

  it("does not call live what is old, until the grader has looked again", () => {
    const { feed: started, tell } = feed();
    expect(started.state).toMatchObject({ live: false, controls: ["power"], picture: { takenAtMs: 1_000 } });
    tell("lab:picture", { labId: "lab", picture: picture(2_000) });
    expect(started.state).toMatchObject({ live: true, picture: { takenAtMs: 2_000 } });
    tell("disconnect", undefined);
    expect(started.state.live).toBe(false);
    started.stop();
  });

  it("tells each event once, newest first, and takes no picture that is older or of another lab", () => {
    const { feed: started, tell } = feed();
    const second = picture(2_000, [event(1, 900), event(2, 1_900)]);
    tell("lab:picture", { labId: "lab", picture: second });
    tell("lab:picture", { labId: "lab", picture: second });
    tell("lab:picture", { labId: "lab", picture: picture(1_500, [event(9, 1_400)]) });
    tell("lab:picture", { labId: "another", picture: picture(9_000, [event(8, 8_000)]) });
    expect(started.state.timeLine.map(({ text }) => text(words).slice(0, 4))).toEqual(["pve2", "pve1"]);
    started.stop();
  });

  it("tells a plug that was pulled, also by somebody else", () => {
    const { feed: started, tell } = feed();
    tell("lab:surroundings", { labId: "lab", surroundings: surroundings("off") });
    expect(started.state.timeLine[0]?.text(words)).toBe("pve3 lost its power.");
    started.stop();
  });

  it("still tells of it after a reload, and of nothing that a browser garbled", () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, text: string) => void kept.set(key, text),
    };
    const before = feed(gateway(), storage);
    before.tell("lab:surroundings", { labId: "lab", surroundings: surroundings("off") });
    before.feed.stop();
    const after = feed(gateway(), storage);
    expect(after.feed.state.timeLine.map(({ text }) => text(words))).toContain("pve3 lost its power.");
    after.feed.stop();
    for (const garbled of ["{", '[{"atMs":1}]', `[{"atMs":${Date.now()},"before":{},"after":null}]`]) {
      for (const key of kept.keys()) kept.set(key, garbled);
      const { feed: started } = feed(gateway(), storage);
      expect(started.state.timeLine.map(({ text }) => text(words))).not.toContain("pve3 lost its power.");
      started.stop();
    }
  });

  it("asks for changes one after the other and stops at the first refusal, which it shows", async () => {
    const { feed: started, applied, lab } = feed();
    const off: LabFault = { kind: "power", node: "pve3", state: "off" };
    await started.apply([off, off]);
    expect([applied.length, started.state.busy, started.state.refusal]).toEqual([2, false, undefined]);
    lab.refuse = true;
    await started.apply([off, off]);
    expect([applied.length, started.state.busy, started.state.refusal?.id]).toEqual([2, false, "lab-unavailable"]);
    started.stop();
  });

  it("listens to nothing any more when it has stopped", () => {
    const { feed: started, listeners } = feed();
    started.stop();
    expect(listeners.size).toBe(0);
  });
});
