import { expect, it } from "vitest";
import { readNodeFile } from "../cluster/files/node-tree.ts";
import { act } from "../cluster/stepping.ts";
import { hostKeySha256, seededHostKey } from "../keys/host-key.ts";
import { fingerprintOf, readPublicLine } from "../keys/openssh-key.ts";
import { freshLab } from "./fresh-lab.ts";
import { newIdentity } from "./lab-identity.ts";
import { giveHostKeys, giveMissingHostKeys } from "./node-host-keys.ts";

const NODES = { lab: "a", seed: "s", nodes: ["pve1", "pve2"] };
const KEY = "/etc/ssh/ssh_host_ed25519_key.pub";

function keyOf(lab: Parameters<typeof readNodeFile>[0], node: string) {
  return readPublicLine(readNodeFile(lab, node, KEY)!)!;
}

it("a node's ed25519 host key is that of its terminal's door", () => {
  const identity = newIdentity(NODES);
  const lab = freshLab(identity);
  expect(fingerprintOf(keyOf(lab, "pve2").blob)).toBe(hostKeySha256(identity.nodes[1]!.hostKey));
  expect(giveMissingHostKeys(lab, identity)).toBe(false);
});

it("a lab that gets another identity's keys keeps its trust", () => {
  const lab = freshLab(newIdentity(NODES));
  const line = (key: string) => `pve2 ${key}\n`;
  const before = readNodeFile(lab, "pve2", KEY)!.split(" ").slice(0, 2).join(" ");
  const change = { op: "write" as const, path: "/root/.ssh/known_hosts", content: line(before) };
  act(lab, "files/change", { node: "pve1", change });
  const other = newIdentity({ ...NODES, lab: "b" });
  giveHostKeys(lab, other);
  const after = readNodeFile(lab, "pve2", KEY)!.split(" ").slice(0, 2).join(" ");
  expect(after).not.toBe(before);
  expect(readNodeFile(lab, "pve1", "/root/.ssh/known_hosts")).toBe(line(after));
});

it("a lab without keys on its disks, as older versions saved them, gets them once", () => {
  const identity = newIdentity(NODES);
  const lab = freshLab({ ...identity, nodes: identity.nodes.map((node) => ({ ...node, hostKey: "" })) });
  const old = `ssh-ed25519 ${seededHostKey("s", "pve2").toString("base64")}`;
  const change = { op: "write" as const, path: "/root/.ssh/known_hosts", content: `pve2 ${old}\n` };
  act(lab, "files/change", { node: "pve1", change });
  expect(giveMissingHostKeys(lab, identity)).toBe(true);
  expect(fingerprintOf(keyOf(lab, "pve2").blob)).toBe(hostKeySha256(identity.nodes[1]!.hostKey));
  expect(readNodeFile(lab, "pve1", "/root/.ssh/known_hosts")).toContain(keyOf(lab, "pve2").blob.toString("base64"));
  act(lab, "files/change", { node: "pve2", change: { op: "unlink", path: KEY } });
  expect(giveMissingHostKeys(lab, identity)).toBe(false);
  expect(readNodeFile(lab, "pve2", KEY)).toBeUndefined();
});
