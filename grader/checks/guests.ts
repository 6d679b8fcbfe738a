/** Checks of a virtual machine as it is now: there, running, on which storage, with which properties. */
import type { GuestSeen } from "../observation.ts";
import type { Evidence, Message, Verdict } from "../verdict.ts";
import {
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
import { guestHere, placeOf } from "./guest-place.ts";
import { say } from "./messages.ts";
import { entryOf, evidenceOf, unreachable, viewFor, viewOf } from "./views.ts";

/** A machine with this id exists, wherever. */
export function guestExists({ vmid }: { vmid: VmidValue }): Check {
  return check(
    (context) => {
      const id = resolvedVmid(vmid, context);
      const expected = say("expected.guest-exists", { vmid: id });
      const place = placeOf(context.observation, id);
      if (place.kind === "listed") return passed(say("guest.exists", { vmid: id, node: place.node }), place.evidence);
      const here = guestHere(context.observation, id, expected);
      if ("verdict" in here) return here.verdict;
      return passed(say("guest.exists", { vmid: id, node: here.node }), here.evidence);
    },
    { guests: [vmid] },
  );
}

/** The machine runs, on the node `on` where that is given; one that is paused does not run. */
export function guestRunning({ vmid, on }: { vmid: VmidValue; on?: string }): Check {
  return check(
    (context) => {
      const id = resolvedVmid(vmid, context);
      const expected = on
        ? say("expected.guest-running-on", { vmid: id, node: on })
        : say("expected.guest-running", { vmid: id });
      const here = guestHere(context.observation, id, expected);
      if ("verdict" in here) return here.verdict;
      const { node, guest, evidence } = here;
      const seen = say("seen.guest-state", { vmid: id, node, state: stateOf(guest) });
      if (on !== undefined && node !== on) {
        const next = say("next.migrate", { vmid: id, from: node, to: on });
        return notYet(say("guest.elsewhere", { vmid: id, node, expected: on }), { seen, expected, next }, evidence);
      }
      if (guest.status !== "running") {
        // One that is locked refuses to start.
        const next = guest.lock
          ? say("next.unlock-start", { vmid: id, node })
          : say("next.start-guest", { vmid: id, node });
        return notYet(
          say("guest.not-running", { vmid: id, node, state: guest.status }),
          { seen, expected, next },
          evidence,
        );
      }
      if (guest.stateUnread || (guest.qmpStatus === undefined && guest.config !== undefined)) {
        const message = say("guest.state-unread", { vmid: id, node });
        return couldNotCheck(message, say("next.wait-and-check"), evidence, { seen, expected });
      }
      if (guest.qmpStatus !== undefined && guest.qmpStatus !== "running") {
        const next = guest.lock
          ? say("next.unlock-resume", { vmid: id, node })
          : say("next.resume-guest", { vmid: id, node });
        const message = say("guest.paused", { vmid: id, node, state: guest.qmpStatus });
        return notYet(message, { seen, expected, next }, evidence);
      }
      return passed(say("guest.running", { vmid: id, node }), evidence);
    },
    { states: [vmid] },
  );
}

/** The machine exists and is switched off. */
export function guestStopped({ vmid }: { vmid: VmidValue }): Check {
  return check(
    (context) => {
      const id = resolvedVmid(vmid, context);
      const expected = say("expected.guest-stopped", { vmid: id });
      const here = guestHere(context.observation, id, expected);
      if ("verdict" in here) return here.verdict;
      const { node, guest, evidence } = here;
      if (guest.status === "stopped") return passed(say("guest.stopped", { vmid: id, node }), evidence);
      const seen = say("seen.guest-state", { vmid: id, node, state: stateOf(guest) });
      const next = say("next.stop-guest", { vmid: id, node });
      return notYet(say("guest.still-running", { vmid: id, node }), { seen, expected, next }, evidence);
    },
    { guests: [vmid] },
  );
}

/** No operation holds the machine locked, and none left its lock behind. */
export function guestUnlocked({ vmid }: { vmid: VmidValue }): Check {
  return check(
    (context) => {
      const id = resolvedVmid(vmid, context);
      const expected = say("expected.guest-unlocked", { vmid: id });
      const here = guestHere(context.observation, id, expected);
      if ("verdict" in here) return here.verdict;
      const { node, guest, evidence } = here;
      if (guest.lock === undefined || guest.lock === "") {
        return passed(say("guest.unlocked", { vmid: id, node }), evidence);
      }
      const tasks = entryOf(context.observation, node)?.tasks;
      const busy = tasks?.read && tasks.value.some((task) => task.id === String(id) && task.outcome === "running");
      const seen = say("seen.guest-state", { vmid: id, node, state: stateOf(guest) });
      const next = busy ? say("next.wait-and-check") : say("next.unlock-guest", { vmid: id, node });
      return notYet(say("guest.locked", { vmid: id, node, lock: guest.lock }), { seen, expected, next }, evidence);
    },
    { guests: [vmid] },
  );
}

/**
 * The machine's configuration has these values: `{ memory: 512, name: variable("vmName"), net0: "bridge=vmbr0" }`.
 *
 * A value may also be one part of a list with commas, as in `net0` and drives.
 */
export function guestHas({
  vmid,
  properties,
}: {
  vmid: VmidValue;
  properties: Readonly<Record<string, Value | number>>;
}): Check {
  return check(
    (context) => {
      const id = resolvedVmid(vmid, context);
      const wanted = Object.entries(properties).map(
        ([key, value]) => [key, typeof value === "number" ? String(value) : resolved(value, context)] as const,
      );
      const expected = say("expected.guest-has", {
        vmid: id,
        properties: wanted.map(([key, value]) => `${key} ${value}`),
      });
      const read = configOf(context, id, expected);
      if ("verdict" in read) return read.verdict;
      const { node, config } = read;
      const evidence = wanted.map(([key]) => ({
        node,
        source: `qemu/${id}/config.${key}`,
        value: config[key] ?? null,
      }));
      const differs = wanted.find(([key, value]) => !hasValue(config[key], value));
      if (!differs) return passed(say("guest.has", { vmid: id, node }), evidence);
      const [key, value] = differs;
      const is = config[key];
      const seen = say("seen.guest-property", { vmid: id, property: key, value: is ?? "not set" });
      const next = say("next.set-guest", { vmid: id, node, property: key, value });
      const message =
        is === undefined
          ? say("guest.property-missing", { vmid: id, property: key, value })
          : say("guest.property-differs", { vmid: id, property: key, value: is, expected: value });
      return notYet(message, { seen, expected, next }, evidence);
    },
    { configs: [vmid] },
  );
}

/** Every disk of the machine lies on this storage; drives with a CD do not count. */
export function guestOnStorage({ vmid, storage }: { vmid: VmidValue; storage: Value }): Check {
  return check(
    (context) => {
      const id = resolvedVmid(vmid, context);
      const name = resolved(storage, context);
      const expected = say("expected.guest-storage", { vmid: id, storage: name });
      const read = configOf(context, id, expected);
      if ("verdict" in read) return read.verdict;
      const disks = disksOf(read.config);
      const evidence = disks.map((disk) => ({
        node: read.node,
        source: `qemu/${id}/config.${disk.key}`,
        value: disk.volume,
      }));
      if (disks.length === 0) {
        const seen = say("seen.guest-disks", { vmid: id, disks: [] });
        const next = say("next.add-disk", { vmid: id, node: read.node, storage: name });
        return notYet(say("guest.no-disk", { vmid: id }), { seen, expected, next }, evidence);
      }
      const other = disks.find((disk) => disk.storage !== name);
      if (!other) return passed(say("guest.on-storage", { vmid: id, storage: name }), evidence);
      const seen = say("seen.guest-disks", { vmid: id, disks: disks.map((disk) => `${disk.key} ${disk.volume}`) });
      const next = say("next.move-disk", { vmid: id, node: read.node, disk: other.key, storage: name });
      const told = { vmid: id, disk: other.key, storage: other.storage, expected: name };
      return notYet(say("guest.on-other-storage", told), { seen, expected, next }, evidence);
    },
    { configs: [vmid] },
  );
}

/** No machine runs on `node` any more, and each of `vmids` runs on another one. */
export function nodeDrained({ node, vmids }: { node: string; vmids: readonly VmidValue[] }): Check {
  return check(
    (context) => {
      const expected = say("expected.drained", { node });
      const view = viewOf(context.observation, node);
      if (view.kind === "unknown") return unreachable([view], expected);
      const list = entryOf(context.observation, node)?.guests;
      if (!list?.read) return unreachable([viewFor(context.observation, node, "guests")], expected);
      const resources = entryOf(context.observation, node)?.resources;
      const containers = (resources?.read ? resources.value : []).flatMap(({ type, node: of, vmid, status }) =>
        type === "lxc" && of === node && vmid !== undefined ? [{ vmid, status }] : [],
      );
      const left = [...list.value, ...containers].filter(({ status }) => status === "running");
      const evidence: Evidence[] = list.value.map((guest) => ({
        node,
        source: `nodes/${node}/qemu/${guest.vmid}`,
        value: guest.status,
      }));
      if (left.length > 0) {
        const guests = left.map(({ vmid }) => String(vmid));
        const next = say("next.drain", { vmid: left[0]!.vmid, node });
        return notYet(
          say("drained.not-yet", { node, guests }),
          { seen: say("seen.guests", { node, guests }), expected, next },
          evidence,
        );
      }
      for (const vmid of vmids) {
        const id = resolvedVmid(vmid, context);
        const running = guestRunning({ vmid: id })(context);
        if (running.outcome !== "passed") return running;
        evidence.push(...running.evidence);
      }
      return passed(say("drained.yes", { node }), [...evidence, ...evidenceOf(view)]);
    },
    { states: vmids },
  );
}

/** A drive of a guest's configuration, as far as checks need it. */
export interface Disk {
  key: string;
  volume: string;
  storage: string;
}

export function disksOf(config: Readonly<Record<string, string>>): Disk[] {
  return Object.entries(config).flatMap(([key, value]) => {
    if (!/^(scsi|virtio|ide|sata|efidisk|tpmstate)\d+$/.test(key) || /(^|,)media=cdrom(,|$)/.test(value)) return [];
    const volume = value.split(",")[0]!.replace(/^(file|volume)=/, "");
    if (volume === "none") return [];
    // What is no volume of a storage is a path on the node itself: `/dev/sdb`.
    return [{ key, volume, storage: /^([^:/]+):/.exec(volume)?.[1] ?? volume }];
  });
}

function configOf(
  { observation }: CheckContext,
  vmid: number,
  expected: Message,
): { node: string; config: Readonly<Record<string, string>> } | { verdict: Verdict } {
  const here = guestHere(observation, vmid, expected);
  if ("verdict" in here) return here;
  const { node, guest, evidence } = here;
  if (guest.config?.read) return { node, config: guest.config.value };
  const privilege = guest.config?.trouble.privilege;
  const message =
    privilege === undefined
      ? say("guest.config-unread", { vmid, node, reason: guest.config?.trouble.reason ?? "it was not asked" })
      : say("reach.forbidden", { node, privilege });
  return { verdict: couldNotCheck(message, say("next.look-at-node", { nodes: [node] }), evidence, { expected }) };
}

function stateOf(guest: GuestSeen): string {
  const state = guest.qmpStatus !== undefined && guest.qmpStatus !== guest.status ? guest.qmpStatus : guest.status;
  return guest.lock ? `${state}, lock ${guest.lock}` : state;
}

function hasValue(is: string | undefined, wanted: string): boolean {
  if (is === undefined) return false;
  return is === wanted || is.split(",").some((part) => part === wanted || part === `current=${wanted}`);
}
