/** The outside host with corosync-qnetd belongs to every new lab, and to a lab that was put into a stage. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { qnetdReachable } from "../cluster/corosync/qdevice-wire.ts";
import type { LabState } from "../cluster/state.ts";
import { clusterOf, ROOT_PASSWORD } from "../cluster/testing/lab-steps.ts";
import { clusterCommands } from "../commands/cluster-commands.ts";
import { runProgram } from "../commands/testing/run-program.ts";
import { freshLab } from "./fresh-lab.ts";
import type { LabIdentity } from "./lab-identity.ts";
import { Stages } from "./stages.ts";

const HASH = "abcdef0123456789";
const OWN_PASSWORD = "kept-byno-body";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "quorate-stages-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function identity(...addresses: string[]): LabIdentity {
  const nodes = addresses.map((address, index) => ({ name: `pve${index + 1}`, address, hostKey: "" }));
  return { lab: "two", seed: "2", password: OWN_PASSWORD, nodes };
}

/** A lab that was put into a stage, made in another lab out of new nodes' host with corosync-qnetd. */
function staged(): LabState {
  const own = identity("10.99.7.11", "10.99.7.12");
  const made = clusterOf(2);
  made.qnetd = { ...freshLab(own).qnetd!, rootPassword: ROOT_PASSWORD };
  const stages = new Stages(directory);
  stages.save(HASH, made);
  return stages.load(HASH, own)!;
}

function setUp(lab: LabState, password: string) {
  const argv = ["pvecm", "qdevice", "setup", "10.99.7.20"];
  return runProgram(lab, "pve1", clusterCommands.pvecm!.program, argv, { keys: `yes\r${password}\r\x03` });
}

describe("the host with corosync-qnetd", () => {
  it("is at .20 beside new nodes, unless one of them has that address", () => {
    expect(freshLab(identity("10.10.10.11", "10.10.10.12")).qnetd).toMatchObject({
      address: "10.10.10.20",
      rootPassword: OWN_PASSWORD,
    });
    expect(freshLab(identity("10.10.10.11", "10.10.10.20")).qnetd).toBeUndefined();
  });

  it("is reached by the nodes of a lab that was put into a stage, with that lab's password", async () => {
    const lab = staged();
    expect(["pve1", "pve2"].map((node) => qnetdReachable(lab, node))).toEqual([true, true]);
    const { status, output } = await setUp(lab, OWN_PASSWORD);
    expect(output).toContain("INFO: add QDevice to cluster configuration");
    expect(status).toBe(0);
  });

  it("does not take the password of the lab in which the stage was made", async () => {
    const { output } = await setUp(staged(), ROOT_PASSWORD);
    expect(output).toContain("Permission denied, please try again.");
    expect(output).not.toContain("INFO: add QDevice");
  });
});
