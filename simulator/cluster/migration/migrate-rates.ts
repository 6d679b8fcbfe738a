/** How fast a migration may send: a limit of whoever asked (guests/03), or the made-up link (docs/fidelity/guests.md). */
import type { MigrateData } from "./migrate-data.ts";

/** A gigabit link, as much of it as ssh leaves. */
const LINK_MIB_PER_S = 110;

/** And without ssh. Made up, like the other. */
const BARE_LINK_MIB_PER_S = 116;

export const limitOf = (data: MigrateData) => data.settings?.limitMibPerS ?? Number(data.params.bwlimit ?? 0) / 1024;

export const linkOf = (data: MigrateData) => (data.settings?.insecure ? BARE_LINK_MIB_PER_S : LINK_MIB_PER_S);

export const copyRate = (data: MigrateData) =>
  limitOf(data) > 0 ? Math.min(limitOf(data), linkOf(data)) : linkOf(data);
