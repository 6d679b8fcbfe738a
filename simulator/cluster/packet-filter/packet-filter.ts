/** What changes a node's packet filter. */
import { disturb } from "../corosync/world.ts";
import { nodeOf } from "../kernel.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import type { PacketFilter } from "./packet-filter-state.ts";

/** Rules of a node at once: enough for any lesson, little enough to save a thousand labs. */
const RULES_MAX = 500;

export type PacketFilterInputs = {
  /**
   * The whole filter as `iptables` or `nft` leave it; null for none.
   *
   * @throws Refusal "invalid" for more rules than a node keeps
   */
  "filter/set": { args: { node: string; filter: PacketFilter | null }; result: undefined };
};

export const packetFilterInputs = {
  "filter/set": (lab: LabState, { node, filter }: PacketFilterInputs["filter/set"]["args"]): undefined => {
    const rules = filter?.tables.flatMap((table) => table.chains.flatMap((chain) => chain.rules)).length ?? 0;
    if (rules > RULES_MAX) throw new Refusal("invalid", "No buffer space available");
    disturb(lab);
    const owner = nodeOf(lab, node);
    if (filter === null || filter.tables.length === 0) delete owner.filter;
    else owner.filter = filter;
    return undefined;
  },
};
