/** `/nodes/{node}/network`: /etc/network/interfaces, changes that wait, and their application. @source pve-manager PVE/API2/Network.pm */

import type { Form } from "../../cluster/forms.ts";
import { INTERFACES } from "../../cluster/host-network/node-network.ts";
import { PENDING_INTERFACES } from "../../cluster/host-network/reload-task.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { changesOf, unified } from "../../shell/line-changes.ts";
import { formatTime } from "../../shell/time-text.ts";
import { ApiRefusal, failure, type Json, success, wrongParameters } from "../answer.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import {
  type NetworkConfig,
  NetworkConfigError,
  type NetworkInterface,
  readNetworkConfig,
  splitList,
  writeNetworkConfig,
} from "../network-interfaces.ts";
import { formedAll, oneOf } from "../parameters.ts";
import { hasOneOf } from "../permissions.ts";

const audit = { kind: "privilege", path: "/nodes/{node}", privilege: "Sys.Audit" } as const;
const modify = { kind: "privilege", path: "/nodes/{node}", privilege: "Sys.Modify" } as const;

/** What an interface may be. @source pve-manager PVE/API2/Network.pm (published schema) */
const INTERFACE_TYPES = [
  ...["bridge", "bond", "eth", "alias", "vlan", "fabric", "OVSBridge", "OVSBond", "OVSPort", "OVSIntPort", "vnet"],
];
const SHOWN_TYPES = [...INTERFACE_TYPES, "any_bridge", "any_local_bridge", "include_sdn"];

const iface = formedAll({ iface: { format: "pve-iface" } });

const text: Form = { optional: true };
const OPTIONS = formedAll({
  type: { enum: [...INTERFACE_TYPES, "unknown"] },
  comments: text,
  comments6: text,
  autostart: { type: "boolean", optional: true },
  bridge_vlan_aware: { type: "boolean", optional: true },
  bridge_vids: text,
  bridge_ports: text,
  slaves: text,
  bond_mode: {
    optional: true,
    enum: [
      ...["balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"],
      ...["balance-slb", "lacp-balance-slb", "lacp-balance-tcp"],
    ],
  },
  "bond-primary": text,
  bond_xmit_hash_policy: { optional: true, enum: ["layer2", "layer2+3", "layer3+4"] },
  "vlan-raw-device": text,
  "vlan-id": { type: "integer", minimum: 1, maximum: 4094, optional: true },
  gateway: { optional: true, format: "ipv4" },
  netmask: { optional: true },
  address: { optional: true, format: "ipv4" },
  cidr: { optional: true, format: "CIDRv4" },
  mtu: { type: "integer", minimum: 1280, maximum: 65_520, optional: true },
});

const own = { proxied: true, protected: true } as const;

export const nodeNetworkEndpoints: Endpoint[] = [
  {
    method: "GET",
    path: "/nodes/{node}/network",
    permission: { kind: "user" },
    proxied: true,
    parameters: { type: { optional: true, check: oneOf(SHOWN_TYPES) } },
    answer: listInterfaces,
  },
  {
    method: "POST",
    path: "/nodes/{node}/network",
    permission: modify,
    ...own,
    parameters: { ...iface, ...OPTIONS },
    answer: (context) => change(context, create),
  },
  {
    method: "PUT",
    path: "/nodes/{node}/network",
    permission: modify,
    ...own,
    parameters: {},
    answer: ({ lab, node, who }) => {
      const tokenId = who.tokenId === undefined ? {} : { tokenId: `${who.user}!${who.tokenId}` };
      return success(lab.act("network/reload-task", { node, user: who.user, ...tokenId }).upid);
    },
  },
  {
    method: "DELETE",
    path: "/nodes/{node}/network",
    permission: modify,
    ...own,
    parameters: {},
    answer: async ({ lab, node }) => {
      await createNodeFiles(lab, node)
        .unlink(PENDING_INTERFACES)
        .catch(() => {});
      return success(null);
    },
  },
  {
    method: "GET",
    path: "/nodes/{node}/network/{iface}",
    permission: audit,
    proxied: true,
    pathParameters: iface,
    answer: readInterface,
  },
  {
    method: "PUT",
    path: "/nodes/{node}/network/{iface}",
    permission: modify,
    ...own,
    pathParameters: iface,
    parameters: { ...OPTIONS, delete: { optional: true } },
    answer: (context) => change(context, update),
  },
  {
    method: "DELETE",
    path: "/nodes/{node}/network/{iface}",
    permission: modify,
    ...own,
    pathParameters: iface,
    answer: (context) =>
      change(context, ({ ifaces }, { iface: name }) => {
        if (!ifaces.delete(name!)) throw wrong("iface", "interface does not exist");
      }),
  },
];

const wrong = (name: string, problem: string) => new ApiRefusal(wrongParameters({ [name]: problem }));

async function textOf({ lab, node }: EndpointContext, path: string): Promise<string | undefined> {
  return createNodeFiles(lab, node)
    .readFile(path)
    .then((bytes) => new TextDecoder().decode(bytes))
    .catch(() => undefined);
}

/** The configuration with the changes that wait, as every call sees it. */
async function configOf(context: EndpointContext): Promise<NetworkConfig> {
  const current = (await textOf(context, PENDING_INTERFACES)) ?? (await textOf(context, INTERFACES)) ?? "";
  const up = context.lab.read((state) => state.nodes[context.node]!.net.devices.filter((device) => device.up));
  return readNetworkConfig(current, new Set(up.map(({ name }) => name)));
}

