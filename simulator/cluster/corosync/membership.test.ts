/** Membership as protocol: times, blips, hangs and cuts as recorded (FACTS 11-21). */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FACTS_SPANS, type FactsEvent } from "../../conformance/recorded-times.ts";
import { writeLocalFile } from "../files/file-changes.ts";
import { randomBetween } from "../kernel.ts";
import { act, advance, stepOne } from "../stepping.ts";
import { CONFIG_PATH, readConfigFile } from "./config-file.ts";
import { isAtRest } from "./knet.ts";
import { clusterOf, logSince, nodeName, runningCluster, setPaths, untilMembers, untilTrue } from "./test-cluster.ts";
import { isQuorate, linkStatus, membersOf, votequorumStatus } from "./view.ts";

const RECORDED = JSON.parse(readFileSync(new URL("../../recordings/corosync/times.json", import.meta.url), "utf8"));
/** From a newcomer's first ring, of itself, to its membership with six or fewer others. */
const AFTER_FIRST_RING_MS: number[] = RECORDED.afterFirstRing["7"];
/** Whoever has merged by then has done so at its fourth merge message. */
const EARLY_MS = 3_850;

/** Times of the real daemon, by number of nodes and kind of step. */
const REAL_MS: Record<number, Record<FactsEvent, number[]>> = RECORDED.ms;

/** Real and ours may lie so far apart by chance alone, in standard errors of the real ones. */
const ERRORS_APART = 3.5;
/** The recorder's machine was loaded: what is later than ours by less than this says nothing. */
const LATE = 0.05;

/**
 * The share of real times that ours has below each of its quantiles has to be that quantile, as far as so many real
 * ones can say: a check that gets narrower with every recording.
 */
function expectAlike(what: string, ours: number[], real: number[]): void {
  for (const share of real.length < 25 ? [0.5] : [0.1, 0.25, 0.5, 0.75, 0.9]) {
    const ms = quantile(ours, share);
    const error = Math.sqrt((share * (1 - share)) / real.length + (share * (1 - share)) / ours.length);
    const below = (limitMs: number) => real.filter((one) => one <= limitMs).length / real.length;
    const name = `${what}: real ones below our quantile ${share}, ${ms} ms`;
    expect(below(ms * (1 + LATE)), name).toBeGreaterThan(share - ERRORS_APART * error);
    expect(below(ms * (1 - LATE)), name).toBeLessThan(share + ERRORS_APART * error);
  }
}

function quantile(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]!;
}

