/**
 * The paths of a real node's API: what is below each folder, and which methods each has. A simulated node answers a part
 * of them; of the others it says "not modelled" and not "not implemented", and `pvesh ls` shows them as a real one.
 *
 * @source the API's own index answers and declarations, Proxmox VE 8.4 (pve-manager, qemu-server, pve-container,
 * pve-storage, pve-access-control, pve-cluster, pve-firewall, pve-network, pve-ha-manager); deeper parts of SDN and
 * Ceph are left out, as nothing of them is modelled
 */
import type { Method } from "./request.ts";

/**
 * A folder a line: its path, the key by which its list names what is below, and that, each with the letters of its
 * methods: `r` GET, `w` PUT, `c` POST, `d` DELETE, `D` GET of a folder. `-` before a name: there, but in no list.
 */
const FOLDERS = `
/ subdir access:D cluster:D nodes:D pools:Drwcd storage:Drc version:r
/access subdir acl:rw domains:Dc groups:Dc openid:D password:w -permissions:r roles:Dc tfa:D ticket:rc users:Dc -vncticket:c
/access/domains realm {realm}:rwd
/access/domains/{realm} - -sync:c
/access/groups groupid {groupid}:rwd
/access/openid subdir auth-url:c login:c
/access/roles roleid {roleid}:rwd
/access/tfa userid {userid}:Dc
/access/tfa/{userid} id {id}:rwd
/access/users userid {userid}:rwd
/access/users/{userid} - -tfa:r -token:D -unlock-tfa:w
/access/users/{userid}/token tokenid {tokenid}:rwcd
/cluster name acme:D backup:Dc backup-info:D ceph:D config:Dc firewall:D ha:D jobs:D log:r mapping:D metrics:D nextid:r notifications:D options:rw replication:Dc resources:r sdn:Dw status:r tasks:r
/cluster/acme name account:Dc challenge-schema:r directories:r meta:r plugins:Dc tos:r
/cluster/acme/account name {name}:rwd
/cluster/acme/plugins plugin {id}:rwd
/cluster/backup id {id}:rwd
/cluster/backup/{id} - -included_volumes:r
/cluster/backup-info subdir not-backed-up:r
/cluster/ceph name flags:Dw metadata:r status:r
/cluster/ceph/flags name {flag}:rw
/cluster/config name apiversion:r join:rc nodes:D qdevice:r totem:r
/cluster/config/nodes node {node}:cd
/cluster/firewall name aliases:Dc groups:Dc ipset:Dc macros:r options:rw refs:r rules:Dc
/cluster/firewall/aliases name {name}:rwd
/cluster/firewall/groups group {group}:Dcd
/cluster/firewall/ipset name {name}:Dcd
/cluster/firewall/rules pos {pos}:rwd
/cluster/ha id groups:Dc resources:Dc status:D
/cluster/ha/groups group {group}:rwd
/cluster/ha/resources sid {sid}:rwd
/cluster/ha/resources/{sid} - -migrate:c -relocate:c
/cluster/ha/status name current:r manager_status:r
/cluster/jobs subdir realm-sync:D schedule-analyze:r
/cluster/jobs/realm-sync id {id}:rwcd
/cluster/mapping name dir:Dc pci:Dc usb:Dc
/cluster/mapping/dir id {id}:rwd
/cluster/mapping/pci id {id}:rwd
/cluster/mapping/usb id {id}:rwd
/cluster/metrics name -export:r server:D
/cluster/metrics/server id {id}:rwcd
/cluster/notifications name endpoints:D matcher-field-values:r matcher-fields:D matchers:Dc targets:D
/cluster/notifications/endpoints name gotify:Dc sendmail:Dc smtp:Dc webhook:Dc
/cluster/notifications/endpoints/gotify name {name}:rwd
/cluster/notifications/endpoints/sendmail name {name}:rwd
/cluster/notifications/endpoints/smtp name {name}:rwd
/cluster/notifications/endpoints/webhook name {name}:rwd
/cluster/notifications/matchers name {name}:rwd
/cluster/notifications/targets name -{name}:-
/cluster/notifications/targets/{name} - -test:c
/cluster/replication id {id}:rwd
/cluster/sdn id controllers:Dc dns:Dc ipams:Dc vnets:Dc zones:Dc
/cluster/sdn/controllers controller {controller}:rwd
/cluster/sdn/dns dns {dns}:rwd
/cluster/sdn/ipams ipam {ipam}:rwd
/cluster/sdn/ipams/{ipam} - -status:r
/cluster/sdn/vnets vnet {vnet}:rwd
/cluster/sdn/vnets/{vnet} - -firewall:D -ips:wcd -subnets:Dc
/cluster/sdn/vnets/{vnet}/subnets subnet {subnet}:rwd
/cluster/sdn/zones zone {zone}:rwd
/nodes node {node}:D
/nodes/{node} name aplinfo:rc apt:D capabilities:D ceph:D certificates:D config:rw disks:D dns:rw -execute:c firewall:D hardware:D hosts:rc journal:r lxc:Dc migrateall:c netstat:r network:Dwcd qemu:Dc query-url-metadata:r replication:D report:r rrd:r rrddata:r scan:D sdn:D services:D spiceshell:c startall:c status:rc stopall:c storage:D subscription:rwcd suspendall:c syslog:r tasks:D termproxy:c time:rw version:r vncshell:c -vncwebsocket:r vzdump:c wakeonlan:c
/nodes/{node}/apt id changelog:r repositories:rwc update:rc versions:r
/nodes/{node}/capabilities name qemu:D
/nodes/{node}/capabilities/qemu name cpu:D machines:r
/nodes/{node}/ceph name cfg:D cmd-safety:r crush:r fs:D init:c log:r mds:D mgr:D mon:D osd:rc pool:Dc restart:c rules:D start:c status:r stop:c
/nodes/{node}/ceph/cfg name db:r raw:r value:r
/nodes/{node}/ceph/fs name {name}:cd
/nodes/{node}/ceph/mds name {name}:cd
/nodes/{node}/ceph/mgr name {id}:cd
/nodes/{node}/ceph/mon name {monid}:cd
/nodes/{node}/ceph/osd - -{osdid}:Dd
/nodes/{node}/ceph/osd/{osdid} name in:c lv-info:r metadata:r out:c scrub:c
/nodes/{node}/ceph/pool pool_name {name}:Dwd
/nodes/{node}/ceph/pool/{name} name status:r
/nodes/{node}/certificates name acme:D custom:cd info:r
/nodes/{node}/certificates/acme name certificate:wcd
/nodes/{node}/disks name directory:rc initgpt:c list:r lvm:rc lvmthin:rc smart:r wipedisk:w zfs:Dc
/nodes/{node}/disks/directory - -{name}:d
/nodes/{node}/disks/lvm - -{name}:d
/nodes/{node}/disks/lvmthin - -{name}:d
/nodes/{node}/disks/zfs name {name}:rd
/nodes/{node}/firewall name log:r options:rw rules:Dc
/nodes/{node}/firewall/rules pos {pos}:rwd
/nodes/{node}/hardware type pci:D usb:r
/nodes/{node}/hardware/pci id {pciid}:D
/nodes/{node}/hardware/pci/{pciid} method mdev:r
/nodes/{node}/lxc vmid {vmid}:Dd
/nodes/{node}/lxc/{vmid} subdir -clone:c config:rw -feature:r firewall:D -interfaces:r migrate:rc -move_volume:c -mtunnel:c pending:r -remote_migrate:c -resize:w rrd:r rrddata:r snapshot:Dc -spiceproxy:c status:D -template:c termproxy:c vncproxy:c -vncwebsocket:r
/nodes/{node}/lxc/{vmid}/firewall name aliases:Dc ipset:Dc -log:r options:rw refs:r rules:Dc
/nodes/{node}/lxc/{vmid}/snapshot name {snapname}:Dd
/nodes/{node}/lxc/{vmid}/snapshot/{snapname} cmd config:rw rollback:c
/nodes/{node}/lxc/{vmid}/status subdir current:r reboot:c -resume:c shutdown:c start:c stop:c -suspend:c
/nodes/{node}/network iface {iface}:rwd
/nodes/{node}/qemu vmid {vmid}:Dd
/nodes/{node}/qemu/{vmid} subdir agent:Dc -clone:c cloudinit:rw config:rwc -feature:r firewall:D migrate:rc monitor:c -move_disk:c mtunnel:c -mtunnelwebsocket:r pending:r remote_migrate:c resize:w rrd:r rrddata:r sendkey:w snapshot:Dc spiceproxy:c status:D -template:c termproxy:c unlink:w vncproxy:c -vncwebsocket:r
/nodes/{node}/qemu/{vmid}/agent name exec:c exec-status:r file-read:r file-write:c fsfreeze-freeze:c fsfreeze-status:c fsfreeze-thaw:c fstrim:c get-fsinfo:r get-host-name:r get-memory-block-info:r get-memory-blocks:r get-osinfo:r get-time:r get-timezone:r get-users:r get-vcpus:r info:r network-get-interfaces:r ping:c set-user-password:c shutdown:c suspend-disk:c suspend-hybrid:c suspend-ram:c
/nodes/{node}/qemu/{vmid}/cloudinit - -dump:r
/nodes/{node}/qemu/{vmid}/firewall name aliases:Dc ipset:Dc -log:r options:rw refs:r rules:Dc
/nodes/{node}/qemu/{vmid}/firewall/aliases name {name}:rwd
/nodes/{node}/qemu/{vmid}/firewall/ipset name {name}:Dcd
/nodes/{node}/qemu/{vmid}/firewall/rules pos {pos}:rwd
/nodes/{node}/qemu/{vmid}/snapshot name {snapname}:Dd
/nodes/{node}/qemu/{vmid}/snapshot/{snapname} cmd config:rw rollback:c
/nodes/{node}/qemu/{vmid}/status subdir current:r reboot:c reset:c -resume:c shutdown:c start:c stop:c suspend:c
/nodes/{node}/replication id {id}:D
/nodes/{node}/replication/{id} name log:r schedule_now:c status:r
/nodes/{node}/scan method cifs:r glusterfs:r iscsi:r lvm:r -lvmthin:r nfs:r pbs:r zfs:r
/nodes/{node}/sdn name zones:D
/nodes/{node}/sdn/zones zone {zone}:D
/nodes/{node}/sdn/zones/{zone} subdir content:r
/nodes/{node}/services service {service}:D
/nodes/{node}/services/{service} subdir reload:c restart:c start:c state:r stop:c
/nodes/{node}/storage storage {storage}:D
/nodes/{node}/storage/{storage} subdir content:Dc download-url:c file-restore:- import-metadata:r prunebackups:rd rrd:r rrddata:r status:r upload:c
/nodes/{node}/storage/{storage}/content volid {volume}:rwcd
/nodes/{node}/storage/{storage}/file-restore - -download:r -list:r
/nodes/{node}/tasks upid {upid}:Dd
/nodes/{node}/tasks/{upid} name log:r status:r
/nodes/{node}/vzdump - -defaults:r -extractconfig:r
/pools poolid {poolid}:rwd
/storage storage {storage}:rwd
`;

