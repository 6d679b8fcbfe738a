/**
 * Parts of a cluster that no course changes, read from the files that hold them: backup jobs, replication, mappings, the
 * firewall's options. Without such a file the list is empty, as on a node that was just installed. Changing them through
 * the API is not modelled.
 *
 * @source pve-manager PVE/API2/Backup.pm, ReplicationConfig.pm; pve-firewall PVE/API2/Firewall/*.pm (no recordings)
 */
import { createHash } from "node:crypto";
import { allGuests, guestConfig } from "../../cluster/guests/guest-view.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../../cluster/state.ts";
import { listOf } from "../access-change.ts";
import { type Json, success } from "../answer.ts";
import type { Endpoint, EndpointContext, Permission } from "../endpoint.ts";
import { audit, hasPrivilege, needs } from "../permissions.ts";
import { parseSectionConfig } from "../section-config.ts";

const anybody: Permission = { kind: "user" };

/** A list of a file's sections. @param only sections of this type @param key the name of each one's id */
function sections(path: string, permission: Permission, file: string, key: string, only?: string): Endpoint {
  return {
    method: "GET",
    path,
    permission,
    answer: ({ lab, node }) =>
      success(
        lab.read((state) =>
          parseSectionConfig(pmxcfsFile(state, node, file) ?? "")
            .filter(({ type }) => only === undefined || type === only)
            .map(({ type, id, keys }) => ({ [key]: id, type, ...keys })),
        ),
      ),
  };
}

/** What of a firewall is written in a file: its options with its digest. */
function firewallOptions(path: string, permission: Permission, file: (context: EndpointContext) => string): Endpoint {
  return {
    method: "GET",
    path,
    permission,
    ...(path.startsWith("/nodes/") && { proxied: true }),
    answer: (context) => success(context.lab.read((state) => optionsOf(state, context.node, file(context)))),
  };
}

function optionsOf(lab: Readonly<LabState>, node: string, file: string): { [key: string]: Json } {
  const text = pmxcfsFile(lab, node, file) ?? "";
  const options: { [key: string]: Json } = {};
  let section = "";
  for (const line of text.split("\n")) {
    section = /^\[(\w+)/.exec(line)?.[1]?.toLowerCase() ?? section;
    const pair = /^([a-z_]+):\s*(\S+)\s*$/.exec(line);
    if (section === "options" && pair) options[pair[1]!] = /^\d+$/.test(pair[2]!) ? Number(pair[2]) : pair[2]!;
  }
  const stated = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...options, digest: createHash("sha1").update(stated.flat().join("\n")).digest("hex") };
}

const hostFirewall = ({ node }: EndpointContext) => `nodes/${node}/host.fw`;

export const clusterListEndpoints: Endpoint[] = [
  sections("/cluster/backup", audit("/"), "jobs.cfg", "id", "vzdump"),
  sections("/cluster/jobs/realm-sync", audit("/"), "jobs.cfg", "id", "realm-sync"),
  sections("/cluster/replication", anybody, "replication.cfg", "id"),
  { ...sections("/nodes/{node}/replication", anybody, "replication.cfg", "id"), proxied: true },
  sections("/cluster/metrics/server", audit("/"), "status.cfg", "id"),
  ...["dir", "pci", "usb"].map((kind) =>
    sections(`/cluster/mapping/${kind}`, anybody, `mapping/${kind === "dir" ? "directory" : kind}.cfg`, "id"),
  ),
  sections("/cluster/sdn/zones", anybody, "sdn/zones.cfg", "zone"),
  sections("/cluster/sdn/vnets", anybody, "sdn/vnets.cfg", "vnet"),
  sections("/cluster/sdn/controllers", anybody, "sdn/controllers.cfg", "controller"),
  sections("/cluster/sdn/dns", anybody, "sdn/dns.cfg", "dns"),
  { method: "GET", path: "/cluster/backup-info/not-backed-up", permission: audit("/"), answer: notBackedUp },
  {
    method: "GET",
    path: "/nodes/{node}/sdn/zones",
    permission: anybody,
    proxied: true,
    answer: () => success([{ zone: "localnetwork", status: "available" }]),
  },
  firewallOptions("/cluster/firewall/options", audit("/"), () => "firewall/cluster.fw"),
  firewallOptions("/nodes/{node}/firewall/options", audit("/nodes/{node}"), hostFirewall),
  firewallOptions(
    "/nodes/{node}/qemu/{vmid}/firewall/options",
    needs("/vms/{vmid}", "VM.Audit"),
    ({ params }) => `firewall/${params.vmid}.fw`,
  ),
];

/** Guests that no enabled job names; one of `all` takes them all. */
function notBackedUp({ lab, node, who }: EndpointContext) {
  return lab.read((state) => {
    const jobs = parseSectionConfig(pmxcfsFile(state, node, "jobs.cfg") ?? "").filter(
      ({ type, keys }) => type === "vzdump" && keys.enabled !== "0",
    );
    const taken = new Set(jobs.flatMap(({ keys }) => listOf(keys.vmid)));
    const left = allGuests(state, node).filter(
      ({ vmid }) =>
        !jobs.some(({ keys }) => keys.all === "1") &&
        !taken.has(String(vmid)) &&
        hasPrivilege(state, node, who, `/vms/${vmid}`, "VM.Audit"),
    );
    return success(
      left.map((guest) => ({
        vmid: guest.vmid,
        type: "qemu",
        name: guestConfig(state, guest.node, guest.vmid, node)?.keys.name ?? `VM ${guest.vmid}`,
      })),
    );
  });
}
