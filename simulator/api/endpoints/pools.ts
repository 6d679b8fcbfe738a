/** `/pools`: guests and storages under one name, kept in user.cfg. @source recording 12; texts unverified */

import {
  formatPool,
  type PoolEntry,
  parsePool,
  type UserConfig,
  userConfig,
} from "../../cluster/accounts/user-config.ts";
import { isTrue } from "../../cluster/truth.ts";
import { ChangeRefused, changeUserConfig, listOf } from "../access-change.ts";
import { ApiRefusal, failure, type Json, success } from "../answer.ts";
import { clusterView } from "../cluster-view.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { boolean, matchesFormat, oneOf } from "../parameters.ts";
import { hasPrivilege } from "../permissions.ts";
import { guestResources } from "./qemu.ts";

const poolName = matchesFormat(
  /^[A-Za-z0-9.\-_]+(\/[A-Za-z0-9.\-_]+){0,2}$/,
  "value does not look like a valid pool name",
);
const allocate: Endpoint["permission"] = {
  kind: "other",
  refused: (lab, node, who, params) => {
    const path = `/pool/${params.poolid}`;
    return hasPrivilege(lab, node, who, path, "Pool.Allocate")
      ? undefined
      : `Permission check failed (${path}, Pool.Allocate)`;
  },
};
const change = {
  comment: { optional: true },
  delete: { optional: true, check: boolean },
  storage: { optional: true },
  vms: { optional: true },
  "allow-move": { optional: true, check: boolean },
};
const type = { optional: true, check: oneOf(["qemu", "lxc", "storage"]) };

export const poolEndpoints: Endpoint[] = [
  {
    method: "GET",
    path: "/pools",
    permission: { kind: "user" },
    parameters: { poolid: { optional: true, check: poolName }, type },
    answer: list,
  },
  {
    method: "POST",
    path: "/pools",
    permission: allocate,
    protected: true,
    parameters: { poolid: { check: poolName }, comment: { optional: true } },
    answer: async (context) => {
      const { poolid, comment } = context.params;
      await changePools(context, "create pool failed", (pools) => {
        if (pools.has(poolid!)) throw new ChangeRefused(`pool '${poolid}' already exists`);
        pools.set(poolid!, { comment: comment ?? "", vms: new Set(), storage: new Set() });
      });
      return success(null);
    },
  },
  {
    method: "PUT",
    path: "/pools",
    permission: allocate,
    protected: true,
    parameters: { poolid: { check: poolName }, ...change },
    answer: update,
  },
  {
    method: "DELETE",
    path: "/pools",
    permission: allocate,
    protected: true,
    parameters: { poolid: { check: poolName } },
    answer: remove,
  },
  {
    method: "GET",
    path: "/pools/{poolid}",
    permission: { kind: "privilege", path: "/pool/{poolid}", privilege: "Pool.Audit" },
    parameters: { type },
    answer: (context) => {
      const pool = context.lab.read((state) => poolsOf(userConfig(state, context.node)).get(context.params.poolid!));
      if (!pool) throw new ApiRefusal(failure(500, `pool '${context.params.poolid}' does not exist`));
      return success({
        poolid: context.params.poolid!,
        members: members(context, pool),
        ...(pool.comment !== "" && { comment: pool.comment }),
      });
    },
  },
  {
    method: "PUT",
    path: "/pools/{poolid}",
    permission: allocate,
    protected: true,
    parameters: change,
    answer: update,
  },
  { method: "DELETE", path: "/pools/{poolid}", permission: allocate, protected: true, answer: remove },
];

function list(context: EndpointContext) {
  const { lab, node, params, who } = context;
  const pools = lab.read((state) => poolsOf(userConfig(state, node)));
  if (params.poolid !== undefined && !pools.has(params.poolid)) {
    throw new ApiRefusal(failure(500, `pool '${params.poolid}' does not exist`));
  }
  // One that is asked for by its name is shown to everybody: its check has no consequence (PVE/API2/Pool.pm index).
  const seen = [...pools].filter(([name]) =>
    params.poolid === undefined
      ? lab.read((state) => hasPrivilege(state, node, who, `/pool/${name}`, "Pool.Audit"))
      : params.poolid === name,
  );
  return success(
    seen.map(([poolid, pool]) => ({
      poolid,
      ...(pool.comment !== "" && { comment: pool.comment }),
      ...(params.poolid !== undefined && { members: members(context, pool) }),
    })),
  );
}

async function update(context: EndpointContext) {
  const { poolid, comment, vms, storage } = context.params;
  await changePools(context, "update pools failed", (pools) => {
    const pool = pools.get(poolid!);
    if (!pool) throw new ChangeRefused(`pool '${poolid}' does not exist`);
    if (comment !== undefined) pool.comment = comment;
    for (const [names, set, what] of [
      [listOf(vms), pool.vms, "VM"],
      [listOf(storage), pool.storage, "Storage"],
    ] as const) {
      for (const name of names) {
        const named = what === "VM" ? `VM ${name}` : `Storage '${name}'`;
        if (isTrue(context.params.delete)) {
          if (!set.delete(name)) throw new ChangeRefused(`${named} is not a pool member`);
        } else if (set.has(name)) throw new ChangeRefused(`${named} is already a pool member`);
        else set.add(name);
      }
    }
  });
  return success(null);
}

async function remove(context: EndpointContext) {
  const { poolid } = context.params;
  await changePools(context, "delete pool failed", (pools) => {
    const pool = pools.get(poolid!);
    if (!pool) throw new ChangeRefused(`pool '${poolid}' does not exist`);
    const [vm] = pool.vms;
    const [storage] = pool.storage;
    if (vm !== undefined) throw new ChangeRefused(`pool '${poolid}' is not empty (contains VM ${vm})`);
    if (storage !== undefined) throw new ChangeRefused(`pool '${poolid}' is not empty (contains storage '${storage}')`);
    pools.delete(poolid!);
  });
  return success(null);
}

function poolsOf(config: UserConfig): Map<string, PoolEntry> {
  return new Map(config.pools.map(parsePool));
}

async function changePools(
  context: EndpointContext,
  what: string,
  work: (pools: Map<string, PoolEntry>) => void,
): Promise<void> {
  await changeUserConfig(context, what, (config) => {
    const pools = poolsOf(config);
    work(pools);
    config.pools = [...pools].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, pool]) => formatPool(name, pool));
  });
}

function members({ lab, node, params }: EndpointContext, pool: PoolEntry): Json[] {
  return lab.read((state) => {
    const view = clusterView(state, node).members;
    const online = (name: string) => view.some((one) => one.name === name && one.online);
    const guests = guestResources(state, node, online).filter(({ vmid }) => pool.vms.has(String(vmid)));
    const storages = [...pool.storage].flatMap((storage) =>
      view.map(({ name }) => ({
        id: `storage/${name}/${storage}`,
        type: "storage",
        node: name,
        storage,
        status: "available",
      })),
    );
    const wanted = (kind: string) => params.type === undefined || params.type === kind;
    return [...(wanted("qemu") ? guests.map(({ entry }) => entry) : []), ...(wanted("storage") ? storages : [])];
  });
}