export interface KnownFolder {
  /** Key of its list's entries that names what is below; undefined: no list, or none with links. */
  key?: string;
  /** What a node's list says is below, when that is fixed. */
  names: string[];
}

const LETTERS: Record<Method, RegExp> = { GET: /[rD]/, PUT: /w/, POST: /c/, DELETE: /d/ };

interface KnownPath {
  parts: string[];
  letters: string;
  folder?: KnownFolder;
}

const paths: KnownPath[] = readFolders();

function readFolders(): KnownPath[] {
  const found = new Map<string, KnownPath>([["/", { parts: [], letters: "D" }]]);
  for (const line of FOLDERS.trim().split("\n")) {
    const [path, key, ...children] = line.split(" ");
    const names: string[] = [];
    for (const child of children) {
      const [, hidden, name, letters] = /^(-?)([^:]+):(.+)$/.exec(child)!;
      const full = `${path === "/" ? "" : path}/${name}`;
      found.set(full, { parts: partsOf(full), letters: letters! });
      if (!hidden && !name!.startsWith("{")) names.push(name!);
    }
    found.get(path!)!.folder = { names, ...(key !== "-" && { key: key! }) };
  }
  return [...found.values()];
}

function partsOf(path: string): string[] {
  return path.split("/").filter(Boolean);
}

