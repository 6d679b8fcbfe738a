/** `/cluster/options`, `/cluster/log`, `/cluster/nextid`. @source recordings 12, 13, 14, 15 */
import { flag, like, named, numberFrom, oneOf, text, upTo, whole32 } from "../../cluster/forms.ts";
import { allGuests, guestConfig } from "../../cluster/guests/guest-view.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../../cluster/state.ts";
import { listOf } from "../access-change.ts";
import { ApiRefusal, type Json, success, wrongParameters } from "../answer.ts";
import { replaceFile, withCfsLock } from "../cfs-lock.ts";
import type { Endpoint, EndpointContext, Identity } from "../endpoint.ts";
import { formed, formedAll, integer, VMID } from "../parameters.ts";
import { hasPrivilege } from "../permissions.ts";

const LIMIT = numberFrom(0);
const TAG = "[a-z0-9_][a-z0-9_\\-+.]*";
const COLOR = "[0-9a-fA-F]{6}";

/** Keys of datacenter.cfg. @source published schema and datacenter.cfg(5) */
const OPTIONS = formedAll({
  bwlimit: { optional: true, format: { clone: LIMIT, default: LIMIT, migration: LIMIT, move: LIMIT, restore: LIMIT } },
  console: oneOf("applet vv html5 xtermjs"),
  "consent-text": upTo(65_536),
  crs: { optional: true, format: { ha: oneOf("basic static"), "ha-rebalance-on-start": flag } },
  description: upTo(65_536),
  email_from: named("email-opt"),
  fencing: oneOf("watchdog hardware both"),
  ha: { optional: true, format: { shutdown_policy: { enum: ["freeze", "failover", "conditional", "migrate"] } } },
  http_proxy: like(/http:\/\/.*/),
  keyboard: oneOf("de de-ch da en-gb en-us es fi fr fr-be fr-ca fr-ch hu is it ja lt mk nl no pl pt pt-br sv sl tr"),
  language: oneOf("ar ca da de en es eu fa fr hr he it ja ka kr nb nl nn pl pt_BR ru sl sv tr ukr zh_CN zh_TW"),
  mac_prefix: named("mac-prefix"),
  max_workers: whole32(1),
  migration: {
    optional: true,
    format: { type: { enum: ["secure", "insecure"], defaultKey: true }, network: named("CIDR") },
  },
  migration_unsecure: flag,
  "next-id": { optional: true, format: { lower: whole32(), upper: whole32() } },
  notify: {
    optional: true,
    format: {
      fencing: oneOf("always never"),
      "package-updates": oneOf("auto always never"),
      replication: oneOf("always never"),
      "target-fencing": text,
      "target-package-updates": text,
      "target-replication": text,
    },
  },
  "registered-tags": like(new RegExp(`(?:${TAG};)*${TAG}`, "i")),
  "tag-style": {
    optional: true,
    format: {
      "case-sensitive": flag,
      "color-map": like(new RegExp(`(?:${TAG}:${COLOR}(?::${COLOR})?)(?:;${TAG}:${COLOR}(?::${COLOR})?)*`, "i")),
      ordering: oneOf("config alphabetical"),
      shape: oneOf("full circle dense none"),
    },
  },
  u2f: { optional: true, format: { appid: text, origin: text } },
  "user-tag-access": {
    optional: true,
    format: {
      "user-allow": oneOf("none list existing free"),
      "user-allow-list": like(new RegExp(`${TAG}(?:;${TAG})*`, "i")),
    },
  },
  webauthn: { optional: true, format: { "allow-subdomains": flag, id: text, origin: text, rp: text } },
});
/** Those whose value is a list of `key=value`, with the key that may be left out. */
const PROPERTY_STRINGS: Record<string, string> = { migration: "type", ha: "", crs: "", "next-id": "", notify: "" };

export const clusterSettingEndpoints: Endpoint[] = [
  { method: "GET", path: "/cluster/options", permission: { kind: "user" }, answer: readOptions },
  {
    method: "PUT",
    path: "/cluster/options",
    permission: { kind: "privilege", path: "/", privilege: "Sys.Modify" },
    protected: true,
    parameters: { ...OPTIONS, delete: formed(named("pve-configid-list")) },
    answer: writeOptions,
  },
  {
    method: "GET",
    path: "/cluster/log",
    permission: { kind: "user" },
    parameters: { max: { optional: true, check: integer(1, 2 ** 31) } },
    answer: readLog,
  },
  {
    method: "GET",
    path: "/cluster/nextid",
    permission: { kind: "user" },
    parameters: {
      vmid: formed({ ...VMID, optional: true }),
    },
    answer: nextId,
  },
];

function optionLines(lab: Readonly<LabState>, node: string): Map<string, string> {
  const pairs = new Map<string, string>();
  const description: string[] = [];
  for (const line of (pmxcfsFile(lab, node, "datacenter.cfg") ?? "").split("\n")) {
    if (line.startsWith("#")) description.push(decode(line.slice(1)));
    const found = /^([a-z][\w-]*):\s*(.*?)\s*$/.exec(line);
    if (found) pairs.set(found[1]!, found[2]!);
  }
  if (description.length > 0) pairs.set("description", `${description.join("\n")}\n`);
  return pairs;
}

