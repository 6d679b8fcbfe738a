/// <reference types="node" />
/** What the HA daemons write, line by line, beside recordings 51, 52, g20, g22, g23, and the words of g21. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { addShared } from "../testing/guest-jobs.ts";
import { clusterOf, run, runUntil } from "../testing/lab-steps.ts";
import type { HaChange } from "./ha-requests.ts";
import { haStatus } from "./ha-view.ts";

/** Without what differs from run to run: names, numbers of tasks and processes. */
function shape(text: string): string {
  return text
    .replace(/UPID:[\w-]+(?::[0-9A-F]{8,9}){3}:(\w+):\d*:\S+?:/g, "UPID:$1")
    .replace(/pve\d/g, "NODE")
    .replace(/PID \d+/, "PID N");
}

/** Lines of one daemon in a recording's journal, between two of them. */
function recorded(file: string, daemon: string, from: string, to: string): string[] {
  const text = readFileSync(new URL(`../../recordings/pve/ha/${file}`, import.meta.url), "utf8");
  const lines = text
    .split("\n")
    .map((line) => new RegExp(`^\\w{3} \\d+ [\\d:.]+ \\w+ ${daemon}\\[\\d+\\]: (.*)$`).exec(line)?.[1])
    .filter((line) => line !== undefined);
  const found = between(lines, from, to);
  expect(found.length).toBeGreaterThan(2);
  return found;
}

function between(lines: string[], from: string, to: string): string[] {
  const start = lines.findIndex((line) => line.includes(from));
  const end = lines.findIndex((line, at) => at >= start && line.includes(to));
  return lines.slice(start, end + 1).map(shape);
}

function ours(lab: LabState, daemon: string, from: string, to: string): string[] {
  for (const node of Object.values(lab.nodes)) {
    const lines = node.journal.filter((line) => line.identifier === daemon).map((line) => line.text);
    const found = between(lines, from, to);
    if (found.length > 0) return found;
  }
  return [];
}

/** Tasks begin within a few milliseconds of the line about them, in either order in the recordings. */
const asSet = (lines: string[]) => [...lines].sort();

/** Guest 100 managed and running on pve2. @param disk absent for one without a system, as the recorded one */
function managed(seed: string, disk: { scsi0?: string } = { scsi0: "shared:1" }): LabState {
  const lab = clusterOf(3, seed);
  addShared(lab);
  const params = { memory: "128", ...disk };
  act(lab, "guests/act", { node: "pve2", vmid: 100, action: "create", params, program: "qm" });
  run(lab, 3_000);
  act(lab, "ha/configure", { node: "pve2", change: { op: "add", sid: "vm:100", keys: {} } });
  reach(lab, "started");
  return lab;
}

function reach(lab: LabState, state: string, viewer = "pve1"): void {
  const found = () => haStatus(lab, viewer).find((one) => one.type === "service")?.state === state || undefined;
  runUntil(lab, found, 250_000);
}

const order = (lab: LabState, change: HaChange) => act(lab, "ha/configure", { node: "pve1", change });

