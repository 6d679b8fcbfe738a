/**
 * Each recorded migration is run anew in the model, and its log compared with the recorded one: the same lines in the same
 * order, with numbers and repeated progress left out (speeds of the recordings are those of software emulation).
 */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { instanceOf } from "../guests/guest-view.ts";
import { findJob } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { addShared } from "../testing/guest-jobs.ts";
import { clusterOf, run, runUntil, setPaths } from "../testing/lab-steps.ts";
import { migrationOf } from "./migrate-data.ts";

const FOLDER = new URL("../../recordings/pve/guests/", import.meta.url);
const textOf = (name: string) => readFileSync(new URL(`${name}.txt`, FOLDER), "utf8").replaceAll("\r", "");

interface Run {
  guest?: number;
  from: string;
  to: string;
  params?: Record<string, string>;
  /** MiB/s over MiB. */
  dirty?: [number, number];
  /** Stopped before. */
  cold?: boolean;
  /** What happens meanwhile. */
  meanwhile?(lab: LabState, job: JobState): void;
}

const live = { online: "1" };
const slow = { online: "1", bwlimit: "10240" };
const stop = (lab: LabState, job: JobState) => {
  run(lab, 9_000);
  act(lab, "tasks/stop", { node: job.node, upid: job.upid });
};

const RUNS: Record<string, Run> = {
  "g01-live-idle": { from: "pve1", to: "pve2", params: live },
  "g02-live-idle-insecure": { from: "pve2", to: "pve1", params: { ...live, migration_type: "insecure" } },
  "g03-live-idle-bwlimit20": { from: "pve1", to: "pve2", params: { ...live, bwlimit: "20480" } },
  "g04-live-dirty10-bwlimit40": {
    from: "pve2",
    to: "pve1",
    params: { ...live, bwlimit: "40960" },
    dirty: [10, 200],
  },
  // Recorded over a link of some 350 MiB/s; the lab's gives 110, so that the load is as much smaller.
  "g05-live-dirty100-unlimited": { from: "pve1", to: "pve2", params: live, dirty: [31, 300] },
  "g06-nonconverge-autodowntime-bw30-dirty60": {
    from: "pve2",
    to: "pve1",
    params: { ...live, bwlimit: "30720" },
    dirty: [60, 300],
  },
  "g07-nonconverge-bw10-dirty60-lowered": {
    from: "pve1",
    to: "pve2",
    params: slow,
    dirty: [60, 300],
    meanwhile: (lab, job) => {
      runUntil(lab, () => (job.output.includes("auto-increased") ? true : undefined), 300_000);
      act(lab, "guests/workload", { vmid: 110, workload: "idle", dirtyMibPerS: 0 });
    },
  },
  "g08-live-localdisk-idle": {
    guest: 111,
    from: "pve3",
    to: "pve2",
    params: { ...live, "with-local-disks": "1" },
  },
  "g09-offline-shutdown-migrate-start": { from: "pve1", to: "pve2", cold: true },
  "g10-cancel-task-stop": { from: "pve2", to: "pve1", params: slow, meanwhile: stop },
  "g11-cancel-ctrl-c": { from: "pve1", to: "pve2", params: slow, meanwhile: stop },
  "g12-nonconverge-ended-by-raising-downtime": {
    from: "pve2",
    to: "pve1",
    params: { ...live, bwlimit: "30720" },
    dirty: [60, 300],
    meanwhile: (lab) => {
      runUntil(lab, () => (migrationOf(lab, "pve2", 110)?.precopy?.round ?? 0) > 2 || undefined);
      act(lab, "guests/downtime-limit", { node: "pve2", vmid: 110, ms: 12_000 });
    },
  },
  // The recorded target was killed as a container: its address refused from then on, and its QEMU was gone.
  "g50-target-killed": {
    from: "pve2",
    to: "pve1",
    params: slow,
    meanwhile: (lab) => {
      run(lab, 15_000);
      act(lab, "services/control", { node: "pve1", unit: "ssh", action: "stop" });
      act(lab, "guests/kill", { node: "pve1", pid: instanceOf(lab, "pve1", 110)!.pid });
    },
  },
  "g51-source-killed": {
    from: "pve1",
    to: "pve2",
    params: slow,
    meanwhile: (lab) => {
      run(lab, 15_000);
      act(lab, "power/set", { node: "pve1", state: "off" });
    },
  },
  "g54-link-cut-longer-than-tcp-timeout": {
    from: "pve2",
    to: "pve1",
    params: slow,
    meanwhile: (lab) => {
      for (const node of ["pve1", "pve2"]) act(lab, "network/tcp-retries", { node, retries: 5 });
      run(lab, 16_000);
      const lose = (lossPercent: number) => act(lab, "network/set-path", { from: "pve2", to: "pve1", lossPercent });
      lose(100);
      run(lab, 40_000);
      lose(0);
    },
  },
  "g52-link-cut-20s": {
    from: "pve2",
    to: "pve1",
    params: slow,
    meanwhile: (lab) => {
      run(lab, 12_000);
      setPaths(lab, ["pve2"], ["pve1"], false);
      run(lab, 20_000);
      setPaths(lab, ["pve2"], ["pve1"], true);
    },
  },
  "g53-source-loses-quorum": {
    from: "pve1",
    to: "pve2",
    params: slow,
    meanwhile: (lab) => {
      run(lab, 12_000);
      act(lab, "services/control", { node: "pve1", unit: "corosync", action: "stop" });
    },
  },
};

