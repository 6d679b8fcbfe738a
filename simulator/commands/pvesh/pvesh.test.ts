import { describe, expect, it } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { clusterOf, freshLab, run, setPaths } from "../../cluster/testing/lab-steps.ts";
import { recorded } from "../testing/recorded.ts";
import { runProgram } from "../testing/run-program.ts";
import { pvesh } from "./pvesh.ts";

const call = (lab: LabState, node: string, line: string) => runProgram(lab, node, pvesh, line.split(" "));

/** The shape of a text with everything that differs from lab to lab taken out. */
const plain = (text: string) =>
  text
    // Certificates of test labs are none.
    .replaceAll(/ *"pve_fp".*\n/g, "")
    .replaceAll(/"config_digest" : "\w+"/g, '"config_digest" : "DIGEST"');

describe("pvesh", () => {
  it("prints join information in the recorded form of json-pretty", async () => {
    const lab = clusterOf(2);
    const command = "pvesh get /cluster/config/join --output-format json-pretty";
    const seen = await call(lab, "pve1", command);
    const expected = recorded("05-join-info.txt", "pve1", command);
    const inOrder = (text: string) => JSON.stringify(sortNodes(JSON.parse(text)));
    expect(inOrder(plain(seen.stdout))).toBe(inOrder(plain(expected.output)));
    // The list's order is random on a real node; its form is not.
    expect(plain(seen.stdout).split("\n").sort()).toEqual(plain(expected.output).split("\n").sort());
    expect(seen.status).toBe(0);
  });

  it("draws the list of nodes as the recorded table", async () => {
    const lab = clusterOf(3);
    setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
    run(lab, 30_000);
    const seen = await call(lab, "pve1", "pvesh get /nodes");
    const expected = recorded("33-quorate-side-while-pve3-cut.txt", "pve1", "pvesh get /nodes");
    const words = (text: string) => text.split("\n").map((line) => line.split("│").map((cell) => cell.trim()));
    expect(words(seen.stdout)[1]).toEqual(words(expected.output)[1]);
    expect(words(seen.stdout).map((line) => line.slice(1, 3))).toEqual(
      words(expected.output).map((line) => line.slice(1, 3)),
    );
    const widths = seen.stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => line.length);
    expect(new Set(widths).size).toBe(1);
  });

  it("goes to another node over ssh and says what ssh says when it is cut off", async () => {
    const lab = clusterOf(3);
    const there = await call(lab, "pve1", "pvesh get /nodes/pve3/status --output-format json");
    expect(JSON.parse(there.stdout)).toMatchObject({ pveversion: expect.stringContaining("pve-manager") });
    setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
    run(lab, 30_000);
    const command = "pvesh get /nodes/pve3/status";
    const before = lab.nowMs;
    const seen = await call(lab, "pve1", command);
    const expected = recorded("33-quorate-side-while-pve3-cut.txt", "pve1", command);
    expect({ output: seen.output, exit: seen.status }).toEqual({ output: expected.output, exit: expected.exit });
    expect(lab.nowMs - before).toBeGreaterThan(1_000);
  });

  it("answers without a quorum as recorded", async () => {
    const lab = clusterOf(3);
    setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
    run(lab, 30_000);
    const command = "pvesh get /cluster/ha/status/current --output-format json";
    const seen = await call(lab, "pve3", command);
    expect(seen.stdout).toBe(recorded("32-noquorum-pve3.txt", "pve3", command).output);
  });

  it("follows a task it started, prints its UPID and exits with 0 although the task failed", async () => {
    const lab = clusterOf(2);
    const fingerprint = Array(32).fill("00").join(":");
    const seen = await call(
      lab,
      "pve2",
      `pvesh create /cluster/config/join --hostname 10.99.7.11 --fingerprint ${fingerprint} --password x`,
    );
    expect(seen.status).toBe(0);
    expect(seen.output).toContain("detected the following error(s):");
    expect(seen.output).toMatch(/\nUPID:pve2:\S+:clusterjoin::root@pam:\n$/);
  });

  it("lists what is below a path, and what may be done there", async () => {
    const lab = clusterOf(2);
    const seen = await call(lab, "pve1", "pvesh ls /nodes");
    expect(seen.stdout).toBe("Dr---        pve1\nDr---        pve2\n");
    expect((await call(lab, "pve1", "pvesh ls /")).stdout).toContain("Dr---        cluster\n");
    expect(await call(lab, "pve1", "pvesh ls /version")).toMatchObject({ status: 255 });
  });

  it("refuses what it does not know, with 255", async () => {
    const lab = freshLab(1);
    expect(await call(lab, "pve1", "pvesh get /nosuch")).toMatchObject({
      status: 255,
      stderr: "No 'get' handler defined for '/nosuch'\n",
    });
    expect(await call(lab, "pve1", "pvesh create /cluster/config")).toMatchObject({
      status: 255,
      stderr: "400 Parameter verification failed.\nclustername: property is missing and it is not optional\n",
    });
    expect((await call(lab, "pve1", "pvesh get")).stderr).toContain("400 not enough arguments");
    expect((await call(lab, "pve1", "pvesh get /nodes --output-format xml")).status).toBe(255);
  });

  it("prints yaml", async () => {
    const seen = await call(freshLab(1), "pve1", "pvesh get /version --output-format yaml");
    expect(seen.stdout).toMatch(/^---\nrelease: /);
  });
});

function sortNodes(join: { nodelist: { name: string }[] }) {
  return { ...join, nodelist: [...join.nodelist].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}
