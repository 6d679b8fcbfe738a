/**
 * What a daemon counts for the services of its node: versions of the files they watch, of the list of guests and of each
 * guest in it. It counts for itself, from its start; no other node knows.
 *
 * @source pmxcfs 8.1.3 status.c record_memdb_change, vmlist_register_vm; recording 40: a rename raises the list's version
 *   by two and the guest's to the next one
 */
import type { FileChange } from "../files/files-state.ts";
import { nodeOf, schedule } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { type PmxcfsState, WATCHED_FILES } from "./pmxcfs-state.ts";
import { guestAt, guestConfigs } from "./pmxcfs-view.ts";

/**
 * Count a change that was carried out on this node.
 *
 * @param steps in how many the database took it: a write that makes a file is two
 */
export function countChange(lab: LabState, node: string, change: FileChange, steps: number): void {
  const state = nodeOf(lab, node).pmxcfs;
  const paths = change.op === "rename" ? [change.path, change.to] : [change.path];
  const times = change.op === "write" ? steps : 1;
  for (const path of paths) {
    for (let i = 0; i < times; i++) countPath(state, path);
    tellHa(lab, node, path);
  }
  const before = guestAt(change.path)?.vmid;
  if ((change.op === "unlink" || change.op === "rename") && before !== undefined) {
    state.vmlistVersion += 1;
    delete state.guestVersions?.[before];
  }
  const after = change.op === "write" ? before : change.op === "rename" ? guestAt(change.to)?.vmid : undefined;
  for (let i = 0; after !== undefined && i < times; i++) {
    state.vmlistVersion += 1;
    state.guestVersions = { ...state.guestVersions, [after]: nextGuestVersion(state) };
  }
}

/** The daemon started, or took another's database over: every file counts as changed, the guests are listed anew. */
export function countAll(lab: LabState, node: string, changed: readonly string[]): void {
  const state = nodeOf(lab, node).pmxcfs;
  for (const path of WATCHED_FILES) countPath(state, path);
  for (const path of changed) tellHa(lab, node, path);
  listGuests(state);
}

/** Give every guest of the database a version of its own; a database without `nodes` has no list. */
export function listGuests(state: PmxcfsState): void {
  if (!Object.hasOwn(state.database.entries, "nodes")) return;
  state.vmlistVersion += 1;
  const guests = guestConfigs(state.database).map(({ vmid }) => [String(vmid), nextGuestVersion(state)] as const);
  state.guestVersions = Object.fromEntries(guests);
}

function countPath(state: PmxcfsState, path: string): void {
  if (WATCHED_FILES.includes(path)) state.watchedVersions[path] = (state.watchedVersions[path] ?? 1) + 1;
}

function nextGuestVersion(state: PmxcfsState): number {
  state.guestVersionsGiven = (state.guestVersionsGiven ?? 0) + 1;
  return state.guestVersionsGiven;
}

function tellHa(lab: LabState, node: string, path: string): void {
  if (path.startsWith("ha/") && WATCHED_FILES.includes(path)) {
    schedule(lab, 0, { kind: "ha/config-changed", node });
  }
}
