/** `/storage` and a node's storages. @source recordings 12 */
import { type Json, success } from "../answer.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { hasPrivilege } from "../permissions.ts";
import { storageConfigs, storageDigest, storageUse } from "../storage-config.ts";

export const storageEndpoints: Endpoint[] = [
  {
    method: "GET",
    path: "/storage",
    permission: { kind: "user" },
    parameters: { type: { optional: true } },
    answer: listConfigs,
  },
  {
    method: "GET",
    path: "/nodes/{node}/storage",
    permission: { kind: "user" },
    proxied: true,
    protected: true,
    parameters: {
      content: { optional: true },
      enabled: { optional: true },
      format: { optional: true },
      storage: { optional: true },
      target: { optional: true },
    },
    answer: listOnNode,
  },
];

function listConfigs({ lab, node, params, who }: EndpointContext) {
  return lab.read((state) => {
    const digest = storageDigest(state, node);
    const list: Json[] = storageConfigs(state, node)
      .filter((entry) => params.type === undefined || entry.type === params.type)
      .filter((entry) => hasPrivilege(state, node, who, `/storage/${entry.storage}`, "Datastore.Audit"))
      .map((entry) => ({
        ...entry.rest,
        storage: entry.storage,
        type: entry.type,
        content: entry.content,
        digest,
        ...(entry.shared && { shared: 1 }),
        ...(entry.nodes && { nodes: entry.nodes.join(",") }),
      }));
    return success(list);
  });
}

function listOnNode({ lab, node, params, who }: EndpointContext) {
  return lab.read((state) => {
    const list: Json[] = storageConfigs(state, node)
      .filter((entry) => !entry.nodes || entry.nodes.includes(node))
      .filter((entry) => params.storage === undefined || entry.storage === params.storage)
      .filter(
        (entry) =>
          params.content === undefined || params.content.split(",").some((kind) => entry.content.includes(kind)),
      )
      .filter((entry) => hasPrivilege(state, node, who, `/storage/${entry.storage}`, "Datastore.Audit"))
      .map((entry) => {
        const { used, total } = storageUse(state, node, entry);
        return {
          storage: entry.storage,
          type: entry.type,
          content: entry.content,
          shared: entry.shared ? 1 : 0,
          enabled: 1,
          active: 1,
          used,
          total,
          avail: total - used,
          used_fraction: used / total,
        };
      });
    return success(list);
  });
}