/** A path as it is asked (`/nodes/pve1/disks`) among the known ones; a fixed name goes before a placeholder. */
function find(path: string): KnownPath | undefined {
  const asked = partsOf(path);
  const fitting = paths.filter(
    ({ parts }) =>
      parts.length === asked.length && parts.every((part, at) => part.startsWith("{") || part === asked[at]),
  );
  return fitting.find(({ parts }) => parts.every((part, at) => part === asked[at])) ?? fitting[0];
}

/** Whether a real node has this method at such a path. */
export function isKnown(method: Method, path: string): boolean {
  return LETTERS[method].test(find(path)?.letters ?? "");
}

/** What is below such a path on a real node, when it is a folder there. */
export function knownFolder(path: string): KnownFolder | undefined {
  return find(path)?.folder;
}

/** `Drwcd` with dashes for what a real node has not, as `pvesh ls` shows it. */
export function capabilities(path: string): string {
  const letters = find(path)?.letters ?? "";
  const read = letters.includes("D") ? "Dr" : letters.includes("r") ? "-r" : "--";
  return `${read}${["w", "c", "d"].map((letter) => (letters.includes(letter) ? letter : "-")).join("")}`;
}

/** Every known path with its methods, placeholders in braces. */
export function knownMethods(): { method: Method; path: string }[] {
  const methods = Object.keys(LETTERS) as Method[];
  return paths.flatMap(({ parts, letters }) =>
    methods
      .filter((method) => LETTERS[method].test(letters))
      .map((method) => ({ method, path: `/${parts.join("/")}` })),
  );
}

/** Folders whose list is fixed, for which a simulated node answers as a real one. */
export function fixedFolders(): { path: string; key: string; names: string[] }[] {
  return paths.flatMap(({ parts, letters, folder }) =>
    letters.includes("D") && folder?.key !== undefined && folder.names.length > 0
      ? [{ path: `/${parts.join("/")}`, key: folder.key, names: folder.names }]
      : [],
  );
}
