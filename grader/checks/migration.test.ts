import { describe, expect, it } from "vitest";
import type { GuestSeen, NodeObservation, Observation, PingSeen, TaskSeen } from "../observation.ts";
import { type Check, variable } from "./check.ts";
import { inWords } from "./messages.en.ts";
import {
  guestMigrated,
  migratedWithinOutage,
  migratedWithoutRestart,
  migrationCancelled,
  migrationFailed,
} from "./migration.ts";
import { lab, task, withFacts } from "./sample-lab.ts";

const T = 1_795_400_000;
const member = { cluster: "lab", members: ["pve1", "pve2", "pve3"] };
const START = "2026-11-23 00:17:46 starting migration of VM 100 to node 'pve2' (10.99.7.12)";
const LIVE = [START, "2026-11-23 00:17:49 starting online/live migration on unix:/run/qemu-server/100.migrate"];
const DOWNTIME = "2026-11-23 01:47:58 average migration speed: 261.6 MiB/s - downtime 6 ms";
const DISKS = [...LIVE, "drive mirror is starting for drive-scsi0"];
const CANCELLED = "2026-11-23 02:36:24 ERROR: online migrate failure - interrupted by signal";

function on(node: string, type: string, from: number, to: number | undefined, more: Partial<TaskSeen> = {}): TaskSeen {
  const outcome = more.outcome ?? (to === undefined ? "running" : "ok");
  return task(node, type, outcome, more.text, {
    id: "100",
    startTime: T + from,
    ...(to !== undefined && { endTime: T + to }),
    ...more,
  });
}
const guest = (status = "running"): GuestSeen => ({ vmid: 100, type: "qemu", status });
const none = { read: true as const, value: [] as GuestSeen[] };

/** Machine 100 on `place`; what the nodes' task lists hold. */
function now(
  place: string,
  tasks: Record<string, TaskSeen[]> = {},
  more: Record<string, Partial<NodeObservation>> = {},
) {
  const facts = Object.fromEntries(
    member.members.map((node) => [
      node,
      {
        guests: node === place ? { read: true as const, value: [guest()] } : none,
        tasks: { read: true as const, value: tasks[node] ?? [] },
        time: { read: true as const, value: T + 100 },
        timeAfterMs: 0,
        ...more[node],
      },
    ]),
  );
  const seen = withFacts(lab({ pve1: member, pve2: member, pve3: member }), facts);
  return { ...seen, takenAt: new Date((T + 100) * 1000).toISOString() };
}
const before = now("pve1");
function told(check: Check, observation: Observation, baseline: Observation | undefined = before) {
  const verdict = check({ observation, history: [], variables: { vmid: "100" }, ...(baseline && { baseline }) });
  return `${verdict.outcome} ${inWords(verdict.message)}`;
}
/** The next move, as the learner reads it. */
function next(check: Check, observation: Observation) {
  const verdict = check({ observation, history: [], variables: { vmid: "100" }, baseline: before });
  return verdict.outcome === "passed" ? "" : inWords(verdict.next!);
}
const moved = (log: string[], more: Partial<TaskSeen> = {}) => on("pve1", "qmigrate", 20, 30, { log, ...more });