describe("times of a membership", () => {
  for (const n of [2, 3, 4, 5, 7]) {
    it(`have the recorded medians with ${n} nodes`, () => {
      const times = { loss: [] as number[], heal: [] as number[], start: [] as number[], stop: [] as number[] };
      for (let run = 0; run < (n < 4 ? 60 : 40); run++) {
        const { lab, ids } = clusterOf(n, `times ${run}`);
        const rest = ids.slice(0, -1);
        const pause = () => advance(lab, lab.nowMs + randomBetween(lab, 5_000, 8_000));
        // As recorded: one node after the other.
        for (const id of ids) {
          act(lab, "corosync/start", { node: nodeName(id) });
          const joinedMs = untilMembers(lab, [ids.slice(0, id)]);
          if (id > 1) times.start.push(joinedMs);
          pause();
        }
        act(lab, "corosync/kill", { node: nodeName(n) });
        times.loss.push(untilMembers(lab, [rest]));
        pause();
        act(lab, "corosync/start", { node: nodeName(n) });
        times.start.push(untilMembers(lab, [ids]));
        pause();
        const halves: [number[], number[]] = [ids.slice(0, Math.floor(n / 2)), ids.slice(Math.floor(n / 2))];
        setPaths(lab, halves, false);
        times.loss.push(untilMembers(lab, halves));
        pause();
        setPaths(lab, halves, true);
        times.heal.push(untilMembers(lab, [ids]));
        pause();
        act(lab, "corosync/term", { node: nodeName(n) });
        times.stop.push(untilMembers(lab, [rest]));
      }
      for (const [what, { least, most, median, samples }] of Object.entries(FACTS_SPANS[n]!)) {
        // Stops do not depend on the number of nodes: the few of each are the chance of a draw.
        if (what === "stop") continue;
        const ours = times[what as keyof typeof times];
        const middle = quantile(ours, 0.5);
        expect(Math.abs(middle / median - 1), `${what}: median ${middle}, recorded ${median}`).toBeLessThan(0.15);
        const inside = ours.filter((ms) => ms >= least * 0.9 && ms <= most * 1.1).length / ours.length;
        // A few recordings do not span all that happens: where many more were made later, those are asked below.
        if (n in REAL_MS) continue;
        expect(inside, `${what}: share inside the recorded range`).toBeGreaterThan(samples < 5 ? 0.8 : 0.88);
      }
      for (const [what, real] of Object.entries(REAL_MS[n] ?? {})) {
        if (what !== "stop") expectAlike(what, times[what as keyof typeof times], real);
      }
    });
  }

  it("of single starts with seven nodes: as many merge at the fourth message as with the real daemon", () => {
    const early: boolean[] = [];
    for (let run = 0; run < 15; run++) {
      const { lab, ids } = clusterOf(7, `early ${run}`);
      for (const id of ids) {
        act(lab, "corosync/start", { node: nodeName(id) });
        const firstMs = untilTrue(lab, () => lab.nodes[nodeName(id)]!.corosync.daemon!.totem.ringId.rep !== 0);
        const ms = firstMs + untilMembers(lab, [ids.slice(0, id)]);
        if (id > 1) early.push(ms - firstMs < EARLY_MS);
        advance(lab, lab.nowMs + randomBetween(lab, 5_000, 8_000));
      }
    }
    const share = (list: boolean[]) => list.filter(Boolean).length / list.length;
    const real = AFTER_FIRST_RING_MS.map((ms) => ms < EARLY_MS);
    const error = Math.sqrt((share(real) * (1 - share(real))) / real.length + 0.25 / early.length / 2);
    expect(Math.abs(share(early) - share(real)), `${share(early)}, real ${share(real)}`).toBeLessThan(2.6 * error);
  });

  it("have the recorded ones of clean stops", () => {
    const ours = Array.from({ length: 150 }, (_, run) => {
      const { lab } = runningCluster(2, `stop ${run}`);
      act(lab, "corosync/term", { node: "pve2" });
      return untilMembers(lab, [[1]]);
    });
    const real = Object.values(REAL_MS).flatMap(({ stop }) => stop);
    expectAlike("stop", ours, real);
  });
});

describe("a short outage", () => {
  const share = (n: number, ms: number, runs = 20) => {
    let reformed = 0;
    for (let run = 0; run < runs; run++) {
      const { lab, ids } = runningCluster(n, `blip ${run}`);
      const before = votequorumStatus(lab, "pve1")!.ringId;
      setPaths(lab, [ids.slice(0, -1), ids.slice(-1)], false);
      advance(lab, lab.nowMs + ms);
      setPaths(lab, [ids.slice(0, -1), ids.slice(-1)], true);
      const endMs = lab.nowMs + 20_000;
      while (stepOne(lab, endMs)) expect(isQuorate(lab, "pve1")).toBe(true);
      expect(membersOf(lab, "pve1")).toEqual(ids);
      if (votequorumStatus(lab, "pve1")!.ringId !== before) reformed++;
    }
    return reformed / runs;
  };
  it("of 0.3 s mostly leaves the ring alone", () => expect(share(2, 300)).toBeLessThan(0.3));
  it("of 1.0 s can re-form the ring with the same members, because the link takes its time to come up", () => {
    expect(share(2, 1_000)).toBeGreaterThan(0.4);
    expect(share(3, 1_000)).toBeGreaterThan(0.3);
  });
  it("of 2.0 s always re-forms it", () => expect(share(3, 2_000)).toBe(1));
});

