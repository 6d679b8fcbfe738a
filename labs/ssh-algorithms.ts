/**
 * Which SSH algorithms are offered to a node: modern ones, unless its description says it is an old machine.
 *
 * `modern` is what OpenSSH 9 offers as far as ssh2 has it: no SHA-1, no CBC, no group below 2048 bits. `old` adds, behind
 * all of them, what OpenSSH 5 to 7 and network devices may need; a node that knows a modern one still gets that. Which
 * nodes need it is said per node (`ssh.algorithms` of its description; docs/terminal.md).
 */
import type { Algorithms } from "ssh2";

const modern = {
  kex: [
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group14-sha256",
  ],
  // The hash of a signature alone, for RSA keys: the key is pinned either way.
  serverHostKey: [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
  ],
  cipher: [
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
  ],
  hmac: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"],
} satisfies Algorithms;

const old = {
  kex: [
    ...modern.kex,
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group-exchange-sha1",
    "diffie-hellman-group1-sha1",
  ],
  serverHostKey: [...modern.serverHostKey, "ssh-rsa", "ssh-dss"],
  cipher: [...modern.cipher, "aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"],
  hmac: [...modern.hmac, "hmac-sha1-etm@openssh.com", "hmac-sha1"],
} as Algorithms;

export function algorithmsFor(age: "modern" | "old"): Algorithms {
  return age === "old" ? old : modern;
}
