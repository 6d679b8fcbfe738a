/// <reference types="node" />
/** What the HA daemons write, line by line, beside recordings 51 and 52. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { act } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { addShared } from "../testing/guest-jobs.ts";
import { clusterOf, run, runUntil } from "../testing/lab-steps.ts";
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

function managed(seed: string): LabState {
  const lab = clusterOf(3, seed);
  addShared(lab);
  const params = { memory: "128", scsi0: "shared:1" };
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

/** Lines of a recording that are the recorder's host's own. */
const ARTEFACT = /query-proxmox-support/;

describe("the journal of HA", () => {
  it("tells a maintenance, and its end within two minutes, as recorded (g20)", () => {
    const lab = managed("journal-maintenance");
    const order = (verb: "enable-node-maintenance" | "disable-node-maintenance") =>
      act(lab, "ha/configure", { node: "pve1", change: { op: "crm-command", verb, target: "pve2" } });
    order("enable-node-maintenance");
    runUntil(lab, () => (lab.nodes.pve2!.qemu[100] ? undefined : true), 90_000);
    reach(lab, "started");
    run(lab, 6_000);
    order("disable-node-maintenance");
    run(lab, 40_000);
    const crm: [string, string] = ["'online' => 'maintenance'", "from 'migrate' to 'started'"];
    expect(ours(lab, "pve-ha-crm", ...crm)).toEqual(recorded("g20-ha-maint.txt", "pve-ha-crm", ...crm));
    const lrm: [string, string] = ["status change active => maintenance", "maintenance => lost_agent_lock"];
    const theirs = recorded("g20-ha-maint.txt", "pve-ha-lrm", ...lrm).filter((line) => !ARTEFACT.test(line));
    const waiting = (lines: string[]) => lines.filter((line) => !line.includes("still active"));
    expect(waiting(ours(lab, "pve-ha-lrm", ...lrm))).toEqual(waiting(theirs));
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
