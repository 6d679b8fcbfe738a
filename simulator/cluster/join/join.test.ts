import { describe, expect, it } from "vitest";
import { accessConfig, passwordIsRight } from "../accounts/accounts.ts";
import { isQuorate, votequorumStatus } from "../corosync/view.ts";
import { schedule } from "../kernel.ts";
import { pmxcfsEntry, pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { findTask, taskLogLines } from "../tasks/tasks.ts";
import {
  change,
  createCluster,
  freshLab,
  joinNode,
  ROOT_PASSWORD,
  run,
  runUntil,
  runUntilTaskEnds,
  setPaths,
} from "../testing/lab-steps.ts";
import { memberAnswer } from "./cluster-jobs.ts";

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

describe("adding a node", () => {
  it.each(["", "totem {\n  version: 2\n  config_version: 9\n  cluster_name: lab\n}\n"])(
    "is refused where the configuration has no nodes, and may be tried again: %j",
    (content) => {
      const lab = freshLab(2);
      createCluster(lab, "pve1", "lab");
      run(lab, 10_000);
      expect(change(lab, "pve1", { op: "write", path: "/etc/pve/corosync.conf", content })).toMatchObject({
        state: "done",
      });
      for (let tries = 1; tries <= 2; tries++) {
        const parameters = { name: "pve9", newNodeAddress: "10.99.7.19", apiVersion: 1 };
        const { id } = act(lab, "cluster/add-node", { node: "pve1", ...parameters });
        const answer = () => lab.nodes.pve1!.clusterJobs.requests.find((one) => one.id === id)?.answer;
        expect(runUntil(lab, answer)).toMatchObject({
          state: "failed",
          message: "invalid corosync.conf",
          errors: { error0: "no nodes found" },
        });
      }
    },
  );
});

describe("joining", () => {
  it.each(["certificate", "store", "reload"])("goes on from the step %s of an older save", (step) => {
    const lab = freshLab(2);
    createCluster(lab, "pve1", "lab");
    const { fingerprint } = lab.pki.nodes.pve1!;
    const host = { host: "10.99.7.11", password: ROOT_PASSWORD, fingerprint };
    const { upid } = act(lab, "cluster/join", { node: "pve2", ...host, program: "pvecm" });
    const atWork = () => lab.queue.find(({ kind }) => kind === "pki/renew-step");
    runUntil(lab, () => atWork(), 60_000);
    const { node, pid } = findTask(lab, "pve2", upid)!;
    lab.pki.renewals = [];
    schedule(lab, 0, { kind: "cluster/join-step", node, pid, data: { upid, step } });
    runUntilTaskEnds(lab, "pve2", upid);
    expect(taskLogLines(findTask(lab, "pve2", upid)!).at(-1)).toBe("TASK OK");
  });

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

describe("a join that goes wrong", () => {
  const join = (lab: LabState, node: string, more: object = {}) =>
    act(lab, "cluster/join", {
      node,
      host: "10.99.7.11",
      password: ROOT_PASSWORD,
      fingerprint: lab.pki.nodes.pve1!.fingerprint,
      program: "pvedaemon",
      ...more,
    }).upid;

  it("ends with the fingerprint that it saw when it is not the one that was given", () => {
    const lab = freshLab(2);
    createCluster(lab, "pve1", "lab");
    const upid = join(lab, "pve2", { fingerprint: lab.pki.nodes.pve2!.fingerprint });
    expect(runUntilTaskEnds(lab, "pve2", upid).exitStatus).toBe(
      `fingerprint '${lab.pki.nodes.pve1!.fingerprint}' not verified, abort!`,
    );
  });

  it("says what a host that is in no cluster lacks", () => {
    const lab = freshLab(2);
    expect(taskLogLines(runUntilTaskEnds(lab, "pve2", join(lab, "pve2"))).slice(-4)).toEqual([
      "Request addition of this node",
      "An error occurred on the cluster node: invalid corosync.conf",
      "! no nodes found",
      "TASK ERROR: Cluster join aborted!",
    ]);
  });

  it("refuses a node with guests, and one that is a member, before it asks anybody", () => {
    const lab = freshLab(2);
    createCluster(lab, "pve1", "lab");
    change(lab, "pve2", { op: "write", path: "/etc/pve/qemu-server/100.conf", content: "memory: 64\n" });
    expect(taskLogLines(runUntilTaskEnds(lab, "pve2", join(lab, "pve2")))).toEqual([
      "detected the following error(s):",
      "* this host already contains virtual guests",
      "TASK ERROR: Check if node may join a cluster failed!",
    ]);
    change(lab, "pve2", { op: "unlink", path: "/etc/pve/qemu-server/100.conf" });
    expect(runUntilTaskEnds(lab, "pve2", join(lab, "pve2")).exitStatus).toBe("OK");
    expect(runUntilTaskEnds(lab, "pve2", join(lab, "pve2")).output).toContain(
      "* cluster config '/etc/pve/corosync.conf' already exists\n",
    );
  });

  it("waits a minute for a host that loses its power over the request", () => {
    const lab = freshLab(2);
    createCluster(lab, "pve1", "lab");
    const upid = join(lab, "pve2");
    runUntil(lab, () => (findTask(lab, "pve2", upid)?.output.includes("Request addition") ? true : undefined));
    run(lab, 100);
    act(lab, "power/set", { node: "pve1", state: "off" });
    const before = lab.nowMs;
    const task = runUntilTaskEnds(lab, "pve2", upid);
    expect(task.exitStatus).toBe("Cluster join aborted!");
    expect(task.output).toMatch(
      /Request addition of this node\nAn error occurred on the cluster node: read timeout\n$/,
    );
    expect(lab.nowMs - before).toBeGreaterThan(55_000);
  });

  it("goes on waiting for quorum when the cable is cut in the middle, and ends when it is back", () => {
    const lab = freshLab(2);
    createCluster(lab, "pve1", "lab");
    const upid = join(lab, "pve2");
    runUntil(lab, () => (findTask(lab, "pve2", upid)?.output.includes("stopping pve-cluster") ? true : undefined));
    setPaths(lab, ["pve1"], ["pve2"], false);
    run(lab, 120_000);
    expect(findTask(lab, "pve2", upid)).toMatchObject({ running: true });
    expect(findTask(lab, "pve2", upid)!.output).toMatch(/waiting for quorum\.\.\.$/);
    setPaths(lab, ["pve1"], ["pve2"], true);
    expect(runUntilTaskEnds(lab, "pve2", upid).exitStatus).toBe("OK");
  });
});

describe("what a join changes", () => {
  it("takes the quorum from a cluster of one until the second node is in", () => {
    const lab = freshLab(2);
    createCluster(lab, "pve1", "lab");
    const mark = lab.nodes.pve1!.journal.length;
    joinNode(lab, "pve2");
    const said = lab.nodes.pve1!.journal.slice(mark).filter((line) => /node (?:lost|has) quorum/.test(line.text));
    expect(said.map((line) => line.text)).toEqual([
      "[status] notice: node lost quorum",
      "[status] notice: node has quorum",
    ]);
    expect(said[1]!.wallMs - said[0]!.wallMs).toBeGreaterThan(1_000);
    expect(said[1]!.wallMs - said[0]!.wallMs).toBeLessThan(10_000);
  });

  it("replaces the joiner's users and tokens by the cluster's, but not its root password", () => {
    const lab = freshLab(2);
    createCluster(lab, "pve1", "lab");
    change(lab, "pve2", {
      op: "write",
      path: "/etc/pve/user.cfg",
      content: "user:anna@pve:1:0::::::\ntoken:anna@pve!x:0:1::\n",
    });
    act(lab, "accounts/set-root-password", { node: "pve2", password: "its-own" });
    expect(accessConfig(lab, "pve2").tokens.map((token) => token.id)).toEqual(["anna@pve!x"]);
    joinNode(lab, "pve2");
    expect(accessConfig(lab, "pve2").tokens).toEqual([]);
    expect(accessConfig(lab, "pve2").users.map((user) => user.id)).toEqual(["root@pam"]);
    expect(passwordIsRight(lab, "pve2", "root@pam", "its-own")).toBe(true);
    expect(lab.nodes.pve2!.files.entries["/var/lib/pve-cluster/backup"]).toBeDefined();
  });

  it("is the same for the same seed", () => {
    const state = () => {
      const lab = freshLab(3, "same");
      createCluster(lab, "pve1", "lab");
      joinNode(lab, "pve2");
      joinNode(lab, "pve3");
      return JSON.stringify(lab);
    };
    expect(state()).toBe(state());
  });
});

describe("a lab that is saved in the middle of a join", () => {
  it("goes on from the saved state as it would have without", () => {
    const lab = freshLab(2);
    createCluster(lab, "pve1", "lab");
    const { upid } = act(lab, "cluster/join", {
      node: "pve2",
      host: "10.99.7.11",
      password: ROOT_PASSWORD,
      fingerprint: lab.pki.nodes.pve1!.fingerprint,
      program: "pvedaemon",
    });
    for (const marker of ["Login succeeded", "stopping pve-cluster", "waiting for quorum", "merge authorized"]) {
      runUntil(lab, () => (findTask(lab, "pve2", upid)?.output.includes(marker) ? true : undefined));
      const restored = JSON.parse(JSON.stringify(lab)) as LabState;
      expect(runUntilTaskEnds(restored, "pve2", upid).exitStatus).toBe("OK");
      run(restored, 5_000);
      expect(votequorumStatus(restored, "pve2")?.totalVotes).toBe(2);
    }
  });
});

it("a lock on corosync.conf whose owner is gone stops a join until it is old enough, and no longer", () => {
  const lab = freshLab(2);
  createCluster(lab, "pve1", "lab");
  change(lab, "pve1", { op: "mkdir", path: "/etc/pve/priv/lock/file-corosync_conf" });
  const early = joinNode(lab, "pve2");
  expect(early.exitStatus).toBe("Cluster join aborted!");
  expect(early.output).toContain("cfs-lock 'file-corosync_conf' error: got lock request timeout");
  run(lab, 125_000);
  expect(joinNode(lab, "pve2").exitStatus).toBe("OK");
});

it("a device that cannot be written leaves no lock on corosync.conf behind", () => {
  const lab = freshLab(2);
  createCluster(lab, "pve1", "lab");
  run(lab, 10_000);
  change(lab, "pve1", { op: "unlink", path: "/etc/pve/corosync.conf" });
  const { id } = act(lab, "cluster/write-qdevice", {
    node: "pve1",
    device: { host: "10.99.7.14", algorithm: "ffsplit" },
  });
  expect(runUntil(lab, () => memberAnswer(lab, "pve1", id))).toEqual({
    state: "failed",
    message: "invalid corosync.conf",
  });
  run(lab, 1_000);
  expect(pmxcfsEntry(lab, "pve1", "priv/lock/file-corosync_conf")).toBeUndefined();
});
