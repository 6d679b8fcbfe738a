/**
 * What /etc/pve/user.cfg says of a guest: the pool that it is in and the rights over it. A guest is put into a pool when it is
 * made, and is forgotten when it is destroyed.
 *
 * @source pve-access-control 8.2.2 PVE/AccessControl.pm add_vm_to_pool, remove_vm_access; pools and rights in the file typed
 */
import { formatPool, formatUserConfig, parsePool, userConfig } from "../accounts/user-config.ts";
import type { FileChange } from "../files/files-state.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";

const USERS = "user.cfg";

/** @throws Refusal for a pool that a node does not know; `undefined` is none */
export function refuseUnknownPool(lab: Readonly<LabState>, node: string, pool: string | undefined): void {
  if (pool === undefined) return;
  const known = userConfig(lab, node).pools.some((line) => parsePool(line)[0] === pool);
  if (!known) throw new Refusal("permission", `Permission check failed (pool '${pool}' does not exist)`);
}

/** The change that puts a guest into a pool; nothing for a pool that is gone by now. */
export function intoPool(lab: Readonly<LabState>, node: string, vmid: number, pool: string | undefined): FileChange[] {
  const users = userConfig(lab, node);
  const at = users.pools.findIndex((line) => parsePool(line)[0] === pool);
  if (at < 0) return [];
  const [name, entry] = parsePool(users.pools[at]!);
  entry.vms.add(String(vmid));
  users.pools[at] = formatPool(name, entry);
  return [{ op: "write", path: USERS, content: formatUserConfig(users) }];
}

/** The change that takes a guest out of its pool, with every right over it; nothing where the file does not name it. */
export function forgotten(lab: Readonly<LabState>, node: string, vmid: number): FileChange[] {
  const users = userConfig(lab, node);
  let named = users.acl.delete(`/vms/${vmid}`);
  users.pools = users.pools.map((line) => {
    const [name, entry] = parsePool(line);
    if (!entry.vms.delete(String(vmid))) return line;
    named = true;
    return formatPool(name, entry);
  });
  return named ? [{ op: "write", path: USERS, content: formatUserConfig(users) }] : [];
}
