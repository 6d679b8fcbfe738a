/**
 * Our answers beside a real node's: the same keys of the same types, endpoint by endpoint.
 *
 * What differs, and why, is listed here; a new difference fails.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formCluster } from "./testing/form-cluster.ts";
import { readExchanges } from "./testing/http-recordings.ts";
import { type LabWithDoors, openLabWithDoors, ROOT_PASSWORD } from "./testing/lab-with-doors.ts";
import { logIn, rawRequest } from "./testing/raw-request.ts";
import { shapeOf } from "./testing/shape.ts";

/** Endpoints whose recorded answer is about things that a lab of this kind has not, with the reason. */
const NOT_COMPARED: Record<string, string> = {
  "/cluster/ha/status/manager_status": "HA manager is not modelled",
};

/** Keys that one side alone has, with the reason. */
const ONE_SIDED: [RegExp, string][] = [
  [/^data\[eth\]\.(address|autostart|cidr|netmask)/, "the recorded nodes had a second card with an address"],
  [/^data\.(dns1|keyboard)/, "the appliance's resolv.conf names a server, its datacenter.cfg a keyboard"],
  [/^data\[lvmthin\]/, "the recorded nodes had no local-lvm, as an appliance has"],
  [
    /^data\[dir\]\.(priority|prune-backups)/,
    "recorded of the storage that is built in; the appliance has it in its file",
  ],
];
const comparable = (body: string) =>
  shapeOf(JSON.parse(body)).filter((key) => !ONE_SIDED.some(([one]) => one.test(key)));

describe("beside a recorded stand-alone node", () => {
  let lab: LabWithDoors;
  let headers: Record<string, string>;
  beforeAll(async () => {
    lab = await openLabWithDoors({ nodes: 1 });
    headers = (await logIn(lab.url("pve1"), ROOT_PASSWORD)).read;
  });
  afterAll(() => lab?.close());

  const recorded = readExchanges("08-standalone-http-pve4.txt").filter((one) => one.method === "GET");
  test.each(recorded.map((one) => [one.path, one] as const))("GET %s has the recorded shape", async (path, one) => {
    const answer = await rawRequest(lab.url("pve1"), "GET", path.replace("pve4", "pve1"), { headers });
    expect([answer.status, answer.reason]).toEqual([one.status, one.reason]);
    expect(comparable(answer.body)).toEqual(comparable(one.body));
  });
});

describe("beside a recorded cluster of three", () => {
  let lab: LabWithDoors;
  let headers: Record<string, string>;
  beforeAll(async () => {
    lab = await openLabWithDoors({ nodes: 3 });
    await formCluster(lab);
    headers = (await logIn(lab.url("pve1"), ROOT_PASSWORD)).read;
  });
  afterAll(() => lab?.close());

  const recorded = readExchanges("12-http-get-root.txt").filter((one) => !(one.path in NOT_COMPARED));
  test.each(recorded.map((one) => [one.path, one] as const))("GET %s has the recorded shape", async (path, one) => {
    const answer = await rawRequest(lab.url("pve1"), "GET", path, { headers });
    expect([answer.status, answer.reason]).toEqual([one.status, one.reason]);
    expect(comparable(answer.body)).toEqual(comparable(one.body));
  });

  test("a login has the recorded shape", async () => {
    const form = { username: "root@pam", password: ROOT_PASSWORD };
    const answer = await rawRequest(lab.url("pve1"), "POST", "/access/ticket", { form });
    const one = readExchanges("11-http-auth.txt").find((candidate) => candidate.body.includes("clustername"))!;
    expect(comparable(answer.body)).toEqual(comparable(one.body));
  });

  test("a task's status and log have the recorded shape", async () => {
    const of = (suffix: string) =>
      readExchanges("27-http-migrate-task.txt")
        .filter((one) => one.path.endsWith(suffix) && one.status === 200)
        .at(-1)!;
    const list = await rawRequest(lab.url("pve1"), "GET", "/nodes/pve1/tasks", { headers });
    const { upid } = (JSON.parse(list.body) as { data: { upid: string }[] }).data[0]!;
    const ours = async (suffix: string) =>
      shapeOf(
        JSON.parse((await rawRequest(lab.url("pve1"), "GET", `/nodes/pve1/tasks/${upid}${suffix}`, { headers })).body),
      );
    // The recorded task was started with a token, ours with a ticket.
    expect(await ours("/status")).toEqual(
      shapeOf(JSON.parse(of("/status").body)).filter((key) => !key.includes("tokenid")),
    );
    expect(await ours("/log")).toEqual(shapeOf(JSON.parse(of("/log").body)));
  });
});
