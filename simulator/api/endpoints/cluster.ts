/** `/version` and `/cluster`: status, resources. @source recordings 08, 12, 34, 35 */
import { accessConfig } from "../../cluster/accounts/accounts.ts";
import { managerStatus } from "../../cluster/ha/ha-status.ts";
import { type Json, success } from "../answer.ts";
import { APPLIANCE } from "../appliance.ts";
import { clusterView } from "../cluster-view.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { oneOf } from "../parameters.ts";
import { hasPrivilege } from "../permissions.ts";
import { storageConfigs, storageUse } from "../storage-config.ts";
import { figures, figuresAreKept } from "./figures.ts";
import { guestResources } from "./qemu.ts";

const audit = { kind: "privilege", path: "/", privilege: "Sys.Audit" } as const;

export const clusterEndpoints: Endpoint[] = [
  {
    method: "GET",
    path: "/version",
    permission: { kind: "user" },
    answer: () => success({ version: APPLIANCE.version, release: APPLIANCE.release, repoid: APPLIANCE.repoId }),
  },
  { method: "GET", path: "/cluster/status", permission: audit, protected: true, answer: status },
  {
    method: "GET",
    path: "/cluster/resources",
    permission: { kind: "user" },
    parameters: { type: { optional: true, check: oneOf(["vm", "storage", "node", "sdn"]) } },
    answer: resources,
  },
];

function status({ lab, node }: EndpointContext) {
  return lab.read((state) => {
    const view = clusterView(state, node);
    const list: Json[] = view.members.map((member) => ({
      type: "node",
      id: `node/${member.name}`,
      name: member.name,
      nodeid: member.id,
      ...(member.ip !== undefined && { ip: member.ip }),
      level: "",
      local: member.name === node ? 1 : 0,
      online: member.online ? 1 : 0,
    }));
    if (view.cluster) {
      const { name, version, nodes, quorate } = view.cluster;
      list.push({ type: "cluster", id: "cluster", name, version, nodes, quorate: quorate ? 1 : 0 });
    }
    return success(list);
  });
}

function resources({ lab, node, params, who }: EndpointContext) {
  const wanted = (type: string) => params.type === undefined || params.type === type;
  return lab.read((state) => {
    const list: Json[] = [];
    const pools = accessConfig(state, node).pools;
    if (params.type === undefined) {
      for (const { name: pool } of pools) {
        if (hasPrivilege(state, node, who, `/pool/${pool}`, "Pool.Audit"))
          list.push({ id: `/pool/${pool}`, type: "pool", pool });
      }
    }
    const haStates = managerStatus(state, node).node_status;
    for (const member of clusterView(state, node).members) {
      const { name, online } = member;
      const hastate = haStates[name];
      const kept = figuresAreKept(state, node, member);
      if (wanted("node")) {
        const seen = hasPrivilege(state, node, who, `/nodes/${name}`, "Sys.Audit");
        list.push({
          id: `node/${name}`,
          type: "node",
          node: name,
          status: online ? "online" : "offline",
          "cgroup-mode": 2,
          ...(hastate !== undefined && { hastate }),
          ...(kept && { level: "", ...(seen && figures(state, name, online)) }),
        });
      }
      if (wanted("storage")) {
        for (const storage of storageConfigs(state, node)) {
          // What is not for a node, or is disabled, is left out. @source pve-manager PVE/API2/Cluster.pm resources
          if (storage.rest.disable === "1" || (storage.nodes && !storage.nodes.includes(name))) continue;
          if (!hasPrivilege(state, node, who, `/storage/${storage.storage}`, "Datastore.Audit")) continue;
          const use = storageUse(state, name, storage);
          list.push({
            id: `storage/${name}/${storage.storage}`,
            type: "storage",
            node: name,
            storage: storage.storage,
            plugintype: storage.type,
            content: storage.content,
            shared: storage.shared ? 1 : 0,
            ...(kept ? { status: "available", disk: use.used, maxdisk: use.total } : { status: "unknown" }),
          });
        }
      }
      if (wanted("sdn") && hasPrivilege(state, node, who, "/sdn/zones/localnetwork", "Sys.Audit")) {
        list.push({ id: `sdn/${name}/localnetwork`, type: "sdn", node: name, sdn: "localnetwork", status: "ok" });
      }
    }
    if (wanted("vm")) {
      const online = (name: string) => clusterView(state, node).members.some((one) => one.name === name && one.online);
      for (const { vmid, entry } of guestResources(state, node, online)) {
        if (!hasPrivilege(state, node, who, `/vms/${vmid}`, "VM.Audit")) continue;
        const pool = pools.find(({ members }) => members.includes(`/vms/${vmid}`))?.name;
        list.push({ ...entry, ...(pool !== undefined && { pool }) });
      }
    }
    return success(list);
  });
}
