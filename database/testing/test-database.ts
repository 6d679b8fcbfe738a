/** A database of its own for a test file: a fresh bundled PostgreSQL in a temporary folder, migrated unless told not to. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dataFolder, prepareDataFolder } from "../../server/data-folder.ts";
import { startBundledPostgres } from "../../server/postgres/bundled-postgres.ts";
import { type Database, openDatabase } from "../database.ts";
import { applyMigrations } from "../migrate.ts";

export interface TestDatabase {
  url: string;
  database: Database;
  /** Stop the server and start it again at the same address, as an administrator does; `meanwhile` happens in between. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

export async function startTestDatabase(options: { migrate?: boolean } = {}): Promise<TestDatabase> {
  const root = mkdtempSync(join(tmpdir(), "quorate-test-"));
  prepareDataFolder(root);
  let postgres = await startBundledPostgres(dataFolder(root), () => {});
  if (options.migrate !== false) await applyMigrations(postgres.url);
  const database = await openDatabase({ url: postgres.url });
  return {
    url: postgres.url,
    database,
    restart: async (meanwhile) => {
      await postgres.stop();
      await meanwhile?.();
      const before = postgres.url;
      postgres = await startBundledPostgres(dataFolder(root), () => {});
      if (postgres.url !== before) throw new Error("the database came back at another address");
    },
    stop: async () => {
      await database.close();
      await postgres.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