describe("guestMigrated", () => {
  const live = guestMigrated({ vmid: variable("vmid"), from: "pve1", to: "pve2", how: "live" });
  const offline = guestMigrated({ vmid: 100, from: "pve1", to: "pve2", how: "offline" });
  it("tells live from offline by the task's log, not by the tasks there are", () => {
    const tasks = { pve1: [moved(LIVE)], pve2: [on("pve2", "qmstart", 22, 23)] };
    expect(told(live, now("pve2", tasks))).toBe("passed The machine 100 was moved from pve1 to pve2 while it ran.");
    expect(told(offline, now("pve2", tasks))).toBe(
      "not-yet The machine 100 moved, but it ran meanwhile: that was a live migration.",
    );
  });
  it("says how long the machine was stopped when it was moved offline", () => {
    const tasks = {
      pve1: [on("pve1", "qmshutdown", 5, 10), moved([START])],
      pve2: [on("pve2", "qmstart", 50, 51)],
    };
    expect(told(live, now("pve2", tasks))).toBe(
      "not-yet The machine 100 moved, but it was stopped for 40 s: that was an offline migration.",
    );
    expect(told(offline, now("pve2", tasks))).toMatch(/^passed .* while it was switched off/);
  });
  it("asks for local disks when they were asked for", () => {
    const disks = guestMigrated({ vmid: 100, how: "live-with-disks" });
    expect(told(disks, now("pve2", { pve1: [moved(DISKS)] }))).toMatch(/^passed .* with its disks/);
    expect(told(disks, now("pve2", { pve1: [moved(LIVE)] }))).toMatch(/^not-yet .* no local disk went with it/);
    expect(told(live, now("pve2", { pve1: [moved(DISKS)] }))).toMatch(/^passed /);
  });
  it("is not yet for one that never moved, moves now, or moved another way", () => {
    expect(told(live, before)).toBe("not-yet The machine 100 is on pve1; it was not moved since the chapter began.");
    expect(told(live, now("pve1", { pve1: [on("pve1", "qmigrate", 20, undefined)] }))).toMatch(/leaving pve1 at this/);
    const away = moved(["x starting migration of VM 100 to node 'pve3' (10.99.7.13)", LIVE[1]!]);
    expect(told(live, now("pve3", { pve1: [away] }))).toMatch(/^not-yet .* from pve1 to pve3; that is not the move/);
  });
  it("gives Proxmox's own reason for a failure", () => {
    const log = [
      START,
      "2026-11-23 00:18:40 can't migrate local disk 'ldir:1.raw': can't live migrate attached local disks without with-local-disks option",
      "2026-11-23 00:18:40 ERROR: Problem found while scanning volumes - can't migrate VM - check log",
    ];
    const failed = moved(log, { outcome: "failed", text: "migration aborted" });
    expect(told(live, now("pve1", { pve1: [failed] }))).toBe(
      "not-yet The machine 100 did not leave pve1: can't migrate local disk 'ldir:1.raw': can't live migrate attached local disks without with-local-disks option",
    );
  });
  it("does not take a configuration file moved by hand for a migration", () => {
    expect(told(live, now("pve2"))).toMatch(/^not-yet .* was on pve1 and is on pve2 now, but no migration/);
  });
  it("does not count what was done before the chapter began", () => {
    const tasks = { pve1: [moved(LIVE)] };
    expect(told(live, now("pve2", tasks), now("pve2", tasks))).toMatch(/^not-yet .* not moved since/);
  });
  it("could not check while the source is silent, and without its log", () => {
    const silent = {
      pve1: { reached: { answered: false as const, trouble: { kind: "timeout" as const, reason: "" } } },
    };
    const dead = now(
      "pve2",
      {},
      { pve1: { ...silent.pve1, tasks: undefined, guests: undefined, status: undefined } as never },
    );
    expect(told(live, dead)).toMatch(/^could-not-check .*pve1 could not be asked/);
    const { log: _log, ...unread } = moved(LIVE);
    expect(told(live, now("pve2", { pve1: [unread] }))).toMatch(/^could-not-check .* log of the migration/);
    expect(told(live, before, undefined)).toMatch(/^not-yet/);
  });
  it("could not check without a baseline", () => {
    const verdict = live({ observation: before, history: [], variables: { vmid: "100" } });
    expect(verdict).toMatchObject({ outcome: "could-not-check", message: { id: "baseline.missing" } });
  });
});

