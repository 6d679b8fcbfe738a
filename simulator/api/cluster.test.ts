/** The door of a node that is in a cluster: forming it, its new certificate, other nodes behind it, and no quorum. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemOf } from "../../pve/pve-error.ts";
import { trustClusterCa, trustFingerprint } from "../../pve/trust.ts";
import { formCluster } from "./testing/form-cluster.ts";
import { type LabWithDoors, openLabWithDoors, ROOT_PASSWORD } from "./testing/lab-with-doors.ts";
import { logIn, rawRequest } from "./testing/raw-request.ts";

let lab: LabWithDoors;
let before: Record<string, string>;
let oldTicket: Record<string, string>;
beforeAll(async () => {
  lab = await openLabWithDoors({ nodes: 3 });
  before = Object.fromEntries(lab.nodes.map((node) => [node, lab.fingerprint(node)]));
  oldTicket = (await logIn(lab.url("pve2"), ROOT_PASSWORD)).read;
  await formCluster(lab);
});
afterAll(() => lab?.close());

const nowMs = () => lab.port.read((state) => state.nowMs);
async function modelSeconds<T>(work: () => Promise<T>): Promise<[T, number]> {
  const startMs = nowMs();
  const result = await work();
  return [result, (nowMs() - startMs) / 1000];
}

test("all nodes tell of the same quorate cluster", async () => {
  for (const node of lab.nodes) {
    expect(await lab.client(node).clusterStatus()).toMatchObject({
      cluster: { name: "lab", quorate: true, nodes: 3, configVersion: 3 },
      nodes: [
        { name: "pve1", nodeId: 1, online: true },
        { name: "pve2", nodeId: 2, online: true },
        { name: "pve3", nodeId: 3, online: true },
      ],
    });
  }
});

describe("a node that has joined", () => {
  test("shows a new certificate at the same port", async () => {
    expect(lab.fingerprint("pve2")).not.toBe(before.pve2);
    expect(lab.fingerprint("pve1")).toBe(before.pve1);
    const answer = await rawRequest(lab.url("pve2"), "GET", "/version");
    expect(answer.fingerprint).toBe(lab.fingerprint("pve2"));
  });

  test("is refused by who trusts its old certificate, and the cluster's list tells the new one", async () => {
    const trust = trustFingerprint(before.pve2!);
    expect(await lab.client("pve2", { trust }).version().catch(problemOf)).toEqual({
      kind: "certificate-changed",
      seen: lab.fingerprint("pve2"),
      expected: [before.pve2],
    });
    const listed = (await lab.client("pve1").nodes()).find((entry) => entry.name === "pve2")?.certSha256;
    expect((await lab.client("pve2", { trust: trustFingerprint(listed!) }).version()).release).toBe("8.4");
  });

  test("is believed by the cluster's CA, under its own name alone", async () => {
    const caPem = lab.port.read((state) => state.pki.nodes.pve1!.caPem);
    const by = (name: string) => lab.client("pve2", { trust: trustClusterCa(caPem, name) }).version();
    expect((await by("pve2")).release).toBe("8.4");
    expect(await by("pve1").catch(problemOf)).toMatchObject({ kind: "certificate-changed" });
  });

  test("takes tickets of the cluster and no more its own of before", async () => {
    const ticket = (await logIn(lab.url("pve1"), ROOT_PASSWORD)).read;
    expect((await rawRequest(lab.url("pve2"), "GET", "/version", { headers: ticket })).status).toBe(200);
    expect((await rawRequest(lab.url("pve2"), "GET", "/version", { headers: oldTicket })).status).toBe(401);
  });

  test("keeps its join as a task that every node can be asked for", async () => {
    const [task] = await lab.client("pve3").nodeTasks("pve2", { typefilter: "clusterjoin" });
    expect(task).toMatchObject({ type: "clusterjoin", outcome: { kind: "ok" }, node: "pve2" });
    const log = await lab.client("pve3").taskLog(task!.upid);
    expect(log.lines.map((line) => line.text)).toContain("successfully added node 'pve2' to cluster.");
    expect(log.lines.at(-1)!.text).toBe("TASK OK");
  });
});

test("a second creation is refused with the recorded text", async () => {
  expect(await lab.client("pve1").createCluster({ name: "again" }).catch(problemOf)).toEqual({
    kind: "server-error",
    status: 500,
    message: "cluster config '/etc/pve/corosync.conf' already exists",
  });
});

test.each([["clustername", { name: "lab_1" }, "invalid format - value does not look like a valid node name\n"]])(
  "a wrong %s is named",
  async (field, request, text) => {
    expect(await lab.client("pve1").createCluster(request).catch(problemOf)).toMatchObject({
      kind: "invalid-parameters",
      errors: { [field]: text },
    });
  },
);

test("a malformed fingerprint is a wrong parameter, a wrong one fails in the task", async () => {
  const join = (fingerprint: string) =>
    lab.client("pve1").joinCluster({ hostname: "10.10.10.12", password: "x", fingerprint });
  expect(await join("AA:BB").catch(problemOf)).toMatchObject({
    kind: "invalid-parameters",
    errors: { fingerprint: "value does not match the regex pattern" },
  });
  expect(await join(before.pve2!)).toMatch(/^UPID:pve1:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:clusterjoin::root@pam:$/);
});

describe("a node whose cable is bad", () => {
  const path = (change: Partial<{ up: boolean; latencyMs: number; lossPercent: number }>) =>
    lab.port.act("network/set-path", { from: "pve1", to: "pve3", ...change });
  const askThrough = () => modelSeconds(() => lab.client("pve1").nodeVersion("pve3").catch(problemOf));

  test.each([
    ["cut", { up: false }, "No route to host", 3.05],
    ["without a single packet that arrives", { lossPercent: 100 }, "Connection timed out", 30],
  ])("%s is 595 when the first node gives up", async (_, change, reason, expectedSeconds) => {
    path(change);
    const [problem, seconds] = await askThrough();
    path({ up: true, lossPercent: 0 });
    expect(problem).toEqual({ kind: "proxied-node-unreachable", node: "pve3", reason });
    expect(seconds).toBeCloseTo(expectedSeconds, 0);
  });

  test("with a long way answers later", async () => {
    path({ latencyMs: 200 });
    const [version, seconds] = await askThrough();
    path({ latencyMs: 0 });
    expect(version).toMatchObject({ release: "8.4" });
    expect(seconds).toBeGreaterThan(1.5);
  });
});

describe("a node behind another", () => {
  test("answers through it with its own figures", async () => {
    const through = await lab.client("pve1").nodeTime("pve3");
    expect(Math.abs(through.time - (await lab.client("pve3").nodeTime("pve3")).time)).toBeLessThan(5);
  });

  test("without power it is 595 after three seconds, and off in the list once it is missed", async () => {
    lab.port.act("power/set", { node: "pve3", state: "off" });
    const [problem, seconds] = await modelSeconds(() => lab.client("pve1").nodeStatus("pve3").catch(problemOf));
    expect(problem).toEqual({ kind: "proxied-node-unreachable", node: "pve3", reason: "No route to host" });
    expect(seconds).toBeGreaterThan(2.9);
    expect(seconds).toBeLessThan(3.3);
    await lab.port.until((state) => (state.nodes.pve1!.pmxcfs.onlineIds.includes(3) ? undefined : true));
    const list = await lab.client("pve1").nodes();
    expect(list.map((entry) => [entry.name, entry.status])).toEqual([
      ["pve1", "online"],
      ["pve2", "online"],
      ["pve3", "offline"],
    ]);
    expect(list[2]).toMatchObject({ uptimeSeconds: undefined, certSha256: lab.fingerprint("pve3") });
  });
});

test("the last node of three reads its last state and refuses to take nodes in", async () => {
  lab.port.act("power/set", { node: "pve3", state: "off" });
  lab.port.act("power/set", { node: "pve2", state: "off" });
  await lab.port.until((state) => (state.nodes.pve1!.pmxcfs.quorate ? undefined : true));
  const client = lab.client("pve1");
  expect((await client.clusterStatus()).cluster).toMatchObject({ quorate: false, nodes: 3 });
  expect(await client.clusterConfigNodes()).toHaveLength(3);
  expect((await client.haStatus())[0]).toMatchObject({ quorate: false, status: "No quorum on node 'pve1'!" });
  const { write } = await logIn(lab.url("pve1"), ROOT_PASSWORD);
  const answer = await rawRequest(lab.url("pve1"), "POST", "/cluster/config/nodes/pve4", {
    headers: write,
    form: { apiversion: "1", new_node_ip: "10.10.10.14" },
  });
  expect([answer.status, answer.reason]).toEqual([500, "cluster not ready - no quorum?"]);
});
