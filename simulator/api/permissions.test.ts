import { expect, test } from "vitest";
import type { LabState } from "../cluster/state.ts";
import { freshLab } from "../cluster/testing/lab-steps.ts";
import { fastPort } from "../commands/testing/run-program.ts";
import { createNodeFiles } from "../node-view/node-files-adapter.ts";
import type { Identity } from "./endpoint.ts";
import { audit, eitherOf, needs, privilegesAt, refusedPermission } from "./permissions.ts";

/** A lab whose user.cfg has these lines. */
async function labWith(...lines: string[]): Promise<LabState> {
  const lab = freshLab(1);
  const text = `user:eve@pve:1:0::::::\n${lines.join("\n")}\n`;
  await createNodeFiles(fastPort(lab), "pve1").writeFile("/etc/pve/user.cfg", new TextEncoder().encode(text));
  return lab;
}

const may = (lab: LabState, path: string, privilege: string, who: Identity = { user: "eve@pve" }) =>
  privilegesAt(lab, "pve1", who, path).get(privilege);

test("a right goes on below where it propagates, and is told to", async () => {
  const lab = await labWith("acl:1:/vms:eve@pve:PVEVMUser:", "acl:0:/storage:eve@pve:PVEDatastoreUser:");
  expect([may(lab, "/vms", "VM.Audit"), may(lab, "/vms/100", "VM.Audit")]).toEqual([true, true]);
  expect([may(lab, "/storage", "Datastore.Audit"), may(lab, "/storage/local", "Datastore.Audit")]).toEqual([
    false,
    undefined,
  ]);
});

test("NoAccess below takes away what goes on from above", async () => {
  const lab = await labWith("acl:1:/:eve@pve:PVEAdmin:", "acl:1:/vms/100:eve@pve:NoAccess:");
  expect([may(lab, "/vms/101", "VM.PowerMgmt"), may(lab, "/vms/100", "VM.PowerMgmt")]).toEqual([true, undefined]);
});

test("a user's own right stands before the group's at the same place", async () => {
  const lab = await labWith(
    "group:ops:eve@pve::",
    "acl:1:/vms:@ops:PVEVMAdmin:",
    "acl:1:/vms:eve@pve:PVEVMUser:",
    "acl:1:/nodes:@ops:PVEAuditor:",
  );
  expect([may(lab, "/vms/1", "VM.Migrate"), may(lab, "/vms/1", "VM.PowerMgmt")]).toEqual([undefined, true]);
  expect(may(lab, "/nodes/pve1", "Sys.Audit")).toBe(true);
});

test("a pool's rights are its members', never going on, and its NoAccess wins over theirs", async () => {
  const lab = await labWith(
    "pool:web::100,101:local:",
    "pool:dark::102::",
    "acl:1:/pool/web:eve@pve:PVEVMUser:",
    "acl:1:/pool/dark:eve@pve:NoAccess:",
    "acl:1:/vms/102:eve@pve:PVEVMAdmin:",
    "acl:1:/vms/101:eve@pve:NoAccess:",
  );
  expect(may(lab, "/vms/100", "VM.PowerMgmt")).toBe(false);
  expect(may(lab, "/vms/101", "VM.PowerMgmt")).toBeUndefined();
  expect(may(lab, "/vms/102", "VM.PowerMgmt")).toBeUndefined();
  expect(may(lab, "/vms/103", "VM.PowerMgmt")).toBeUndefined();
});

test("of several ways one is enough, at the node that the path names, and a refusal names none", async () => {
  const lab = await labWith("acl:1:/nodes/pve2:eve@pve:PVEAuditor:");
  const refused = (node: string, ...ways: Parameters<typeof eitherOf>) =>
    refusedPermission(lab, "pve1", { user: "eve@pve" }, eitherOf(...ways), { node });
  expect(refused("pve2", audit("/"), audit("/nodes/{node}"))).toBeUndefined();
  expect(refused("pve1", audit("/"), audit("/nodes/{node}"))).toBe("Permission check failed");
  expect(refused("pve2", needs("/", "Sys.Modify"), needs("/nodes/{node}", "Sys.Modify", "Sys.Audit"))).toBeUndefined();
});

test("a separated token has what both have, another what its user has", async () => {
  const lab = await labWith(
    "token:eve@pve!own:0:1::",
    "token:eve@pve!all:0:0::",
    "acl:1:/vms:eve@pve:PVEVMUser:",
    "acl:0:/vms:eve@pve!own:PVEVMAdmin:",
  );
  const as = (tokenId: string): Identity => ({ user: "eve@pve", tokenId });
  expect(may(lab, "/vms", "VM.PowerMgmt", as("own"))).toBe(false);
  expect(may(lab, "/vms", "VM.Migrate", as("own"))).toBeUndefined();
  expect(may(lab, "/vms/100", "VM.PowerMgmt", as("own"))).toBeUndefined();
  expect(may(lab, "/vms/100", "VM.PowerMgmt", as("all"))).toBe(true);
});
