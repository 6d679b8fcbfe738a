import { describe, expect, it } from "vitest";
import type { Surroundings } from "../../gateway/protocol.ts";
import type { LabPicture, NodePicture, PictureEventKind } from "../../labs/lab-picture.ts";
import { english, wordsOf } from "../_words/catalogue.ts";
import type { Link } from "./picture-layout.ts";
import {
  eventSentence,
  guestsSentence,
  linkSentence,
  nodeSentence,
  type Power,
  standingOf,
  storageSentence,
  summary,
  surroundingsChanges,
  votesLine,
  watchdogSentence,
} from "./picture-words.ts";

const words = wordsOf(english);

const all = ["pve1", "pve2", "pve3"];

function member(name: string, members: string[]): NodePicture {
  const votes = { present: members.length, expected: 3 };
  const cluster = { name: "lab", quorate: members.length > 1, members, configured: all, votes };
  return { name, state: "answers", cluster, tasks: [] };
}

const picture = (nodes: NodePicture[]): LabPicture => ({ format: 1, takenAtMs: 1, nodes, events: [] });
const on = new Map<string, Power>(all.map((name) => [name, "on"]));

describe("a node in words", () => {
  it("has the standing that it says itself, unless its power says more", () => {
    expect(standingOf(member("pve1", all), "on")).toBe("quorate");
    expect(standingOf(member("pve1", ["pve1"]), undefined)).toBe("not-quorate");
    expect(standingOf(member("pve1", all), "off")).toBe("off");
    expect(standingOf({ ...member("pve1", all), state: "silent" }, "on")).toBe("silent");
    expect(standingOf({ name: "pve1", state: "answers", cluster: null, tasks: [] }, "on")).toBe("no-cluster");
    expect(standingOf(undefined, undefined)).toBe("unseen");
  });

  it("says whom it sees, whom it does not, and the votes", () => {
    expect(nodeSentence(words, "pve1", member("pve1", ["pve1", "pve2"]), "on")).toBe(
      "pve1 says: cluster lab is quorate. It sees pve1 and pve2: 2 of 3 votes. It does not see pve3.",
    );
    expect(votesLine(words, member("pve1", ["pve1"]), "not-quorate")).toBe("1 of 3 votes");
    expect(votesLine(words, { ...member("pve1", ["pve1"]), device: true }, "quorate")).toBe("1 of 3 + QDevice");
    const refused = { ...member("pve1", ["pve1"]), device: false };
    expect(votesLine(words, refused, "not-quorate")).toBe("1 of 3 votes");
    expect(nodeSentence(words, "pve1", refused, "on")).toContain("It has a QDevice, which does not vote for it.");
  });

  it("counts nothing of an old list: a majority, and no quorum", () => {
    const { cluster } = member("pve1", all);
    const stopped: NodePicture = { ...member("pve1", all), cluster: cluster && { ...cluster, quorate: false } };
    expect(votesLine(words, stopped, standingOf(stopped, "on"))).toBe("votes not counted");
    expect(nodeSentence(words, "pve1", stopped, "on")).toBe(
      "pve1 says: cluster lab is not quorate. It lists pve1, pve2 and pve3 and counts no votes: its corosync is stopped, or waits for all nodes.",
    );
  });

  it("tells no votes of a node that does not tell them now", () => {
    const silent: NodePicture = { ...member("pve3", all), state: "silent" };
    expect(votesLine(words, silent, standingOf(silent, "on"))).toBe("");
    expect(nodeSentence(words, "pve3", silent, "on")).toBe("pve3 has power and does not answer: it may be starting.");
  });
});

describe("the lab in one line", () => {
  it("groups nodes by how they stand and names the cluster that they agree on", () => {
    const nodes = [member("pve1", ["pve1", "pve2"]), member("pve2", ["pve1", "pve2"]), member("pve3", all)];
    const power = new Map(on).set("pve3", "off");
    expect(summary(words, picture(nodes), all, power)).toBe("Cluster lab · Quorate: pve1, pve2 · Off: pve3");
  });

  it("shows that two halves disagree", () => {
    const nodes = [member("pve1", ["pve1"]), member("pve2", ["pve2", "pve3"]), member("pve3", ["pve2", "pve3"])];
    expect(summary(words, picture(nodes), all, on)).toBe("Cluster lab · Not quorate: pve1 · Quorate: pve2, pve3");
  });

  it("does not claim anything before the first look", () => {
    expect(summary(words, undefined, all, on)).toBe("Waiting for the first look at the nodes");
  });
});

