/** Checks of what a cluster lists: storages, and guests with their place, as each node tells it. */
import type { ResourceSeen } from "../observation.ts";
import type { Evidence, Message, Verdict } from "../verdict.ts";
import {
  type Check,
  type CheckContext,
  check,
  notYet,
  passed,
  resolved,
  resolvedVmid,
  type Value,
  type VmidValue,
} from "./check.ts";
import { say } from "./messages.ts";
import { entryOf, unreachable, viewFor } from "./views.ts";

/** Each of `nodes` lists a storage of this name as its own, by its own answer. */
export function storageListed({ storage, nodes }: { storage: Value; nodes: readonly string[] }): Check {
  return check((context) => {
    const name = resolved(storage, context);
    const expected = say("expected.storage", { storage: name, nodes: [...nodes] });
    const { told, unread } = storagesOf(context, nodes);
    const has = (node: string, list: readonly ResourceSeen[]) =>
      list.some((entry) => entry.type === "storage" && entry.id === `storage/${node}/${name}`);
    const evidence = told.map(({ node, list }) => ({
      node,
      source: `cluster/resources storage/${node}/${name}`,
      value: has(node, list) ? "listed" : "not listed",
    }));
    const without = told.filter(({ node, list }) => !has(node, list)).map(({ node }) => node);
    if (without.length > 0) {
      const elsewhere = allResources(context).find(({ node, list }) => !without.includes(node) && has(node, list));
      const seen = say("seen.storage-missing", { storage: name, nodes: without });
      if (elsewhere) {
        const next = say("next.storage-there", { storage: name, node: without[0]! });
        const message = say("storage.elsewhere", { storage: name, node: elsewhere.node, nodes: without });
        return notYet(message, { seen, expected, next }, evidence);
      }
      const next = say("next.add-storage", { storage: name, node: nodes[0]! });
      return notYet(say("storage.missing", { storage: name, nodes: without }), { seen, expected, next }, evidence);
    }
    if (unread.length > 0) return silentAbout(context, unread, expected, evidence);
    return passed(say("storage.listed", { storage: name, nodes: [...nodes] }), evidence);
  });
}

/** Each of `nodes` has this storage ready for use, by its own answer; shared or not, where that is asked. */
export function storageUsable({
  storage,
  nodes,
  shared,
}: {
  storage: Value;
  nodes: readonly string[];
  shared?: boolean;
}): Check {
  const listed = storageListed({ storage, nodes });
  return check(
    (context) => {
      const first = listed(context);
      const name = resolved(storage, context);
      const expected = say("expected.storage-usable", { storage: name, nodes: [...nodes] });
      if (first.outcome === "not-yet") {
        const kept = notForAll(context, name, nodes);
        if (kept) return notYet(kept.message, { ...kept, expected }, [...first.evidence, kept.evidence]);
        // What a shared one is made of nobody here knows; the text of the chapter does.
        return shared ? { ...first, next: say("next.see-storage", { node: nodes[0]! }) } : first;
      }
      const { told, unread } = storagesOf(context, nodes);
      const own = told.map(({ node, list }) => ({
        node,
        entry: list.find(({ id }) => id === `storage/${node}/${name}`),
      }));
      const evidence = own.map(({ node, entry }) => ({
        node,
        source: `cluster/resources storage/${node}/${name}`,
        value: `${entry?.status ?? "unknown"}${entry?.shared ? ", shared" : ""}`,
      }));
      const dead = own.find(({ entry }) => entry?.status !== "available");
      if (dead) {
        const told = { storage: name, node: dead.node, status: dead.entry?.status ?? "unknown" };
        const next = say("next.see-storage", { node: dead.node });
        const message = told.status === "unknown" ? say("storage.silent", told) : say("storage.not-active", told);
        return notYet(message, { seen: say("seen.storage-state", told), expected, next }, evidence);
      }
      const wrong = shared === undefined ? undefined : own.find(({ entry }) => (entry?.shared ?? false) !== shared);
      if (wrong) {
        const status = shared ? "not shared" : "shared";
        const seen = say("seen.storage-state", { storage: name, node: wrong.node, status });
        const next = shared
          ? say("next.share-storage", { storage: name })
          : say("next.see-storage", { node: wrong.node });
        const message = shared
          ? say("storage.not-shared", { storage: name })
          : say("storage.is-shared", { storage: name });
        return notYet(message, { seen, expected, next }, evidence);
      }
      if (unread.length > 0) return silentAbout(context, unread, expected, evidence);
      return passed(say("storage.usable", { storage: name, nodes: [...nodes] }), evidence);
    },
    { storages: true },
  );
}

