import { afterEach, describe, expect, it } from "vitest";
import type { LabDescription, LabNode } from "../labs/lab-description.ts";
import { openLabClients } from "./lab-clients.ts";
import { readObservation } from "./observation.ts";
import { FIRST_ANSWER_MS, observe } from "./observe.ts";
import {
  type FakeAnswer,
  fakeDescription,
  recorded,
  startFakeNode,
  startGarbage,
  TICKET,
} from "./testing/fake-node.ts";

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Answers of pve1 in the recorded cluster of three. */
const healthy = (): Record<string, FakeAnswer> => ({
  "/cluster/status": recorded("cluster_status"),
  "/cluster/config/nodes": recorded("cluster_config_nodes"),
  "/cluster/config/join": recorded("cluster_config_join"),
  "/cluster/resources": recorded("cluster_resources"),
  "/nodes/pve1/tasks": recorded("nodes_pve1_tasks"),
  "/nodes/pve1/time": { status: 200, body: '{"data":{"time":1795395010,"localtime":1795395010,"timezone":"UTC"}}' },
  "/nodes": recorded("nodes"),
  "/version": recorded("version"),
});

async function node(name: string, answers: Record<string, FakeAnswer>) {
  const fake = await startFakeNode(name, answers);
  closers.push(fake.close);
  return fake;
}
const lab = (...nodes: LabDescription["nodes"]): LabDescription => ({ lab: "test", nodes });

