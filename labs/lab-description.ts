/**
 * A lab as everybody but the simulator knows it: nodes with an address and a credential for each door.
 *
 * Printed by `npm run lab -- --json`, read by `npm run grade -- --lab FILE`; whether the nodes are simulated is not in it.
 */
import { z } from "zod";

const sshHop = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65535),
  user: z.string().min(1),
  password: z.string().optional(),
  /** PEM or OpenSSH text of a private key, for nodes that take no password. */
  privateKey: z.string().optional(),
  /** `SHA256:` and base64 without padding, as `ssh-keygen -lf` prints it. */
  hostKeySha256: z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/),
  /** `old` also offers what machines of before 2014 need; `modern` unless said. */
  algorithms: z.enum(["modern", "old"]).optional(),
});

const sshDoor = sshHop.extend({
  /** Jump hosts on the way, nearest first, each with a login and a pinned key of its own. */
  via: z.array(sshHop).max(4).optional(),
});

const apiDoor = z.strictObject({
  /** `https://HOST:PORT`, without a path. */
  url: z.url({ protocol: /^https$/ }),
  /**
   * SHA-256 of the certificate, as Proxmox writes it: 32 upper-case pairs with colons. Where neither it nor `caPem` is
   * given, the certificate is learnt over the SSH connection, whose host key is pinned.
   */
  certSha256: z
    .string()
    .regex(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
    .optional(),
  /** The cluster's CA, PEM: any certificate it issued for the node's name is believed. */
  caPem: z.string().optional(),
  /** The byte stream is one that the node's SSH connection forwards; the URL is as the node itself reaches it. */
  throughSsh: z.boolean().optional(),
  user: z.string().min(1),
  password: z.string().optional(),
  /** `USER@REALM!TOKENID=SECRET`, instead of a password. */
  token: z.string().optional(),
});

export const labNode = z.strictObject({
  name: z.string().min(1),
  ssh: sshDoor,
  api: apiDoor,
  /** The node's own web interface, for the learner's browser, where it can be reached from there. */
  web: z.url({ protocol: /^https?$/ }).optional(),
});

export const labDescription = z.strictObject({
  lab: z.string().min(1),
  /** Address of the lab's fault interface, where it has one. */
  control: z.url().optional(),
  nodes: z.array(labNode).min(1),
});

export type SshDoor = z.infer<typeof sshHop>;
/** A door with the jump hosts before it. */
export type SshPath = z.infer<typeof sshDoor>;
export type LabNode = z.infer<typeof labNode>;
export type LabDescription = z.infer<typeof labDescription>;
