/** SSH host keys of simulated nodes: ed25519, made once for a node and kept, so that its fingerprint can be pinned. */
import { createHash, generateKeyPairSync } from "node:crypto";
import { createRequire } from "node:module";
import type { HostKeyFiles } from "../cluster/accounts/ssh-keys.ts";
import { fingerprintOf, keyFromJwk, type PrivateKey, privateText, publicLine, readPrivate } from "./openssh-key.ts";
import { sshString } from "./ssh-wire.ts";

// ssh2 is CommonJS whose `utils` a named import does not find.
const { utils } = createRequire(import.meta.url)("ssh2") as typeof import("ssh2");

/** A new private key in OpenSSH's own PEM form, as ssh2's server takes it. */
export function generateHostKey(): string {
  for (;;) {
    const pem = utils.generateKeyPairSync("ed25519").private;
    // ssh2 1.17 cannot read again about one in 200 of the keys that it makes (15 of 3,000 tried).
    if (!(utils.parseKey(pem) instanceof Error)) return pem;
  }
}

/** `SHA256:` and base64 without padding, as `ssh-keygen -lf` prints it. @throws when the text is no private key */
export function hostKeySha256(privateKeyPem: string): string {
  const read = readPrivate(privateKeyPem);
  if (read.state !== "key") throw new Error("this is no private key of a host");
  return fingerprintOf(read.key.blob);
}

/**
 * What lies in /etc/ssh of a node whose terminal's door has this key: the same one, and a new ECDSA key beside it.
 *
 * @throws Error when the text is no private key
 */
export function hostKeyFiles(privateKeyPem: string, node: string): HostKeyFiles {
  const read = readPrivate(privateKeyPem);
  if (read.state !== "key") throw new Error("this is no private key of a host");
  const ecdsa = keyFromJwk(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }));
  const filesOf = (key: PrivateKey) => {
    const named = { ...key, comment: `root@${node}` };
    return { privateText: privateText(named), publicText: publicLine(named) };
  };
  return { ed25519: filesOf(read.key), ecdsa: filesOf(ecdsa) };
}

/**
 * The ed25519 host key of a machine that keeps no files of it (guests, the host of corosync-qnetd; nodes of labs that
 * older versions saved): of the right form, always the same one for a name in a lab.
 */
export function seededHostKey(seed: string, name: string): Buffer {
  const secret = createHash("sha256").update(`${seed}/${name}/ssh_host_ed25519_key`).digest();
  return Buffer.concat([sshString("ssh-ed25519"), sshString(secret)]);
}