describe("migratedWithoutRestart", () => {
  const check = migratedWithoutRestart({ vmid: 100 });
  it("takes the start on the target for part of the live migration", () => {
    const tasks = { pve1: [moved(LIVE)], pve2: [on("pve2", "qmstart", 22, 23)] };
    expect(told(check, now("pve2", tasks))).toMatch(/^passed .* ran all the time/);
  });
  it("sees a restart after the move", () => {
    const tasks = { pve1: [moved(LIVE)], pve2: [on("pve2", "qmstart", 22, 23), on("pve2", "qmreboot", 60, 62)] };
    expect(told(check, now("pve2", tasks))).toMatch(/^not-yet .* task qmreboot on pve2/);
  });
  it("could not check while a node is silent that may have sent it on", () => {
    const tasks = { pve1: [moved(LIVE)], pve2: [on("pve2", "qmstart", 22, 23), on("pve2", "qmstart", 80, 81)] };
    const dead = { pve3: { reached: { answered: false as const, trouble: { kind: "timeout" as const, reason: "" } } } };
    const silent = { pve3: { ...dead.pve3, tasks: undefined, guests: undefined, status: undefined } as never };
    expect(told(check, now("pve2", tasks, silent))).toMatch(/^could-not-check .*pve3/);
  });
  it("is not fooled by a target whose clock is an hour ahead", () => {
    const hour = 3_600;
    const tasks = { pve1: [moved(LIVE)], pve2: [on("pve2", "qmstart", 22 + hour, 23 + hour)] };
    const clock = { pve2: { time: { read: true as const, value: T + 100 + hour } } };
    expect(told(check, now("pve2", tasks, clock))).toMatch(/^passed /);
  });
});

describe("migratedWithinOutage", () => {
  const offline = migratedWithinOutage({ vmid: 100, how: "offline", seconds: 60 });
  const stops = (stop: number, start: number) => ({
    pve1: [on("pve1", "qmshutdown", stop - 4, stop), moved([START])],
    pve2: [on("pve2", "qmstart", start, start + 1)],
  });
  it("measures an offline move from the end of the stop to the start", () => {
    expect(told(offline, now("pve2", stops(15, 55)))).toBe("passed The machine 100 was moved and was off for 40 s.");
    expect(told(offline, now("pve2", stops(10, 90)))).toMatch(/^not-yet .* off for 80 s .* at most 60 s/);
  });
  it("measures right across nodes whose clocks differ", () => {
    const tasks = stops(15, 55 - 600);
    const clock = { pve2: { time: { read: true as const, value: T + 100 - 600 } } };
    expect(told(offline, now("pve2", tasks, clock))).toMatch(/^passed .* off for 40 s/);
  });
  it("could not check one that was shut down from within, and is not yet for one not started", () => {
    expect(told(offline, now("pve2", { pve1: [moved([START])], pve2: [on("pve2", "qmstart", 50, 51)] }))).toMatch(
      /^could-not-check .* without a task/,
    );
    const tasks = { pve1: [on("pve1", "qmstop", 5, 6), moved([START])] };
    expect(told(offline, now("pve2", tasks))).toMatch(/^not-yet .* not started again/);
  });

  const live = migratedWithinOutage({ vmid: 100, how: "live", seconds: 2, address: "10.0.0.5" });
  const ping = (ms: number): PingSeen => ({
    address: "10.0.0.5",
    from: new Date((T + 1) * 1000).toISOString(),
    to: new Date((T + 100) * 1000).toISOString(),
    sent: 500,
    received: 490,
    everyMs: 200,
    gaps: [
      { at: new Date((T + 2) * 1000).toISOString(), ms: 9_000, over: true },
      { at: new Date((T + 29) * 1000).toISOString(), ms, over: true },
    ],
  });
  const pinged = (node: string, ms: number) =>
    now("pve2", { pve1: [moved([...LIVE, DOWNTIME])] }, { [node]: { pings: { read: true, value: [ping(ms)] } } });
  it("believes a ping from another node than the one it left", () => {
    expect(told(live, pinged("pve3", 1023))).toMatch(/^passed .* pve3 had no answer from it for at most 1023 ms/);
    expect(told(live, pinged("pve3", 3369))).toMatch(/^not-yet .* no answer from it for 3369 ms/);
    expect(told(live, pinged("pve1", 100))).toMatch(/^could-not-check/);
  });
  it("never takes QEMU's own downtime for the outage, and shows it as what it is", () => {
    const observation = now("pve2", { pve1: [moved([...LIVE, DOWNTIME])] });
    expect(told(live, observation)).toMatch(/^could-not-check .* nobody pinged/);
    const verdict = live({ observation, history: [], variables: {}, baseline: before });
    expect(inWords(verdict.seen!)).toBe("QEMU logged 6 ms of its own; that is not the outage");
  });
});

