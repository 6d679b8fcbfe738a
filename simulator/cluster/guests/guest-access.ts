/**
 * What /etc/pve/user.cfg says of a guest: the pool that it is in and the rights over it. A guest is put into a pool when it is
 * made, and is forgotten when it is destroyed.
 *
 * @source pve-access-control 8.2.2 PVE/AccessControl.pm add_vm_to_pool, remove_vm_access; pools and rights in the file typed
 */
import type { FileChange } from "../files/files-state.ts";
import { pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";

const USERS = "user.cfg";
/** Where a line of a pool has its guests: `pool:NAME:COMMENT:VMIDS:STORAGES:`. */
const [POOL_NAME, POOL_GUESTS] = [1, 3];
/** Where a line of rights has its path: `acl:PROPAGATE:PATH:WHO:ROLES:`. */
const ACL_PATH = 2;

/** @throws Refusal for a pool that a node does not know; `undefined` is none */
export function refuseUnknownPool(lab: Readonly<LabState>, node: string, pool: string | undefined): void {
  if (pool === undefined) return;
  const known = linesOf(lab, node).some(([kind, name]) => kind === "pool" && name === pool);
  if (!known) throw new Refusal("permission", `Permission check failed (pool '${pool}' does not exist)`);
}

/** The change that puts a guest into a pool; nothing for a pool that is gone by now. */
export function intoPool(lab: Readonly<LabState>, node: string, vmid: number, pool: string | undefined): FileChange[] {
  return changed(lab, node, ([kind, ...fields]) => {
    if (kind !== "pool" || fields[POOL_NAME - 1] !== pool) return undefined;
    return guestsOf([kind, ...fields]).concat(String(vmid));
  });
}

/** The change that takes a guest out of its pool, with every right over it; nothing where the file does not name it. */
export function forgotten(lab: Readonly<LabState>, node: string, vmid: number): FileChange[] {
  return changed(lab, node, (fields) => {
    if (fields[0] === "acl" && fields[ACL_PATH] === `/vms/${vmid}`) return "gone";
    if (fields[0] !== "pool" || !guestsOf(fields).includes(String(vmid))) return undefined;
    return guestsOf(fields).filter((guest) => guest !== String(vmid));
  });
}

function linesOf(lab: Readonly<LabState>, node: string): string[][] {
  return (pmxcfsFile(lab, node, USERS) ?? "").split("\n").map((line) => line.split(":"));
}

const guestsOf = (fields: string[]) => (fields[POOL_GUESTS] ?? "").split(",").filter((guest) => guest !== "");

/** @param guests of a line's fields the guests that its pool has from now on, that the line goes, or that it stays */
function changed(
  lab: Readonly<LabState>,
  node: string,
  guests: (fields: string[]) => string[] | "gone" | undefined,
): FileChange[] {
  let differs = false;
  const lines = linesOf(lab, node).flatMap((fields) => {
    const becomes = guests(fields);
    if (becomes === undefined) return [fields.join(":")];
    differs = true;
    if (becomes === "gone") return [];
    return [fields.with(POOL_GUESTS, [...new Set(becomes)].sort().join(",")).join(":")];
  });
  return differs ? [{ op: "write", path: USERS, content: lines.join("\n") }] : [];
}