async function listInterfaces(context: EndpointContext) {
  const { type } = context.params;
  const { ifaces } = await configOf(context);
  ifaces.delete("lo");
  const fits = (kind: string) =>
    type === undefined || type === "include_sdn" || type === kind || (/^any/.test(type) && kind === "bridge");
  const { lab, node, who } = context;
  const mayUse = (bridge: string) =>
    lab.read((state) => hasOneOf(state, node, who, `/sdn/zones/localnetwork/${bridge}`, ["SDN.Audit", "SDN.Use"]));
  const shown = [...ifaces]
    .filter(([name, one]) => fits(one.type) && (!/^(?:OVSB|b)ridge$/.test(one.type) || mayUse(name)))
    .map(([name, one]) => ({ iface: name, ...one }));
  const changes = await pendingChanges(context);
  return success(shown, changes === undefined ? {} : { changes });
}

/** `diff -u` of what is and what waits; undefined when nothing does. */
async function pendingChanges(context: EndpointContext): Promise<string | undefined> {
  const pending = await textOf(context, PENDING_INTERFACES);
  if (pending === undefined) return undefined;
  const lines = (one: string) => one.replace(/\n$/, "").split("\n");
  const [a, b] = [lines((await textOf(context, INTERFACES)) ?? ""), lines(pending)];
  // As `diff -b` compares.
  const key = (line: string) => line.replace(/\s+/g, " ").trimEnd();
  const changes = changesOf(a.map(key), b.map(key));
  if (changes.length === 0) return undefined;
  const files = createNodeFiles(context.lab, context.node);
  const head = async (path: string) => {
    const at = await files.stat(path).then(
      (entry) => entry.mtimeMs,
      () => 0,
    );
    return `${path}\t${formatTime("%Y-%m-%d %H:%M:%S.%N %z", at)}`;
  };
  return `--- ${await head(INTERFACES)}\n+++ ${await head(PENDING_INTERFACES)}\n${unified(a, b, changes, 3)}`;
}

async function readInterface(context: EndpointContext) {
  const found = (await configOf(context)).ifaces.get(context.params.iface!);
  if (!found) throw wrong("iface", "interface does not exist");
  return success(found);
}

type Params = Record<string, string | undefined>;

/** Change the configuration that waits. */
async function change(context: EndpointContext, edit: (config: NetworkConfig, params: Params) => void) {
  const config = await configOf(context);
  const { node: _node, ...params } = context.params;
  edit(config, params);
  try {
    const bytes = new TextEncoder().encode(writeNetworkConfig(config));
    await createNodeFiles(context.lab, context.node).writeFile(PENDING_INTERFACES, bytes);
  } catch (error) {
    if (error instanceof NetworkConfigError) throw new ApiRefusal(failure(500, error.message));
    throw error;
  }
  return success(null);
}

function create(config: NetworkConfig, { iface: name, ...params }: Params): void {
  if (config.ifaces.has(name!)) throw wrong("iface", "interface already exists");
  const made: NetworkInterface = { type: params.type! };
  take(config, name!, made, params);
  config.ifaces.set(name!, made);
}

function update(config: NetworkConfig, { iface: name, delete: dropped, ...params }: Params): void {
  const found = config.ifaces.get(name!);
  if (!found) throw wrong("iface", "interface does not exist");
  for (const key of splitList(dropped)) {
    delete found[key];
    if (key === "cidr" || key === "address") for (const one of ["address", "netmask", "cidr"]) delete found[one];
  }
  take(config, name!, found, params);
}

/** What was asked for goes into an entry. @throws ApiRefusal 400 */
function take(config: NetworkConfig, name: string, one: NetworkInterface, params: Params): void {
  const others = [...config.ifaces].filter(([other]) => other !== name);
  if (params.gateway) {
    const has = others.find(([, { gateway }]) => gateway);
    if (has) throw wrong("gateway", `Default gateway already exists on interface '${has[0]}'.`);
  }
  const which = (["bridge_ports", "slaves"] as const).find((key) => params[key]);
  const ports = [...splitList(params.bridge_ports), ...splitList(params.slaves)];
  for (const [other, { bridge_ports, slaves }] of others) {
    const taken = [...splitList(bridge_ports), ...splitList(slaves)].find((port) => ports.includes(port));
    if (taken !== undefined) throw wrong(which!, `${taken} is already used on interface '${other}'.`);
  }
  const values: Params = { ...params };
  if (values.cidr) {
    if (values.address) throw wrong("address", "address conflicts with cidr");
    if (values.netmask) throw wrong("netmask", "netmask conflicts with cidr");
    [values.address, values.netmask] = values.cidr.split("/");
    delete values.cidr;
  } else {
    if (values.address && !values.netmask)
      throw wrong("netmask", "missing property - 'address' requires this property");
    if (values.netmask && !values.address)
      throw wrong("address", "missing property - 'netmask' requires this property");
  }
  if (values.bridge_vids) values.bridge_vids = splitList(values.bridge_vids).join(" ");
  delete one.cidr;
  for (const [key, value] of Object.entries(values)) if (value !== undefined) one[key] = value as Json;
  if (one.bridge_vlan_aware !== undefined && /^(?:0|no|off|false)$/i.test(String(one.bridge_vlan_aware)))
    delete one.bridge_vlan_aware;
  one.families = [
    "inet",
    ...((one.families as string[] | undefined) ?? []).filter((family) => family === "inet6" && one.address6),
  ];
  one.method = values.address ? "static" : "manual";
  if (!values.address) for (const key of ["address", "netmask"]) delete one[key];
  one.method6 ??= "manual";
}
