/** Writing a backup: rows as they are at one moment, then the keys, the labs' files and recordings. The server may run meanwhile. */
import { once } from "node:events";
import {
  closeSync,
  createWriteStream,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join, relative, sep } from "node:path";
import { finished } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { Client } from "pg";
import type { DataFolder } from "../data-folder.ts";
import { StartRefused, systemCode } from "../start-refused.ts";
import type { BackupLine } from "./backup-file.ts";
import { tablesInOrder } from "./tables.ts";

const rowsAtOnce = 500;
/** Bytes of a file on one line; a line must fit in memory several times. */
const pieceBytes = 1_000_000;

/**
 * @param options.file written beside as FILE.unfinished and renamed when complete
 * @returns how much is in it
 */
export async function writeBackup(options: {
  databaseUrl: string;
  folder: DataFolder;
  file: string;
}): Promise<{ rows: number; files: number; bytes: number }> {
  const unfinished = `${options.file}.unfinished`;
  const client = new Client({ connectionString: options.databaseUrl, application_name: "quorate backup" });
  await client.connect();
  const gzip = createGzip();
  const output = createWriteStream(unfinished, { mode: 0o600 });
  const written = finished(gzip.pipe(output));
  written.catch(() => {});
  const put = async (line: BackupLine) => {
    if (output.errored) throw output.errored;
    if (!gzip.write(`${JSON.stringify(line)}\n`)) await Promise.race([once(gzip, "drain"), written]);
  };
  try {
    const rows = await putRows(client, put);
    const files = await putFiles(options.folder, put);
    await put({ kind: "end", rows, files });
    gzip.end();
    await written;
    renameSync(unfinished, options.file);
    return { rows, files, bytes: statSync(options.file).size };
  } catch (error) {
    gzip.destroy();
    output.destroy();
    rmSync(unfinished, { force: true });
    switch (systemCode(error)) {
      case "EACCES":
      case "EPERM":
      case "EROFS":
      case "ENOENT":
      case "EISDIR":
        throw new StartRefused(
          `The backup ${options.file} cannot be written there. Name a file in a folder of yours.`,
          {
            cause: error,
          },
        );
      case "ENOSPC":
        throw new StartRefused(`There is no space left for the backup ${options.file}.`, { cause: error });
      default:
        throw error;
    }
  } finally {
    await client.end();
  }
}

async function putRows(client: Client, put: (line: BackupLine) => Promise<void>): Promise<number> {
  let count = 0;
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  await client.query("SET LOCAL timezone = 'UTC'");
  const migrations = await client.query<{ name: string }>(
    "SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name",
  );
  await put({
    ...{ kind: "quorate-backup", version: 1, madeAt: new Date().toISOString() },
    migrations: migrations.rows.map(({ name }) => name),
  });
  for (const table of await tablesInOrder(client)) {
    const name = client.escapeIdentifier(table);
    await client.query(`DECLARE rows CURSOR FOR SELECT to_jsonb(t) AS row FROM ${name} AS t`);
    for (;;) {
      const { rows } = await client.query<{ row: Record<string, unknown> }>(`FETCH ${rowsAtOnce} FROM rows`);
      if (rows.length === 0) break;
      count += rows.length;
      await put({ kind: "rows", table, rows: rows.map(({ row }) => row) });
    }
    await client.query("CLOSE rows");
  }
  await client.query("COMMIT");
  return count;
}

async function putFiles(folder: DataFolder, put: (line: BackupLine) => Promise<void>): Promise<number> {
  let count = 0;
  for (const part of [folder.secrets, folder.labs, folder.recordings]) {
    if (!existsSync(part)) continue;
    const entries = readdirSync(part, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      if (await putFile(path, relative(folder.root, path).split(sep).join("/"), put)) count += 1;
    }
  }
  return count;
}

/** False for a file that went away meanwhile. One that grows is taken as far as it was when opened. */
async function putFile(path: string, name: string, put: (line: BackupLine) => Promise<void>): Promise<boolean> {
  let handle: number;
  try {
    handle = openSync(path, "r");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
  try {
    const { size, mode } = statSync(path);
    const buffer = Buffer.alloc(Math.min(pieceBytes, Math.max(size, 1)));
    let at = 0;
    do {
      const length = readSync(handle, buffer, 0, Math.min(buffer.length, size - at), at);
      await put({ kind: "file", path: name, mode: mode & 0o777, base64: buffer.toString("base64", 0, length) });
      if (length === 0) break;
      at += length;
    } while (at < size);
    return true;
  } finally {
    closeSync(handle);
  }
}