/** Why the other recordings of this folder are not run here. */
const ELSEWHERE: Record<string, string> = {
  "20-storage-setup": "simulator/commands/pvesm/pvesm.test.ts",
  "21-qm-create": "simulator/commands/qm/qm.test.ts",
  "25-migrate-errors": "simulator/commands/qm/qm.test.ts",
  "26-migrate-localdisk": "simulator/commands/qm/qm.test.ts",
  "28-migrate-more-errors": "simulator/commands/qm/disks.test.ts",
  "38-corosync-only-partition": "simulator/commands/qm/no-quorum-recordings.test.ts",
  "60-destroy-without-quorum": "simulator/commands/qm/no-quorum-recordings.test.ts",
  "61-migrate-preconditions": "simulator/commands/qm/qm.test.ts",
  "g07b-knobs-during-migration": "simulator/commands/qm/qm.test.ts",
  "g30-power-os-guest": "simulator/commands/qm/power-recordings.test.ts",
  "g31-qm-terminal": "simulator/commands/qm/power-recordings.test.ts",
  "g32-snapshot-ram": "simulator/commands/qm/power-recordings.test.ts",
};
const NOT_REPLAYED: Record<string, string> = {
  "22-qm-start": "its failures are of the recorder's host (no bridge, CPU models)",
  "23-migrate-online-shared":
    "has the artefact line `checking/canceling old backup job failed`; g01 is the same without",
  "24-migrate-offline-shared": "the two lines of g09",
  "53-migrate-network-cut": "ended by the recorder's own time limit; g52 is the whole of it",
};

/** Recordings of the device and of high availability lie here, too, and are their own tests' matter. */
const OTHER_SUBJECTS = /^g?\d+-(?:qdevice|ha)-/;

