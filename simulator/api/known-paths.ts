/**
 * Paths that a real node has and this one has not: it then says "not modelled" and not merely "not implemented".
 *
 * Written by hand from Proxmox VE's public API viewer, in areas, because the answer needs no more than that.
 */
const KNOWN_ELSEWHERE = [
  /^\/access(\/(acl|domains|groups|openid|password|permissions|roles|tfa|ticket|users)(\/.*)?)?$/,
  /^\/cluster(\/(acme|backup|backup-info|bulk-action|ceph|config|firewall|ha|jobs|log|mapping|metrics|nextid|notifications|options|replication|resources|sdn|status|tasks)(\/.*)?)?$/,
  /^\/nodes\/[^/]+(\/(aplinfo|apt|capabilities|ceph|certificates|config|disks|dns|execute|firewall|hardware|hosts|journal|lxc|migrateall|netstat|network|qemu|query-url-metadata|replication|report|rrd|rrddata|scan|sdn|services|spiceshell|startall|status|stopall|storage|subscription|suspendall|syslog|tasks|termproxy|time|version|vncshell|vncwebsocket|vzdump|wakeonlan)(\/.*)?)?$/,
  /^\/pools(\/.*)?$/,
  /^\/storage(\/.*)?$/,
  /^\/$/,
];

/** Whether a real node knows paths like this one. */
export function knownElsewhere(path: string): boolean {
  return KNOWN_ELSEWHERE.some((area) => area.test(path));
}
