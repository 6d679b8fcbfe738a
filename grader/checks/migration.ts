/** Checks of moving a guest: from where, to where, running or not, how long it was away, and moves that did not work. */
import type { PingSeen } from "../observation.ts";
import type { Evidence, Message, Verdict } from "../verdict.ts";
import {
  baselineOf,
  type Check,
  type CheckContext,
  check,
  couldNotCheck,
  notYet,
  passed,
  resolved,
  resolvedVmid,
  type Value,
  type VmidValue,
} from "./check.ts";
import { notHere, placeOf } from "./guest-place.ts";
import { say } from "./messages.ts";
import {
  isDone,
  type MigrationHow,
  type MigrationSeen,
  migrationsOf,
  offlineOutage,
  powerTasksOf,
} from "./migrations-seen.ts";
import { taskEvidence, unreachable, viewFor } from "./views.ts";

export interface Move {
  vmid: VmidValue;
  from?: string;
  to?: string;
}

/** After the baseline the guest was moved, in this way where `how` is given; `live` is also met with local disks. */
export function guestMigrated({ how, ...move }: Move & { how?: MigrationHow }): Check {
  return check(
    (context) => {
      const found = movesOf(context, move, how);
      if ("verdict" in found) return found.verdict;
      const { vmid, good, expected } = found;
      const fitting = good.findLast((one) => fits(one.how, how));
      if (fitting) {
        const { from, to = "" } = fitting;
        const message =
          how === undefined
            ? say("migrated.yes", { vmid, from, to })
            : say(`migrated.${fitting.how ?? "live"}`, { vmid, from, to });
        return passed(message, moveEvidence(fitting));
      }
      return otherKind(context, vmid, move, good.at(-1)!, how!, expected);
    },
    { guests: [move.vmid] },
  );
}

/** A live migration after the baseline, and since it began the guest was not stopped, reset or started anew. */
export function migratedWithoutRestart(move: Move): Check {
  return check(
    (context) => {
      const found = movesOf(context, move, "live");
      if ("verdict" in found) return found.verdict;
      const { vmid, good, all, expected } = found;
      const live = good.findLast((one) => fits(one.how, "live"));
      if (!live) return otherKind(context, vmid, move, good.at(-1)!, "live", expected);
      const { unread } = migrationsOf(context.observation, baselineOf(context), vmid);
      // A start on a node may belong to a migration from one that cannot be asked: it tells nothing then.
      if (unread.length > 0) return silent(context, unread, expected, moveEvidence(live));
      const power = powerTasksOf(context.observation, baselineOf(context), vmid, all);
      const after = power.find(({ startMs }) => startMs >= live.startMs);
      if (after) {
        const told = { vmid, task: after.task.type, node: after.node };
        const evidence = [...moveEvidence(live), taskEvidence(after.task)];
        const seen = say("seen.power-task", told);
        const next = say("next.migrate-live-again", { vmid });
        return notYet(say("migrated.restarted", told), { seen, expected, next }, evidence);
      }
      const place = placeOf(context.observation, vmid);
      if (place.kind === "here" && place.guest.status === "stopped") {
        // From within, or by a fault: no task of Proxmox tells of it.
        const told = { vmid, node: place.node, state: place.guest.status };
        const next = say("next.migrate-live-again", { vmid });
        const evidence = [...moveEvidence(live), ...place.evidence];
        return notYet(
          say("guest.not-running", told),
          { seen: say("seen.guest-state", told), expected, next },
          evidence,
        );
      }
      return passed(say("migrated.no-restart", { vmid, from: live.from, to: live.to ?? "" }), moveEvidence(live));
    },
    { guests: [move.vmid] },
  );
}

/**
 * The guest was moved after the baseline, and was away for at most `seconds`.
 *
 * Offline: from the end of the stop to the start, by the task lists. Live: by a ping of `address` from another node
 * than it left, where the lab can do that; what QEMU logs as downtime is not the outage and never counts.
 */
