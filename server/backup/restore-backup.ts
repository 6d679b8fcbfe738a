/** Restoring a backup: all of it or nothing, in one transaction; the server must not run. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import type { DataFolder } from "../data-folder.ts";
import { StartRefused } from "../start-refused.ts";
import { type BackupHeader, readBackup } from "./backup-file.ts";

const migrationsFolder = fileURLToPath(new URL("../../prisma/migrations", import.meta.url));

/** Prisma's own table of applied migrations, as its engine makes it. */
const historyTable = `CREATE TABLE _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`;

/** @throws StartRefused when the file is no whole backup, or of a newer version; then nothing has changed */
export async function restoreBackup(options: {
  databaseUrl: string;
  folder: DataFolder;
  file: string;
}): Promise<{ madeAt: string; rows: number; files: number }> {
  const { folder, file } = options;
  const header = await checkWhole(file);
  const labs = `${folder.labs}.restoring`;
  const recordings = `${folder.recordings}.restoring`;
  const secrets = `${folder.secrets}.restoring`;
  const parts: Record<string, string> = { labs, recordings, secrets };
  for (const path of Object.values(parts)) {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }
  const client = new Client({ connectionString: options.databaseUrl, application_name: "quorate restore" });
  await client.connect();
  let rows = 0;
  const files = new Set<string>();
  try {
    await client.query("BEGIN");
    await client.query("SET LOCAL timezone = 'UTC'");
    await client.query("SET LOCAL client_min_messages = warning");
    await client.query("DROP SCHEMA IF EXISTS pgboss CASCADE");
    await client.query("DROP SCHEMA public CASCADE");
    await client.query("CREATE SCHEMA public");
    for (const name of header.migrations) {
      await client.query(readFileSync(join(migrationsFolder, name, "migration.sql"), "utf8"));
    }
    await client.query(historyTable);
    for await (const line of readBackup(file)) {
      if (line.kind === "rows") {
        const table = client.escapeIdentifier(line.table);
        await client.query(`INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)`, [
          JSON.stringify(line.rows),
        ]);
        rows += line.rows.length;
      } else if (line.kind === "file") {
        const [part = "", ...below] = line.path.split("/");
        const path = join(parts[part] ?? secrets, ...below);
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        writeFileSync(path, Buffer.from(line.base64, "base64"), { flag: files.has(path) ? "a" : "w", mode: line.mode });
        files.add(path);
      }
    }
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    for (const path of Object.values(parts)) rmSync(path, { recursive: true, force: true });
    throw error;
  } finally {
    await client.end();
  }
  swap(labs, folder.labs);
  swap(recordings, folder.recordings);
  // Secrets made since the backup and not in it (none today) stay.
  for (const name of readdirSync(secrets)) {
    renameSync(join(secrets, name), join(folder.secrets, name));
    chmodSync(join(folder.secrets, name), 0o600);
  }
  rmSync(secrets, { recursive: true, force: true });
  return { madeAt: header.madeAt, rows, files: files.size };
}

/** Read the file to its end once before anything is touched. */
async function checkWhole(file: string): Promise<BackupHeader> {
  let header: BackupHeader | undefined;
  for await (const line of readBackup(file)) if (line.kind === "quorate-backup") header = line;
  if (!header) throw new StartRefused(`${file} is not a backup of Quorate.`);
  const unknown = header.migrations.filter((name) => !existsSync(join(migrationsFolder, name, "migration.sql")));
  if (unknown.length > 0) {
    throw new StartRefused(
      `${file} was written by a newer version of Quorate (${unknown.join(", ")}). Update the clone with git pull.`,
    );
  }
  return header;
}

function swap(fresh: string, place: string): void {
  const old = `${place}.replaced`;
  rmSync(old, { recursive: true, force: true });
  if (existsSync(place)) renameSync(place, old);
  renameSync(fresh, place);
  rmSync(old, { recursive: true, force: true });
}
