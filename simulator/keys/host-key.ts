/** SSH host keys of simulated nodes: ed25519, made once for a node and kept, so that its fingerprint can be pinned. */
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import type { ParsedKey } from "ssh2";

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
  const digest = createHash("sha256").update(parse(privateKeyPem).getPublicSSH()).digest("base64");
  return `SHA256:${digest.replace(/=+$/, "")}`;
}

function parse(privateKeyPem: string): ParsedKey {
  const parsed = utils.parseKey(privateKeyPem);
  if (parsed instanceof Error) throw parsed;
  return Array.isArray(parsed) ? (parsed as ParsedKey[])[0]! : parsed;
}
