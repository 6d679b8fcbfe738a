/** `/nodes/{node}/config`: what is noted of a node in /etc/pve/nodes/NODE/config; `wakeonlan`, which reads it. */
import { createHash } from "node:crypto";
import { type Form, named, upTo, whole32 } from "../../cluster/forms.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../../cluster/state.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { FileError } from "../../shell/node-files.ts";
import { listOf } from "../access-change.ts";
import { ApiRefusal, failure, type Json, success } from "../answer.ts";
import { replaceFile } from "../cfs-lock.ts";
import { clusterView } from "../cluster-view.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { formed, formedAll } from "../parameters.ts";

/** @source pve-manager PVE/NodeConfig.pm $confdesc */
const WAKE: Record<string, Form> = {
  mac: { format: "mac-addr", defaultKey: true },
  "bind-interface": { optional: true },
  "broadcast-address": { ...named("ip") },
};
const DOMAIN: Form = {
  optional: true,
  format: {
    domain: { defaultKey: true, format: "pve-acme-domain" },
    plugin: named("pve-configid"),
    alias: named("pve-acme-alias"),
  },
};
const OPTIONS: Record<string, Form> = {
  acme: { optional: true, format: { account: named("pve-configid"), domains: named("pve-acme-domain-list") } },
  ...Object.fromEntries(Array.from({ length: 6 }, (_, number) => [`acmedomain${number}`, DOMAIN])),
  "ballooning-target": whole32(0, 100),
  description: upTo(65_536),
  "startall-onboot-delay": whole32(0, 300),
  wakeonlan: { optional: true, format: WAKE },
};

export const nodeConfigEndpoints: Endpoint[] = [
  {
    method: "GET",
    path: "/nodes/{node}/config",
    permission: { kind: "privilege", path: "/", privilege: "Sys.Audit" },
    proxied: true,
    parameters: { property: formed({ optional: true, enum: Object.keys(OPTIONS).sort() }) },
    answer: readConfig,
  },
  {
    method: "PUT",
    path: "/nodes/{node}/config",
    permission: { kind: "privilege", path: "/", privilege: "Sys.Modify" },
    proxied: true,
    protected: true,
    parameters: formedAll({ ...OPTIONS, delete: named("pve-configid-list"), digest: upTo(64) }),
    answer: writeConfig,
  },
  {
    method: "POST",
    path: "/nodes/{node}/wakeonlan",
    permission: { kind: "privilege", path: "/nodes/{node}", privilege: "Sys.PowerMgmt" },
    protected: true,
    answer: wake,
  },
];

interface NodeConfig {
  values: Map<string, string>;
  digest: string;
}

/** A description stands in comment lines, everything else as `key: value`; undefined when there is nothing. */
function configOf(lab: Readonly<LabState>, viewer: string, node: string): NodeConfig | undefined {
  const text = pmxcfsFile(lab, viewer, `nodes/${node}/config`) ?? "";
  if (text === "") return undefined;
  const values = new Map<string, string>();
  const description: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) description.push(decode(line.slice(1)));
    const [, key, value] = /^([a-z][\w-]*):\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined) values.set(key, value!);
  }
  if (description.length > 0) values.set("description", `${description.join("\n")}\n`);
  return { values, digest: createHash("sha1").update(text).digest("hex") };
}

function readConfig({ lab, node, params }: EndpointContext) {
  const config = lab.read((state) => configOf(state, node, node));
  const { property } = params;
  if (property !== undefined) {
    const value = config?.values.get(property);
    return success(value === undefined ? {} : { [property]: value });
  }
  const all: { [key: string]: Json } = config ? { ...Object.fromEntries(config.values), digest: config.digest } : {};
  return success(all);
}

async function writeConfig({ lab, node, params }: EndpointContext) {
  const { node: _node, delete: dropped, digest, ...set } = params;
  const config = lab.read((state) => configOf(state, node, node));
  if (digest && config && digest !== config.digest) {
    throw new ApiRefusal(failure(500, "detected modified configuration - file changed by other user? Try again."));
  }
  const values = config?.values ?? new Map<string, string>();
  for (const [name, value] of Object.entries(set)) values.set(name, value);
  for (const name of listOf(dropped)) values.delete(name);
  const path = `/etc/pve/nodes/${node}/config`;
  try {
    await replaceFile(createNodeFiles(lab, node), path, configText(values));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new ApiRefusal(failure(500, `unable to open file '${error.path}' - ${error.message.split(":")[0]}`));
  }
  return success(null);
}

/** As it stands in the file, and as `pvenode config get` prints it. */
export function configText(values: Iterable<[string, string]>): string {
  const all = new Map(values);
  const description = all.get("description") ?? "";
  all.delete("description");
  all.delete("digest");
  const comment = description === "" ? [] : description.replace(/\n$/, "").split("\n");
  return [
    ...comment.map((line) => `#${encode(line)}\n`),
    ...[...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}: ${value}\n`),
  ].join("");
}

/** @source pve-common PVE/Tools.pm encode_text: control characters, percent and what is not ASCII */
function encode(line: string): string {
  return line.replace(/[^\x20-\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The packet is sent; the machines of a lab do not listen for it (docs/fidelity/access-and-tools.md). */
function wake({ lab, node, params }: EndpointContext) {
  const target = params.node!;
  if (target === node || target === "localhost") {
    throw new ApiRefusal(failure(500, `'${target}' is local node, cannot wake my self!`));
  }
  if (!lab.read((state) => clusterView(state, node).members.some((member) => member.name === target))) {
    throw new ApiRefusal(failure(500, `no such cluster node '${target}'`));
  }
  const wakeonlan = lab.read((state) => configOf(state, node, target)?.values.get("wakeonlan"));
  const mac = wakeonlan?.split(",").find((part) => !part.includes("=") || part.startsWith("mac="));
  if (mac === undefined) {
    throw new ApiRefusal(failure(500, `No wake on LAN MAC address defined for '${target}'!`));
  }
  return success(mac.replace(/^mac=/, ""));
}