/** What a service is called, one word after another, while a recorder looked every half second after a command. */
function recordedWords(file: string, command: string): string[] {
  const text = readFileSync(new URL(`../../recordings/pve/ha/${file}`, import.meta.url), "utf8");
  const after = text.slice(text.indexOf(command)).split("# harness: poll")[1]!;
  return distinct([...after.matchAll(/^\+ .*vm:100 \(pve\d, (\w+),/gm)].map((match) => match[1]!));
}

function words(lab: LabState, withinMs: number): string[] {
  const list: string[] = [];
  for (const untilMs = lab.nowMs + withinMs; lab.nowMs < untilMs; run(lab, 500)) {
    const state = haStatus(lab, "pve1").find((one) => one.type === "service")?.state;
    if (state !== undefined) list.push(state);
  }
  return distinct(list);
}

const distinct = (list: string[]) => list.filter((word, at) => word !== list[at - 1]);

/** Lines of a recording that are the recorder's host's own. */
const ARTEFACT = /query-proxmox-support/;

describe("the journal of HA", () => {
  it("tells a maintenance, and its end within two minutes, as recorded (g20)", () => {
    const lab = managed("journal-maintenance");
    order(lab, { op: "crm-command", verb: "enable-node-maintenance", target: "pve2" });
    runUntil(lab, () => (lab.nodes.pve2!.qemu[100] ? undefined : true), 90_000);
    reach(lab, "started");
    run(lab, 6_000);
    order(lab, { op: "crm-command", verb: "disable-node-maintenance", target: "pve2" });
    run(lab, 40_000);
    const crm: [string, string] = ["'online' => 'maintenance'", "from 'migrate' to 'started'"];
    expect(ours(lab, "pve-ha-crm", ...crm)).toEqual(recorded("g20-ha-maint.txt", "pve-ha-crm", ...crm));
    const lrm: [string, string] = ["status change active => maintenance", "maintenance => lost_agent_lock"];
    const theirs = recorded("g20-ha-maint.txt", "pve-ha-lrm", ...lrm).filter((line) => !ARTEFACT.test(line));
    const waiting = (lines: string[]) => lines.filter((line) => !line.includes("still active"));
    expect(waiting(ours(lab, "pve-ha-lrm", ...lrm))).toEqual(waiting(theirs));
  });

  it("goes through the recorded words when a service is ignored, started, disabled and asked for by qm (g21)", () => {
    const lab = managed("words", {});
    const file = "g21-ha-relocate-state.txt";
    const set = (state: string) => order(lab, { op: "set", sid: "vm:100", keys: { state } });
    const qm = (action: "stop" | "start") =>
      act(lab, "guests/act", { node: "pve2", vmid: 100, action, params: {}, program: "qm" });
    order(lab, { op: "crm-command", verb: "relocate", sid: "vm:100", target: "pve2" });
    expect(words(lab, 12_000)).toEqual(recordedWords(file, "crm-command relocate vm:100 pve2"));
    set("ignored");
    run(lab, 500);
    expect(words(lab, 12_000)).toEqual(recordedWords(file, "--state ignored"));
    // Nobody starts it again.
    qm("stop");
    run(lab, 20_000);
    expect(lab.nodes.pve2!.qemu[100]).toBeUndefined();
    set("started");
    run(lab, 500);
    expect(words(lab, 25_000)).toEqual(recordedWords(file, "--state started"));
    set("disabled");
    run(lab, 500);
    // A guest without a system does not hear the button: the recorder gave up after a minute, and so does this.
    expect(words(lab, 55_000)).toEqual(recordedWords(file, "--state disabled"));
    qm("start");
    run(lab, 500);
    expect(words(lab, 40_000)).toEqual(recordedWords(file, "qm start 100"));
  });

  it("tries a move of a locked guest for ever, and lets a group with nofailback be, as recorded (g23, g24)", () => {
    const lab = managed("journal-groups");
    order(lab, { op: "group-add", group: "g1", keys: { nodes: "pve3", restricted: "1" } });
    run(lab, 500);
    order(lab, { op: "group-add", group: "g2", keys: { nodes: "pve1:2,pve2:1", nofailback: "1" } });
    run(lab, 500);
    order(lab, { op: "set", sid: "vm:100", keys: { group: "g1" } });
    runUntil(lab, () => (lab.nodes.pve3!.qemu[100] ? true : undefined), 90_000);
    reach(lab, "started");
    run(lab, 12_000);
    // What a target without quorum left behind in the recording.
    const params = { lock: "migrate" };
    act(lab, "guests/act", { node: "pve3", vmid: 100, action: "set", params, program: "qm", foreground: true });
    run(lab, 1_000);
    order(lab, { op: "crm-command", verb: "migrate", sid: "vm:100", target: "pve1" });
    run(lab, 24_000);
    order(lab, { op: "set", sid: "vm:100", keys: { group: "g2" } });
    run(lab, 45_000);
    order(lab, { op: "group-set", group: "g2", keys: { nofailback: "0" } });
    run(lab, 45_000);
    expect(() => order(lab, { op: "group-remove", group: "g2" })).toThrow("ha group is used by service 'vm:100'");
    order(lab, { op: "remove", sid: "vm:100" });
    run(lab, 15_000);
    const crm: [string, string] = ["got crm command: migrate", "removing stale service 'vm:100'"];
    const once = (lines: string[]) => lines.filter((line, at) => lines.indexOf(line) === at);
    const said = ours(lab, "pve-ha-crm", ...crm);
    // Rounds that say the same are counted once; there were several.
    expect(once(said)).toEqual(once(recorded("g23-ha-groups.txt", "pve-ha-crm", ...crm)));
    expect(said.filter((line) => line.includes("migration failed")).length).toBeGreaterThan(3);
    expect(said.some((line) => line.includes("'error'"))).toBe(false);
  });

  it("tells starts that fail on two nodes, and the error state, as recorded (g22)", () => {
    const lab = managed("journal-error");
    const set = (state: string) =>
      act(lab, "ha/configure", { node: "pve1", change: { op: "set", sid: "vm:100", keys: { state } } });
    const params = { args: "-nonsense" };
    act(lab, "guests/act", { node: "pve2", vmid: 100, action: "set", params, program: "qm", foreground: true });
    run(lab, 1_000);
    set("disabled");
    run(lab, 12_000);
    set("started");
    reach(lab, "error");
    run(lab, 12_000);
    const crm: [string, string] = ["from 'stopped' to 'request_start'", "from 'started' to 'error'"];
    expect(ours(lab, "pve-ha-crm", ...crm)).toEqual(recorded("g22-ha-error-state.txt", "pve-ha-crm", ...crm));
    const lrm: [string, string] = ["starting service vm:100", "on local node after 1 retries"];
    const said = lab.nodes.pve2!.journal.filter((line) => line.identifier === "pve-ha-lrm").map((line) => line.text);
    const from = said.findLastIndex((line) => line.includes("watchdog active"));
    const failing = said.slice(
      said.indexOf("starting service vm:100", Math.max(from, said.indexOf("service status vm:100 stopped"))),
    );
    expect(asSet(between(failing, ...lrm))).toEqual(asSet(recorded("g22-ha-error-state.txt", "pve-ha-lrm", ...lrm)));
  });

  it("tells a fence and a recovery as recorded (52)", () => {
    const lab = managed("journal-fence");
    act(lab, "network/unplug", { node: "pve2", unplugged: true });
    // A master that is cut off is succeeded first; then the viewer sees the rest.
    reach(lab, "fence");
    reach(lab, "started");
    const crm: [string, string] = ["from 'started' to 'fence'", "from 'recovery' to 'started'"];
    expect(ours(lab, "pve-ha-crm", ...crm)).toEqual(recorded("52-ha-fence-log.txt", "pve-ha-crm", ...crm));
    const lrm: [string, string] = ["starting service vm:100", "service status vm:100 started"];
    const after = Object.values(lab.nodes).find((node) => node.qemu[100] && node.name !== "pve2")!;
    const lines = after.journal.filter((line) => line.identifier === "pve-ha-lrm").map((line) => line.text);
    expect(asSet(between(lines, ...lrm))).toEqual(asSet(recorded("52-ha-fence-log.txt", "pve-ha-lrm", ...lrm)));
  });

  it("tells a hard stop and a start as recorded (51)", () => {
    const lab = managed("journal-stop");
    act(lab, "guests/act", { node: "pve2", vmid: 100, action: "stop", params: {}, program: "qm" });
    reach(lab, "stopped");
    act(lab, "guests/act", { node: "pve2", vmid: 100, action: "start", params: {}, program: "qm" });
    reach(lab, "started");
    const crm: [string, string] = ["request immediate service hard-stop", "from 'request_start' to 'started'"];
    expect(ours(lab, "pve-ha-crm", ...crm)).toEqual(recorded("51-ha-stop-start-log.txt", "pve-ha-crm", ...crm));
    const lrm: [string, string] = ["stopping service vm:100 (timeout=0)", "service status vm:100 stopped"];
    const said = ours(lab, "pve-ha-lrm", ...lrm);
    expect(asSet(said)).toEqual(asSet(recorded("51-ha-stop-start-log.txt", "pve-ha-lrm", ...lrm)));
  });
});
