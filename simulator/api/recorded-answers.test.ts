/**
 * Every recorded exchange with a real node's API, sent again to simulated nodes in the same situation.
 *
 * A refusal must be the recorded one to the letter, a success must have the recorded status and the recorded keys and
 * types. What is not sent, and what differs, is listed with its reason; one that no longer differs fails, too.
 */
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfigFile } from "../cluster/corosync/config-file.ts";
import { guestSummary } from "../cluster/guests/guest-view.ts";
import { managerStatus } from "../cluster/ha/ha-status.ts";
import { formCluster } from "./testing/form-cluster.ts";
import { RECORDED_FILES, type RecordedExchange, readExchanges } from "./testing/http-recordings.ts";
import { type LabWithDoors, openLabWithDoors, ROOT_PASSWORD } from "./testing/lab-with-doors.ts";
import { logIn, type RawAnswer, rawRequest } from "./testing/raw-request.ts";
import { shapeOf } from "./testing/shape.ts";

/** Secrets of the recorded cluster's tokens, by name: who they belonged to. */
const TOKENS: Record<string, string> = {
  "root@pam!oracle": "33333333-3333-4333-8333-333333333333",
  "grader@pve!ro": "11111111-1111-4111-8111-111111111111",
  "nobody@pve!t1": "22222222-2222-4222-8222-222222222222",
};
const RECORDED_ROOT_PASSWORD = "pvo-Root-1";

/** How the lab came to be as it was when a file was recorded; files of guests and of HA are held by their own tests. */
const SITUATIONS: Record<string, (lab: LabWithDoors) => Promise<void>> = {
  "11-http-auth.txt": async () => {},
  "12-http-get-root.txt": async () => {},
  "13-http-get-PVEAuditor.txt": async () => {},
  "14-http-get-noperm.txt": async () => {},
  "15-http-write-denied.txt": async () => {},
  "46-join-bad-params.txt": async () => {},
  "34-http-while-pve3-cut.txt": async (lab) => {
    await makeGuests(lab);
    lab.port.act("network/unplug", { node: "pve3", unplugged: true });
    await lab.port.until((state) => (state.nodes.pve1!.pmxcfs.onlineIds.length === 2 ? true : undefined));
  },
  "35-http-on-minority-pve3.txt": async (lab) => {
    await makeGuests(lab);
    lab.port.act("network/unplug", { node: "pve3", unplugged: true });
    await lab.port.until((state) => (state.nodes.pve3!.pmxcfs.quorate ? undefined : true));
  },
  "38-corosync-only-partition-http.txt": async (lab) => {
    await makeGuests(lab);
    await manage(lab, 100);
    lab.port.act("guests/act", { node: "pve3", vmid: 102, action: "start", params: {}, program: "qm" });
    await lab.port.until((state) => (state.nodes.pve3!.qemu[102] ? true : undefined));
    // A running corosync keeps the addresses that it has: the file is refused, and read when it starts again.
    await editCorosyncConf(lab, (text) => text.replaceAll(/ring0_addr: 10\.10\.10\./g, "ring0_addr: 10.10.20."));
    for (const node of ["pve1", "pve2", "pve3"]) {
      for (const action of ["stop", "start"] as const) await unit(lab, node, "corosync", action);
    }
    await lab.port.until((state) =>
      Object.values(state.nodes).every(({ pmxcfs }) => pmxcfs.quorate && pmxcfs.onlineIds.length === 3)
        ? true
        : undefined,
    );
    await cutNetwork(lab, "cluster");
    await lab.port.until((state) => (state.nodes.pve3!.pmxcfs.quorate ? undefined : true));
  },
  "40-node-crash-pve3-http.txt": async (lab) => {
    await makeGuests(lab);
    // Its proxy was not up again.
    await unit(lab, "pve3", "pveproxy", "stop");
  },
  "41-node-offline-5min.txt": async (lab) => {
    await makeGuests(lab);
    lab.port.act("power/set", { node: "pve3", state: "off" });
    await lab.port.sleep(330_000);
    await manage(lab, 100);
  },
  "55-services-down.txt": makeGuests,
  "56-corosync-conf-edit-http.txt": async (lab) => {
    await editCorosyncConf(lab, (text) =>
      text
        .replaceAll(/( +)ring0_addr: 10\.10\.10\.(\d+)/g, "$&\n$1ring1_addr: 10.10.20.$2")
        .replace("linknumber: 0", "linknumber: 0\n  }\n  interface {\n    linknumber: 1"),
    );
    await lab.port.until((state) =>
      state.nodes.pve3!.corosync.daemon!.links.filter((link) => link.connected).length === 4 ? true : undefined,
    );
    await cutNetwork(lab, "lan");
    await lab.port.sleep(15_000);
  },
  "58-http-595-blackhole.txt": async (lab) => {
    for (const [from, to] of [
      ["pve1", "pve3"],
      ["pve3", "pve1"],
    ] as const) {
      lab.port.act("network/set-path", { from, to, lossPercent: 100 });
    }
  },
  "27-http-migrate-task.txt": async (lab) => {
    await addStorage(lab, { storage: "shared", type: "nfs", server: STORAGE_SERVER, export: "/export/guests" });
    const config = { name: "web1", scsi0: "shared:1", net0: "virtio,bridge=vmbr0" };
    await runGuest(lab, "pve2", 100, config);
    // On pve1, from before the recording's own: what the list of its tasks shows.
    await runGuest(lab, "pve1", 101, { name: "db1" });
    await migrate(lab, "pve1", 101, "pve3");
  },
  "27b-http-migrate-clean.txt": async (lab) => {
    await addStorage(lab, { storage: "shared", type: "nfs", server: STORAGE_SERVER, export: "/export/guests" });
    await addStorage(lab, { storage: "ldir", type: "dir", path: "/var/lib/ldir" });
    await runGuest(lab, "pve3", 104, { scsi0: "shared:1" });
    await runGuest(lab, "pve2", 105, { scsi0: "ldir:1" });
  },
  "61-migrate-preconditions.txt": (lab) => runGuest(lab, "pve1", 100, {}),
  "45-join-nonquorate-cluster.txt": async (lab) => {
    for (const node of ["pve2", "pve3"]) lab.port.act("power/set", { node, state: "off" });
    await lab.port.until((state) => (state.nodes.pve1!.pmxcfs.quorate ? undefined : true));
  },
};

