import { describe, expect, it } from "vitest";
import { isQuorate, votequorumStatus } from "../corosync/view.ts";
import { act } from "../kernel.ts";
import { pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import { findTask, taskLogLines } from "../tasks/tasks.ts";
import { createCluster, freshLab, joinNode, run, runUntilTaskEnds } from "../testing/lab-steps.ts";

describe("making a cluster", () => {
  it("prints the recorded five lines and leaves a quorate cluster of one", () => {
    const lab = freshLab(3);
    const { upid } = act(lab, "cluster/create", { node: "pve1", clusterName: "lab", program: "pvecm" });
    runUntilTaskEnds(lab, "pve1", upid);
    expect(taskLogLines(findTask(lab, "pve1", upid)!)).toEqual([
      "Corosync Cluster Engine Authentication key generator.",
      "Gathering 2048 bits for key from /dev/urandom.",
      "Writing corosync key to /etc/corosync/authkey.",
      "Writing corosync config to /etc/pve/corosync.conf",
      "Restart corosync and cluster filesystem",
      "TASK OK",
    ]);
    run(lab, 10_000);
    expect(isQuorate(lab, "pve1")).toBe(true);
    expect(pmxcfsFile(lab, "pve1", ".members")).toContain('"quorate": 1');
  });

  it("refuses a second one", () => {
    const lab = freshLab(1);
    createCluster(lab, "pve1", "lab");
    expect(() => act(lab, "cluster/create", { node: "pve1", clusterName: "lab2", program: "pvecm" })).toThrow(
      "cluster config '/etc/pve/corosync.conf' already exists",
    );
  });
});

describe("joining", () => {
  it("brings two nodes in, with the recorded log, one configuration and new certificates", () => {
    const lab = freshLab(3);
    createCluster(lab, "pve1", "lab");
    const before = lab.pki.nodes.pve2!.fingerprint;
    const second = joinNode(lab, "pve2");
    expect(taskLogLines(second)).toEqual([
      "Establishing API connection with host '10.99.7.11'",
      "Login succeeded.",
      "check cluster join API version",
      "No cluster network links passed explicitly, fallback to local node IP '10.99.7.12'",
      "Request addition of this node",
      "Join request OK, finishing setup locally",
      "stopping pve-cluster service",
      expect.stringMatching(/^backup old database to '\/var\/lib\/pve-cluster\/backup\/config-\d+\.sql\.gz'$/),
      "waiting for quorum...OK",
      "(re)generate node files",
      "generate new node certificate",
      "merge authorized SSH keys",
      "generated new node certificate, restart pveproxy and pvedaemon services",
      "successfully added node 'pve2' to cluster.",
      "TASK OK",
    ]);
    joinNode(lab, "pve3");
    run(lab, 3_000);
    for (const node of ["pve1", "pve2", "pve3"]) {
      expect(votequorumStatus(lab, node)?.members.map((member) => member.name)).toEqual(["pve1", "pve2", "pve3"]);
      expect(pmxcfsFile(lab, node, "corosync.conf")).toBe(pmxcfsFile(lab, "pve1", "corosync.conf"));
      expect(pmxcfsFile(lab, node, ".members")).toContain('"pve3": { "id": 3, "online": 1, "ip": "10.99.7.13"}');
    }
    expect(lab.pki.nodes.pve2!.fingerprint).not.toBe(before);
    expect(lab.pki.nodes.pve2!.caPem).toBe(lab.pki.nodes.pve1!.caPem);
  });
});