function decode(line: string): string {
  try {
    return decodeURIComponent(line);
  } catch {
    return line;
  }
}

function readOptions({ lab, node, who }: EndpointContext) {
  return lab.read((state) => {
    const options: { [key: string]: Json } = { "allowed-tags": allowedTags(state, node, who) };
    if (!hasPrivilege(state, node, who, "/", "Sys.Audit")) return success(options);
    options.mac_prefix = "BC:24:11";
    options.description = "";
    for (const [key, value] of optionLines(state, node)) {
      const first = PROPERTY_STRINGS[key];
      options[key] = first === undefined ? value : propertiesOf(value, first);
    }
    return success(options);
  });
}

/**
 * Tags that somebody may give: those of the guests that they see, and registered ones for who may change the cluster.
 *
 * @source pve-guest-common PVE/GuestHelpers.pm get_allowed_tags
 */
function allowedTags(lab: Readonly<LabState>, node: string, who: Identity): string[] {
  const lines = optionLines(lab, node);
  const access = propertiesOf(lines.get("user-tag-access") ?? "", "user-allow");
  const privileged = hasPrivilege(lab, node, who, "/", "Sys.Modify");
  const allow = access["user-allow"] || "free";
  const tags = new Set<string>();
  if (allow !== "none" || privileged) {
    for (const tag of listOf(String(access["user-allow-list"] ?? ""))) tags.add(tag);
  }
  if (allow === "free" || allow === "existing" || privileged) {
    for (const guest of allGuests(lab, node)) {
      if (!privileged && !hasPrivilege(lab, node, who, `/vms/${guest.vmid}`, "VM.Audit")) continue;
      for (const tag of listOf(guestConfig(lab, guest.node, guest.vmid, node)?.keys.tags)) tags.add(tag);
    }
  }
  for (const tag of listOf(lines.get("registered-tags"))) {
    if (privileged) tags.add(tag);
    else tags.delete(tag);
  }
  return [...tags].sort();
}

function propertiesOf(value: string, first: string): { [key: string]: Json } {
  return Object.fromEntries(
    value.split(",").map((part) => {
      const at = part.indexOf("=");
      return at < 0 ? [first, part] : [part.slice(0, at), part.slice(at + 1)];
    }),
  );
}

async function writeOptions(context: EndpointContext) {
  const { lab, node, params } = context;
  const { delete: dropped, ...set } = params;
  const names = (dropped ?? "").split(/[,;\s]+/).filter(Boolean);
  for (const name of names) {
    if (!Object.hasOwn(OPTIONS, name)) throw new ApiRefusal(wrongParameters({ delete: `unknown option '${name}'` }));
  }
  await withCfsLock(context, "file-datacenter_cfg", "", async (files) => {
    const pairs = lab.read((state) => optionLines(state, node));
    for (const name of names) pairs.delete(name);
    for (const [name, value] of Object.entries(set)) pairs.set(name, value);
    const description = pairs.get("description");
    pairs.delete("description");
    const comment = description === undefined ? "" : description.replace(/\n$/, "").replaceAll(/^/gm, "#");
    const lines = [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}: ${value}\n`);
    await replaceFile(files, "/etc/pve/datacenter.cfg", `${comment && `${comment}\n`}${lines.join("")}`);
  });
  return success(null);
}

const LOG_LINES_DEFAULT = 50;

/** All lines for who may read logs, else one's own. */
function readLog({ lab, node, params, who }: EndpointContext) {
  return lab.read((state) => {
    const all = hasPrivilege(state, node, who, "/", "Sys.Syslog");
    const lines = state.nodes[node]!.pmxcfs.clusterLog.filter((line) => all || line.user === who.user).slice(
      0,
      Number(params.max ?? LOG_LINES_DEFAULT),
    );
    return success(
      lines.map(({ uid, time, node: from, pri, tag, pid, user, msg }) => ({
        uid: String(uid),
        id: `${uid}:${from}`,
        ...{ time, node: from, pri, tag, pid, user, msg },
      })),
    );
  });
}

/** A string on real nodes, whatever the schema says (unverified). */
function nextId({ lab, node, params }: EndpointContext) {
  const taken = lab.read((state) => {
    const { entries } = state.nodes[node]!.pmxcfs.database;
    return new Set(Object.keys(entries).flatMap((path) => /\/(?:qemu-server|lxc)\/(\d+)\.conf$/.exec(path)?.[1] ?? []));
  });
  if (params.vmid !== undefined) {
    if (taken.has(params.vmid)) throw new ApiRefusal(wrongParameters({ vmid: `VM ${params.vmid} already exists` }));
    return success(params.vmid);
  }
  let next = 100;
  while (taken.has(String(next))) next++;
  return success(String(next));
}