/** One guest on the first node and some on the third, as far as the recorded requests name them. */
async function makeGuests(lab: LabWithDoors): Promise<void> {
  for (const [vmid, node] of [
    [100, "pve1"],
    [101, "pve3"],
    [102, "pve3"],
  ] as const) {
    lab.port.act("guests/act", {
      node,
      vmid,
      action: "create",
      params: { memory: "128", name: `vm${vmid}` },
      program: "qm",
    });
    await lab.port.until((state) =>
      state.nodes.pve1!.pmxcfs.database.entries[`nodes/${node}/qemu-server/${vmid}.conf`] ? true : undefined,
    );
  }
}

const STORAGE_SERVER = "10.10.10.5";

async function addStorage(lab: LabWithDoors, form: Record<string, string>): Promise<void> {
  const { write } = await logIn(lab.url("pve1"), ROOT_PASSWORD);
  const content = "images,rootdir";
  const answer = await rawRequest(lab.url("pve1"), "POST", "/storage", { headers: write, form: { ...form, content } });
  expect(answer.status).toBe(200);
}

async function runGuest(lab: LabWithDoors, node: string, vmid: number, config: Record<string, string>): Promise<void> {
  const params = { memory: "128", ...config };
  lab.port.act("guests/act", { node, vmid, action: "create", params, program: "qm" });
  await lab.port.until((state) =>
    state.nodes[node]!.pmxcfs.database.entries[`nodes/${node}/qemu-server/${vmid}.conf`] ? true : undefined,
  );
  await ended(lab);
  lab.port.act("guests/act", { node, vmid, action: "start", params: {}, program: "qm" });
  await lab.port.until((state) => (state.nodes[node]!.qemu[vmid]?.status === "running" ? true : undefined));
  await ended(lab);
}

async function migrate(lab: LabWithDoors, node: string, vmid: number, target: string): Promise<void> {
  const { write } = await logIn(lab.url(node), ROOT_PASSWORD);
  const form = { target, online: "1" };
  const answer = await rawRequest(lab.url(node), "POST", `/nodes/${node}/qemu/${vmid}/migrate`, {
    headers: write,
    form,
  });
  expect(answer.status).toBe(200);
  await ended(lab);
}

/** No task runs on any node. */
async function ended(lab: LabWithDoors): Promise<void> {
  await lab.port.until((state) =>
    Object.values(state.nodes).some((node) => node.tasks.some((task) => task.running)) ? undefined : true,
  );
}

