import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { clusterOf, run } from "../../cluster/testing/lab-steps.ts";
import { pvesh } from "../pvesh/pvesh.ts";
import { qm } from "../qm/qm.ts";
import { type ProgramRun, runProgram } from "../testing/run-program.ts";
import { haManager } from "./ha-manager.ts";

const recorded = readFileSync(new URL("../../recordings/pve/ha/50-ha.txt", import.meta.url), "utf8");

async function cli(lab: LabState, node: string, line: string): Promise<ProgramRun> {
  const argv = line.split(" ");
  const program = argv[0] === "qm" ? qm : argv[0] === "pvesh" ? pvesh : haManager;
  return runProgram(lab, node, program, argv);
}

async function labWithGuest(): Promise<LabState> {
  const lab = clusterOf(2);
  await cli(lab, "pve1", "qm create 100 --name web1 --memory 128 --scsi0 local-lvm:1");
  run(lab, 500);
  return lab;
}

/** Times, nodes and who is master differ from run to run. */
const shape = (text: string) =>
  text.replace(/\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}/g, "TIME").replace(/master pve\d/g, "master N");

describe("ha-manager", () => {
  it("answers as recorded from the first resource to a running service", async () => {
    const lab = await labWithGuest();
    expect((await cli(lab, "pve1", "ha-manager status")).output).toBe("quorum OK\n");
    const added = await cli(lab, "pve1", "ha-manager add vm:100 --state started --comment oracle");
    expect(added).toMatchObject({ status: 0, output: "" });
    expect(await cli(lab, "pve1", "ha-manager add vm:100")).toMatchObject({
      status: 255,
      output: "create resource failed: resource ID 'vm:100' already defined\n",
    });
    expect(await cli(lab, "pve1", "ha-manager add vm:999")).toMatchObject({
      status: 17,
      output: "resource 'vm:999' does not exist in cluster\n",
    });
    expect((await cli(lab, "pve1", "ha-manager config")).output).toBe("vm:100\n\tcomment oracle\n\tstate started\n\n");
    expect(recorded).toContain("vm:100\n\tcomment oracle\n\tstate started\n\n");
    run(lab, 40_000);
    const now = shape((await cli(lab, "pve1", "ha-manager status")).output);
    expect(now).toBe(
      "quorum OK\nmaster N (active, TIME)\nlrm pve1 (active, TIME)\nlrm pve2 (idle, TIME)\nservice vm:100 (pve1, started)\n",
    );
    expect(shape(recorded)).toContain(now);
    expect(await cli(lab, "pve1", "qm stop 100")).toMatchObject({
      status: 0,
      output: "Requesting HA stop for VM 100\n",
    });
    run(lab, 30_000);
    expect((await cli(lab, "pve1", "ha-manager status")).output).toContain("service vm:100 (pve1, stopped)\n");
  });

  it("shows the state to the API, and as hastate among the resources", async () => {
    const lab = await labWithGuest();
    await cli(lab, "pve2", "ha-manager add 100 --max_restart 2");
    run(lab, 40_000);
    const get = async (path: string) =>
      JSON.parse((await cli(lab, "pve2", `pvesh get ${path} --output-format json`)).output);
    expect(await get("/cluster/ha/resources")).toEqual([
      expect.objectContaining({ sid: "vm:100", type: "vm", max_restart: 2, digest: expect.any(String) }),
    ]);
    const service = (await get("/cluster/ha/status/current")).find((one: { type: string }) => one.type === "service");
    expect(service).toEqual({
      ...{ id: "service:vm:100", type: "service", sid: "vm:100", node: "pve1", status: "vm:100 (pve1, started)" },
      ...{ state: "started", crm_state: "started", request_state: "started", max_restart: 2, max_relocate: 1 },
    });
    expect(await get("/cluster/resources")).toContainEqual(
      expect.objectContaining({ id: "qemu/100", hastate: "started" }),
    );
    const manager = await get("/cluster/ha/status/manager_status");
    expect(manager.manager_status.service_status["vm:100"]).toMatchObject({ state: "started", running: 1 });
    expect(manager.quorum).toEqual({ node: "pve2", quorate: "1" });
  });

  it("manages groups as recorded and refuses nonsense", async () => {
    const lab = await labWithGuest();
    await cli(lab, "pve1", "ha-manager groupadd prefer1 --nodes pve1:2,pve2:1");
    expect(await cli(lab, "pve1", "ha-manager groupadd prefer1 --nodes pve1")).toMatchObject({
      status: 255,
      output: "create ha group failed: ha group ID 'prefer1' already defined\n",
    });
    expect((await cli(lab, "pve1", "ha-manager groupconfig")).output).toBe("group: prefer1\n\tnodes pve1:2,pve2:1\n\n");
    expect((await cli(lab, "pve1", "ha-manager set vm:7 --state stopped")).status).toBe(255);
    expect((await cli(lab, "pve1", "ha-manager add vm:100 --state sleeping")).status).toBe(255);
    expect((await cli(lab, "pve1", "ha-manager groupremove prefer1")).status).toBe(0);
  });

  it.each([
    [
      "add vm:100 --state asleep",
      "state: value 'asleep' does not have a value in the enumeration 'started, stopped, enabled, disabled, ignored'\nha-manager add <sid> [OPTIONS]\n",
    ],
    ["add vm:100 --max_restart -1", "max_restart: value must have a minimum value of 0\n"],
    ["groupadd 1st --nodes pve1", "group: invalid format - invalid configuration ID '1st'\n"],
    [
      "groupadd first",
      "nodes: property is missing and it is not optional\nha-manager groupadd <group> --nodes <string> [OPTIONS]\n",
    ],
    ["migrate vm:100 pve_2", "node: invalid format - value does not look like a valid node name\n"],
    ["migrate vm:100", "400 not enough arguments\nha-manager crm-command migrate <sid> <node>\n"],
    ["crm-command stop vm:100 soon", "timeout: type check ('integer') failed - got 'soon'\n"],
  ])("refuses %s", async (line, text) => {
    const seen = await cli(clusterOf(2), "pve1", `ha-manager ${line}`);
    expect(seen.stderr).toContain(text);
    expect(seen.status).toBe(255);
  });
});