/** Why a storage that the settings have is in no list of these nodes: it is disabled, or kept to others. */
function notForAll({ observation }: CheckContext, storage: string, nodes: readonly string[]) {
  for (const node of nodes) {
    const fact = entryOf(observation, node)?.storages;
    const found = fact?.read ? fact.value.find((one) => one.storage === storage) : undefined;
    if (!found) continue;
    const source = `storage/${storage}`;
    if (found.disabled) {
      return {
        message: say("storage.disabled", { storage }),
        seen: say("seen.storage-state", { storage, node, status: "disabled" }),
        next: say("next.enable-storage", { storage, node }),
        evidence: { node, source, value: "disabled" },
      };
    }
    const without = nodes.filter((one) => found.nodes && !found.nodes.includes(one));
    if (without.length > 0) {
      return {
        message: say("storage.kept", { storage, only: found.nodes!, nodes: without }),
        seen: say("seen.storage-kept", { storage, only: found.nodes! }),
        next: say("next.storage-nodes", { storage, node }),
        evidence: { node, source, value: `nodes ${found.nodes!.join(",")}` },
      };
    }
  }
  return undefined;
}

/** Each of `seenBy` lists a virtual machine with this id, and all say that it belongs to the node `on`. */
export function guestOn({
  vmid: wanted,
  on,
  seenBy,
}: {
  vmid: VmidValue;
  on: string;
  seenBy: readonly string[];
}): Check {
  return check((context) => {
    const vmid = resolvedVmid(wanted, context);
    const expected = say("expected.guest", { vmid, node: on, nodes: [...seenBy] });
    const { told, unread } = resourcesOf(context, seenBy);
    const place = (list: readonly ResourceSeen[]) =>
      list.find((entry) => entry.id === `qemu/${vmid}` || entry.id === `lxc/${vmid}`)?.node;
    const evidence = told.map(({ node, list }) => ({
      node,
      source: `cluster/resources qemu/${vmid}`,
      value: place(list) ?? null,
    }));
    const other = told.find(({ list }) => place(list) !== undefined && place(list) !== on);
    if (other) {
      const node = place(other.list)!;
      const told = { seen: say("seen.guest", { vmid, node }), expected, next: say("next.guest-elsewhere", { vmid }) };
      return notYet(say("guest.elsewhere", { vmid, node, expected: on }), told, evidence);
    }
    const without = told.filter(({ list }) => place(list) === undefined).map(({ node }) => node);
    if (without.length > 0) {
      const seen = say("seen.guest-missing", { vmid, nodes: without });
      const next = say("next.create-guest", { vmid, node: on });
      return notYet(say("guest.missing", { vmid, nodes: without }), { seen, expected, next }, evidence);
    }
    if (unread.length > 0) return silentAbout(context, unread, expected, evidence);
    return passed(say("guest.listed", { vmid, node: on, nodes: [...seenBy] }), evidence);
  });
}

/** What each of these nodes lists, and those that told nothing. */
function resourcesOf({ observation }: CheckContext, nodes: readonly string[]) {
  const told: { node: string; list: readonly ResourceSeen[] }[] = [];
  const unread: string[] = [];
  for (const node of nodes) {
    const fact = entryOf(observation, node)?.resources;
    if (fact?.read) told.push({ node, list: fact.value });
    else unread.push(node);
  }
  return { told, unread };
}

/**
 * The same for storages. Every node has one of its own, `local`: a list without any is of an account that may not see
 * them.
 */
function storagesOf(context: CheckContext, nodes: readonly string[]) {
  const { told, unread } = resourcesOf(context, nodes);
  const hidden = told.filter(({ node, list }) => !list.some((one) => one.type === "storage" && one.node === node));
  return { told: told.filter((one) => !hidden.includes(one)), unread: [...unread, ...hidden.map(({ node }) => node)] };
}

function allResources(context: CheckContext) {
  return resourcesOf(
    context,
    context.observation.nodes.map(({ name }) => name),
  ).told;
}

function silentAbout(context: CheckContext, nodes: string[], expected: Message, evidence: Evidence[]): Verdict {
  return unreachable(
    nodes.map((node) => viewFor(context.observation, node, "resources")),
    expected,
    evidence,
  );
}
