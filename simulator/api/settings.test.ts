/** Services, pools, cluster options, logs and forms of the API, on a cluster of two. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formCluster, taskEnds } from "./testing/form-cluster.ts";
import { type LabWithDoors, openLabWithDoors, ROOT_PASSWORD } from "./testing/lab-with-doors.ts";
import { logIn, rawRequest } from "./testing/raw-request.ts";

let lab: LabWithDoors;
let root: Awaited<ReturnType<typeof logIn>>;
beforeAll(async () => {
  lab = await openLabWithDoors({ nodes: 2 });
  await formCluster(lab);
  root = await logIn(lab.url("pve1"), ROOT_PASSWORD);
});
afterAll(() => lab?.close());

async function ask(method: string, path: string, form?: Record<string, string>) {
  const headers = method === "GET" ? root.read : root.write;
  const answer = await rawRequest(lab.url("pve1"), method, path, { headers, ...(form && { form }) });
  const body = answer.body === "" ? {} : (JSON.parse(answer.body) as { data?: unknown; errors?: unknown });
  return { status: answer.status, reason: answer.reason, ...body };
}

describe("services", () => {
  test("one of another node is stopped and started there by workers", async () => {
    for (const [action, state] of [
      ["stop", "dead"],
      ["start", "running"],
    ] as const) {
      const { data: upid } = await ask("POST", `/nodes/pve2/services/cron/${action}`);
      expect(upid).toMatch(new RegExp(`^UPID:pve2:.*:srv${action}:cron:root@pam:$`));
      await taskEnds(lab, upid as string);
      expect(await ask("GET", "/nodes/pve2/services/cron/state")).toMatchObject({ data: { state, name: "cron" } });
    }
  });

  test("one that is not installed fails in its worker", async () => {
    const { data: upid } = await ask("POST", "/nodes/pve1/services/chrony/start");
    await expect(taskEnds(lab, upid as string)).rejects.toThrow("failed: exit code");
  });

  test("one that no schema knows is a wrong parameter", async () => {
    expect(await ask("GET", "/nodes/pve1/services/nginx/state")).toMatchObject({
      status: 400,
      errors: { service: expect.stringContaining("does not have a value in the enumeration 'chrony, corosync") },
    });
  });
});

describe("pools", () => {
  test("are made, filled, refused while full, emptied and removed", async () => {
    expect(await ask("POST", "/pools", { poolid: "web", comment: "a: b" })).toMatchObject({ status: 200 });
    expect(await ask("POST", "/pools", { poolid: "web" })).toMatchObject({
      status: 500,
      reason: "create pool failed: pool 'web' already exists",
    });
    expect(await ask("PUT", "/pools/web", { storage: "local" })).toMatchObject({ status: 200 });
    expect(await ask("GET", "/pools/web")).toMatchObject({ data: { comment: "a: b", members: expect.anything() } });
    expect(await ask("DELETE", "/pools/web")).toMatchObject({
      reason: "delete pool failed: pool 'web' is not empty (contains storage 'local')",
    });
    expect(await ask("PUT", "/pools/web", { storage: "local", delete: "1" })).toMatchObject({ status: 200 });
    expect(await ask("DELETE", "/pools/web")).toMatchObject({ status: 200 });
    expect(await ask("GET", "/pools")).toMatchObject({ data: [] });
  });
});

describe("options of the cluster", () => {
  test("are kept in datacenter.cfg, seen by the other node, and dropped again", async () => {
    expect(await ask("PUT", "/cluster/options", { migration: "insecure,network=10.10.10.0/24" })).toMatchObject({
      status: 200,
    });
    await lab.port.until((state) =>
      state.nodes.pve2!.pmxcfs.database.entries["datacenter.cfg"]?.content?.includes("migration: insecure,")
        ? true
        : undefined,
    );
    expect(await ask("GET", "/cluster/options")).toMatchObject({
      data: { migration: { type: "insecure", network: "10.10.10.0/24" }, mac_prefix: "BC:24:11" },
    });
    expect(await ask("PUT", "/cluster/options", { delete: "migration" })).toMatchObject({ status: 200 });
    expect((await ask("GET", "/cluster/options")).data).not.toHaveProperty("migration");
  });

  test("have their forms", async () => {
    expect(await ask("PUT", "/cluster/options", { console: "telnet" })).toMatchObject({
      errors: { console: "value 'telnet' does not have a value in the enumeration 'applet, vv, html5, xtermjs'" },
    });
  });
});

test("the cluster's log has the join of both nodes, newest first when asked for one", async () => {
  const { data } = await ask("GET", "/cluster/log");
  expect(data).toContainEqual(expect.objectContaining({ msg: expect.stringContaining("clusterjoin") }));
  expect((await ask("GET", "/cluster/log?max=1")).data).toHaveLength(1);
});

test("the next free number is text, and a taken one is refused", async () => {
  expect((await ask("GET", "/cluster/nextid")).data).toBe("100");
  expect((await ask("GET", "/cluster/nextid?vmid=4711")).data).toBe("4711");
});

test("the journal has the asked lines and the number of all", async () => {
  const answer = (await ask("GET", "/nodes/pve2/syslog?service=corosync&limit=2")) as {
    data?: unknown;
    total?: number;
  };
  expect(answer.data).toHaveLength(2);
  expect(answer.total).toBeGreaterThan(2);
  expect((answer.data as { t: string }[])[0]!.t).toMatch(/^\w{3} \d{2} [\d:]{8} pve2 \w+\[\d+\]: /);
});

test("the name servers are those of the node's file", async () => {
  await ask("PUT", "/nodes/pve2/dns", { search: "example.org", dns1: "192.0.2.1" });
  expect((await ask("GET", "/nodes/pve2/dns")).data).toEqual({ search: "example.org", dns1: "192.0.2.1" });
});

test("an option that a real node takes and this one has no model of says so", async () => {
  expect(await ask("POST", "/nodes/pve1/qemu", { vmid: "100", hugepages: "2" })).toMatchObject({
    status: 400,
    errors: { hugepages: expect.stringContaining("not modelled") },
  });
});

test("a node is shut down and comes back with another boot", async () => {
  const before = lab.port.read((state) => state.nodes.pve2!.bootCount);
  expect(await ask("POST", "/nodes/pve2/status", { command: "reboot" })).toMatchObject({ status: 200, data: null });
  await lab.port.until((state) => (state.nodes.pve2!.bootCount > before ? true : undefined));
  await lab.port.until((state) => (state.nodes.pve2!.services.units.pveproxy.active === "active" ? true : undefined));
  expect(await ask("POST", "/nodes/pve2/status", { command: "dance" })).toMatchObject({ status: 400 });
});

describe("the form that the web interface speaks", () => {
  const extjs = async (path: string) => {
    // The helper asks below /api2/json; what differs is the format alone.
    const answer = await rawRequest(lab.url("pve1"), "GET", `/../extjs${path}`, { headers: root.read });
    return { status: answer.status, body: JSON.parse(answer.body) as unknown };
  };

  test("has success beside the data", async () => {
    expect(await extjs("/version")).toMatchObject({ status: 200, body: { success: 1, data: { release: "8.4" } } });
  });

  test("puts a refusal's status into the body", async () => {
    expect(await extjs("/nodes/nosuch/status")).toMatchObject({
      status: 200,
      body: { success: 0, status: 500, data: null, message: expect.stringContaining("hostname lookup") },
    });
  });
});