describe("a hung corosync", () => {
  const hangFor = (ms: number, run: number) => {
    const { lab, ids } = runningCluster(3, `hang ${run}`);
    const before = votequorumStatus(lab, "pve1")!.ringId;
    act(lab, "corosync/hang", { node: "pve3" });
    advance(lab, lab.nowMs + ms);
    act(lab, "corosync/resume", { node: "pve3" });
    const resumedMs = lab.nowMs;
    const backMs = untilMembers(lab, [ids]);
    advance(lab, resumedMs + 20_000);
    return { lab, resumedMs, backMs, before, after: votequorumStatus(lab, "pve1")!.ringId };
  };
  it("is not noticed after 1 s", () => {
    for (let run = 0; run < 5; run++) {
      const { before, after } = hangFor(1_000, run);
      expect(after).toBe(before);
    }
  });
  it("re-forms the ring with the same members after 2 s and after 5 s", () => {
    for (let run = 0; run < 5; run++) {
      for (const ms of [2_000, 5_000]) {
        const { lab, before, after } = hangFor(ms, run);
        expect(after).not.toBe(before);
        expect(logSince(lab, 1, 0).filter((line) => /Members left: 3/.test(line))).toEqual([]);
      }
    }
  });
  it("is dropped after 20 s, says that it was not scheduled, and is back 2.0 to 2.2 s after it goes on", () => {
    const { lab, resumedMs, backMs } = hangFor(20_000, 1);
    expect(backMs).toBeGreaterThanOrEqual(1_990);
    expect(backMs).toBeLessThan(2_200);
    const own = logSince(lab, 3, resumedMs).join("\n");
    expect(own).toMatch(/was not scheduled \(@\d+\) for 20000\.0000 ms \(threshold is 2920\.0000 ms\)/);
    expect(own).toContain("Members joined: 1 2 left: 1 2");
  });
});

describe("two links", () => {
  it("lose one without any change of membership, and the tool shows which", () => {
    const { lab, ids } = runningCluster(3, "two links", {}, 2);
    const before = votequorumStatus(lab, "pve1")!.ringId;
    act(lab, "network/unplug", { node: "pve1", network: "lan", unplugged: true });
    advance(lab, lab.nowMs + 20_000);
    expect(votequorumStatus(lab, "pve1")!.ringId).toBe(before);
    expect(membersOf(lab, "pve1")).toEqual(ids);
    const toPve2 = linkStatus(lab, "pve1")!.find((peer) => peer.nodeId === 2)!;
    expect(toPve2.links.map((link) => link.connected)).toEqual([false, true]);
  });
  it.each([
    ["of equal priority use the lowest number", {}, 0],
    ["use the highest priority that is up", { 1: 10 }, 12],
    ["know no link without a priority of its own as more than 1", { 0: 2, 1: 1 }, 0],
  ])("%s", (_, linkPriorities: Record<number, number>, warningsLeast) => {
    // What goes over the slow second link is late, and the token's absence is warned of.
    const { lab, ids } = clusterOf(3, "priorities", {}, 2);
    for (const id of ids) {
      const text = readConfigFile(lab, nodeName(id))!;
      const changed = Object.entries(linkPriorities).reduce(
        (before, [number, priority]) =>
          before.replace(`linknumber: ${number}`, `linknumber: ${number}\n    knet_link_priority: ${priority}`),
        text,
      );
      writeLocalFile(lab, nodeName(id), CONFIG_PATH, changed);
      act(lab, "corosync/start", { node: nodeName(id) });
    }
    untilMembers(lab, [ids]);
    advance(lab, lab.nowMs + 15_000);
    for (const [from, to] of [
      ["pve1", "pve2"],
      ["pve1", "pve3"],
      ["pve2", "pve3"],
    ] as const) {
      act(lab, "network/set-path", { from, to, network: "ring1", latencyMs: 850 });
    }
    const slowMs = lab.nowMs;
    advance(lab, slowMs + 60_000);
    expect(membersOf(lab, "pve1")).toEqual(ids);
    const warned = logSince(lab, 1, slowMs).filter((line) => line.includes("Token has not been received"));
    expect(warned.length > 0).toBe(warningsLeast > 0);
    expect(warned.length).toBeGreaterThanOrEqual(warningsLeast);
    act(lab, "network/unplug", { node: "pve1", network: "ring1", unplugged: true });
    advance(lab, lab.nowMs + 20_000);
    expect(membersOf(lab, "pve1")).toEqual(ids);
  });
});