export function migratedWithinOutage({
  seconds,
  how,
  address,
  ...move
}: Move & { seconds: number; how?: MigrationHow; address?: Value }): Check {
  const needs = { guests: [move.vmid], ...(address !== undefined && { pings: [address] }) };
  return check((context) => {
    const found = movesOf(context, move, how);
    if ("verdict" in found) return found.verdict;
    const { vmid, good, all } = found;
    const expected = say("expected.outage", { vmid, seconds });
    const fitting = good.filter((one) => fits(one.how, how));
    if (fitting.length === 0) return otherKind(context, vmid, move, good.at(-1)!, how!, found.expected);
    const power = powerTasksOf(context.observation, baselineOf(context), vmid, all);
    let best: Verdict | undefined;
    for (const one of fitting.toReversed()) {
      const verdict =
        one.how === "offline"
          ? offlineWithin(vmid, one, power, seconds, expected)
          : liveWithin(context, vmid, one, address, seconds, expected);
      if (verdict.outcome === "passed") return verdict;
      if (best === undefined || (best.outcome === "could-not-check" && verdict.outcome === "not-yet")) best = verdict;
    }
    return best!;
  }, needs);
}

/** A migration after the baseline was ended by hand before it was done, and the guest stayed where it was. */
export function migrationCancelled(move: Move): Check {
  return check(
    (context) => {
      const vmid = resolvedVmid(move.vmid, context);
      const expected = say("expected.cancelled", { vmid });
      const { migrations, unread } = matching(context, vmid, move);
      const cancelled = migrations.findLast((one) => one.cancelled);
      if (!cancelled) {
        const { from } = wayOf(context, vmid, move);
        const next = say("next.cancel", { vmid, from });
        return notThat(context, vmid, migrations, unread, expected, next);
      }
      const place = placeOf(context.observation, vmid);
      const evidence = moveEvidence(cancelled);
      if (place.kind === "here" && place.node === cancelled.from && place.guest.status === "running") {
        return passed(say("cancelled.stayed", { vmid, node: place.node }), [...evidence, ...place.evidence]);
      }
      const after = migrations.filter((one) => one.startMs > cancelled.startMs && isDone(one.task));
      if (after.length > 0) return passed(say("cancelled.then-moved", { vmid, from: cancelled.from }), evidence);
      if (place.kind !== "here" && place.kind !== "nowhere") {
        return notHere(context.observation, vmid, place, expected);
      }
      const seen = say("seen.migration", { vmid, from: cancelled.from, how: "cancelled" });
      const next = say("next.start-guest", { vmid, node: cancelled.from });
      return notYet(say("cancelled.not-running", { vmid }), { seen, expected, next }, [...evidence]);
    },
    { guests: [move.vmid] },
  );
}

/** Why a migration was refused; each is recognised by what Proxmox writes into the task's log. */
export type RefusedBecause =
  | "local-disk"
  | "local-cdrom"
  | "linked-clone"
  | "local-device"
  | "target-unreachable"
  | "no-quorum";

