/** What sshd, PAM and logind write in a node's journal of who comes in. @source OpenSSH 9.2 auth.c, pam_unix(8); logind's text unverified */
import type { LabPort } from "../../cluster/port.ts";
import { fingerprintOf, kindOf, type PublicKey } from "../../keys/openssh-key.ts";

export interface Arrival {
  /** The address that the node sees. */
  client: string;
  method: "publickey" | "password";
  /** Who it is that came. */
  user: { name: string; uid: number };
  key?: Pick<PublicKey, "type" | "blob"> | undefined;
}

/** Somebody is in. */
export function noteLogin(port: LabPort, node: string, { client, method, key, user }: Arrival): void {
  const who = key ? `: ${kindOf(key.type)} ${fingerprintOf(key.blob)}` : "";
  write(port, node, `Accepted ${method} for ${user.name} from ${client} port ${peerPort(port)} ssh2${who}`);
  write(port, node, `pam_unix(sshd:session): session opened for user ${user.name}(uid=${user.uid}) by (uid=0)`);
}

/** A password was wrong. */
export function noteWrongPassword(port: LabPort, node: string, client: string, user: string): void {
  const failure = "authentication failure; logname= uid=0 euid=0 tty=ssh ruser=";
  write(port, node, `pam_unix(sshd:auth): ${failure} rhost=${client}  user=${user}`, 5);
  write(port, node, `Failed password for ${user} from ${client} port ${peerPort(port)} ssh2`);
}

function write(port: LabPort, node: string, text: string, priority = 6): void {
  const pid = port.read((lab) => lab.nodes[node]?.nextPid ?? 1);
  port.act("journal/write", { node, unit: "ssh.service", identifier: "sshd", pid, priority, text });
}

/** A client's port, made up: of the range that Linux gives out. */
function peerPort(port: LabPort): number {
  return port.read((lab) => 32_768 + (Math.floor(lab.nowMs / 100) % 28_232));
}
