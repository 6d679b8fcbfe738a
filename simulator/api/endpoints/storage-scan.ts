/**
 * What a node finds when it looks for storages: exports of NFS servers, its own volume group. Shares, targets and
 * datastores there are none in a lab; what is said of a server that does not have them was typed on Proxmox's own programs.
 *
 * @source pve-storage 8.3.8 PVE/API2/Storage/Scan.pm, PVE/Storage.pm scan_*, LVMPlugin.pm, PBSPlugin.pm
 */
import { type Form, named, text } from "../../cluster/forms.ts";
import { addressOfName } from "../../cluster/host-network/node-address.ts";
import { volumeGroup } from "../../cluster/storage/volume-group.ts";
import { exportList } from "../../node-view/export-list.ts";
import { reachPort } from "../../node-view/ssh-reach.ts";
import { serviceHas } from "../../shell/tcp-sockets.ts";
import { type ApiAnswer, ApiRefusal, died, success, wrongParameters } from "../answer.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { formedAll, needed } from "../parameters.ts";
import { needs } from "../permissions.ts";
import { thinPoolsOf } from "./node-inventory.ts";

const SERVER = needed(named("pve-storage-server"));
const needText: Form = { ...text, optional: false };

/** Longer than this nobody waits for a portal. @source PVE/Storage/ISCSIPlugin.pm iscsi_test_portal */
const PORTAL_WAIT_MS = 2_000;
/** What smbclient takes for a server that does not answer. @source smbclient 4.17.12, its own times */
const SHARE_WAIT_MS = { nobody: 3_170, dropped: 5_220, other: 230 };

export const storageScanEndpoints: Endpoint[] = [
  scan("nfs", { server: SERVER }, async (context) => {
    const exports = await exportsOf(context);
    return success(exports.map(({ path, clients }) => ({ path, options: clients })));
  }),
  // As GlusterFS has nothing of the kind, its volumes are looked for among the exports.
  scan("glusterfs", { server: SERVER }, async (context) => {
    const exports = await exportsOf(context);
    return success(exports.flatMap(({ path }) => (/^\/[^\s/]+$/.test(path) ? [{ volname: path.slice(1) }] : [])));
  }),
  scan("cifs", { server: SERVER, domain: text, password: text, username: text }, async (context) => {
    await context.lab.sleep(waitForShares(context, resolved(context)), context.signal);
    return success([]);
  }),
  scan("iscsi", { portal: needed(named("pve-storage-portal-dns")) }, async (context) => {
    const portal = context.params.portal!;
    const [host, port = "3260"] = portal.split(":") as [string, string?];
    const address = context.lab.read((lab) => addressOfName(lab, context.node, host));
    if (address === undefined) {
      throw new ApiRefusal(wrongParameters({ portal: `unable to resolve portal address '${portal}'` }));
    }
    await context.lab.sleep(
      Math.min(refusalOf(context, address, Number(port)).afterMs, PORTAL_WAIT_MS),
      context.signal,
    );
    return success([]);
  }),
  scan("lvm", {}, ({ lab, node }) => {
    const { name: vg, sizeBytes: size, freeBytes: free, volumes } = lab.read((state) => volumeGroup(state, node));
    return success([{ vg, size, free, lvcount: volumes.length }]);
  }),
  scan(
    "lvmthin",
    { vg: { pattern: /[a-zA-Z0-9.+_][a-zA-Z0-9.+_-]+/, maxLength: 100 } },
    async ({ lab, node, params, note }) => {
      const group = lab.read((state) => volumeGroup(state, node));
      const vg = params.vg!;
      if (group.name === vg) return success(thinPoolsOf(group));
      await note?.(`  Volume group "${vg}" not found\n  Cannot process volume group ${vg}`);
      throw commandFailed(`${LVS} ${vg}`, 5);
    },
  ),
  scan("zfs", {}, () => success([])),
  scan(
    "pbs",
    {
      server: SERVER,
      username: needText,
      password: needText,
      fingerprint: { optional: true, pattern: /([A-Fa-f0-9]{2}:){31}[A-Fa-f0-9]{2}/ },
      port: { type: "integer", optional: true, minimum: 1, maximum: 65_535 },
    },
    async (context) => {
      const { server, port = "8007" } = context.params as { server: string; port?: string };
      const address = context.lab.read((lab) => addressOfName(lab, context.node, server));
      const { reason, afterMs } =
        address === undefined
          ? { reason: "Temporary failure in name resolution", afterMs: 0 }
          : refusalOf(context, address, Number(port));
      if (reason === OPEN) {
        throw died(
          `what a server other than a backup server answers on port ${port} is not modelled in this simulated node`,
        );
      }
      await context.lab.sleep(afterMs, context.signal);
      throw died(`error fetching datastores - 500 Can't connect to ${server}:${port} (${reason})`);
    },
  ),
];

function scan(kind: string, forms: Record<string, Form>, answer: Endpoint["answer"]): Endpoint {
  return {
    method: "GET",
    path: `/nodes/{node}/scan/${kind}`,
    permission: needs("/storage", "Datastore.Allocate"),
    proxied: true,
    protected: true,
    ...(Object.keys(forms).length > 0 && { parameters: formedAll(forms) }),
    answer: answer as (context: EndpointContext) => ApiAnswer | Promise<ApiAnswer>,
  };
}

const LVS = `/sbin/lvs --separator : --noheadings --units b --unbuffered --nosuffix --config 'report/time_format="%s"' --options vg_name,lv_name,lv_size,lv_attr,pool_lv,data_percent,metadata_percent,snap_percent,uuid,tags,metadata_size,time`;

const commandFailed = (command: string, status: number) => died(`command '${command}' failed: exit code ${status}`);

/** @throws ApiRefusal when the node knows no address of the server */
function resolved({ lab, node, params }: EndpointContext): string {
  const server = params.server!;
  const address = lab.read((state) => addressOfName(state, node, server));
  if (address === undefined) throw died(`unable to resolve address for server '${server}'`);
  return address;
}

/** @throws ApiRefusal as showmount ends */
async function exportsOf(context: EndpointContext) {
  const address = resolved(context);
  const list = context.lab.read((state) => exportList(state, context.node, address));
  if (list.kind === "exports") return list.exports;
  await context.lab.sleep(list.afterMs, context.signal);
  await context.note?.(`clnt_create: ${list.problem}`);
  throw commandFailed(`/sbin/showmount --no-headers --exports ${address}`, 1);
}

const OPEN = "open";

/** How a connection fails to a port; `OPEN` where something listens, which in a lab is no server of storages but NFS. */
function refusalOf({ lab, node }: EndpointContext, address: string, port: number) {
  const reach = lab.read((state) =>
    reachPort(state, node, address, port, (at, local) => serviceHas(lab, at, port, local)),
  );
  return reach.state === "closed" ? reach : { reason: OPEN, afterMs: 0 };
}

function waitForShares(context: EndpointContext, address: string): number {
  const { reason } = refusalOf(context, address, 445);
  if (reason === "No route to host") return SHARE_WAIT_MS.nobody;
  return reason === "Connection timed out" ? SHARE_WAIT_MS.dropped : SHARE_WAIT_MS.other;
}
