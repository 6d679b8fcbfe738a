import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyMigrations, differenceToSchema, pendingMigrations } from "./migrate.ts";
import { startTestDatabase, type TestDatabase } from "./testing/test-database.ts";

let test: TestDatabase;
const folder = mkdtempSync(join(tmpdir(), "quorate-migrations-"));

beforeAll(async () => {
  test = await startTestDatabase({ migrate: false });
  cpSync(new URL("../prisma/migrations", import.meta.url), folder, { recursive: true });
});
afterAll(async () => {
  await test.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("migrations", () => {
  it("an empty database lacks every migration, and none after they were applied", async () => {
    const pending = await pendingMigrations(test.url);
    expect(pending[0]).toBe("20261123200000_first_shapes");
    expect(await applyMigrations(test.url)).toEqual(pending);
    expect(await pendingMigrations(test.url)).toEqual([]);
    expect(await applyMigrations(test.url)).toEqual([]);
  });

  it("the migrations together give exactly the schema", async () => {
    const difference = await differenceToSchema(test.url, "database");
    expect(difference.replaceAll(/^--.*$/gm, "").trim()).toBe("");
  });

  it("a later migration is applied alone and recorded in Prisma's history", async () => {
    mkdirSync(join(folder, "20991231000000_later"));
    writeFileSync(
      join(folder, "20991231000000_later", "migration.sql"),
      'CREATE TABLE "later" ("id" TEXT PRIMARY KEY);',
    );
    expect(await pendingMigrations(test.url, folder)).toEqual(["20991231000000_later"]);
    expect(await applyMigrations(test.url, folder)).toEqual(["20991231000000_later"]);
    const client = new Client({ connectionString: test.url });
    await client.connect();
    const { rows } = await client.query(
      "SELECT finished_at IS NOT NULL AS finished FROM _prisma_migrations WHERE migration_name LIKE '%later'",
    );
    await client.end();
    expect(rows).toEqual([{ finished: true }]);
  });

  it("a database written by a newer version is refused with the next move", async () => {
    await expect(pendingMigrations(test.url)).rejects.toThrow(/newer version of Quorate.*git pull/);
  });

  it("a migration that stops half-way is refused until its dump is restored", async () => {
    mkdirSync(join(folder, "20991231000001_broken"));
    writeFileSync(join(folder, "20991231000001_broken", "migration.sql"), "CREATE TABLE nonsense (");
    await expect(applyMigrations(test.url, folder)).rejects.toThrow();
    await expect(pendingMigrations(test.url, folder)).rejects.toThrow(/stopped half-way.*npm run restore/);
  });
});
