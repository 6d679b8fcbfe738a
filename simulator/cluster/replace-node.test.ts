import { expect, it } from "vitest";
import { pmxcfsFile } from "./pmxcfs/pmxcfs-view.ts";
import { isInCluster } from "./replace-node.ts";
import { act, advance } from "./stepping.ts";
import { change, clusterOf, freshLab, joinNode, run, runUntil } from "./testing/lab-steps.ts";

const booted = (lab: ReturnType<typeof clusterOf>, node: string) =>
  runUntil(lab, () => (lab.nodes[node]!.services.units.pveproxy.active === "active" ? true : undefined));

it("a member that is installed anew is alone, and the others go on without it and still list it", () => {
  const lab = clusterOf(3);
  change(lab, "pve3", { op: "write", path: "/root/note", content: "mine" });
  act(lab, "lab/replace-node", { node: "pve3", from: freshLab(3, "another") });
  booted(lab, "pve3");
  run(lab, 30_000);
  expect(isInCluster(lab, "pve3")).toBe(false);
  expect(lab.nodes.pve3!.pmxcfs.mode).toBe("local");
  expect(lab.nodes.pve1!.pmxcfs).toMatchObject({ quorate: true, onlineIds: [1, 2] });
  expect(pmxcfsFile(lab, "pve1", "corosync.conf")).toContain("name: pve3");
});

it("it joins again once the cluster has forgotten it", () => {
  const lab = clusterOf(3);
  act(lab, "lab/replace-node", { node: "pve3", from: freshLab(3, "another") });
  booted(lab, "pve3");
  run(lab, 30_000);
  act(lab, "cluster/delete-node", { node: "pve1", target: "pve3" });
  run(lab, 5_000);
  expect(joinNode(lab, "pve3").exitStatus).toBe("OK");
  run(lab, 20_000);
  expect(lab.nodes.pve1!.pmxcfs.onlineIds).toHaveLength(3);
});

it("a member that gets its disks of a while ago comes back into its cluster", () => {
  const lab = clusterOf(3);
  const before = structuredClone(lab);
  change(lab, "pve1", { op: "write", path: "/etc/pve/later", content: "later" });
  run(lab, 60_000);
  act(lab, "lab/replace-node", { node: "pve3", from: before });
  booted(lab, "pve3");
  run(lab, 30_000);
  expect(lab.nodes.pve1!.pmxcfs.onlineIds).toEqual([1, 2, 3]);
  // Its own /etc/pve was older; the cluster's comes back with the merge.
  expect(pmxcfsFile(lab, "pve3", "later")).toBe("later");
});

it("a lab in which nothing has happened for long takes a node of one that is ahead, and its time goes there", () => {
  const lab = freshLab(2);
  const ahead = freshLab(2, "ahead");
  advance(ahead, ahead.nowMs + 500_000);
  act(lab, "lab/replace-node", { node: "pve2", from: ahead });
  expect(lab.nowMs).toBe(ahead.nowMs);
  booted(lab, "pve2");
});

it("the same exchange gives the same lab, on another day too", () => {
  const one = clusterOf(2);
  const other = structuredClone(one);
  const args = { node: "pve2", from: freshLab(2, "another") };
  const asLogged = JSON.parse(JSON.stringify(args)) as typeof args;
  act(one, "lab/replace-node", args);
  act(other, "lab/replace-node", asLogged);
  run(one, 40_000);
  run(other, 40_000);
  expect(other).toEqual(one);
});
