import { expect, test } from "vitest";
import { instanceOf } from "../../cluster/guests/guest-view.ts";
import type { LabState } from "../../cluster/state.ts";
import { does } from "../../cluster/testing/guest-jobs.ts";
import { clusterOf } from "../../cluster/testing/lab-steps.ts";
import { qm } from "../../commands/qm/qm.ts";
import { fastPort, runProgram } from "../../commands/testing/run-program.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { findLocalEndpoint } from "../in-process.ts";
import { refusedPermission } from "../permissions.ts";

/** The answer's data, or the text of the refusal. */
async function ask(lab: LabState, vmid: number, command: string, user = "root@pam") {
  const path = `/nodes/pve1/qemu/${vmid}/monitor`;
  const { endpoint, pathParams } = findLocalEndpoint("POST", path)!;
  const params = { ...pathParams, command };
  const refused = refusedPermission(lab, "pve1", { user }, endpoint.permission, params);
  if (refused !== undefined) return refused;
  const signal = new AbortController().signal;
  try {
    return (await endpoint.answer({ lab: fastPort(lab), node: "pve1", params, who: { user }, signal })).body?.data;
  } catch (error) {
    return (error as { answer: { reason: string } }).answer.reason;
  }
}

function labWithGuest(): LabState {
  const lab = clusterOf(1);
  does(lab, "pve1", 100, "create", { name: "web1", memory: "512" });
  return lab;
}

test("the monitor tells what qm monitor tells, with QEMU's ends of lines", async () => {
  const lab = labWithGuest();
  does(lab, "pve1", 100, "start");
  for (const question of ["info status", "info name", "info migrate_parameters"]) {
    const { stdout } = await runProgram(lab, "pve1", qm, ["qm", "monitor", "100"], { stdin: `${question}\n` });
    const lines = stdout.split("\n").slice(1);
    expect(lines.length).toBeGreaterThan(1);
    expect(await ask(lab, 100, question)).toBe(lines.join("\r\n"));
  }
  expect(await ask(lab, 100, " info status ")).toBe("VM status: running\r\n");
  expect(await ask(lab, 100, "nonsense")).toMatch(/^unknown command: 'nonsense' .*\r\n$/);
});

test("quit ends the guest's process, after which there is nobody to ask", async () => {
  const lab = labWithGuest();
  does(lab, "pve1", 100, "start");
  expect(await ask(lab, 100, "quit")).toBe("");
  expect(instanceOf(lab, "pve1", 100)).toBeUndefined();
  expect(await ask(lab, 100, "info status")).toBe("ERROR: VM 100 not running\n");
});

test("a guest that is off is told in the answer, one that is not there refuses", async () => {
  const lab = labWithGuest();
  expect(await ask(lab, 100, "info")).toBe("ERROR: VM 100 not running\n");
  expect(await ask(lab, 999, "info")).toBe("Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist");
});

test("reading needs VM.Monitor over the guest, anything else Sys.Modify over all besides", async () => {
  const lab = labWithGuest();
  does(lab, "pve1", 100, "start");
  const users = ["eve", "max", "ops"].map((name) => `user:${name}@pve:1:0::::::\n`).join("");
  const rights = "acl:1:/vms:max@pve:PVEVMAdmin:\nacl:1:/:ops@pve:Administrator:\nacl:1:/:eve@pve:PVEAuditor:\n";
  const files = createNodeFiles(fastPort(lab), "pve1");
  await files.writeFile("/etc/pve/user.cfg", new TextEncoder().encode(users + rights));
  expect(await ask(lab, 100, "info status", "eve@pve")).toBe("Permission check failed (/vms/100, VM.Monitor)");
  expect(await ask(lab, 100, "info status", "max@pve")).toBe("VM status: running\r\n");
  for (const command of ["quit", "information", "help me"]) {
    expect(await ask(lab, 100, command, "max@pve")).toBe("Permission check failed (/, Sys.Modify)");
  }
  expect(instanceOf(lab, "pve1", 100)).toBeDefined();
  expect(await ask(lab, 100, "quit", "ops@pve")).toBe("");
});
