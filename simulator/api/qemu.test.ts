/** Guests through the door of a node: creating, power, migration with its refusals, lists. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { formCluster, taskEnds } from "./testing/form-cluster.ts";
import { type LabWithDoors, openLabWithDoors, ROOT_PASSWORD } from "./testing/lab-with-doors.ts";
import { logIn, rawRequest } from "./testing/raw-request.ts";

let lab: LabWithDoors;
let headers: Awaited<ReturnType<typeof logIn>>;
beforeAll(async () => {
  lab = await openLabWithDoors({ nodes: 3 });
  await formCluster(lab);
  const text = lab.port.read((state) => state.nodes.pve1!.pmxcfs.database.entries["storage.cfg"]!.content);
  const nfs = "nfs: shared\n\texport /export/guests\n\tpath /mnt/pve/shared\n\tserver SERVER\n\tcontent images,iso\n\n";
  const server = lab.port.read((state) => Object.keys(state.storage.servers)[0]!);
  lab.port.act("files/change", {
    node: "pve1",
    change: { op: "write", path: "/etc/pve/storage.cfg", content: text + nfs.replace("SERVER", server) },
  });
  await lab.port.sleep(1_000);
  headers = await logIn(lab.url("pve1"), ROOT_PASSWORD);
});
afterAll(() => lab?.close());

async function ask(method: "GET" | "POST" | "PUT" | "DELETE", path: string, params?: Record<string, string>) {
  const given = method === "GET" ? headers.read : headers.write;
  const answer = await rawRequest(lab.url("pve1"), method, path, { headers: given, ...(params && { form: params }) });
  return { status: answer.status, reason: answer.reason, body: JSON.parse(answer.body || "{}") };
}

test("a guest is created, started, moved while it runs, and destroyed", async () => {
  const created = await ask("POST", "/nodes/pve1/qemu", {
    vmid: "100",
    name: "web1",
    memory: "128",
    scsi0: "shared:1",
    net0: "virtio,bridge=vmbr0",
  });
  expect(created.body.data).toMatch(/^UPID:pve1:.*:qmcreate:100:root@pam:$/);
  await taskEnds(lab, created.body.data);
  await taskEnds(lab, (await ask("POST", "/nodes/pve1/qemu/100/status/start")).body.data);
  expect((await ask("GET", "/nodes/pve1/qemu")).body.data).toMatchObject([
    { vmid: 100, name: "web1", status: "running", maxmem: 134_217_728, maxdisk: 1_073_741_824, cpus: 1 },
  ]);
  expect((await ask("GET", "/nodes/pve1/qemu/100/migrate")).body.data).toMatchObject({
    running: 1,
    local_disks: [],
    not_allowed_nodes: { pve2: {}, pve3: {} },
  });
  expect(await ask("POST", "/nodes/pve1/qemu/100/migrate", { target: "pve2" })).toMatchObject({
    status: 500,
    reason: "can't migrate running VM without --online",
  });
  expect((await ask("POST", "/nodes/pve1/qemu/100/migrate", { target: "pve1", online: "1" })).body.errors).toEqual({
    target: "target is local node.",
  });
  expect((await ask("POST", "/nodes/pve1/qemu/100/migrate", { target: "nosuch", online: "1" })).reason).toBe(
    "no such cluster node 'nosuch'",
  );
  await taskEnds(lab, (await ask("POST", "/nodes/pve1/qemu/100/migrate", { target: "pve2", online: "1" })).body.data);
  expect((await ask("GET", "/nodes/pve1/qemu/100/config")).reason).toBe(
    "Configuration file 'nodes/pve1/qemu-server/100.conf' does not exist",
  );
  // A node that is asked passes it on to the one that has the guest.
  expect((await ask("GET", "/nodes/pve2/qemu/100/status/current")).body.data).toMatchObject({
    status: "running",
    qmpstatus: "running",
    ha: { managed: 0 },
  });
  expect((await ask("GET", "/cluster/resources?type=vm")).body.data).toMatchObject([
    { id: "qemu/100", node: "pve2", status: "running", maxcpu: 1, template: 0 },
  ]);
  expect((await ask("PUT", "/nodes/pve2/qemu/100/config", { onboot: "1" })).status).toBe(200);
  expect((await ask("GET", "/nodes/pve2/qemu/100/config")).body.data).toMatchObject({ onboot: 1, memory: "128" });
  await taskEnds(lab, (await ask("POST", "/nodes/pve2/qemu/100/status/stop")).body.data);
  await taskEnds(lab, (await ask("DELETE", "/nodes/pve2/qemu/100")).body.data);
  await lab.port.sleep(1_000);
  expect((await ask("GET", "/cluster/resources?type=vm")).body.data).toEqual([]);
});

test("a storage is added for all nodes, used, and removed; without quorum it is not", async () => {
  const form = { storage: "extra", type: "dir", path: "/srv/extra", content: "images" };
  expect((await ask("POST", "/storage", form)).body.data).toEqual({ storage: "extra", type: "dir" });
  expect((await ask("POST", "/storage", form)).reason).toBe(
    "create storage failed: storage ID 'extra' already defined",
  );
  await lab.port.sleep(1_000);
  await taskEnds(lab, (await ask("POST", "/nodes/pve2/qemu", { vmid: "120", scsi0: "extra:1" })).body.data);
  expect((await ask("GET", "/nodes/pve2/storage/extra/content")).body.data).toMatchObject([
    { volid: "extra:120/vm-120-disk-0.raw", vmid: 120, size: 1_073_741_824 },
  ]);
  expect((await ask("GET", "/nodes/pve1/storage/extra/content")).body.data).toEqual([]);
  expect((await ask("GET", "/nodes/pve1/storage")).body.data).toContainEqual(
    expect.objectContaining({ storage: "extra", enabled: 1, active: 1, used_fraction: expect.any(Number) }),
  );
  expect((await ask("PUT", "/storage/extra", { nodes: "pve2" })).status).toBe(200);
  // Kept to another node: listed without figures, and not for whoever asks for a kind.
  const none = { enabled: 0, active: 0, total: 0, used: 0, avail: 0 };
  const listed = await ask("GET", "/nodes/pve1/storage?storage=extra");
  expect(listed.body.data).toMatchObject([{ storage: "extra", ...none }]);
  expect((listed.body.data as object[])[0]).not.toHaveProperty("used_fraction");
  expect((await ask("GET", "/nodes/pve1/storage/extra/status")).body.data).toMatchObject(none);
  expect((await ask("GET", "/nodes/pve1/storage?content=images")).body.data).not.toContainEqual(
    expect.objectContaining({ storage: "extra" }),
  );
  expect((await ask("GET", "/nodes/pve1/storage/nowhere/status")).status).toBe(400);
  await taskEnds(lab, (await ask("DELETE", "/nodes/pve2/qemu/120")).body.data);
  expect((await ask("DELETE", "/storage/extra")).status).toBe(200);
  lab.port.act("services/control", { node: "pve1", unit: "corosync", action: "stop" });
  await lab.port.sleep(5_000);
  expect((await ask("POST", "/storage", form)).reason).toBe(
    "create storage failed: cfs-lock 'file-storage_cfg' error: no quorum!",
  );
  lab.port.act("services/control", { node: "pve1", unit: "corosync", action: "start" });
  await lab.port.sleep(15_000);
});

test("a migration is stopped by its task, and the guest runs on where it was", async () => {
  await taskEnds(
    lab,
    (await ask("POST", "/nodes/pve1/qemu", { vmid: "110", memory: "768", scsi0: "shared:1" })).body.data,
  );
  await taskEnds(lab, (await ask("POST", "/nodes/pve1/qemu/110/status/start")).body.data);
  const form = { target: "pve2", online: "1", bwlimit: "10240" };
  const upid: string = (await ask("POST", "/nodes/pve1/qemu/110/migrate", form)).body.data;
  await lab.port.sleep(10_000);
  expect(await ask("DELETE", `/nodes/pve1/tasks/${upid}`)).toMatchObject({ status: 200, body: { data: null } });
  await expect(taskEnds(lab, upid)).rejects.toThrow(/migration problems/);
  expect((await ask("GET", "/nodes/pve1/qemu/110/status/current")).body.data).toMatchObject({ qmpstatus: "running" });
  await taskEnds(lab, (await ask("POST", "/nodes/pve1/qemu/110/status/stop")).body.data);
  await taskEnds(lab, (await ask("DELETE", "/nodes/pve1/qemu/110")).body.data);
});

test("guests of a node that died are shown as they were, then as unknown", async () => {
  await taskEnds(lab, (await ask("POST", "/nodes/pve3/qemu", { vmid: "103", scsi0: "shared:1" })).body.data);
  await taskEnds(lab, (await ask("POST", "/nodes/pve3/qemu/103/status/start")).body.data);
  lab.port.act("power/set", { node: "pve3", state: "off" });
  await lab.port.sleep(20_000);
  expect((await ask("GET", "/cluster/resources?type=vm")).body.data).toMatchObject([{ vmid: 103, status: "running" }]);
  // The preconditions of a migration do not ask whether a node lives.
  await lab.port.sleep(300_000);
  expect((await ask("GET", "/cluster/resources?type=vm")).body.data).toEqual([
    { id: "qemu/103", type: "qemu", node: "pve3", vmid: 103, status: "unknown" },
  ]);
});
