/**
 * A node's present certificate, read over its SSH connection.
 *
 * Joining a cluster replaces a node's certificate but not its SSH host key, so the pinned host key vouches for the new
 * one. The host key is compared before anything is sent; a node that shows another one is refused.
 */
import { createHash } from "node:crypto";
import { Client } from "ssh2";
import type { LabNode } from "../labs/lab-description.ts";
import { type Fingerprint, fingerprintOfPem } from "../pve/fingerprint.ts";

/** The first is what an administrator installed, and pveproxy prefers it; the second is what Proxmox made. */
const CERTIFICATES = ["/etc/pve/local/pveproxy-ssl.pem", "/etc/pve/local/pve-ssl.pem"];
const OUTPUT_BYTES_MAX = 256 * 1024;

/** @throws Error naming the node, when it cannot be reached, shows another host key or has no certificate to read */
export async function certificatesOverSsh(node: LabNode, timeoutMs = 8_000): Promise<Fingerprint[]> {
  const output = await execOverSsh(node, `cat ${CERTIFICATES.join(" ")} 2>/dev/null`, timeoutMs);
  const blocks = output.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error(`${node.name} has no certificate to read at the moment`);
  return blocks.map(fingerprintOfPem);
}

/** Standard output of one command. */
export function execOverSsh({ name, ssh }: LabNode, command: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      client.removeAllListeners();
      client.on("error", () => {});
      client.destroy();
      settle();
    };
    const fail = (reason: string) => finish(() => reject(new Error(`${name} over SSH: ${reason}`)));
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
    client.on("error", (error) => fail(error.message));
    client.on("close", () => fail("the connection ended"));
    client.on("ready", () => {
      client.exec(command, (error, channel) => {
        if (error) return fail(error.message);
        let output = "";
        channel.on("data", (chunk: Buffer) => {
          output += chunk.toString("utf8");
          if (output.length > OUTPUT_BYTES_MAX) fail("more output than a certificate has");
        });
        channel.stderr.resume();
        channel.on("close", () => finish(() => resolve(output)));
      });
    });
    client.connect({
      host: ssh.host,
      port: ssh.port,
      username: ssh.user,
      ...(ssh.password !== undefined && { password: ssh.password }),
      ...(ssh.privateKey !== undefined && { privateKey: ssh.privateKey }),
      readyTimeout: timeoutMs,
      hostVerifier: (key: Buffer) => hostKeySha256(key) === ssh.hostKeySha256,
    });
  });
}

/** As `ssh-keygen -lf` prints it. */
export function hostKeySha256(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}