describe("migrationCancelled", () => {
  const check = migrationCancelled({ vmid: 100, from: "pve1" });
  const ended = moved([START, CANCELLED], { outcome: "failed", text: "migration problems" });
  it("passes when it goes on running where it was", () => {
    expect(told(check, now("pve1", { pve1: [ended] }))).toMatch(/^passed .* ended by hand, and it goes on .* pve1/);
  });
  it("tells a failure and a success from a cancel", () => {
    expect(told(check, now("pve2", { pve1: [moved(LIVE)] }))).toMatch(/^not-yet .* the migration went through/);
    const failed = moved([START, "x ERROR: no route"], { outcome: "failed", text: "migration aborted" });
    expect(told(check, now("pve1", { pve1: [failed] }))).toMatch(/^not-yet .* did not leave pve1/);
    expect(told(check, before)).toMatch(/^not-yet There was no migration/);
  });
});

describe("the next move of a migration that is still to be done", () => {
  const asked = { vmid: 100, from: "pve1", to: "pve2" };
  it("is the command of this kind of move, on the node that has the machine", () => {
    expect(next(guestMigrated({ ...asked, how: "offline" }), before)).toBe(
      "On pve1, while it is off (qm shutdown 100): qm migrate 100 pve2",
    );
    expect(next(guestMigrated({ ...asked, how: "live" }), before)).toBe(
      "On pve1, while it runs: qm migrate 100 pve2 --online",
    );
  });
  it("is the way back where the machine has left already, and in the wrong way", () => {
    const wrong = now("pve2", { pve1: [moved(LIVE)] });
    expect(next(guestMigrated({ ...asked, how: "offline" }), wrong)).toMatch(/^Bring it back first; on pve2: /);
  });
  it("names what has to be done for the refusal that is asked for", () => {
    expect(next(migrationFailed({ vmid: 100, because: "no-quorum" }), before)).toMatch(/systemctl stop corosync/);
    expect(next(migrationFailed({ vmid: 100, because: "local-cdrom" }), before)).toMatch(/image in its drive/);
  });
});

describe("a migration that failed, and whose log was not read", () => {
  const failed = on("pve1", "qmigrate", 20, 30, { outcome: "failed", text: "migration problems" });
  it("is neither a cancelled one nor none", () => {
    for (const check of [migrationCancelled({ vmid: 100 }), migrationFailed({ vmid: 100, because: "no-quorum" })]) {
      expect(told(check, now("pve1", { pve1: [failed] }))).toMatch(/^could-not-check .* the log of the migration/);
    }
  });
});

describe("migrationFailed", () => {
  const check = migrationFailed({ vmid: 100, because: "target-unreachable" });
  it("passes on the reason asked for, and names another", () => {
    const failed = (line: string) => moved([START, line], { outcome: "failed", text: "migration aborted" });
    const right = failed(
      "2026-11-23 00:19:00 ERROR: migration aborted: Can't connect to destination address using public key",
    );
    expect(told(check, now("pve1", { pve1: [right] }))).toMatch(/^passed .* as it should/);
    const other = failed("2026-11-23 00:19:00 ERROR: can't migrate VM which uses local devices: usb0");
    expect(told(check, now("pve1", { pve1: [other] }))).toMatch(/^not-yet .* for another reason: .*usb0/);
    expect(told(check, now("pve2", { pve1: [moved(LIVE)] }))).toMatch(/^not-yet .* went through/);
  });
});
