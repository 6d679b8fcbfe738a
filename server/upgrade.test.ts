import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "../database/testing/test-database.ts";
import { restoreBackup } from "./backup/restore-backup.ts";
import { type DataFolder, prepareDataFolder } from "./data-folder.ts";
import { remove, temporaryFolder } from "./testing/started-product.ts";
import { upgradeDatabase } from "./upgrade.ts";

let test: TestDatabase;
let root: string;
let folder: DataFolder;
let migrations: string;

beforeAll(async () => {
  test = await startTestDatabase({ migrate: false });
  root = temporaryFolder();
  folder = prepareDataFolder(join(root, "data"));
  migrations = join(root, "migrations");
  cpSync(new URL("../prisma/migrations", import.meta.url), migrations, { recursive: true });
});
afterAll(async () => {
  await test.stop();
  remove(root);
});

function later(name: string, sql: string): void {
  mkdirSync(join(migrations, name));
  writeFileSync(join(migrations, name, "migration.sql"), sql);
}

describe("an upgrade", () => {
  it("of a new database makes no dump, for there is nothing in it", async () => {
    await upgradeDatabase(test.url, folder, () => {}, migrations);
    expect(readdirSync(folder.backups)).toEqual([]);
  });

  it("of a used database makes a dump first, says where, and keeps the data", async () => {
    await test.database.people.localLearner();
    later("20991231000000_nickname", 'ALTER TABLE "person" ADD COLUMN "nickname" TEXT;');
    const said: string[] = [];
    await upgradeDatabase(test.url, folder, (line) => said.push(line), migrations);
    expect(readdirSync(folder.backups)).toEqual(["before-20991231000000_nickname.quorate"]);
    expect(said.join()).toContain(join(folder.backups, "before-20991231000000_nickname.quorate"));
    expect(await test.database.people.find("local-learner")).toBeDefined();
  });

  it("that is up to date does nothing", async () => {
    const said: string[] = [];
    await upgradeDatabase(test.url, folder, (line) => said.push(line), migrations);
    expect(said).toEqual([]);
  });

  it("that fails names the dump, and the dump takes everything back", async () => {
    later("20991231000001_broken", 'ALTER TABLE "person" ADD COLUMN "a" TEXT; ALTER TABLE "nonsense" ADD "b" TEXT;');
    await expect(upgradeDatabase(test.url, folder, () => {}, migrations)).rejects.toThrow(
      /could not be brought to this version.*npm run restore -- .*before-20991231000001_broken\.quorate/,
    );
    // The dump before the one that failed is of this version's own shape.
    await restoreBackup({
      databaseUrl: test.url,
      folder,
      file: join(folder.backups, "before-20991231000000_nickname.quorate"),
    });
    expect(await test.database.people.find("local-learner")).toBeDefined();
  });
});
