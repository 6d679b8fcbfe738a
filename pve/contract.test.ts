/**
 * What the client may rely on, whichever kind of cluster answers: always asked of simulated nodes, and of a real
 * cluster when QUORATE_REAL_LAB names an inventory (docs/inventory.md): then of every node in it.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expandInventory } from "../labs/inventory/expand-inventory.ts";
import { readInventoryFile } from "../labs/inventory/inventory-file.ts";
import { describeNode } from "../labs/inventory/inventory-labs.ts";
import { certificatesOverSsh } from "../labs/learn-over-ssh.ts";
import { trustOf } from "../labs/node-trust.ts";
import { NO_KEY, shownHostKey } from "../labs/ssh-client.ts";
import { openTunnel } from "../labs/ssh-tunnel.ts";
import { formCluster } from "../simulator/api/testing/form-cluster.ts";
import { type LabWithDoors, openLabWithDoors } from "../simulator/api/testing/lab-with-doors.ts";
import { createPveClient, type PveClient } from "./client.ts";
import { FINGERPRINT_PATTERN } from "./fingerprint.ts";
import { problemOf } from "./pve-error.ts";
import { parseUpid } from "./upid.ts";

interface Asked {
  name: string;
  client: PveClient;
  wrongPassword: PveClient | undefined;
}

function contract(open: () => Promise<{ asked: Asked; close(): Promise<void> }>): void {
  let node: Asked;
  let close: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const opened = await open();
    node = opened.asked;
    close = opened.close;
  });
  afterAll(() => close?.());

  test("the version has release and repository", async () => {
    const version = await node.client.version();
    expect(version.release).toMatch(/^\d+\.\d+$/);
    expect(version.version.startsWith(version.release)).toBe(true);
    expect(await node.client.nodeVersion(node.name)).toEqual(version);
  });

  test("the status names the answering node as local and online", async () => {
    const status = await node.client.clusterStatus();
    expect(status.nodes.filter((member) => member.local)).toMatchObject([{ name: node.name, online: true }]);
  });

  test("status, configuration and join information tell of the same cluster", async () => {
    const { cluster, nodes } = await node.client.clusterStatus();
    const configured = await node.client.clusterConfigNodes();
    const totem = await node.client.clusterTotem();
    const join = await node.client.clusterJoinInformation().catch((error: unknown) => problemOf(error));
    if (!cluster) {
      expect(configured).toEqual([]);
      expect(totem).toBeNull();
      expect(join).toMatchObject({ kind: "not-in-cluster" });
      return;
    }
    expect(configured.map((entry) => entry.name)).toEqual(nodes.map((entry) => entry.name));
    expect(totem).toMatchObject({ clusterName: cluster.name, configVersion: cluster.configVersion });
    expect(join).toMatchObject({ preferredNode: node.name, totem: { clusterName: cluster.name } });
  });

  test("every node in the list has a certificate's fingerprint", async () => {
    for (const entry of await node.client.nodes()) expect(entry.certSha256).toMatch(FINGERPRINT_PATTERN);
  });

  test("a node's own figures are those of a running machine", async () => {
    const status = await node.client.nodeStatus(node.name);
    expect(status.uptimeSeconds).toBeGreaterThanOrEqual(0);
    expect(status.memory.totalBytes).toBeGreaterThan(status.memory.usedBytes);
    expect(status.loadAverage).toHaveLength(3);
    expect(status.pveVersion).toMatch(/^pve-manager\//);
  });

  test("the quorum entry of HA agrees with the cluster's status", async () => {
    const { cluster } = await node.client.clusterStatus();
    const quorum = (await node.client.haStatus()).find((entry) => entry.type === "quorum");
    expect(quorum).toMatchObject({ quorate: cluster?.quorate ?? true, node: node.name });
  });

  test("tasks can be listed, and each has a status and a log", async () => {
    for (const task of (await node.client.nodeTasks(node.name, { limit: 3 })).filter((one) => one.node === node.name)) {
      expect(parseUpid(task.upid)).toMatchObject({ node: task.node, type: task.type });
      expect((await node.client.taskStatus(task.upid)).outcome).toEqual(task.outcome);
      const log = await node.client.taskLog(task.upid, { limit: 500 });
      expect(log.lines.map((line) => line.number)).toEqual(log.lines.map((_, index) => index + 1));
    }
    expect(Array.isArray(await node.client.clusterTasks())).toBe(true);
  });

  test("resources of a type are of that type alone", async () => {
    for (const type of ["node", "storage"] as const) {
      const found = await node.client.clusterResources(type);
      expect(found.length).toBeGreaterThan(0);
      expect(found.every((entry) => entry.type === type)).toBe(true);
    }
  });

  test("guests, storages, users and the clock can be read", async () => {
    expect(Array.isArray(await node.client.guests(node.name))).toBe(true);
    expect((await node.client.storages()).map((entry) => entry.storage)).toContain("local");
    expect((await node.client.nodeStorages(node.name)).map((entry) => entry.storage)).toContain("local");
    expect((await node.client.users()).map((user) => user.userId)).toContain("root@pam");
    expect((await node.client.nodeTime(node.name)).time).toBeGreaterThan(1_600_000_000);
  });

  test("an unknown node is the server's error, and no 404", async () => {
    expect(await node.client.nodeStatus("nosuch").catch(problemOf)).toMatchObject({
      kind: "server-error",
      status: 500,
      message: expect.stringContaining("hostname lookup 'nosuch' failed"),
    });
  });

  test("an unknown task is a wrong parameter", async () => {
    const upid = `UPID:${node.name}:00000001:00000001:6B038629:qmigrate:100:root@pam:`;
    expect(await node.client.taskStatus(upid).catch(problemOf)).toMatchObject({
      kind: "invalid-parameters",
      errors: { upid: "no such task" },
    });
  });

  test("an unknown method is not implemented", async () => {
    const { z } = await import("zod");
    expect(await node.client.get("/nosuch", z.unknown()).catch(problemOf)).toEqual({
      kind: "not-implemented",
      message: "Method 'GET /nosuch' not implemented",
    });
  });

  test("a wrong password is refused", async () => {
    if (!node.wrongPassword) return;
    expect(await node.wrongPassword.version().catch(problemOf)).toEqual({
      kind: "unauthorized",
      reason: "authentication failure",
    });
  });
}

const simulated = async (lab: LabWithDoors) => ({
  asked: {
    name: "pve1",
    client: lab.client("pve1"),
    wrongPassword: lab.client("pve1", { credential: { kind: "password", user: "root@pam", password: "wrong" } }),
  },
  close: () => lab.close(),
});

describe("a simulated stand-alone node", () => {
  contract(async () => simulated(await openLabWithDoors({ nodes: 1 })));
});

describe("a simulated cluster of three", () => {
  contract(async () => {
    const lab = await openLabWithDoors({ nodes: 3 });
    await formCluster(lab);
    return simulated(lab);
  });
});

const file = process.env.QUORATE_REAL_LAB;
const real = file === undefined ? [] : expandInventory(readInventoryFile(readFileSync(file, "utf8"))).seats;
for (const { name: seat, nodes } of real) {
  for (const entry of nodes) {
    describe(`the real node ${entry.name} of ${seat}, from the inventory that QUORATE_REAL_LAB names`, () => {
      contract(async () => {
        const trusted =
          entry.ssh.hostKeySha256 === NO_KEY ? await shownHostKey(entry.name, entry.ssh, 10_000) : undefined;
        const node = describeNode(entry, trusted === undefined ? undefined : { hostKeySha256: trusted });
        const tunnel = node.api.throughSsh ? openTunnel(node) : undefined;
        const client = (password: string | undefined) =>
          createPveClient({
            url: node.api.url,
            trust: trustOf(node, () => certificatesOverSsh(node)),
            ...(tunnel && { connect: tunnel.connect }),
            credential:
              password !== undefined
                ? { kind: "password", user: node.api.user, password }
                : { kind: "token", token: node.api.token! },
          });
        const asked = client(node.api.password);
        return {
          asked: {
            name: node.name,
            client: asked,
            wrongPassword: node.api.password === undefined ? undefined : client("not the password"),
          },
          close: async () => {
            asked.close();
            tunnel?.close();
          },
        };
      });
    });
  }
}
