/**
 * What an account may not see: without these rights Proxmox leaves things out of its lists and says nothing, so that an
 * empty list proves nothing.
 */
import { z } from "zod";
import type { PveClient, RequestOptions } from "../pve/client.ts";

const NEEDED = [
  ["/vms", "VM.Audit"],
  ["/storage", "Datastore.Audit"],
] as const;

/** Path -> privilege -> whether it holds for what lies below, too. */
const permissions = z.record(z.string(), z.record(z.string(), z.unknown()));

/** `VM.Audit on /vms`. @throws PveError when the account's rights are not told */
export async function unseenRights(api: PveClient, request?: RequestOptions): Promise<string[]> {
  const told = await Promise.all(
    NEEDED.map(async ([path, privilege]) => {
      const rights = await api.get("/access/permissions", permissions, { path }, request);
      return rights[path]?.[privilege] !== undefined ? [] : [`${privilege} on ${path}`];
    }),
  );
  return told.flat();
}
