/**
 * What a lab's nodes have none of: accounts for certificates, firewall rules, second factors, ZFS, Ceph, passed-on devices.
 * The lists are empty while no file says otherwise; where a file does, a list of it is refused as not modelled.
 *
 * @source pve-manager 8.4.21, pve-firewall 5.1.2, pve-storage 8.3.8: asked of Proxmox's own API on a node without these;
 * builtin notifications from proxmox-notify's default configuration, second factors from source (unverified)
 */
import { createHash } from "node:crypto";
import { type Form, oneOf, upTo } from "../../cluster/forms.ts";
import { memberNames } from "../../cluster/migration/preconditions.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../../cluster/state.ts";
import { selfOrOverUsers } from "../access-change.ts";
import { ApiRefusal, died, failure, type Json, notModelled, success, wrongParameters } from "../answer.ts";
import type { Endpoint, EndpointContext, Permission } from "../endpoint.ts";
import { formedAll } from "../parameters.ts";
import { audit, eitherOf, hasPrivilege, needs } from "../permissions.ts";
import { parseSectionConfig } from "../section-config.ts";

const anybody: Permission = { kind: "user" };
const ofGuest = needs("/vms/{vmid}", "VM.Audit");

/** A path that always answers the same. */
function fixed(path: string, permission: Permission, data: Json): Endpoint {
  return {
    method: "GET",
    path,
    permission,
    ...(path.startsWith("/nodes/") && { proxied: true }),
    answer: () => success(data),
  };
}

/** @param parts of a firewall's file: beginnings of its sections, of which none is modelled */
function firewallList(
  path: string,
  permission: Permission,
  file: (context: EndpointContext) => string,
  ...parts: string[]
): Endpoint {
  return {
    ...fixed(path, permission, []),
    answer: (context) => {
      refuseSections(context, path, file(context), parts);
      return success([]);
    },
  };
}

/** One of the cluster's firewall by its name or place. @param missing what is said of one that is not there */
function firewallItem(list: string, name: string, part: string, missing: (id: string) => ApiRefusal): Endpoint {
  const path = `/cluster/firewall/${list}/{${name}}`;
  const form: Form = name === "pos" ? { type: "integer", minimum: 0 } : { pattern: /[A-Za-z][A-Za-z0-9\-_]+/ };
  return {
    method: "GET",
    path,
    permission: audit("/"),
    pathParameters: formedAll({ [name]: form }),
    answer: (context) => {
      refuseSections(context, path, cluster(), [part]);
      throw missing(context.params[name]!);
    },
  };
}