const REFUSED: Record<RefusedBecause, RegExp> = {
  "local-disk": /can't migrate local disk '(?![^']*:iso\/)|^can't live migrate attached local disk/m,
  // While the guest runs, an image is refused first with the words for a disk.
  "local-cdrom": /local cdrom image|can't migrate local disk '[^']*:iso\//,
  "linked-clone": /as it's a clone of/,
  "local-device": /uses local devices/,
  "target-unreachable": /Can't connect to destination address|No route to host|timed out|broken pipe|reset by peer/i,
  "no-quorum": /no quorum|Permission denied/,
};

/** A migration after the baseline failed, for this reason where one is given. What is refused at once leaves no task. */
export function migrationFailed({ because, ...move }: Move & { because?: RefusedBecause }): Check {
  return check(
    (context) => {
      const vmid = resolvedVmid(move.vmid, context);
      const expected = say("expected.migration-fails", { vmid });
      const { migrations, unread } = matching(context, vmid, move);
      const failed = migrations.filter(({ task, cancelled }) => task.outcome === "failed" && !cancelled);
      const fitting = failed.findLast(
        ({ task, reason }) => because === undefined || REFUSED[because].test([reason, ...(task.log ?? [])].join("\n")),
      );
      if (fitting) {
        return passed(say("migration.failed-as-asked", { vmid, reason: fitting.reason! }), moveEvidence(fitting));
      }
      const other = failed.at(-1);
      const next = toBeRefused(context, vmid, move, because);
      if (!other || failed.some((one) => one.unread)) return notThat(context, vmid, migrations, unread, expected, next);
      const seen = say("seen.migration", { vmid, from: other.from, how: "failed" });
      const message = say("migration.failed-otherwise", { vmid, reason: other.reason! });
      return notYet(message, { seen, expected, next }, moveEvidence(other));
    },
    { guests: [move.vmid] },
  );
}

/** The migrations that ended well from and to the right nodes, at least one, or the verdict that follows. */
function movesOf(
  context: CheckContext,
  move: Move,
  how: MigrationHow | undefined,
): { vmid: number; good: MigrationSeen[]; all: MigrationSeen[]; expected: Message } | { verdict: Verdict } {
  const vmid = resolvedVmid(move.vmid, context);
  const expected = say("expected.migrated", {
    vmid,
    how: how ?? "in any way",
    from: move.from ?? "any node",
    to: move.to ?? "another node",
  });
  const baseline = baselineOf(context);
  const { migrations: all, unread } = migrationsOf(context.observation, baseline, vmid);
  const good = matching(context, vmid, move).migrations.filter(({ task }) => isDone(task));
  const told = good.filter((one) => one.how !== undefined);
  if (told.length > 0 || (good.length > 0 && how === undefined && move.to === undefined)) {
    return { vmid, good: told.length > 0 ? told : good, all, expected };
  }
  if (good.length > 0) {
    const message = say("migrated.log-unread", { vmid, node: good.at(-1)!.from });
    const next = say("next.check-again");
    return { verdict: couldNotCheck(message, next, good.flatMap(moveEvidence), { expected }) };
  }
  // A node that cannot be asked may have done it: nothing else that is wrong may hide that.
  if (unread.some((node) => move.from === undefined || node === move.from)) {
    return { verdict: silent(context, unread, expected, all.flatMap(moveEvidence)) };
  }
  return { verdict: notMoved(context, vmid, move, how, all, expected) };
}

/** The machine and its way, for a command that is to be typed. */
function wayOf(context: CheckContext, vmid: number, { from, to }: Move) {
  return { vmid, from: from ?? nodeOf(context, vmid) ?? "its node", to: to ?? "NODE" };
}

/** A machine that is not, or no longer, where it is to be moved from has to be brought there before. */
function backFirst(context: CheckContext, vmid: number, { from }: Move): Message | undefined {
  const at = nodeOf(context, vmid);
  if (from === undefined || at === undefined || at === from) return undefined;
  return say("next.migrate-back-first", { vmid, at, from });
}

/** The command that does it. */
function toMove(context: CheckContext, vmid: number, move: Move, how: MigrationHow | undefined): Message {
  const told = wayOf(context, vmid, move);
  switch (how) {
    case "offline":
      return say("next.migrate-cold", told);
    case "live":
      return say("next.migrate-live", told);
    case "live-with-disks":
      return say("next.migrate-live-disks", told);
    case undefined:
      return say("next.migrate", told);
  }
}

/** What has to be tried for a refusal of this kind. */
function toBeRefused(context: CheckContext, vmid: number, move: Move, because: RefusedBecause | undefined): Message {
  const told = wayOf(context, vmid, move);
  if (because === "local-disk") return say("next.migrate-live", told);
  if (because === "local-cdrom") return say("next.be-refused-cdrom", told);
  if (because === "linked-clone") return say("next.be-refused-clone", told);
  if (because === "no-quorum") return say("next.lose-quorum-meanwhile", told);
  return say("next.migrate", told);
}

function nodeOf(context: CheckContext, vmid: number): string | undefined {
  const place = placeOf(context.observation, vmid);
  return place.kind === "here" || place.kind === "listed" ? place.node : undefined;
}

function notMoved(
  context: CheckContext,
  vmid: number,
  move: Move,
  how: MigrationHow | undefined,
  all: readonly MigrationSeen[],
  expected: Message,
): Verdict {
  const last = all.at(-1);
  const place = placeOf(context.observation, vmid);
  const known = place.kind === "here" || place.kind === "listed" ? place : undefined;
  const at = known?.node;
  const placeEvidence = known?.evidence ?? [];
  const next = backFirst(context, vmid, move) ?? toMove(context, vmid, move, how);
  if (last && last.task.outcome === "running") {
    const seen = say("seen.migration", { vmid, from: last.from, how: "running" });
    return notYet(
      say("migrated.moving", { vmid, from: last.from }),
      { seen, expected, next: say("next.wait-and-check") },
      [taskEvidence(last.task)],
    );
  }
  if (last && last.task.outcome === "failed") {
    const seen = say("seen.migration", { vmid, from: last.from, how: "failed" });
    const evidence = [...moveEvidence(last), ...placeEvidence];
    if (at !== undefined && at === last.to && at !== last.from) {
      const told = { vmid, from: last.from, to: at, reason: last.reason! };
      const unlock = say("next.unlock-guest", { vmid, node: at });
      return notYet(say("migrated.half-way", told), { seen, expected, next: unlock }, evidence);
    }
    const message = last.cancelled
      ? say("migrated.cancelled", { vmid, from: last.from })
      : say("migrated.failed", { vmid, from: last.from, reason: last.reason! });
    return notYet(message, { seen, expected, next }, evidence);
  }
  if (last) {
    const seen = say("seen.moved", { vmid, from: last.from, to: last.to ?? "another node" });
    const message = say("migrated.other-way", { vmid, from: last.from, to: last.to ?? "another node" });
    return notYet(message, { seen, expected, next }, moveEvidence(last));
  }
  const before = placeOf(baselineOf(context), vmid);
  const was = before.kind === "here" || before.kind === "listed" ? before.node : undefined;
  if (place.kind !== "here" && place.kind !== "listed") return notHere(context.observation, vmid, place, expected);
  const { node } = place;
  const seen = say("seen.guest", { vmid, node });
  if (was !== undefined && was !== node) {
    return notYet(say("migrated.without-task", { vmid, from: was, to: node }), { seen, expected, next }, placeEvidence);
  }
  return notYet(say("migrated.never", { vmid, node }), { seen, expected, next }, placeEvidence);
}

/** It moved, and in another way than asked. */
function otherKind(
  context: CheckContext,
  vmid: number,
  asked: Move,
  move: MigrationSeen,
  how: MigrationHow,
  expected: Message,
): Verdict {
  const evidence = moveEvidence(move);
  const seen = say("seen.migration", { vmid, from: move.from, how: move.how ?? "unclear" });
  const back = backFirst(context, vmid, asked);
  if (how === "offline") {
    const next = back ?? say("next.migrate-offline", { vmid });
    return notYet(say("migrated.was-live", { vmid }), { seen, expected, next }, evidence);
  }
  if (move.how !== "offline") {
    const next = say("next.migrate-with-disks", { vmid });
    return notYet(say("migrated.no-local-disks", { vmid }), { seen, expected, next }, evidence);
  }
  const baseline = baselineOf(context);
  const { migrations } = migrationsOf(context.observation, baseline, vmid);
  const outage = offlineOutage(move, powerTasksOf(context.observation, baseline, vmid, migrations));
  const next = back ?? say("next.migrate-live-again", { vmid });
  if ("missing" in outage) return notYet(say("migrated.was-offline", { vmid }), { seen, expected, next }, evidence);
  const message = say("migrated.was-offline-for", { vmid, seconds: Math.round(outage.ms / 1000) });
  return notYet(message, { seen, expected, next }, [...evidence, ...outage.evidence]);
}

function offlineWithin(
  vmid: number,
  move: MigrationSeen,
  power: Parameters<typeof offlineOutage>[1],
  seconds: number,
  expected: Message,
): Verdict {
  const outage = offlineOutage(move, power);
  const evidence = moveEvidence(move);
  if ("missing" in outage) {
    if (outage.missing === "start") {
      const seen = say("seen.migration", { vmid, from: move.from, how: "offline" });
      const next = say("next.start-guest", { vmid, node: move.to ?? "its node" });
      return notYet(say("outage.not-started", { vmid }), { seen, expected, next }, evidence);
    }
    return couldNotCheck(say("outage.no-stop", { vmid }), say("next.migrate-offline", { vmid }), evidence, {
      expected,
    });
  }
  const told = { vmid, seconds: Math.round(outage.ms / 1000) };
  const all = [...evidence, ...outage.evidence];
  if (outage.ms <= seconds * 1000) return passed(say("outage.offline", told), all);
  const next = say("next.migrate-faster", { vmid });
  return notYet(
    say("outage.offline-long", { ...told, most: seconds }),
    { seen: say("seen.outage", told), expected, next },
    all,
  );
}

/** Room around the migration in which a silence counts: the guest's first answer comes after the task's end. */
const AROUND_MS = 5_000;

function liveWithin(
  context: CheckContext,
  vmid: number,
  move: MigrationSeen,
  address: Value | undefined,
  seconds: number,
  expected: Message,
): Verdict {
  const evidence = moveEvidence(move);
  const from = move.startMs - AROUND_MS;
  const to = (move.endMs ?? move.startMs) + AROUND_MS;
  const wanted = address === undefined ? undefined : resolved(address, context);
  const sources = context.observation.nodes.flatMap(({ name, pings }) =>
    name !== move.from && pings?.read
      ? pings.value.filter((ping) => ping.address === wanted).map((ping) => ({ node: name, ping }))
      : [],
  );
  const covering = sources.find(
    ({ ping }) => Date.parse(ping.from) <= move.startMs && Date.parse(ping.to) >= to - AROUND_MS,
  );
  if (!covering) {
    const message = say("outage.no-ping", { vmid });
    const told =
      move.loggedDowntimeMs === undefined ? {} : { seen: say("seen.logged-downtime", { ms: move.loggedDowntimeMs }) };
    return couldNotCheck(message, say("next.ping-by-hand", { vmid }), evidence, { expected, ...told });
  }
  const { node, ping } = covering;
  const ms = longestGap(ping, from, to);
  const all: Evidence[] = [
    ...evidence,
    { node, source: `ping ${ping.address} longest silence, ms`, value: ms },
    ...(move.loggedDowntimeMs === undefined
      ? []
      : [{ node: move.from, source: "QEMU's own downtime, ms (not the outage)", value: move.loggedDowntimeMs }]),
  ];
  if (ms <= seconds * 1000) return passed(say("outage.live", { vmid, ms, node, every: ping.everyMs }), all);
  const seen = say("seen.silence", { vmid, ms, node });
  const next = say("next.migrate-live-again", { vmid });
  return notYet(say("outage.live-long", { vmid, ms, node, most: seconds }), { seen, expected, next }, all);
}

/** Milliseconds; at least one interval, as nothing shorter can be seen. */
function longestGap(ping: PingSeen, fromMs: number, toMs: number): number {
  const within = ping.gaps.filter(({ at, ms }) => Date.parse(at) <= toMs && Date.parse(at) + ms >= fromMs);
  return Math.max(ping.everyMs, ...within.map(({ ms }) => ms));
}

function matching(context: CheckContext, vmid: number, { from, to }: Move) {
  const { migrations, unread } = migrationsOf(context.observation, baselineOf(context), vmid);
  const fitting = migrations.filter(
    (one) => (from === undefined || one.from === from) && (to === undefined || one.to === to || one.to === undefined),
  );
  return { migrations: fitting, unread };
}

/** Neither failed nor cancelled as was asked. */
function notThat(
  context: CheckContext,
  vmid: number,
  migrations: readonly MigrationSeen[],
  unread: string[],
  expected: Message,
  next: Message,
): Verdict {
  if (unread.length > 0) return silent(context, unread, expected, migrations.flatMap(moveEvidence));
  const untold = migrations.findLast((one) => one.unread && one.task.outcome === "failed");
  if (untold) {
    const message = say("migrated.log-unread", { vmid, node: untold.from });
    return couldNotCheck(message, say("next.check-again"), moveEvidence(untold), { expected });
  }
  const last = migrations.at(-1);
  if (!last) {
    const place = placeOf(context.observation, vmid);
    if (place.kind === "nowhere") return notHere(context.observation, vmid, place, expected);
    const seen = say("seen.no-migration", { vmid });
    return notYet(say("migration.none", { vmid }), { seen, expected, next }, []);
  }
  const { from, to = "another node", task } = last;
  if (task.outcome === "running") {
    const seen = say("seen.migration", { vmid, from, how: "running" });
    return notYet(say("migrated.moving", { vmid, from }), { seen, expected, next }, [taskEvidence(task)]);
  }
  if (task.outcome === "failed") {
    const seen = say("seen.migration", { vmid, from, how: last.cancelled ? "cancelled" : "failed" });
    const message = last.cancelled
      ? say("migrated.cancelled", { vmid, from })
      : say("migrated.failed", { vmid, from, reason: last.reason! });
    return notYet(message, { seen, expected, next }, moveEvidence(last));
  }
  const seen = say("seen.moved", { vmid, from, to });
  return notYet(say("migration.went-through", { vmid, from, to }), { seen, expected, next }, moveEvidence(last));
}

function fits(is: MigrationHow | undefined, wanted: MigrationHow | undefined): boolean {
  return wanted === undefined || is === wanted || (wanted === "live" && is === "live-with-disks");
}

function silent(context: CheckContext, nodes: readonly string[], expected: Message, evidence: Evidence[]): Verdict {
  return unreachable(
    nodes.map((node) => viewFor(context.observation, node, "tasks")),
    expected,
    evidence,
  );
}

function moveEvidence(move: MigrationSeen): Evidence[] {
  const { task, from, to, how } = move;
  const evidence: Evidence[] = [taskEvidence(task)];
  if (to !== undefined) evidence.push({ node: from, source: `log of ${task.upid}: target`, value: to });
  if (how !== undefined) evidence.push({ node: from, source: `log of ${task.upid}: kind`, value: how });
  return evidence;
}
