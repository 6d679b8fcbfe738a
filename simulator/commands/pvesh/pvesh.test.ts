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

  it("refuses what it does not know, and exits with 1 only where no such path is looked up", async () => {
    const lab = freshLab(1);
    expect(await call(lab, "pve1", "pvesh get /nosuch")).toMatchObject({
      status: 1,
      stderr: "No 'get' handler defined for '/nosuch'\n",
    });
    expect(await call(lab, "pve1", "pvesh create /cluster/config")).toMatchObject({
      status: 255,
      stderr:
        "400 Parameter verification failed.\nclustername: property is missing and it is not optional\npvesh create <api_path> --clustername <string> [OPTIONS] [FORMAT_OPTIONS]\n",
    });
    expect((await call(lab, "pve1", "pvesh get")).stderr).toContain("400 not enough arguments");
    expect((await call(lab, "pve1", "pvesh get /nodes --output-format xml")).status).toBe(255);
  });

  it("says of a path that real nodes have that it is not modelled, and shows it among the others", async () => {
    const lab = freshLab(1);
    expect(await call(lab, "pve1", "pvesh get /nodes/pve1/report")).toMatchObject({
      status: 1,
      stdout: "",
      stderr: "pvesh: 'get /nodes/pve1/report' is not modelled in this simulated node yet (see fidelity page)\n",
    });
    expect((await call(lab, "pve1", "pvesh create /nodes/pve1/hardware/pci")).stderr).toBe(
      "No 'create' handler defined for '/nodes/pve1/hardware/pci'\n",
    );
    expect((await call(lab, "pve1", "pvesh ls /nodes/pve1/hardware")).stdout).toBe(
      "Dr---        pci\n-r---        usb\n",
    );
    expect((await call(lab, "pve1", "pvesh ls nodes/pve1/disks")).stdout).toContain("-r-c-        lvmthin\n");
    expect((await call(lab, "pve1", "pvesh get /nodes/pve1/disks --noheader --noborder")).stdout).toContain("smart\n");
    expect((await call(lab, "pve1", "pvesh ls /nodes/pve1/ceph/osd")).stderr).toBe(
      "resource '/nodes/pve1/ceph/osd' does not define child links\n",
    );
  });

  it("looks at options before it asks, and says how the call is used", async () => {
    const lab = freshLab(1);
    const seen = await call(lab, "pve1", "pvesh create /nodes/pve1/qemu --vmid 100 --nonsense 1 --worse 2");
    expect(seen.stderr).toBe(
      "Unknown option: nonsense\nUnknown option: worse\n400 unable to parse option\npvesh create <api_path> --vmid <integer> [OPTIONS] [FORMAT_OPTIONS]\n",
    );
    const limit = await call(lab, "pve1", "pvesh get /nodes/pve1/tasks --limit many");
    expect(limit.stderr).toBe(
      "400 Parameter verification failed.\nlimit: type check ('integer') failed - got 'many'\npvesh get <api_path> [OPTIONS] [FORMAT_OPTIONS]\n",
    );
    const form = await call(lab, "pve1", "pvesh get /nodes --output-format xml");
    expect(form.stderr).toContain(
      "output-format: value 'xml' does not have a value in the enumeration 'text, json, json-pretty, yaml'\n",
    );
  });

  it("refuses values that have not their form, and changes nothing", async () => {
    const lab = freshLab(1);
    const set = async (...args: string[]) =>
      (await runProgram(lab, "pve1", pvesh, ["pvesh", "set", "/cluster/options", ...args])).stderr.split("\n")[1];
    expect(await set("--keyboard", "xx")).toMatch(
      /^keyboard: value 'xx' does not have a value in the enumeration 'de, de-ch, da, .*, tr'$/,
    );
    expect(await set("--migration", "fast")).toBe("migration: invalid format - format error");
    expect(await set("--http_proxy", "ftp://x")).toBe("http_proxy: value does not match the regex pattern");
    expect(await set("--max_workers", "0")).toBe("max_workers: value must have a minimum value of 1");
    expect((await call(lab, "pve1", "pvesh get /cluster/options --output-format json")).stdout).not.toContain("xx");
    expect(await set("--keyboard", "es", "--migration", "insecure")).toBe(undefined);
    expect((await call(lab, "pve1", "pvesh get /cluster/options --output-format json")).stdout).toContain(
      '"keyboard":"es"',
    );
  });

  it("tells how a path is used", async () => {
    const lab = freshLab(1);
    expect((await call(lab, "pve1", "pvesh usage /nodes/pve1/tasks")).stdout).toBe(
      "USAGE: pvesh get /nodes/pve1/tasks  [OPTIONS]\n",
    );
    const verbose = await call(lab, "pve1", "pvesh usage /nodes/pve1/tasks -v");
    expect(verbose.stdout).toContain("  --source   <active | all | archive>\n");
    expect((await call(lab, "pve1", "pvesh usage /nodes/pve1/tasks --command set")).stderr).toBe(
      "no 'set' handler for '/nodes/pve1/tasks'\n",
    );
  });

  it("ends a table's lines at the edge of a terminal and not in a pipe", async () => {
    const lab = clusterOf(2);
    const shown = await runProgram(lab, "pve1", pvesh, ["pvesh", "get", "/nodes"], { keys: "" });
    const piped = await call(lab, "pve1", "pvesh get /nodes");
    const longest = (text: string) => Math.max(...text.split("\n").map((line) => line.replace(/\r$/, "").length));
    expect(longest(shown.stdout)).toBeLessThanOrEqual(80);
    expect(longest(piped.stdout)).toBeGreaterThan(80);
  });

  it("shows several lines in one cell, and values as they are when asked", async () => {
    const lab = freshLab(1);
    const hosts = await call(lab, "pve1", "pvesh get /nodes/pve1/hosts");
    expect(
      new Set(
        hosts.stdout
          .trim()
          .split("\n")
          .map((line) => line.length),
      ).size,
    ).toBe(1);
    expect(hosts.stdout).toMatch(/│ data +│ 127\.0\.0\.1 localhost/);
    const raw = await call(lab, "pve1", "pvesh get /nodes --human-readable 0 --noborder --noheader");
    expect(raw.stdout).toMatch(/ \d{9,} /);
    expect(raw.stdout).not.toContain("GiB");
    expect((await call(lab, "pve1", "pvesh get /nodes --quiet")).stdout).toBe("");
  });

  it("prints yaml", async () => {
    const seen = await call(freshLab(1), "pve1", "pvesh get /version --output-format yaml");
    expect(seen.stdout).toMatch(/^---\nrelease: /);
  });
});

function sortNodes(join: { nodelist: { name: string }[] }) {
  return { ...join, nodelist: [...join.nodelist].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}