describe("observing a lab", () => {
  it("keeps what a real cluster's node answered, and reads it back from storage unchanged", async () => {
    const pve1 = await node("pve1", healthy());
    const seen = await observe(lab(pve1.node), { clock: () => new Date("2026-11-23T00:12:08.000Z") });
    expect(seen.takenAt).toBe("2026-11-23T00:12:08.000Z");
    const [entry] = seen.nodes;
    expect(entry).toMatchObject({
      reached: { answered: true },
      version: { read: true, value: { version: "8.4.21", release: "8.4" } },
      status: { value: { cluster: { name: "lab", quorate: true, configuredNodes: 3, configVersion: 7 } } },
      join: { value: { available: true, nodes: ["pve1", "pve2", "pve3"] } },
      time: { value: 1795395010 },
    });
    expect(entry!.configNodes).toMatchObject({ value: [{ votes: 1 }, { votes: 1 }, { votes: 1 }] });
    expect(entry!.tasks?.read && entry!.tasks.value.some((task) => task.type === "clusterjoin")).toBe(true);
    expect(readObservation(JSON.parse(JSON.stringify(seen)))).toEqual(seen);
  });

  it("takes a node outside any cluster as that, not as an error", async () => {
    const pve4 = await node("pve4", {
      "/cluster/status": recorded("standalone_cluster_status"),
      "/cluster/config/nodes": { status: 200, body: '{"data":[]}' },
      "/cluster/config/join": {
        ...(recorded("standalone_cluster_config_join_424") as object),
        status: 424,
        reason: "node is not in a cluster, no join info available!",
      } as FakeAnswer,
    });
    const [entry] = (await observe(lab(pve4.node))).nodes;
    expect(entry).toMatchObject({
      status: { value: { cluster: null } },
      join: { read: true, value: { available: false } },
      resources: { read: false, trouble: { kind: "server-error" } },
    });
  });

  it("tells dead, silent, garbage and stranger apart, and still has the answer of the one that is well", async () => {
    const pve1 = await node("pve1", healthy());
    const silent = await startGarbage(undefined);
    const garbage = await startGarbage("SSH-2.0-OpenSSH_9.2\r\n");
    const stranger = await node("pve5", healthy());
    closers.push(silent.close, garbage.close);
    const seen = await observe(
      lab(
        pve1.node,
        fakeDescription("pve2", 1),
        fakeDescription("pve3", silent.port),
        fakeDescription("pve4", garbage.port),
        { ...stranger.node, api: { ...stranger.node.api, certSha256: pve1.node.api.certSha256 } },
      ),
      { budget: { perNodeMs: 6_000 } },
    );
    const kinds = seen.nodes.map(({ reached }) => (reached.answered ? "answered" : reached.trouble.kind));
    expect(kinds).toEqual(["answered", "no-connection", "timeout", "nonsense", "certificate"]);
    expect(seen.nodes[1]?.reached).toMatchObject({ trouble: { reason: "connection refused" } });
    // The stranger got no password.
    expect(stranger.requests).toEqual([]);
  });

  it("gives up a node that says nothing sooner than one that has begun to answer", { timeout: 40_000 }, async () => {
    const silent = await node("pve1", { "/cluster/status": "hang" });
    const slow = await node("pve1", { ...healthy(), "/cluster/config/nodes": "hang" });
    const budget = { perNodeMs: FIRST_ANSWER_MS + 2_000 };
    const look = async (at: LabNode) => (await observe(lab(at), { budget, depth: "check" })).nodes[0];
    const [one, other] = await Promise.all([look(silent.node), look(slow.node)]);
    expect(one!.reached).toMatchObject({ answered: false, trouble: { kind: "timeout", seconds: 10 } });
    expect(one!.tookMs).toBeLessThan(FIRST_ANSWER_MS + 1_500);
    expect(other!.configNodes).toMatchObject({ read: false, trouble: { kind: "timeout", seconds: 12 } });
  });

  it("keeps the facts that came when one hangs, breaks or is not JSON", async () => {
    const pve1 = await node("pve1", {
      ...healthy(),
      "/cluster/config/nodes": "hang",
      "/nodes/pve1/tasks": "break",
      "/nodes/pve1/time": { status: 200, body: "<html>proxy</html>" },
    });
    const [entry] = (await observe(lab(pve1.node), { budget: { perNodeMs: 1_500 }, depth: "check" })).nodes;
    expect(entry!.status?.read).toBe(true);
    expect(entry!.configNodes).toMatchObject({ read: false, trouble: { kind: "timeout" } });
    expect(entry!.tasks).toMatchObject({ read: false, trouble: { kind: "no-connection" } });
    expect(entry!.time).toMatchObject({ read: false, trouble: { kind: "nonsense" } });
  });

  it("names a refused password and a missing right", async () => {
    const refused = await node("pve1", {
      "/access/ticket": { status: 401, reason: "authentication failure", body: '{"data":null}' },
    });
    const reason = "Permission check failed (/, Sys.Audit)";
    const poor = await node("pve2", {
      ...healthy(),
      "/cluster/status": { status: 403, reason, body: `{"message":"${reason}\\n","data":null}` },
    });
    const seen = await observe(lab(refused.node, poor.node), { depth: "quick" });
    expect(seen.nodes[0]!.reached).toMatchObject({ answered: false, trouble: { kind: "login" } });
    expect(seen.nodes[1]).toMatchObject({
      reached: { answered: true },
      status: { read: false, trouble: { kind: "forbidden", privilege: "Sys.Audit on /" } },
    });
  });

  it("learns a certificate that a join has changed from the list of another member", async () => {
    const pve1 = await node("pve1", healthy());
    const pve2 = await node("pve2", healthy());
    const fingerprint = await pve2.renewCertificate();
    const data = [{ node: "pve2", status: "online", type: "node", ssl_fingerprint: fingerprint }];
    pve1.answers["/nodes"] = { status: 200, body: JSON.stringify({ data }) };
    const seen = await observe(lab(pve1.node, pve2.node), { depth: "quick" });
    expect(seen.nodes.map(({ reached }) => reached.answered)).toEqual([true, true]);
  });

  it("never takes a changed certificate that nobody vouches for", async () => {
    const pve1 = await node("pve1", healthy());
    const pve2 = await node("pve2", healthy());
    await pve2.renewCertificate();
    const seen = await observe(lab(pve1.node, pve2.node), { depth: "quick" });
    expect(seen.nodes[1]!.reached).toMatchObject({ answered: false, trouble: { kind: "certificate" } });
    expect(pve2.requests).toEqual([]);
  });

  it("reads the log of a new failed join once, and no log of an old one", async () => {
    const upid = "UPID:pve1:000004C8:000520A1:6B038CF5:clusterjoin::root@pam:";
    const log = `/nodes/pve1/tasks/${encodeURIComponent(upid)}/log`;
    const secretive = JSON.stringify({ data: [{ n: 1, t: `login with password=sesame-7 and ${TICKET}` }], total: 1 });
    const pve1 = await node("pve1", { ...healthy(), [log]: { status: 200, body: secretive } });
    const clients = openLabClients(lab(pve1.node));
    closers.push(clients.close);
    const first = await observe(lab(pve1.node), { clients });
    expect(pve1.requests).not.toContain(log);
    const baseline = structuredClone(first);
    const tasks = baseline.nodes[0]!.tasks;
    if (tasks?.read) tasks.value = tasks.value.filter((task) => task.upid !== upid);
    for (let round = 0; round < 2; round++) await observe(lab(pve1.node), { clients, baseline });
    const seen = await observe(lab(pve1.node), { clients, baseline });
    expect(pve1.requests.filter((path) => path === log)).toHaveLength(1);
    const text = JSON.stringify(seen);
    expect(text).toContain("login with password=(scrubbed)");
    expect(text).not.toContain("sesame-7");
    expect(text).not.toContain(TICKET);
  });

  it("logs in once for many observations, and a quick one is one request", async () => {
    const pve1 = await node("pve1", healthy());
    const clients = openLabClients(lab(pve1.node));
    closers.push(clients.close);
    for (let round = 0; round < 5; round++) await observe(lab(pve1.node), { clients, depth: "quick" });
    expect(pve1.requests).toEqual(["/access/ticket", ...Array(5).fill("/cluster/status")]);
  });

  it("ends at once when its caller gives up", async () => {
    const pve1 = await node("pve1", { ...healthy(), "/cluster/status": "hang" });
    const stop = new AbortController();
    const seen = observe(lab(pve1.node), { signal: stop.signal });
    stop.abort(new Error("nobody looks"));
    await expect(seen).rejects.toThrow("nobody looks");
  });
});
