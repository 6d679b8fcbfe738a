/** Labs that stand on an inventory: seats, capabilities, and the same door as simulated labs for everybody else. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "../../database/testing/test-database.ts";
import { connectLabs } from "../connect.ts";
import type { Labs } from "../labs.ts";
import { prepareInventory } from "./prepare-inventory.ts";

const KEY = "the key of this test";
const hostKey = `SHA256:${"B".repeat(43)}`;
const yaml = (extra = "") => `inventory: room
defaults: { ssh: { password: "secret-of-{group}", hostKey: "${hostKey}" } }
seats:
  - groups: 1-2
    nodes: [{ name: "pve{n}", n: 1-3, ssh: { host: "10.7.{group}.{n}" } }]
${extra}`;

let test: TestDatabase;
let labs: Labs;
beforeAll(async () => {
  test = await startTestDatabase();
  labs = connectLabs({ simulatorControlUrl: "http://127.0.0.1:1", inventory: { database: test.database, key: KEY } });
  await keep(yaml());
});
afterAll(() => test.stop());

async function keep(text: string) {
  const { inventory, sealed, summary } = prepareInventory(text, KEY);
  return test.database.inventories.save({ name: inventory.name, sealed, summary });
}
let people = 0;
async function labOfSomebody() {
  const name = `Ana ${++people}`;
  const person = await test.database.prisma.person.create({
    data: { id: `person-${people}`, name, email: `${people}@no-mail.invalid` },
  });
  const { lab } = await test.database.labs.findOrCreate({
    personId: person.id,
    courseId: "c",
    nodes: ["pve1", "pve2"],
  });
  return lab;
}

describe("labs on an inventory", () => {
  it("are made once it is in use, each with a seat of its own, and keep it", async () => {
    expect((await labOfSomebody()).backend).toBe("simulated");
    await test.database.inventories.use("room", { classId: null });
    const [one, two, three] = [await labOfSomebody(), await labOfSomebody(), await labOfSomebody()];
    expect(one.backend).toBe("inventory");
    const make = (lab: typeof one) =>
      labs.create({ labId: lab.id, backend: lab.backend, nodes: lab.nodes, seed: lab.seed });
    await make(one);
    await make(two);
    await make(one);
    const hosts = async (labId: string) => (await labs.reach(labId)).nodes.map(({ ssh }) => ssh.host);
    expect(await hosts(one.id)).toEqual(["10.7.1.1", "10.7.1.2", "10.7.1.3"]);
    expect(await hosts(two.id)).toEqual(["10.7.2.1", "10.7.2.2", "10.7.2.3"]);
    await expect(make(three)).rejects.toThrow(/All seats of the inventory room are taken/);
    await test.database.labs.remove(two.id);
    await make(three);
    expect(await hosts(three.id)).toEqual(["10.7.2.1", "10.7.2.2", "10.7.2.3"]);

    expect(await labs.reach(one.id)).toMatchObject({
      nodes: [
        { ssh: { password: "secret-of-1" }, api: { url: "https://10.7.1.1:8006" }, web: "https://10.7.1.1:8006" },
        {},
        {},
      ],
    });
    expect(await labs.capabilities(one.id)).toEqual(["probe"]);
    await expect(labs.apply(one.id, { kind: "power", node: "pve1", state: "off" })).rejects.toThrow(
      /in your own hands/,
    );
    await expect(labs.change(one.id, { to: "fresh", label: "x" })).rejects.toThrow(/by hand/);

    // What is in the database opens nothing.
    const rows = JSON.stringify(await test.database.prisma.inventory.findMany());
    expect(rows).not.toContain("secret-of-1");

    // The same inventory again, with commands: seats keep their labs.
    await keep(yaml('commands: { power: { on: { run: "echo on {node}" }, off: { run: "test {node} = pve1" } } }'));
    expect(await labs.capabilities(one.id)).toEqual(["power", "probe"]);
    await labs.apply(one.id, { kind: "power", node: "pve1", state: "off" });
    expect((await labs.surroundings(one.id)).nodes.map(({ power }) => power)).toEqual(["off", "on", "on"]);
    await expect(labs.apply(one.id, { kind: "power", node: "pve2", state: "off" })).rejects.toThrow(
      /failed with status 1/,
    );
    expect(await hosts(one.id)).toContain("10.7.1.1");

    // What a command prints is shown to whoever pressed: by node, and without the seat's secrets.
    await keep(
      yaml(`commands:
  power: { on: { run: "echo {node} is on, key secret-of-1" }, off: { run: "true" } }
  reset: { run: "echo rolled back" }
  stage: { run: "echo at {stage} >&2" }`),
    );
    expect(await labs.apply(one.id, { kind: "power", node: "pve1", state: "on" })).toBe("pve1 is on, key (hidden)");
    expect(await labs.change(one.id, { to: "fresh", node: "pve2", label: "x" })).toBe("pve2: rolled back");
    const stage = {
      to: "stage",
      label: "x",
      hash: "abc",
      make: () => Promise.reject(new Error("not simulated")),
    } as const;
    expect(await labs.change(one.id, stage)).toBe("pve1: at abc\npve2: at abc\npve3: at abc");

    const other = connectLabs({
      simulatorControlUrl: "http://127.0.0.1:1",
      inventory: { database: test.database, key: "another" },
    });
    await expect(other.reach(one.id)).rejects.toThrow(/secrets\/inventory-key/);

    await test.database.inventories.remove("room");
    await expect(labs.reach(one.id)).rejects.toThrow(/no seat of an inventory any more/);
  });

  it("believe the host key that was accepted, for that node alone, also after the inventory is kept again", async () => {
    await keep(yaml());
    await test.database.inventories.use("room", { classId: null });
    const { id: labId, backend, nodes, seed } = await labOfSomebody();
    await labs.create({ labId, backend, nodes, seed });
    const accepted = `SHA256:${"C".repeat(43)}`;
    await labs.acceptHostKey(labId, "pve2", accepted);
    await keep(yaml());
    const keys = async () => (await labs.reach(labId)).nodes.map(({ ssh }) => ssh.hostKeySha256);
    expect(await keys()).toEqual([hostKey, accepted, hostKey]);
    await expect(labs.acceptHostKey(labId, "pve9", accepted)).rejects.toThrow("no node called pve9");
  });
});
