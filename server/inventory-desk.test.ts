import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "../database/testing/test-database.ts";
import { inventoryDesk } from "./inventory-desk.ts";

let test: TestDatabase;
beforeAll(async () => {
  test = await startTestDatabase();
});
afterAll(() => test.stop());

/** Port 9 of loopback: nobody answers there. */
const YAML = `inventory: room
defaults:
  ssh: { password: very-secret, port: 9 }
seats:
  - groups: 1-2
    nodes:
      - { name: "pve{n}", n: 1-1, ssh: { host: "127.0.0.{group}" } }
`;

it("keeps an inventory whose secrets no page can read, and says every wrong place with its line", async () => {
  const desk = inventoryDesk(test.database, "key");
  expect(await desk.keep(YAML)).toEqual({ name: "room" });
  expect(JSON.stringify(await test.database.inventories.all())).not.toContain("very-secret");
  const wrong = await desk.keep(YAML.replace("groups: 1-2", "groups: many"));
  expect(wrong).toEqual({ problems: [expect.stringMatching(/^line 5, seats\.0\.groups: /)] });
  expect(await desk.keep("a: [")).toMatchObject({ problems: [expect.stringMatching(/line/)] });
});

it("examines every node and tells of each; there is nothing to examine in one that is not there", async () => {
  const desk = inventoryDesk(test.database, "key");
  await desk.keep(YAML);
  const told: string[] = [];
  const reports = await desk.examine("room", false, (done, of, { seat }) => told.push(`${done}/${of} ${seat}`));
  expect(reports).toHaveLength(2);
  expect(reports!.every(({ findings }) => findings.some(({ health, next }) => health === "wrong" && next))).toBe(true);
  expect(told.map((line) => line.slice(0, 3))).toEqual(["1/2", "2/2"]);
  expect(JSON.stringify(reports)).not.toContain("very-secret");
  expect(await desk.examine("other", false, () => {})).toBeUndefined();
});
