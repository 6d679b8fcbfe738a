import { afterEach, expect, it } from "vitest";
import { readNodeFile } from "../cluster/files/node-tree.ts";
import type { LabState } from "../cluster/state.ts";
import { hostKeySha256 } from "../keys/host-key.ts";
import { fingerprintOf, readPublicLine } from "../keys/openssh-key.ts";
import { type LabIdentity, newIdentity } from "./lab-identity.ts";
import { SpareLabs } from "./spare-labs.ts";

const NAMES = ["pve1", "pve2"];
const spares = new SpareLabs();

afterEach(() => spares.end());

const onDisks = (lab: LabState) =>
  NAMES.map((name) =>
    fingerprintOf(readPublicLine(readNodeFile(lab, name, "/etc/ssh/ssh_host_ed25519_key.pub")!)!.blob),
  );
const atDoors = ({ nodes }: LabIdentity) => nodes.map(({ hostKey }) => hostKeySha256(hostKey));
const identity = (lab: string, hostKey?: () => string) => newIdentity({ lab, seed: lab, nodes: NAMES }, hostKey);

it("new labs that are asked for at once get a spare each, whose keys are theirs alone", async () => {
  await spares.prepare(NAMES);
  // Two are ready; the third lab's keys are made for it.
  const identities = ["a", "b", "c"].map((lab) => identity(lab, spares.hostKeysFor(NAMES)));
  expect(new Set(identities.flatMap(atDoors)).size).toBe(6);
  const [b, a] = [identities[1]!, identities[0]!].map((one) => spares.take(one)!);
  expect(onDisks(a!)).toEqual(atDoors(identities[0]!));
  expect(onDisks(b!)).toEqual(atDoors(identities[1]!));
  expect([a!.seed, b!.seed]).toEqual(["a", "b"]);
  expect(a!.nodes.pve1!.accounts.rootPassword).toBe(identities[0]!.password);

  await spares.prepare(NAMES);
  const c = spares.take(identities[2]!);
  expect(onDisks(c!)).toEqual(atDoors(identities[2]!));
});
