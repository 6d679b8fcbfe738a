import { describe, expect, it } from "vitest";
import { act } from "../stepping.ts";
import { clusterOf, freshLab, run, runUntilTaskEnds } from "../testing/lab-steps.ts";
import { clusterTasks, endTask, findTask, nodeTasks, startTask, taskLogLines, writeTask } from "./tasks.ts";
import { parseUpid, upidText } from "./upid.ts";

describe("a UPID", () => {
  it("is read into its parts and written as recorded", () => {
    const text = "UPID:pve2:00000308:0002A9AD:6B0386A6:qmigrate:100:root@pam!oracle:";
    const parts = parseUpid(text)!;
    expect(parts).toEqual({
      node: "pve2",
      pid: 776,
      pstart: 174_509,
      startS: 0x6b0386a6,
      type: "qmigrate",
      id: "100",
      user: "root@pam!oracle",
    });
    expect(upidText(parts)).toBe(text);
    expect(parseUpid("UPID:pve2:xyz")).toBeUndefined();
  });
});

describe("a task", () => {
  it("is found by its UPID, tells its log line by line and ends once", () => {
    const lab = freshLab(1);
    const { upid } = startTask(lab, "pve1", { type: "clusterjoin", program: "pvedaemon" });
    writeTask(lab, "pve1", upid, "waiting for quorum...");
    writeTask(lab, "pve1", upid, "OK\nnext");
    expect(findTask(lab, "pve1", upid)).toMatchObject({ running: true, exitStatus: "" });
    endTask(lab, "pve1", upid, "Cluster join aborted!");
    endTask(lab, "pve1", upid, "OK");
    expect(taskLogLines(findTask(lab, "pve1", upid)!)).toEqual([
      "waiting for quorum...OK",
      "next",
      "TASK ERROR: Cluster join aborted!",
    ]);
  });

  it("that ran when the power went is found dead after the boot", () => {
    const lab = freshLab(1);
    const { upid } = startTask(lab, "pve1", { type: "vzdump", program: "pvedaemon" });
    act(lab, "power/set", { node: "pve1", state: "off" });
    act(lab, "power/set", { node: "pve1", state: "on" });
    run(lab, 30_000);
    expect(findTask(lab, "pve1", upid)).toMatchObject({ running: false, exitStatus: "unexpected status" });
  });

  it("of one node is known to all", () => {
    const lab = clusterOf(3);
    const { upid } = startTask(lab, "pve3", { type: "clusterjoin", program: "pvedaemon" });
    endTask(lab, "pve3", upid, "no");
    run(lab, 1_000);
    expect(clusterTasks(lab, "pve1")[0]).toMatchObject({ upid, node: "pve3", exitStatus: "no", running: false });
    expect(nodeTasks(lab, "pve1").some((task) => task.upid === upid)).toBe(false);
    expect(lab.nodes.pve1!.pmxcfs.clusterLog[0]).toMatchObject({ node: "pve3", msg: `end task ${upid} no` });
  });

  it("that waits for the lock gives up after ten seconds", () => {
    const lab = freshLab(2);
    const join = { node: "pve2", host: "10.99.7.11", password: "x", program: "pvecm" };
    const first = act(lab, "cluster/join", join);
    run(lab, 1_000);
    const second = act(lab, "cluster/join", join);
    const before = lab.nowMs;
    const task = runUntilTaskEnds(lab, "pve2", second.upid);
    expect(taskLogLines(task)).toEqual([
      "trying to acquire lock...",
      "TASK ERROR: can't lock file '/var/lock/pvecm.lock' - got timeout",
    ]);
    expect(lab.nowMs - before).toBeCloseTo(10_000, -2);
    expect(findTask(lab, "pve2", first.upid)).toMatchObject({ running: true });
  });
});
