import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "../../database/testing/test-database.ts";
import { type DataFolder, dataFolder, prepareDataFolder } from "../data-folder.ts";
import { recordKey } from "../record-key.ts";
import { remove, temporaryFolder } from "../testing/started-product.ts";
import { restoreBackup } from "./restore-backup.ts";
import { writeBackup } from "./write-backup.ts";

let test: TestDatabase;
let root: string;
let folder: DataFolder;
let client: Client;
const key = "vm-migration-and-clustering/create-a-cluster/create/exists";

beforeAll(async () => {
  test = await startTestDatabase();
  root = temporaryFolder();
  folder = prepareDataFolder(join(root, "data"));
  client = new Client({ connectionString: test.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await test.stop();
  remove(root);
});

/** Every row of every table, as text. */
async function everything(): Promise<string> {
  const { rows } = await client.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename");
  const tables = [];
  for (const { tablename } of rows) {
    const content = await client.query(`SELECT to_jsonb(t)::text AS row FROM "${tablename}" AS t ORDER BY 1`);
    tables.push([tablename, content.rows.map(({ row }) => row)]);
  }
  return JSON.stringify(tables);
}

async function fill(): Promise<string> {
  const { database } = test;
  const person = await database.people.localLearner();
  const { lab } = await database.labs.findOrCreate({
    ...{ personId: person.id, courseId: "vm-migration-and-clustering", nodes: ["pve1", "pve2"] },
    variables: { clusterName: 'Übung "1"; DROP TABLE lab;--' },
  });
  for (let number = 0; number < 1_200; number++) {
    await client.query(
      `INSERT INTO attempt (id, key, person_id, lab_id, lab_backend, outcome, weight, verdict, content_hash, trigger)
       VALUES ($1, $2, $3, $4, 'simulated', 'not-yet', 0.25, '{"message":{"id":"x"}}', 'h', 'watch')`,
      [`a${number}`, key, person.id, lab.id],
    );
  }
  await database.stepPasses.record({
    stepKey: key.replace(/\/[^/]*$/, ""),
    personId: person.id,
    labId: lab.id,
    contentHash: "h",
  });
  mkdirSync(join(folder.labs, lab.id), { recursive: true });
  // Longer than a piece, and not text.
  writeFileSync(join(folder.labs, lab.id, "log"), Buffer.alloc(2_500_000, "\xff\x00a", "latin1"));
  writeFileSync(join(folder.labs, lab.id, "empty"), "");
  writeFileSync(join(folder.recordings, "one.cast.gz"), "printed");
  writeFileSync(join(folder.secrets, "session-secret"), "kept");
  return lab.id;
}

describe("backup and restore", () => {
  it("give back every row, every file and the keys, and what came later is gone", async () => {
    const labId = await fill();
    const before = await everything();
    const file = join(root, "one.quorate");
    const made = await writeBackup({ databaseUrl: test.url, folder, file });
    expect(made.files).toBe(4);

    await test.database.people.remove("local-learner");
    writeFileSync(join(folder.labs, labId, "log"), "changed");
    writeFileSync(join(folder.labs, "new-lab"), "new");
    writeFileSync(join(folder.recordings, "one.cast.gz"), "changed");
    writeFileSync(join(folder.secrets, "session-secret"), "other");
    expect(await everything()).not.toBe(before);

    const restored = await restoreBackup({ databaseUrl: test.url, folder, file });
    expect(restored).toMatchObject({ rows: made.rows, files: 4 });
    expect(await everything()).toBe(before);
    expect(readFileSync(join(folder.labs, labId, "log")).equals(Buffer.alloc(2_500_000, "\xff\x00a", "latin1"))).toBe(
      true,
    );
    expect(() => readFileSync(join(folder.labs, "new-lab"))).toThrow("ENOENT");
    expect(readFileSync(join(folder.recordings, "one.cast.gz"), "utf8")).toBe("printed");
    expect(readFileSync(join(folder.secrets, "session-secret"), "utf8")).toBe("kept");
  });

  it("a restored database is up to date and still refuses to change an attempt", async () => {
    const { pendingMigrations } = await import("../../database/migrate.ts");
    expect(await pendingMigrations(test.url)).toEqual([]);
    await expect(client.query("UPDATE attempt SET outcome = 'passed'")).rejects.toThrow("an attempt is never changed");
  });

  it("go into an empty data folder and database, as on a new machine", async () => {
    const file = join(root, "two.quorate");
    const signs = recordKey(folder).fingerprint;
    const made = await writeBackup({ databaseUrl: test.url, folder, file });
    const elsewhere = await startTestDatabase({ migrate: false });
    const fresh = dataFolder(join(root, "fresh"));
    prepareDataFolder(fresh.root);
    expect(await restoreBackup({ databaseUrl: elsewhere.url, folder: fresh, file })).toMatchObject({ rows: made.rows });
    expect(await elsewhere.database.people.find("local-learner")).toBeDefined();
    // Records that were signed before verify on.
    expect(recordKey(fresh).fingerprint).toBe(signs);
    expect(statSync(join(fresh.secrets, "record-key.pem")).mode & 0o777).toBe(0o600);
    await elsewhere.stop();
  });

  it.each([
    ["cut short", (file: string) => truncateSync(file, 2_000), /damaged or not a backup|incomplete/],
    [
      "without its last line",
      (file: string) => rewrite(file, (lines) => lines.slice(0, -1)),
      /incomplete: its last line/,
    ],
    ["no backup at all", (file: string) => writeFileSync(file, "hello"), /damaged or not a backup/],
    [
      "of a newer version",
      (file: string) => rewrite(file, ([, ...rest]) => [headerWith(["29990101000000_future"]), ...rest]),
      /newer version of Quorate \(29990101000000_future\).*git pull/,
    ],
    [
      "with a path that leads out of the data folder",
      (file: string) =>
        rewrite(file, (lines) => [
          ...lines.slice(0, -1),
          JSON.stringify({ kind: "file", path: "labs/../../evil", mode: 0o600, base64: "" }),
          lines.at(-1)!,
        ]),
      /not a backup that this version/,
    ],
  ])("a file %s is refused, and nothing changes", async (_name, damage, message) => {
    const before = await everything();
    const file = join(root, "bad.quorate");
    await writeBackup({ databaseUrl: test.url, folder, file });
    damage(file);
    await expect(restoreBackup({ databaseUrl: test.url, folder, file })).rejects.toThrow(message);
    expect(await everything()).toBe(before);
  });

  it("a place that cannot be written is refused in words", async () => {
    const file = join(root, "no-such-folder", "b.quorate");
    await expect(writeBackup({ databaseUrl: test.url, folder, file })).rejects.toThrow(/cannot be written there/);
  });
});

function rewrite(file: string, change: (lines: string[]) => string[]): void {
  const lines = gunzipSync(readFileSync(file)).toString().trim().split("\n");
  writeFileSync(file, gzipSync(`${change(lines).join("\n")}\n`));
}

function headerWith(migrations: string[]): string {
  return JSON.stringify({ kind: "quorate-backup", version: 1, madeAt: new Date().toISOString(), migrations });
}