/** What happened between the exchanges of a file: before the one of that place, counted from 0. */
const BETWEEN: Record<string, Record<number, (lab: LabWithDoors) => Promise<void>>> = {
  // The status was asked until the migration was over, and the stop, which waits for the guest, too.
  "27-http-migrate-task.txt": {
    9: async (lab) => {
      await lab.port.until((state) => (guestSummary(state, "pve2", 100)?.lock === "migrate" ? true : undefined));
    },
    15: ended,
  },
  "27b-http-migrate-clean.txt": { 1: ended, 4: ended, 7: ended },
  "55-services-down.txt": {
    // pvedaemon of pve3 stopped, then pveproxy too, then both back and pmxcfs stopped.
    0: (lab) => unit(lab, "pve3", "pvedaemon", "stop"),
    4: (lab) => unit(lab, "pve3", "pveproxy", "stop"),
    5: async (lab) => {
      for (const name of ["pvedaemon", "pveproxy"] as const) await unit(lab, "pve3", name, "start");
      await unit(lab, "pve3", "pve-cluster", "stop");
    },
  },
};

async function unit(
  lab: LabWithDoors,
  node: string,
  name: "corosync" | "pvedaemon" | "pveproxy" | "pve-cluster",
  action: "start" | "stop",
): Promise<void> {
  lab.port.act("services/control", { node, unit: name, action });
  const wanted = action === "start" ? "active" : "inactive";
  await lab.port.until((state) => (state.nodes[node]!.services.units[name].active === wanted ? true : undefined));
}

/** A link between corosyncs alone, so that the nodes' main addresses still reach each other without it. */
const CLUSTER_NETWORK = { name: "cluster", nic: "ens19", subnet: "10.10.20.0" };

/** Rewrites corosync.conf as an administrator does, and waits until every node has it on its own disk. */
async function editCorosyncConf(lab: LabWithDoors, edit: (text: string) => string): Promise<void> {
  const text = lab.port.read((state) => state.nodes.pve1!.pmxcfs.database.entries["corosync.conf"]!.content);
  const version = Number(/config_version: (\d+)/.exec(text)![1]) + 1;
  const content = edit(text).replace(/config_version: \d+/, `config_version: ${version}`);
  lab.port.act("files/change", {
    node: "pve1",
    change: { op: "write", path: "/etc/pve/corosync.conf", content, append: false },
  });
  await lab.port.until((state) =>
    ["pve1", "pve2", "pve3"].every((node) => readConfigFile(state, node)?.includes(`config_version: ${version}\n`))
      ? true
      : undefined,
  );
}

async function cutNetwork(lab: LabWithDoors, network: string): Promise<void> {
  for (const to of ["pve1", "pve2"]) lab.port.act("network/set-path", { from: "pve3", to, network, up: false });
}

/** Put a guest in the care of HA, and wait until its manager has taken it. */
async function manage(lab: LabWithDoors, vmid: number): Promise<void> {
  const { write } = await logIn(lab.url("pve1"), ROOT_PASSWORD);
  const form = { sid: `vm:${vmid}`, comment: "oracle", max_restart: "1", max_relocate: "1" };
  await rawRequest(lab.url("pve1"), "POST", "/cluster/ha/resources", { headers: write, form });
  await lab.port.until((state) =>
    managerStatus(state, "pve1").service_status[`vm:${vmid}`]?.state === "started" ? true : undefined,
  );
  // Every LRM writes down how it is once in ten seconds.
  await lab.port.sleep(30_000);
}

/** Files that are not sent here, with the reason. */
const NOT_SENT: Record<string, string> = {
  "08-standalone-http-pve4.txt":
    "a stand-alone node: shapes.test.ts sends all of it but its 424, api-door.test.ts that",
  "g41-qdevice-status.txt": "it asks through pvesh and a curl without its answer: typed in qdevice.test.ts of pvecm",
};

/** Single exchanges that are not sent, by path, with the reason. */
const SINGLE_NOT_SENT: Record<string, string> = {
  "/cluster/ha/status/manager_status": "the HA manager has tests of its own",
};

const HELD = "11 12 13 14 15 27 27b 34 35 38 40 41 45 46 55 56 58 61".split(" ");

test("every recorded file is sent, or is listed with a reason", () => {
  const there = readdirSync(new URL("../recordings/pve/http/", import.meta.url)).filter((name) =>
    name.endsWith(".txt"),
  );
  expect([...there].sort()).toEqual([...RECORDED_FILES].sort());
  expect([...Object.keys(SITUATIONS), ...Object.keys(NOT_SENT)].sort()).toEqual([...RECORDED_FILES].sort());
  expect(
    Object.keys(SITUATIONS)
      .map((name) => name.split("-")[0]!)
      .sort(),
  ).toEqual(HELD);
});