describe("a healthy cluster", () => {
  it("schedules nothing, and an hour of five nodes passes in no time", () => {
    const { lab } = runningCluster(5, "healthy");
    const corosyncEvents = () => lab.queue.filter((event) => /^(totem|knet|corosync|votequorum)\//.test(event.kind));
    expect(corosyncEvents()).toEqual([]);
    expect(Object.values(lab.nodes).every((node) => node.corosync.daemon!.links.every(isAtRest))).toBe(true);
    advance(lab, lab.nowMs + 3_600_000);
    act(lab, "corosync/kill", { node: "pve5" });
    expect(untilMembers(lab, [[1, 2, 3, 4]])).toBeLessThan(11_000);
  });
  it("is the same value for the same seed, and a copy through JSON goes on in the same way", () => {
    const one = runningCluster(3, "same").lab;
    const other = JSON.parse(JSON.stringify(runningCluster(3, "same").lab)) as typeof one;
    for (const lab of [one, other]) {
      act(lab, "network/set-path", { from: "pve1", to: "pve3", up: false });
      advance(lab, lab.nowMs + 30_000);
    }
    expect(JSON.stringify(other)).toBe(JSON.stringify(one));
  });
});

describe("a node that cannot start", () => {
  it("says why in the words of corosync: no configuration, no key", () => {
    const { lab } = clusterOf(2, "start");
    delete lab.nodes.pve2!.files.entries["/etc/corosync/authkey"];
    expect(act(lab, "corosync/start", { node: "pve2" })).toMatchObject({ started: false, exitCode: 8 });
    expect(logSince(lab, 2, 0).at(-2)).toBe(
      "  [MAIN  ] Could not open /etc/corosync/authkey: No such file or directory",
    );
    delete lab.nodes.pve2!.files.entries["/etc/corosync/corosync.conf"];
    act(lab, "corosync/start", { node: "pve2" });
    expect(logSince(lab, 2, 0).at(-1)).toBe("Can't read file /etc/corosync/corosync.conf: No such file or directory");
  });
  it("with an older corosync.conf than the others ends when it meets them, in the recorded words", () => {
    const { lab, ids } = runningCluster(3, "older");
    act(lab, "corosync/term", { node: "pve3" });
    untilMembers(lab, [[1, 2]]);
    advance(lab, lab.nowMs + 3_000);
    for (const node of ["pve1", "pve2"]) {
      const text = readConfigFile(lab, node)!.replace(/config_version: \d+/, "config_version: 7");
      writeLocalFile(lab, node, CONFIG_PATH, text);
    }
    act(lab, "corosync/reload", { node: "pve1" });
    advance(lab, lab.nowMs + 3_000);
    const startMs = lab.nowMs;
    act(lab, "corosync/start", { node: "pve3" });
    advance(lab, startMs + 20_000);
    const own = logSince(lab, 3, startMs);
    const error = "  [CMAP  ] Received config version (7) is different than my config version (1)! Exiting";
    const at = own.indexOf(error);
    expect(own[at - 1]).toMatch(/A new membership \(1\.\w+\) was formed\. Members joined: 1 2$/);
    expect(own[at + 1]).toBe("  [SERV  ] Unloading all Corosync service engines.");
    expect(own.at(-1)).toBe("  [MAIN  ] Corosync Cluster Engine exiting normally");
    expect(membersOf(lab, "pve1")).toEqual([1, 2]);
    // Whoever was in company before goes on, and one that is newer than the others stays.
    writeLocalFile(lab, "pve3", CONFIG_PATH, readConfigFile(lab, "pve1")!.replace("version: 7", "version: 9"));
    act(lab, "corosync/start", { node: "pve3" });
    untilMembers(lab, [ids]);
    advance(lab, lab.nowMs + 20_000);
    expect(membersOf(lab, "pve1")).toEqual(ids);
  });
});