/** A log's lines without times and numbers; progress once for all its lines. */
function shapeOf(text: string): string[] {
  const lines = text
    .replaceAll(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /gm, "")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("xbzrle:"))
    .map((line) => line.replace(/, VM dirties lots of memory.*/, ""))
    .map((line) =>
      line.replaceAll(/[\d.]+ [KMG]iB(?:\/s)?/g, "# MiB").replaceAll(/\(duration [\d:]+\)/g, "(duration #)"),
    )
    .map((line) =>
      line.replace(/downtime \d+ ms/, "downtime # ms").replace(/continue migration: \d+/, "continue migration: #"),
    )
    .map((line) => line.replace(/conf\.tmp\.\d+/, "conf.tmp.#"))
    .map((line) => line.replace(/transferred .* in \d+s/, "transferred # in #s").replace(/, ready$/, ""))
    .map((line) =>
      line.replaceAll("ldir:111/vm-111-disk-0.raw", "VOLUME").replaceAll("local-lvm:vm-111-disk-0", "VOLUME"),
    );
  const progress = (line: string) => line.startsWith("migration active") || line.startsWith("auto-increased downtime");
  const seen = new Set<string>();
  return lines.filter((line, at) => {
    if (line === lines[at - 1]) return false;
    if (!progress(line)) return true;
    if (seen.has(line)) return false;
    seen.add(line);
    return true;
  });
}

/** The log of the first migration in a recording. */
function recordedLog(name: string): string {
  const lines = textOf(name).split("\n");
  const first = lines.findIndex((line) => /:~# .*qm migrate 11[01] /.test(line));
  const log: string[] = [];
  for (const line of lines.slice(first + 1)) {
    if (line.startsWith("[exit")) break;
    // ^C as the terminal echoes it, and the status that the recorder's own command prints.
    if (!/^(?:\^C|exit \d+|root@)/.test(line)) log.push(line);
  }
  return log.join("\n");
}

function labFor({ guest = 110, from, dirty, cold }: Run): LabState {
  const lab = clusterOf(3);
  addShared(lab);
  const ask = (action: "create" | "start", params: Record<string, string> = {}) => {
    act(lab, "guests/act", { node: from, vmid: guest, action, params, program: "qm" });
    run(lab, 4_000);
  };
  ask("create", {
    memory: guest === 110 ? "768" : "512",
    net0: "virtio,bridge=vmbr0",
    scsi0: guest === 110 ? "shared:1" : "local-lvm:1",
  });
  if (!cold) ask("start");
  run(lab, 15_000);
  if (dirty) {
    const [dirtyMibPerS, workingSetMib] = dirty;
    act(lab, "guests/workload", { vmid: guest, workload: "idle", dirtyMibPerS, workingSetMib });
  }
  return lab;
}

describe("recorded migrations, run anew", () => {
  it.each(Object.keys(RUNS))("%s: the same lines in the same order", (name) => {
    const spec = RUNS[name]!;
    const { guest = 110, from, to, params, meanwhile } = spec;
    const lab = labFor(spec);
    const { job } = act(lab, "guests/act", {
      node: from,
      vmid: guest,
      action: "migrate",
      params: { target: to, ...params },
      program: "qm",
    });
    meanwhile?.(lab, findJob(lab, from, job)!);
    const killed = lab.nodes[from]!.power === "off";
    const state = () => findJob(lab, from, job)!;
    const end = killed ? state() : runUntil(lab, () => (state().running ? undefined : state()), 400_000);
    const said = end.output + (end.error && !killed ? `${end.error}\n` : "");
    expect(shapeOf(said)).toEqual(shapeOf(recordedLog(name)));
    if (killed) {
      run(lab, 10_000);
      // Nobody runs it: what waited on the target has ended by itself.
      expect(instanceOf(lab, to, guest)).toBeUndefined();
      return;
    }
    const where = end.error === "" ? to : from;
    if (!spec.cold) expect(instanceOf(lab, where, guest)).toBeDefined();
  });

  it("are all that were recorded, or another test has them, or it is said why not", () => {
    const names = readdirSync(FOLDER)
      .filter((name) => name.endsWith(".txt"))
      .map((name) => name.slice(0, -4))
      .filter((name) => !OTHER_SUBJECTS.test(name));
    const known = [...Object.keys(RUNS), ...Object.keys(ELSEWHERE), ...Object.keys(NOT_REPLAYED)];
    expect(known.sort()).toEqual(names.sort());
    for (const [name, path] of Object.entries(ELSEWHERE)) {
      const test = readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
      expect(test, `${path} reads ${name}`).toContain(name);
    }
  });
});
