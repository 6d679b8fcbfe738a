import { expect, test } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { freshLab } from "../../cluster/testing/lab-steps.ts";
import { fastPort } from "../../commands/testing/run-program.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { callAsRoot } from "../in-process.ts";

const ask = (lab: LabState, path: string) =>
  callAsRoot({
    lab: fastPort(lab),
    node: "pve1",
    signal: new AbortController().signal,
    method: "GET",
    path,
    params: {},
  });

test.each([
  "/cluster/acme/account",
  "/cluster/firewall/rules",
  "/cluster/firewall/refs",
  "/nodes/pve1/firewall/rules",
  "/nodes/pve1/disks/zfs",
  "/access/tfa",
])("%s is empty on a node that has none", async (path) => {
  expect(await ask(freshLab(1), path)).toMatchObject({ kind: "answered", data: [] });
});

test("firewall rules that somebody wrote are not called an empty list", async () => {
  const lab = freshLab(1);
  const text = new TextEncoder().encode("[OPTIONS]\nenable: 1\n[RULES]\nIN SSH(ACCEPT)\n");
  await createNodeFiles(fastPort(lab), "pve1").writeFile("/etc/pve/firewall/cluster.fw", text);
  expect(await ask(lab, "/cluster/firewall/rules")).toMatchObject({
    kind: "refused",
    status: 501,
    message: expect.stringContaining("not modelled"),
  });
  expect(await ask(lab, "/cluster/firewall/groups")).toMatchObject({ data: [] });
});

test("Ceph is not installed, in Proxmox's words", async () => {
  for (const path of [
    "/nodes/pve1/ceph/status",
    "/nodes/pve1/ceph/osd",
    "/nodes/pve1/ceph/cfg/raw",
    "/cluster/ceph/status",
  ]) {
    expect(await ask(freshLab(1), path)).toMatchObject({
      kind: "refused",
      status: 500,
      message: "binary not installed: /usr/bin/ceph-mon",
    });
  }
});

test("notifications go where a new node sends them, and backups have Proxmox's defaults", async () => {
  const lab = freshLab(1);
  expect(await ask(lab, "/cluster/notifications/matchers")).toMatchObject({
    data: [{ name: "default-matcher", target: ["mail-to-root"], origin: "builtin" }],
  });
  expect(await ask(lab, "/nodes/pve1/vzdump/defaults")).toMatchObject({
    data: { mode: "snapshot", "prune-backups": "keep-all=1", storage: "local" },
  });
});
