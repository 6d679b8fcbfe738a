/**
 * Columns of lists by the API's path: what a result's description names, the required ones first, each part sorted.
 *
 * @source recordings 33 (/nodes), 41 (/cluster/resources); the others from the published API, of which 8.4 may differ
 */
import type { Column, ColumnKind } from "./text-table.ts";

const KINDS: Record<string, ColumnKind> = {
  i: "integer",
  f: "fraction",
  b: "bytes",
  d: "duration",
  t: "timestamp",
  o: "boolean",
};

/** `node cpu:f`: names with the letter of their kind. */
function columns(text: string): Column[] {
  return text.split(" ").map((word) => {
    const [name, kind] = word.split(":");
    return { name: name!, kind: KINDS[kind ?? ""] ?? "text" };
  });
}

const BY_PATH: Record<string, Column[]> = {
  "/access/acl": columns("path roleid type ugid propagate:o"),
  "/access/roles": columns("roleid privs special:o"),
  "/access/users": columns(
    "userid comment email enable:o expire:i firstname groups keys lastname realm-type tfa-locked-until:i tokens totp-locked:o",
  ),
  "/access/users/{userid}/token": columns("tokenid comment expire:i privsep:o"),
  "/access/domains": columns("realm type comment tfa"),
  "/access/groups": columns("groupid comment users"),
  "/cluster/config/nodes": columns("node"),
  "/cluster/resources": columns(
    "id type cgroup-mode:i content cpu:f disk:b diskread:b diskwrite:b hastate level lock maxcpu:i maxdisk:b maxmem:b mem:b name netin:b netout:b node plugintype pool status storage tags template:o uptime:d vmid:i",
  ),
  "/cluster/status": columns("id name type ip level local:o nodeid:i nodes:i online:o quorate:o version:i"),
  "/cluster/tasks": columns("upid"),
  "/nodes": columns("node status cpu:f level maxcpu:i maxmem:b mem:b ssl_fingerprint uptime:d"),
  "/nodes/{node}/disks/list": columns(
    "devpath gpt:o mounted:o osdid:i osdid-list size:i health model parent serial used vendor wwn",
  ),
  "/nodes/{node}/qemu": columns(
    "status vmid:i cpus:i lock maxdisk:b maxmem:b name pid:i qmpstatus running-machine running-qemu tags template:o uptime:d",
  ),
  "/nodes/{node}/storage": columns(
    "content storage type active:o avail:b enabled:o shared:o total:b used:b used_fraction:f",
  ),
  "/nodes/{node}/tasks": columns("id node pid:i pstart:i starttime:t type upid user endtime:t status"),
  "/pools": columns("poolid"),
  "/storage": columns("storage"),
};

/** The columns of a path with its placeholders; undefined: every key that occurs. */
export function columnsOf(template: string): Column[] | undefined {
  return BY_PATH[template];
}