describe.each(Object.keys(SITUATIONS))("%s", (file) => {
  let lab: LabWithDoors;
  let sent: Awaited<ReturnType<typeof sender>>;
  beforeAll(async () => {
    lab = await openLabWithDoors({ nodes: 3, networks: [CLUSTER_NETWORK] });
    await formCluster(lab);
    sent = await sender(lab);
    await SITUATIONS[file]!(lab);
  });
  afterAll(() => lab?.close());

  const exchanges = readExchanges(file)
    .filter((one) => !(one.path in SINGLE_NOT_SENT))
    .map((one, index) => [`${one.method} ${one.path}`, one, index] as const);
  test.each(exchanges)("%s", async (_name, recorded, index) => {
    await BETWEEN[file]?.[index]?.(lab);
    const seen = await sent(recorded);
    expect(told(seen.status, seen.reason, seen.body)).toEqual(told(recorded.status, recorded.reason, recorded.body));
  });
});

/** Status and text of a refusal; status and shape of a success. */
function told(status: number, reason: string, body: string): unknown {
  const plain = (text: string) =>
    text
      .replaceAll(/10\.(99\.7|10\.10)\./g, "10.x.")
      .replaceAll(/\.tmp\.\d+/g, ".tmp.N")
      .replaceAll(/UPID:[^"]+/g, "UPID");
  if (status === 200) return { status, reason, shape: comparable(body) };
  return { status, reason: plain(reason), body: body === "" ? "" : JSON.parse(plain(body)) };
}

/** Keys that one side alone has, with the reason. */
const ONE_SIDED: [RegExp, string][] = [
  [/^data\[lvmthin\]/, "the recorded nodes had no local-lvm, as an appliance has"],
  [/^data\[(qemu|dir|nfs|qm\w+)\]/, "which guests and storages there were, and what was done with them"],
  [/^data\[clusterjoin\]/, "a join of the recorded pve2 failed before the one that it came in by"],
  [/^data\[eth\]\.(address|autostart|cidr|netmask)/, "the recorded nodes had a second card with an address"],
  [/^data\.(dns1|keyboard)/, "the appliance's resolv.conf names a server, its datacenter.cfg a keyboard"],
];

function comparable(body: string): string[] {
  return shapeOf(JSON.parse(body)).filter((key) => !ONE_SIDED.some(([one]) => one.test(key)));
}

/** Users and tokens as recording 10 made them; the way to send a recorded request as one of them. */
async function sender(lab: LabWithDoors): Promise<(one: RecordedExchange) => Promise<RawAnswer>> {
  const first = lab.url("pve1");
  const root = await logIn(first, ROOT_PASSWORD);
  const post = async (path: string, form: Record<string, string>, method = "POST") => {
    const answer = await rawRequest(first, method, path, { headers: root.write, form });
    expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
    return (JSON.parse(answer.body) as { data: { value: string } | null }).data;
  };
  await post("/access/users", { userid: "grader@pve", password: "grader-pw-1", comment: "read only" });
  await post("/access/users", { userid: "nobody@pve" });
  await post("/access/acl", { path: "/", users: "grader@pve", roles: "PVEAuditor" }, "PUT");
  const secrets: Record<string, string> = {};
  for (const name of Object.keys(TOKENS)) {
    const [user, token] = name.split("!");
    secrets[name] = (await post(`/access/users/${user}/token/${token}`, { privsep: "0" }))!.value;
  }
  const headersOf = (one: RecordedExchange): Record<string, string> => {
    if (one.cookie !== undefined) {
      if (one.reason === "Authentication failed!") return { cookie: one.cookie };
      return one.hasCsrfToken ? root.write : root.read;
    }
    if (one.authorization === undefined) return {};
    const match = /^PVEAPIToken=([^=]+)=(.+)$/.exec(one.authorization);
    const known = match && TOKENS[match[1]!] === match[2];
    return { authorization: known ? `PVEAPIToken=${match[1]}=${secrets[match[1]!]}` : one.authorization };
  };
  /** Tasks that the recording started, and ours of the same request. */
  const tasks = new Map<string, string>();
  return async (one) => {
    const form = Object.fromEntries(
      Object.entries(one.form).map(([name, value]) => [
        name,
        value === RECORDED_ROOT_PASSWORD ? ROOT_PASSWORD : value.replace(/^10\.99\.7\./, "10.10.10."),
      ]),
    );
    const named = one.path.replace(/UPID:[^/]+/, (upid) => tasks.get(upid) ?? upid);
    const path = named + (one.query === "" ? "" : `?${one.query}`);
    const answer = await rawRequest(lab.url(one.node), one.method, path, {
      headers: headersOf(one),
      ...(Object.keys(form).length > 0 && { form }),
    });
    const [theirs, ours] = [one.body, answer.body].map((body) => /^\{"data":"(UPID:[^"]+)"\}$/.exec(body)?.[1]);
    if (theirs && ours) tasks.set(theirs, ours);
    return answer;
  };
}
