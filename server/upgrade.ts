/** Bringing the database to this version's shape, with a dump before anything that is there changes. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { applyMigrations, MigrationRefused, migrationNames, pendingMigrations } from "../database/migrate.ts";
import { writeBackup } from "./backup/write-backup.ts";
import type { DataFolder } from "./data-folder.ts";
import { StartRefused } from "./start-refused.ts";

/** Dumps of earlier upgrades that are kept. */
const dumpsKept = 3;

/**
 * @param migrations folder of the migrations; this version's own unless a test says otherwise
 * @throws StartRefused when the data is of a newer version, or a migration failed; the dump is named
 */
export async function upgradeDatabase(
  databaseUrl: string,
  folder: DataFolder,
  say: (line: string) => void,
  migrations?: string,
): Promise<void> {
  if (await isUpToDate(databaseUrl, migrations)) return;
  let pending: string[];
  try {
    pending = await pendingMigrations(databaseUrl, migrations);
  } catch (error) {
    if (error instanceof MigrationRefused) throw new StartRefused(error.message, { cause: error });
    throw error;
  }
  if (pending.length === 0) return;
  let dump: string | undefined;
  if (await hasHistory(databaseUrl)) {
    dump = join(folder.backups, `before-${pending.at(-1)}.quorate`);
    say(`Upgrading the data; a dump of it as it is now goes to ${dump}`);
    await writeBackup({ databaseUrl, folder, file: dump });
    forgetOldDumps(folder);
  }
  try {
    await applyMigrations(databaseUrl, migrations);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new StartRefused(
      `The database could not be brought to this version: ${text.split("\n").slice(0, 2).join(" ")}.${dump ? ` Go back with: npm run restore -- ${dump}` : ""}`,
      { cause: error },
    );
  }
}

/** The usual case, told without loading Prisma's engine: exactly these migrations are there, and all are whole. */
async function isUpToDate(databaseUrl: string, migrations: string | undefined): Promise<boolean> {
  if (!(await hasHistory(databaseUrl))) return false;
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; whole: boolean }>(
      `SELECT migration_name AS name, finished_at IS NOT NULL AS whole FROM _prisma_migrations
       WHERE rolled_back_at IS NULL ORDER BY migration_name`,
    );
    const own = await migrationNames(migrations);
    return rows.every(({ whole }) => whole) && rows.map(({ name }) => name).join() === own.join();
  } finally {
    await client.end();
  }
}

/** Whether the database has been used by Quorate before. */
export async function hasHistory(databaseUrl: string): Promise<boolean> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ there: boolean }>(
      "SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS there",
    );
    if (!rows[0]?.there) return false;
    const applied = await client.query("SELECT 1 FROM _prisma_migrations WHERE finished_at IS NOT NULL LIMIT 1");
    return applied.rowCount === 1;
  } finally {
    await client.end();
  }
}

function forgetOldDumps(folder: DataFolder): void {
  const dumps = readdirSync(folder.backups).filter((name) => /^before-\d{14}_.*\.quorate$/.test(name));
  for (const name of dumps.sort().slice(0, -dumpsKept)) rmSync(join(folder.backups, name));
}
