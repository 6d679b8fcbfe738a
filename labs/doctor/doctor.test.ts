/** The doctor on simulated nodes, which are reached as real ones are: by an inventory. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { observe } from "../../grader/observe.ts";
import { type StartedLab, startLabProcess } from "../../tools/lab-process.ts";
import { expandInventory, type Inventory } from "../inventory/expand-inventory.ts";
import { readInventoryFile } from "../inventory/inventory-file.ts";
import { describeNode } from "../inventory/inventory-labs.ts";
import { execOverSsh } from "../ssh-command.ts";
import { runDoctor } from "./doctor.ts";
import { worstOf } from "./findings.ts";
import { reportTable } from "./report-table.ts";

let lab: StartedLab;
beforeAll(async () => {
  lab = await startLabProcess({ nodes: 2, seed: "doctor", clock: "fast" });
}, 60_000);
afterAll(() => lab?.stop());

function inventory(change: { password?: string; hostKey?: boolean; through?: "ssh"; name?: string } = {}): Inventory {
  const nodes = lab.description.nodes.map(({ name, ssh, api }, index) => ({
    name: index === 0 ? (change.name ?? name) : name,
    address: `10.10.10.${11 + index}`,
    ssh: {
      ...{ host: ssh.host, port: ssh.port, password: change.password ?? ssh.password },
      ...(change.hostKey && { hostKey: ssh.hostKeySha256 }),
    },
    api: change.through ? { through: "ssh" } : { port: Number(new URL(api.url).port) },
  }));
  const file = { inventory: "sample", seats: [{ names: ["group 1"], nodes }] };
  return expandInventory(readInventoryFile(JSON.stringify(file)));
}
const of = (reports: Awaited<ReturnType<typeof runDoctor>>, subject: string) =>
  reports[0]!.findings.find((finding) => finding.subject === subject);

describe("the doctor", () => {
  it("trusts no host key by itself, and learns it when the instructor says so", async () => {
    const asked = await runDoctor(inventory(), {});
    expect(of(asked, "hostKey")).toMatchObject({ health: "wrong", next: expect.stringContaining("--trust") });
    expect(of(asked, "api")).toBeUndefined();
    const trusting = await runDoctor(inventory(), { trust: true });
    expect(trusting[0]!.learnt?.hostKeySha256).toBe(lab.description.nodes[0]!.ssh.hostKeySha256);
    expect(of(trusting, "api")?.health).toBe("good");
  });

  it("looks at everything on both nodes, each with what was seen", async () => {
    const told: string[] = [];
    const reports = await runDoctor(inventory({ hostKey: true }), {}, (done, all, { node }) => {
      told.push(`${done}/${all} ${node}`);
    });
    expect(told).toHaveLength(2);
    for (const subject of [
      "ssh",
      "hostKey",
      "api",
      "certificate",
      "version",
      "rights",
      "clock",
      "sameVersion",
      "sameCpu",
      "memory",
      "disk",
    ]) {
      expect(of(reports, subject), subject).toMatchObject({ health: "good" });
    }
    expect(of(reports, "ports")).toBeDefined();
    expect(reportTable(reports)).toMatch(/group 1 \/ pve1/);
  });

  it("reaches the API through the SSH connection alone", async () => {
    const node = inventory({ hostKey: true, through: "ssh" }).seats[0]!.nodes.map((one) =>
      describeNode(one, undefined),
    );
    const seen = await observe({ lab: "through-ssh", nodes: node });
    expect(seen.nodes.map(({ reached, version }) => [reached.answered, version?.read])).toEqual([
      [true, true],
      [true, true],
    ]);
  });

  it("tells a wrong password, another host key and another name from each other", async () => {
    const login = await runDoctor(inventory({ password: "nope", hostKey: true }), {});
    expect(of(login, "ssh")).toMatchObject({ health: "wrong", seen: expect.stringContaining("wrong password") });
    const other = `SHA256:${"A".repeat(42)}B`;
    const changed = await runDoctor(inventory(), { learnt: { "group 1/pve1": { hostKeySha256: other } } });
    expect(of(changed, "hostKey")).toMatchObject({ health: "wrong", next: expect.stringContaining("in between") });
    const named = await runDoctor(inventory({ hostKey: true, name: "host1" }), {});
    expect(of(named, "hostname")).toMatchObject({ health: "wrong", seen: "it calls itself pve1" });
  });

  it("names a node that is off and does not wait for it with the others", async () => {
    const one = inventory({ hostKey: true });
    one.seats[0]!.nodes[0]!.ssh = { ...one.seats[0]!.nodes[0]!.ssh, port: 1 };
    const reports = await runDoctor(one, {});
    expect(of(reports, "ssh")).toMatchObject({ health: "wrong" });
    expect(worstOf(reports[0]!.findings)).toBe("wrong");
    expect(reports[1]!.findings.find(({ subject }) => subject === "api")?.health).toBe("good");
  });

  it("names rights without which Proxmox would leave things out in silence", async () => {
    const [first] = lab.description.nodes;
    const made = [
      "pveum role add looker --privs Sys.Audit",
      "pveum user add look@pve --password looking-1",
      "pveum acl modify / --users look@pve --roles looker",
    ].join(" && ");
    await execOverSsh(first!, made, 20_000);
    const poor = inventory({ hostKey: true });
    const nodes = poor.seats[0]!.nodes.slice(0, 1).map((node) => ({
      ...node,
      api: { ...node.api, user: "look@pve", password: "looking-1" },
    }));
    const look = () => runDoctor({ ...poor, seats: [{ ...poor.seats[0]!, nodes }] }, {});
    expect(of(await look(), "rights")).toMatchObject({
      ...{ health: "wrong", seen: expect.stringContaining("VM.Audit on /vms, Datastore.Audit on /storage") },
      next: "On the node: pveum acl modify / --users look@pve --roles PVEAuditor",
    });
    await execOverSsh(first!, "pveum acl modify / --users look@pve --roles PVEAuditor", 20_000);
    expect(of(await look(), "rights")?.health).not.toBe("wrong");
  });
});