/** @throws ApiRefusal 501 when the file has one of these sections */
function refuseSections({ lab, node }: EndpointContext, path: string, file: string, parts: string[]): void {
  const text = lab.read((state) => pmxcfsFile(state, node, file) ?? "");
  const begun = [...text.matchAll(/^\[(\w+)/gm)].map((match) => match[1]!.toLowerCase());
  if (begun.some((name) => parts.includes(name))) {
    throw notModelled("GET", path);
  }
}

const cluster = () => "firewall/cluster.fw";
const host = ({ node }: EndpointContext) => `nodes/${node}/host.fw`;
const guest = ({ params }: EndpointContext) => `firewall/${params.vmid}.fw`;

const FIREWALL: Endpoint[] = [
  firewallList("/cluster/firewall/rules", audit("/"), cluster, "rules"),
  firewallList("/cluster/firewall/groups", anybody, cluster, "group"),
  firewallList("/cluster/firewall/aliases", audit("/"), cluster, "aliases"),
  firewallList("/cluster/firewall/ipset", audit("/"), cluster, "ipset"),
  firewallList("/cluster/firewall/refs", audit("/"), cluster, "aliases", "ipset"),
  firewallItem("groups", "group", "group", (id) => died(`no such security group '${id}'`)),
  firewallItem("aliases", "name", "aliases", () => new ApiRefusal(wrongParameters({ name: "no such alias" }))),
  firewallItem("ipset", "name", "ipset", (id) => died(`no such IPSet '${id}'`)),
  firewallItem("rules", "pos", "rules", (id) => died(`no rule at position ${id}`)),
  firewallList("/nodes/{node}/firewall/rules", audit("/nodes/{node}"), host, "rules"),
  firewallList("/nodes/{node}/qemu/{vmid}/firewall/rules", ofGuest, guest, "rules"),
  firewallList("/nodes/{node}/qemu/{vmid}/firewall/aliases", ofGuest, guest, "aliases"),
  firewallList("/nodes/{node}/qemu/{vmid}/firewall/ipset", ofGuest, guest, "ipset"),
];

/** One rule, alias or set of a node's or a guest's own firewall. @param missing what is said of one that is not there */
function ownFirewallItem(
  path: string,
  permission: Permission,
  file: (context: EndpointContext) => string,
  part: string,
  forms: Record<string, Form>,
  missing: (params: Record<string, string>) => ApiRefusal,
): Endpoint {
  return {
    method: "GET",
    path,
    permission,
    proxied: true,
    pathParameters: formedAll(forms),
    answer: (context) => {
      refuseSections(context, path, file(context), [part]);
      throw missing(context.params);
    },
  };
}

const place: Form = { type: "integer", minimum: 0 };
const firewallName: Form = { pattern: /[A-Za-z][A-Za-z0-9\-_]+/ };
const GUEST = "/nodes/{node}/qemu/{vmid}/firewall";

const OWN_FIREWALL: Endpoint[] = [
  ownFirewallItem(
    "/nodes/{node}/firewall/rules/{pos}",
    audit("/nodes/{node}"),
    host,
    "rules",
    { pos: place },
    ({ pos }) => died(`no rule at position ${pos}`),
  ),
  ownFirewallItem(`${GUEST}/rules/{pos}`, ofGuest, guest, "rules", { pos: place }, ({ pos }) =>
    died(`no rule at position ${pos}`),
  ),
  ownFirewallItem(
    `${GUEST}/aliases/{name}`,
    ofGuest,
    guest,
    "aliases",
    { name: firewallName },
    () => new ApiRefusal(wrongParameters({ name: "no such alias" })),
  ),
  ownFirewallItem(`${GUEST}/ipset/{name}`, ofGuest, guest, "ipset", { name: firewallName }, ({ name }) =>
    died(`no such IPSet '${name}'`),
  ),
  {
    ...firewallList(`${GUEST}/refs`, ofGuest, guest, "aliases", "ipset"),
    parameters: formedAll({ type: oneOf("alias ipset") }),
    answer: (context) => {
      refuseSections(context, `${GUEST}/refs`, guest(context), ["aliases", "ipset"]);
      refuseSections(context, `${GUEST}/refs`, cluster(), ["aliases", "ipset"]);
      return success([]);
    },
  },
];

const mapped = (name: string) => needs("/mapping/notifications", `Mapping.${name}`);
const mappedEither = (...names: string[]) => eitherOf(...names.map(mapped));

const MAIL = "Send mails to root@pam's email address";

const SENDMAIL = { name: "mail-to-root", comment: MAIL, "mailto-user": ["root@pam"], origin: "builtin" };
const MATCHER = {
  name: "default-matcher",
  comment: "Route all notifications to mail-to-root",
  mode: "all",
  target: ["mail-to-root"],
  origin: "builtin",
};

/** One of them by its name; none is where a file of one's own says otherwise. @source proxmox-notify's texts (unverified) */
function notificationItem(list: string, what: string, builtin?: { name: string; [key: string]: Json }): Endpoint {
  const path = `/cluster/notifications/${list}/{name}`;
  return {
    method: "GET",
    path,
    permission: mappedEither("Modify", "Audit"),
    ...(builtin && { protected: true }),
    pathParameters: formedAll({ name: { format: "pve-configid" } }),
    answer: ({ lab, node, params }) => {
      const own = lab.read((state) => pmxcfsFile(state, node, "notifications.cfg") ?? "");
      if (own.trim() !== "") {
        throw notModelled("GET", path);
      }
      if (builtin?.name !== params.name) throw new ApiRefusal(failure(404, `${what} '${params.name}' not found`));
      return success({ ...builtin, digest: createHash("sha256").update(own).digest("hex") });
    },
  };
}

/** What a matcher can look at. */
const MATCHED: Endpoint[] = [
  fixed("/cluster/notifications/matcher-fields", mappedEither("Modify", "Audit"), [
    { name: "type" },
    { name: "hostname" },
    { name: "job-id" },
  ]),
  {
    ...fixed("/cluster/notifications/matcher-field-values", mappedEither("Modify", "Audit"), []),
    protected: true,
    answer: ({ lab, node, who }) =>
      lab.read((state) => {
        const kinds = ["package-updates", "fencing", "replication", "vzdump", "system-mail"];
        const jobs = hasPrivilege(state, node, who, "/", "Sys.Audit") ? backupJobs(state, node) : [];
        const replicated = sections(state, node, "replication.cfg");
        return success([
          ...kinds.map((value) => ({ value, field: "type" })),
          ...[...jobs, ...replicated].map(({ id, keys }) => ({
            value: id,
            field: "job-id",
            ...(keys.comment !== undefined && { comment: keys.comment }),
          })),
          ...memberNames(state, node).map((value) => ({ value, field: "hostname" })),
        ]);
      }),
  },
];

const sections = (state: Readonly<LabState>, node: string, file: string) =>
  parseSectionConfig(pmxcfsFile(state, node, file) ?? "");

const backupJobs = (state: Readonly<LabState>, node: string) =>
  sections(state, node, "jobs.cfg").filter(({ type }) => type === "vzdump");

/** What a job would back up: no job runs in a lab. */
const includedVolumes: Endpoint = {
  method: "GET",
  path: "/cluster/backup/{id}/included_volumes",
  permission: audit("/"),
  pathParameters: formedAll({ id: upTo(50) }),
  answer: ({ lab, node, params: { id } }) => {
    const known = lab.read((state) => backupJobs(state, node).some((job) => job.id === id));
    if (!known) throw new ApiRefusal(wrongParameters({ id: `No such job '${id}'` }));
    throw notModelled("GET", `/cluster/backup/${id}/included_volumes`);
  },
};

/** An account or a plugin for certificates by its name, of which there is none. */
function acmeItem(list: string, name: string, permission: Permission, missing: (id: string) => ApiRefusal): Endpoint {
  return {
    method: "GET",
    path: `/cluster/acme/${list}/{${name}}`,
    permission,
    protected: true,
    pathParameters: formedAll({ [name]: { format: "pve-configid" } }),
    answer: ({ params }) => {
      throw missing(params[name]!);
    },
  };
}

const ACME_ITEMS: Endpoint[] = [
  acmeItem(
    "account",
    "name",
    anybody,
    (id) => new ApiRefusal(wrongParameters({ name: `ACME account config file '${id}' does not exist.` })),
  ),
  acmeItem("plugins", "id", needs("/", "Sys.Modify"), (id) => died(`ACME plugin '${id}' not defined`)),
];

/** Those that are there until notifications.cfg says otherwise. */
const NOTIFICATIONS: Endpoint[] = [
  ...MATCHED,
  notificationItem("endpoints/sendmail", "endpoint", SENDMAIL),
  ...["gotify", "smtp", "webhook"].map((kind) => notificationItem(`endpoints/${kind}`, "endpoint")),
  notificationItem("matchers", "matcher", MATCHER),
  fixed("/cluster/notifications/targets", mappedEither("Modify", "Audit", "Use"), [
    { name: "mail-to-root", type: "sendmail", comment: MAIL, origin: "builtin" },
  ]),
  fixed("/cluster/notifications/endpoints/sendmail", mappedEither("Modify", "Audit"), [SENDMAIL]),
  ...["gotify", "webhook"].map((kind) => fixed(`/cluster/notifications/endpoints/${kind}`, mapped("Audit"), [])),
  fixed("/cluster/notifications/endpoints/smtp", mappedEither("Modify", "Audit"), []),
  fixed("/cluster/notifications/matchers", mappedEither("Modify", "Audit", "Use"), [MATCHER]),
];

const DIRECTORIES = ["", " Staging"].map((suffix) => ({
  name: `Let's Encrypt V2${suffix}`,
  url: `https://acme${suffix ? "-staging" : ""}-v02.api.letsencrypt.org/directory`,
}));

const noCeph = (
  path: string,
  permission = path.startsWith("/nodes/") ? audit("/nodes/{node}") : audit("/"),
): Endpoint => ({
  ...fixed(path, permission, null),
  answer: () => {
    throw died("binary not installed: /usr/bin/ceph-mon");
  },
});

/** @source pve-manager 8.4.21, asked without /etc/vzdump.conf */
const BACKUP_DEFAULTS = {
  all: 0,
  bwlimit: 0,
  compress: "0",
  dumpdir: "/var/lib/vz/dump",
  fleecing: { enabled: 0 },
  ionice: 7,
  lockwait: 180,
  mailnotification: "always",
  mode: "snapshot",
  "notification-mode": "auto",
  "notification-policy": "always",
  performance: { "max-workers": 16, "pbs-entries-max": 1048576 },
  pigz: 0,
  "prune-backups": "keep-all=1",
  quiet: 0,
  remove: 1,
  stdexcludes: 1,
  stop: 0,
  stopwait: 10,
  storage: "local",
  zstd: 1,
};

export const unusedFeatureEndpoints: Endpoint[] = [
  ...FIREWALL,
  ...OWN_FIREWALL,
  ...NOTIFICATIONS,
  ...ACME_ITEMS,
  includedVolumes,
  fixed("/cluster/acme/account", anybody, []),
  fixed("/cluster/acme/plugins", needs("/", "Sys.Modify"), []),
  fixed("/cluster/acme/directories", anybody, DIRECTORIES),
  fixed("/access/tfa", anybody, []),
  fixed("/access/tfa/{userid}", selfOrOverUsers(["User.Modify", "Sys.Audit"]), []),
  fixed("/nodes/{node}/disks/directory", audit("/"), []),
  fixed("/nodes/{node}/disks/zfs", audit("/"), []),
  fixed("/nodes/{node}/hardware/usb", needs("/", "Sys.Modify"), []),
  fixed("/nodes/{node}/vzdump/defaults", anybody, BACKUP_DEFAULTS),
  noCeph("/nodes/{node}/ceph/status"),
  ...["cfg/db", "cfg/raw", "crush", "fs", "mds", "mgr", "mon", "osd", "pool", "rules"].map((part) =>
    noCeph(`/nodes/{node}/ceph/${part}`, needs("/", "Sys.Audit", "Datastore.Audit")),
  ),
  noCeph("/cluster/ceph/status"),
  noCeph("/cluster/ceph/metadata"),
  noCeph("/cluster/ceph/flags"),
];
