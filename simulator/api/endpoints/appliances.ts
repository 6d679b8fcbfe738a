/**
 * Templates of containers that may be downloaded: those of the list that pve-manager brings along, as no newer one can be
 * fetched. Asked of Proxmox's own API (pve-manager 8.4.21) on a node that never reached the internet.
 */
import { type Json, success } from "../answer.ts";
import type { Endpoint } from "../endpoint.ts";

export interface Appliance {
  section: string;
  template: string;
  [field: string]: Json;
}

/** The second list, TurnKey Linux's, comes from the internet alone. */
const NO_SECOND_LIST =
  "unable to open file '/var/lib/pve-manager/apl-info/releases.turnkeylinux.org' - No such file or directory";

export const applianceEndpoints: Endpoint[] = [
  {
    method: "GET",
    path: "/nodes/{node}/aplinfo",
    permission: { kind: "user" },
    proxied: true,
    answer: async ({ note }) => {
      await note?.(NO_SECOND_LIST);
      const { default: list } = await import("../../node-view/packages/appliances.json", { with: { type: "json" } });
      return success(list as Appliance[]);
    },
  },
];
