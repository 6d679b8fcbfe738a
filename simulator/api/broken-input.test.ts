/** Nonsense from both sides: files that a learner broke, and requests that no client sends. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { problemOf } from "../../pve/pve-error.ts";
import { nextRandom, seedRandom } from "../cluster/random.ts";
import { formCluster } from "./testing/form-cluster.ts";
import { type LabWithDoors, openLabWithDoors, ROOT_PASSWORD } from "./testing/lab-with-doors.ts";
import { logIn, rawRequest } from "./testing/raw-request.ts";

let lab: LabWithDoors;
beforeAll(async () => {
  lab = await openLabWithDoors({ nodes: 2 });
  await formCluster(lab);
});
afterAll(() => lab?.close());

const write = (path: string, content: string) =>
  lab.port.act("files/change", { node: "pve1", change: { op: "write", path, content } });

test("random requests are refused in a real node's words, and never by a fault of ours", async () => {
  const seed = "nonsense-1";
  const random = seedRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(nextRandom(random) * list.length)]!;
  const { write: headers } = await logIn(lab.url("pve1"), ROOT_PASSWORD);
  const parts = [
    "nodes",
    "pve1",
    "pve9",
    "cluster",
    "config",
    "tasks",
    "status",
    "UPID:x",
    "..",
    "%00",
    "%zz",
    "__proto__",
    "constructor",
    "%7Bnode%7D",
    "join",
    "%C3%A4",
    "*",
  ];
  const names = [
    "node",
    "limit",
    "start",
    "type",
    "since",
    "__proto__",
    "constructor",
    "hostname",
    "link0",
    "vmid",
    "",
  ];
  const values = ["-1", "0", "999999999999999999999", "NaN", "x".repeat(5_000), "\\u0000", "ä", "1", ""];
  for (let i = 0; i < 250; i++) {
    const path = Array.from({ length: 1 + Math.floor(nextRandom(random) * 5) }, () => `/${pick(parts)}`).join("");
    const query = Array.from(
      { length: Math.floor(nextRandom(random) * 3) },
      () => `${pick(names)}=${encodeURIComponent(pick(values))}`,
    );
    const method = pick(["GET", "PUT", "DELETE"]);
    const asked = path + (query.length ? `?${query.join("&")}` : "");
    const answer = await rawRequest(lab.url("pve1"), method, asked, { headers });
    expect(answer.body, `seed ${seed}, ${method} ${asked}`).not.toContain("fault of the simulated node");
    expect([200, 400, 500, 501]).toContain(answer.status);
  }
});

test("the top of the API lists what is below it, however many slashes it is asked with", async () => {
  const { read } = await logIn(lab.url("pve1"), ROOT_PASSWORD);
  for (const path of ["", "/", "//"]) {
    const answer = await rawRequest(lab.url("pve1"), "GET", path, { headers: read });
    expect([answer.status, answer.body]).toEqual([200, expect.stringContaining('{"subdir":"nodes"}')]);
  }
});

test("a file of users that says nothing sensible leaves root its rights", async () => {
  write("/etc/pve/user.cfg", ":::\nuser\nacl:\ntoken:x\n\u0000");
  expect((await lab.client("pve1").users()).map((user) => user.userId)).toContain("root@pam");
  expect((await lab.client("pve1").clusterStatus()).cluster?.name).toBe("lab");
});

test("a file of storages that says nothing sensible leaves the built-in one", async () => {
  write("/etc/pve/storage.cfg", "dir\n\tpath\n: :\nnfs: \n");
  expect((await lab.client("pve1").storages()).map((entry) => entry.storage)).toContain("local");
});

test("a certificate that a learner broke has no fingerprint, and the node is listed", async () => {
  write("/etc/pve/nodes/pve2/pve-ssl.pem", "-----BEGIN CERTIFICATE-----\nnonsense\n");
  await lab.port.sleep(1_000);
  const list = await lab.client("pve1").nodes();
  expect(list.map((entry) => [entry.name, entry.certSha256 !== undefined])).toEqual([
    ["pve1", true],
    ["pve2", false],
  ]);
});

test("a configuration that a learner broke is told as such, and no node falls over it", async () => {
  const change = { op: "write" as const, path: "/etc/pve/corosync.conf", content: "totem {\n" };
  lab.port.act("files/change", { node: "pve1", change });
  await lab.port.until((state) =>
    state.nodes.pve2!.pmxcfs.database.entries["corosync.conf"]?.content === change.content ? true : undefined,
  );
  for (const node of ["pve1", "pve2"]) {
    expect(await lab.client(node).clusterConfigNodes().catch(problemOf)).toMatchObject({
      kind: "server-error",
      status: 500,
    });
    expect((await lab.client(node).clusterStatus()).cluster).toMatchObject({ name: "lab", nodes: 2 });
  }
});
