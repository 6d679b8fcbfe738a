import { describe, expect, it } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { clusterOf, freshLab } from "../../cluster/testing/lab-steps.ts";
import { recorded } from "../testing/recorded.ts";
import { runProgram } from "../testing/run-program.ts";
import { pvenode } from "./pvenode.ts";

const call = (lab: LabState, node: string, line: string) => runProgram(lab, node, pvenode, line.split(" "));
const cells = (line: string) => line.split(/[│╪┬┼┴]/).map((cell) => cell.trim());

describe("pvenode", () => {
  it("draws a node's tasks with the recorded titles, failed ones as ERROR", async () => {
    const lab = clusterOf(2);
    lab.nodes.pve2!.tasks[0]!.exitStatus = "401 authentication failure";
    const seen = await call(lab, "pve2", "pvenode task list");
    const expected = recorded("29-task-cli.txt", "pve1", "pvenode task list --errors 1 --limit 5");
    expect(cells(seen.stdout.split("\n")[1]!)).toEqual(cells(expected.output.split("\n")[1]!));
    expect(seen.stdout.split("\n")[3]).toMatch(
      /^│ UPID:pve2:\S+:clusterjoin::root@pam: │ clusterjoin │ .* │ ERROR {2}│$/,
    );
    const json = JSON.parse((await call(lab, "pve2", "pvenode task list --output-format json")).stdout);
    expect(json[0]).toMatchObject({ status: "ERROR", type: "clusterjoin", user: "root@pam" });
  });

  it("prints a task's status with the recorded keys, and its whole log", async () => {
    const lab = clusterOf(2);
    const { upid } = lab.nodes.pve2!.tasks[0]!;
    const seen = await call(lab, "pve2", `pvenode task status ${upid}`);
    const expected = recorded(
      "29-task-cli.txt",
      "pve1",
      "pvenode task status 'UPID:pve1:00000266:0002652F:6B0385F7:qmigrate:100:root@pam:'",
    );
    const keys = (text: string) =>
      text
        .split("\n")
        .map((line) => cells(line)[1])
        .filter((key) => /^[a-z]/.test(key ?? ""));
    expect(keys(seen.stdout)).toEqual(keys(expected.output));
    const log = await call(lab, "pve2", `pvenode task log ${upid}`);
    expect(log.stdout).toMatch(/^Establishing API connection with host .*\n[\s\S]*\nTASK OK\n$/);
  });

  it("refuses tasks that are none", async () => {
    const lab = freshLab(1);
    const seen = await call(lab, "pve1", "pvenode task status UPID:nope");
    expect(seen).toMatchObject({
      status: 255,
      stderr:
        "400 Parameter verification failed.\nupid: unable to parse worker upid\npvenode task status <upid> [FORMAT_OPTIONS]\n",
    });
    expect((await call(lab, "pve1", "pvenode acme cert order")).stderr).toContain("is not modelled");
    expect((await call(lab, "pve1", "pvenode task list")).stdout).toBe("");
  });
});
