/** Recorded answers of a real cluster, read with our schemas. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { RECORDED_FILES, readExchanges } from "../simulator/api/testing/http-recordings.ts";
import { parseAnswer } from "./answer-body.ts";
import { problemFromAnswer } from "./pve-error.ts";
import { ticketWire, usersWire } from "./schemas/access.ts";
import {
  addNodeWire,
  clusterStatusWire,
  configNodesWire,
  haStatusWire,
  joinInformationWire,
  totemWire,
} from "./schemas/cluster.ts";
import {
  guestsWire,
  nodeStatusWire,
  nodeStoragesWire,
  nodesWire,
  nodeTimeWire,
  resourcesWire,
  storagesWire,
  versionWire,
} from "./schemas/nodes.ts";
import { taskListWire, taskLogLinesWire, taskStatusWire } from "./schemas/tasks.ts";

const SCHEMAS: [RegExp, z.ZodType][] = [
  [/^GET (\/nodes\/[^/]+)?\/version$/, versionWire],
  [/^GET \/cluster\/status$/, clusterStatusWire],
  [/^GET \/cluster\/config\/nodes$/, configNodesWire],
  [/^GET \/cluster\/config\/join$/, joinInformationWire],
  [/^GET \/cluster\/config\/totem$/, totemWire],
  [/^GET \/cluster\/tasks$/, taskListWire],
  [/^GET \/cluster\/resources$/, resourcesWire],
  [/^GET \/cluster\/ha\/status\/current$/, haStatusWire],
  [/^GET \/nodes$/, nodesWire],
  [/^GET \/nodes\/[^/]+\/status$/, nodeStatusWire],
  [/^GET \/nodes\/[^/]+\/time$/, nodeTimeWire],
  [/^GET \/nodes\/[^/]+\/qemu$/, guestsWire],
  [/^GET \/nodes\/[^/]+\/storage$/, nodeStoragesWire],
  [/^GET \/nodes\/[^/]+\/tasks$/, taskListWire],
  [/^GET \/nodes\/[^/]+\/tasks\/[^/]+\/status$/, taskStatusWire],
  [/^GET \/nodes\/[^/]+\/tasks\/[^/]+\/log$/, taskLogLinesWire],
  [/^GET \/access\/users$/, usersWire],
  [/^GET \/storage$/, storagesWire],
  [/^POST \/access\/ticket$/, ticketWire],
  [/^POST \/cluster\/config\/nodes\/[^/]+$/, addNodeWire],
];

const schemaFor = (request: string) => SCHEMAS.find(([pattern]) => pattern.test(request))?.[1];
const exchanges = RECORDED_FILES.flatMap(readExchanges);
const body = (name: string) =>
  readFileSync(new URL(`../simulator/recordings/pve/json/${name}.json`, import.meta.url), "utf8");

test("every recorded success of a modelled endpoint has the shape we know", () => {
  const read = exchanges
    .filter((exchange) => exchange.status === 200)
    .map((exchange) => {
      const request = `${exchange.method} ${exchange.path}`;
      const schema = schemaFor(request);
      if (schema) parseAnswer(request, exchange.body, schema);
      return schema;
    });
  expect(read.filter(Boolean).length).toBeGreaterThan(60);
});

test.each([
  ["access_users", usersWire],
  ["cluster_config_join", joinInformationWire],
  ["cluster_config_nodes", configNodesWire],
  ["cluster_config_totem", totemWire],
  ["cluster_ha_status_current", haStatusWire],
  ["cluster_resources", resourcesWire],
  ["cluster_status", clusterStatusWire],
  ["cluster_tasks", taskListWire],
  ["nodes", nodesWire],
  ["nodes_pve1_qemu", guestsWire],
  ["nodes_pve1_status", nodeStatusWire],
  ["nodes_pve1_storage", nodeStoragesWire],
  ["nodes_pve1_tasks", taskListWire],
  ["nodes_pve1_version", versionWire],
  ["storage", storagesWire],
  ["version", versionWire],
] as [string, z.ZodType][])("json/%s.json has the shape we know", (name, schema) => {
  expect(() => parseAnswer(name, body(name), schema)).not.toThrow();
});

describe("what recorded answers say", () => {
  test("the cluster's entry becomes its quorum and version, and nodes are sorted", () => {
    const { data } = parseAnswer("status", body("cluster_status"), clusterStatusWire);
    expect(data.cluster).toEqual({ name: "lab", quorate: true, nodes: 3, configVersion: 7 });
    expect(data.nodes.map((node) => [node.name, node.nodeId, node.online, node.local])).toEqual([
      ["pve1", 1, true, true],
      ["pve2", 2, true, false],
      ["pve3", 3, true, false],
    ]);
  });

  test("a stand-alone node has no cluster and node id 0", () => {
    const standalone = readExchanges("08-standalone-http-pve4.txt").find((one) => one.path === "/cluster/status")!;
    const { data } = parseAnswer("status", standalone.body, clusterStatusWire);
    expect(data.cluster).toBeUndefined();
    expect(data.nodes[0]).toMatchObject({ name: "pve4", nodeId: 0, online: true });
  });

  test("strings of digits become numbers in the configured nodes", () => {
    const { data } = parseAnswer("nodes", body("cluster_config_nodes"), configNodesWire);
    expect(data[0]).toEqual({ name: "pve1", nodeId: 1, quorumVotes: 1, links: { 0: "10.99.7.11" } });
  });

  test("a running task is running in both spellings", () => {
    const listed = readExchanges("27-http-migrate-task.txt").find((one) => one.query === "source=active")!;
    const { data } = parseAnswer("tasks", listed.body, taskListWire);
    expect(data[0]).toMatchObject({ outcome: { kind: "running" }, user: "root@pam", tokenId: "oracle" });
  });

  test("an error's text is the outcome of a failed task", () => {
    const { data } = parseAnswer("tasks", body("nodes_pve1_tasks"), taskListWire);
    expect(data.map((task) => task.outcome)).toContainEqual({
      kind: "failed",
      text: "Check if node may join a cluster failed!",
    });
  });
});

test("null is nothing, a number may be a name, and a figure that nobody needs breaks no answer", () => {
  const odd = { id: "qemu/7", type: "qemu", node: "pve1", name: 7, vmid: "7", status: "running", lock: null };
  const { data } = parseAnswer("resources", JSON.stringify({ data: [{ ...odd, uptime: "long" }] }), resourcesWire);
  expect(data[0]).toMatchObject({ name: "7", vmid: 7, lock: undefined, uptimeSeconds: undefined });
  const wrong = JSON.stringify({ data: [{ ...odd, vmid: "seven" }] });
  expect(() => parseAnswer("resources", wrong, resourcesWire)).toThrow(/vmid/);
});

test("each recorded refusal is told apart", () => {
  const kinds = new Map<string, Set<number>>();
  for (const { status, reason, body: text } of exchanges) {
    const problem = problemFromAnswer({ status, reason, body: text });
    if (problem) kinds.set(problem.kind, (kinds.get(problem.kind) ?? new Set()).add(status));
  }
  expect(Object.fromEntries([...kinds].map(([kind, statuses]) => [kind, [...statuses]]))).toEqual({
    "not-in-cluster": [424],
    "server-error": [500],
    unauthorized: [401],
    "invalid-parameters": [400],
    forbidden: [403],
    "not-implemented": [501],
    "proxied-node-unreachable": [595],
  });
});

test("a refused right names its path and privilege", () => {
  const refused = readExchanges("14-http-get-noperm.txt").find((one) => one.status === 403)!;
  expect(problemFromAnswer(refused)).toEqual({
    kind: "forbidden",
    message: "Permission check failed (/, Sys.Audit)",
    path: "/",
    privilege: "Sys.Audit",
  });
});

test("the reason of a 401 without body is its status line", () => {
  const refused = readExchanges("15-http-write-denied.txt").find((one) => one.status === 401)!;
  expect(refused.body).toBe("");
  expect(problemFromAnswer(refused)).toEqual({
    kind: "unauthorized",
    reason: "Permission denied - invalid csrf token",
  });
});
