/** Certificates for corosync-qnetd and corosync-qdevice, made by their own tools as their manual pages say. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Folders with the stores of the server and of any node. */
export interface Certificates {
  server: string;
  node: string;
}

/** Of the cluster that all recordings name. */
const CLUSTER = "lab";
let made: Certificates | undefined;

/** Make them once for all clusters of one recorder. */
export function certificates(): Certificates {
  if (made) return made;
  const folder = mkdtempSync(join(tmpdir(), "device-certificates-"));
  const [server, node] = [join(folder, "server"), join(folder, "node")];
  mkdirSync(server);
  mkdirSync(node);
  const script = `set -e
mkdir -p /etc/corosync/qnetd /etc/corosync/qdevice/net
mount --bind ${server} /etc/corosync/qnetd
mount --bind ${node} /etc/corosync/qdevice/net
corosync-qnetd-certutil -i
corosync-qdevice-net-certutil -i -c /etc/corosync/qnetd/nssdb/qnetd-cacert.crt
corosync-qdevice-net-certutil -r -n ${CLUSTER}
corosync-qnetd-certutil -s -c /etc/corosync/qdevice/net/nssdb/qdevice-net-node.crq -n ${CLUSTER}
corosync-qdevice-net-certutil -M -c /etc/corosync/qnetd/nssdb/cluster-${CLUSTER}.crt
`;
  execFileSync("unshare", ["-m", "--propagation", "private", "bash"], {
    input: script,
    stdio: ["pipe", "pipe", "pipe"],
  });
  made = { server, node };
  return made;
}