describe("cables and events in words", () => {
  const link: Link = { between: ["pve1", "pve2"], network: "lan", up: true, latencyMs: 0.2, lossPercent: 0 };

  it("tell a cable's state, and its network where there are several", () => {
    expect(linkSentence(words, link, false)).toBe("The cable between pve1 and pve2 is in.");
    expect(linkSentence(words, { ...link, up: false }, true)).toBe(
      "The cable between pve1 and pve2 (network lan) is pulled.",
    );
    expect(linkSentence(words, { ...link, latencyMs: 80, lossPercent: 5 }, false)).toBe(
      "The cable between pve1 and pve2 is in, takes 80 ms and loses 5 % of the packets.",
    );
  });

  it("tell what changed around the nodes, and nothing when nothing did", () => {
    const before: Surroundings = { nodes: all.map((name) => ({ name, power: "on" })), links: [link] };
    const now: Surroundings = {
      nodes: [
        { name: "pve1", power: "on" },
        { name: "pve2", power: "on" },
        { name: "pve3", power: "off" },
      ],
      links: [{ ...link, up: false }],
    };
    expect(surroundingsChanges(words, before, now)).toEqual([
      "pve3 lost its power.",
      "The cable between pve1 and pve2 was pulled.",
    ]);
    expect(surroundingsChanges(words, now, before)).toEqual([
      "pve3 was powered on.",
      "The cable between pve1 and pve2 was put back.",
    ]);
    expect(surroundingsChanges(words, now, now)).toEqual([]);
  });

  it("tell of watchdogs and of the storage server, where a lab has them", () => {
    const server = { address: "10.10.10.5", up: true, cutFrom: [] };
    const before: Surroundings = { nodes: [], links: [], watchdog: true, storage: [server] };
    const now: Surroundings = {
      ...before,
      watchdog: false,
      storage: [{ ...server, cutFrom: ["pve1"] }],
    };
    expect(surroundingsChanges(words, before, now)).toEqual([
      "The watchdogs were taken away.",
      "pve1 was cut off from the storage server.",
    ]);
    expect(surroundingsChanges(words, now, { ...before, storage: [{ ...server, up: false }] })).toEqual([
      "The watchdogs were given back.",
      "The storage server was switched off.",
      "pve1 reaches the storage server again.",
    ]);
    expect(surroundingsChanges(words, { nodes: [], links: [] }, now)).toEqual([]);
    expect(storageSentence(words, now.storage![0]!)).toBe("The storage server 10.10.10.5 is on; pve1 cannot reach it.");
    expect(watchdogSentence(words, false)).toContain("no node is reset");
  });

  it.each<[PictureEventKind, string[], string[], string]>([
    ["silent", ["pve3"], [], "pve3 does not answer any more."],
    ["misses", ["pve1", "pve2"], ["pve3"], "pve1 and pve2 do not see pve3 any more."],
    ["sees", ["pve1"], ["pve2", "pve3"], "pve1 sees pve2 and pve3."],
    ["not-quorate", ["pve1"], ["lab"], "pve1 says: not quorate."],
    ["task-failed", ["pve2"], ["clusterjoin", ""], "Task clusterjoin on pve2 failed."],
  ])("tell %s as a sentence", (kind, nodes, about, sentence) => {
    expect(eventSentence(words, { seq: 1, atMs: 1, kind, nodes, about })).toBe(sentence);
  });
});

it("what HA does is told by who says it", () => {
  const event = (kind: "ha-state" | "ha-ends" | "guest-moved", about: string[]) =>
    eventSentence(words, { seq: 1, atMs: 0, kind, nodes: ["pve1", "pve2"], about });
  expect(event("ha-state", ["221", "fence"])).toBe("pve1 and pve2 say: the HA state of machine 221 is fence.");
  expect(event("guest-moved", ["221", "pve1"])).toBe("pve1 and pve2 say: machine 221 is on pve1.");
  expect(event("ha-ends", ["221"])).toBe("pve1 and pve2 say: HA no longer looks after machine 221.");
});

it("machines are told with their state, HA and migration", () => {
  const shop = { vmid: 221, name: "shop", node: "pve1", status: "running", ha: "started", moving: true };
  expect(guestsSentence(words, [shop, { vmid: 9, node: "pve1", status: "stopped", moving: false }])).toBe(
    "Machines on it: 221 shop (running, HA started, moving) and 9 (stopped).",
  );
  expect(guestsSentence(words, [])).toBe("No machine is on it.");
});
