/**
 * What a lab's nodes have none of: accounts for certificates, firewall rules, second factors, ZFS, Ceph, passed-on devices.
 * The lists are empty while no file says otherwise; where a file does, a list of it is refused as not modelled.
 *
 * @source pve-manager 8.4.21, pve-firewall 5.1.2, pve-storage 8.3.8: asked of Proxmox's own API on a node without these;
 * builtin notifications from proxmox-notify's default configuration, second factors from source (unverified)
 */
import type { Form } from "../../cluster/forms.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import { selfOrOverUsers } from "../access-change.ts";
import { ApiRefusal, failure, type Json, success, wrongParameters } from "../answer.ts";
import type { Endpoint, EndpointContext, Permission } from "../endpoint.ts";
import { formedAll } from "../parameters.ts";
import { audit, eitherOf, needs } from "../permissions.ts";

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
    throw new ApiRefusal(failure(501, `Method 'GET ${path}' not implemented - not modelled in this simulated node`));
  }
}

const says = (text: string) => new ApiRefusal(failure(500, text));
const cluster = () => "firewall/cluster.fw";
const host = ({ node }: EndpointContext) => `nodes/${node}/host.fw`;
const guest = ({ params }: EndpointContext) => `firewall/${params.vmid}.fw`;

const FIREWALL: Endpoint[] = [
  firewallList("/cluster/firewall/rules", audit("/"), cluster, "rules"),
  firewallList("/cluster/firewall/groups", anybody, cluster, "group"),
  firewallList("/cluster/firewall/aliases", audit("/"), cluster, "aliases"),
  firewallList("/cluster/firewall/ipset", audit("/"), cluster, "ipset"),
  firewallList("/cluster/firewall/refs", audit("/"), cluster, "aliases", "ipset"),
  firewallItem("groups", "group", "group", (id) => says(`no such security group '${id}'`)),
  firewallItem("aliases", "name", "aliases", () => new ApiRefusal(wrongParameters({ name: "no such alias" }))),
  firewallItem("ipset", "name", "ipset", (id) => says(`no such IPSet '${id}'`)),
  firewallItem("rules", "pos", "rules", (id) => says(`no rule at position ${id}`)),
  firewallList("/nodes/{node}/firewall/rules", audit("/nodes/{node}"), host, "rules"),
  firewallList("/nodes/{node}/qemu/{vmid}/firewall/rules", ofGuest, guest, "rules"),
  firewallList("/nodes/{node}/qemu/{vmid}/firewall/aliases", ofGuest, guest, "aliases"),
  firewallList("/nodes/{node}/qemu/{vmid}/firewall/ipset", ofGuest, guest, "ipset"),
];

const mapped = (name: string) => needs("/mapping/notifications", `Mapping.${name}`);
const mappedEither = (...names: string[]) => eitherOf(...names.map(mapped));

const MAIL = "Send mails to root@pam's email address";

/** Those that are there until notifications.cfg says otherwise. */
const NOTIFICATIONS: Endpoint[] = [
  fixed("/cluster/notifications/targets", mappedEither("Modify", "Audit", "Use"), [
    { name: "mail-to-root", type: "sendmail", comment: MAIL, origin: "builtin" },
  ]),
  fixed("/cluster/notifications/endpoints/sendmail", mappedEither("Modify", "Audit"), [
    { name: "mail-to-root", comment: MAIL, "mailto-user": ["root@pam"], origin: "builtin" },
  ]),
  ...["gotify", "webhook"].map((kind) => fixed(`/cluster/notifications/endpoints/${kind}`, mapped("Audit"), [])),
  fixed("/cluster/notifications/endpoints/smtp", mappedEither("Modify", "Audit"), []),
  fixed("/cluster/notifications/matchers", mappedEither("Modify", "Audit", "Use"), [
    {
      name: "default-matcher",
      comment: "Route all notifications to mail-to-root",
      mode: "all",
      target: ["mail-to-root"],
      origin: "builtin",
    },
  ]),
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
    throw says("binary not installed: /usr/bin/ceph-mon");
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
  ...NOTIFICATIONS,
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
