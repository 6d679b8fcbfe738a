/** Who a lab is, apart from its state: name, seed, password, and its nodes' addresses and terminals' host keys. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { generateHostKey } from "../keys/host-key.ts";

const nodeIdentity = z.strictObject({
  name: z.string(),
  address: z.string(),
  /** Private key of the SSH door, PEM; made once, so that its fingerprint can be pinned. */
  hostKey: z.string(),
});

export const labIdentity = z.strictObject({
  lab: z.string(),
  seed: z.string(),
  /** Password of root at the terminals' door, and root@pam's at the start. */
  password: z.string(),
  nodes: z.array(nodeIdentity).min(1),
});

export type LabIdentity = z.infer<typeof labIdentity>;

/**
 * A new lab's identity: what was given, and keys and a password that nobody has had.
 *
 * @param hostKey gives a key that was made in advance; absent: each is made here
 */
export function newIdentity(
  lab: { lab: string; seed: string; nodes: string[] },
  hostKey: () => string = generateHostKey,
): LabIdentity {
  return {
    lab: lab.lab,
    seed: lab.seed,
    password: readablePassword(),
    nodes: lab.nodes.map((name, index) => ({ name, address: `10.10.10.${11 + index}`, hostKey: hostKey() })),
  };
}

/** Twelve letters and digits without those that look alike: it is read off a screen and typed. */
function readablePassword(): string {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789";
  const bytes = randomBytes(12);
  const text = [...bytes].map((byte) => letters[byte % letters.length]).join("");
  return `${text.slice(0, 4)}-${text.slice(4, 8)}-${text.slice(8)}`;
}
