/**
 * The database's shape: what is pending, and applying it.
 *
 * Migrations are Prisma's own format (`prisma/migrations/NAME/migration.sql`), recorded in its history table.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SchemaEngine } from "./schema-engine.ts";
import { withSchemaEngine } from "./schema-engine.ts";

const prismaFolder = fileURLToPath(new URL("../prisma/", import.meta.url));
const noFilter = { externalTables: [], externalEnums: [] };

/** The database was written by a newer Quorate, or a migration stopped half-way; the message names the next move. */
export class MigrationRefused extends Error {
  override name = "MigrationRefused";
}

async function withEngine<T>(databaseUrl: string, work: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  return withSchemaEngine(databaseUrl, await readFile(join(prismaFolder, "schema.prisma"), "utf8"), work);
}

/** Names of this version's migrations, in order. */
export async function migrationNames(folder = join(prismaFolder, "migrations")): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

async function migrationsList(folder: string) {
  const names = await migrationNames(folder);
  return {
    baseDir: folder,
    lockfile: { path: "migration_lock.toml", content: await readFile(join(folder, "migration_lock.toml"), "utf8") },
    shadowDbInitScript: "",
    migrationDirectories: await Promise.all(
      names.map(async (name) => ({
        path: name,
        migrationFile: {
          path: "migration.sql",
          content: { tag: "ok" as const, value: await readFile(join(folder, name, "migration.sql"), "utf8") },
        },
      })),
    ),
  };
}

/**
 * Names of the migrations that the database lacks, in order; empty when it is up to date.
 *
 * @throws MigrationRefused when the database knows migrations that this version lacks, or one failed half-way
 */
export function pendingMigrations(databaseUrl: string, folder = join(prismaFolder, "migrations")): Promise<string[]> {
  return withEngine(databaseUrl, async (engine) => {
    const diagnosis = await engine.diagnoseMigrationHistory({
      migrationsList: await migrationsList(folder),
      optInToShadowDatabase: false,
      filters: noFilter,
    });
    if (diagnosis.failedMigrationNames.length > 0) {
      throw new MigrationRefused(
        `The migration ${diagnosis.failedMigrationNames.join(", ")} stopped half-way. Restore the dump made before it (npm run restore -- FILE).`,
      );
    }
    const history = diagnosis.history;
    if (history === null) return [];
    if (history.diagnostic !== "databaseIsBehind") {
      throw new MigrationRefused(
        `The data was written by a newer version of Quorate (${history.unpersistedMigrationNames.join(", ")}). Update the clone with git pull.`,
      );
    }
    return history.unappliedMigrationNames;
  });
}

/** Apply what is pending, each in its own transaction. @returns the names applied */
export function applyMigrations(databaseUrl: string, folder = join(prismaFolder, "migrations")): Promise<string[]> {
  return withEngine(databaseUrl, async (engine) => {
    const applied = await engine.applyMigrations({ migrationsList: await migrationsList(folder), filters: noFilter });
    return applied.appliedMigrationNames;
  });
}

/** SQL that takes an empty database, or the database as it is, to `schema.prisma`; empty text when nothing differs. */
export function differenceToSchema(databaseUrl: string, from: "empty" | "database"): Promise<string> {
  return withEngine(databaseUrl, async (engine) => {
    const files = [
      {
        path: join(prismaFolder, "schema.prisma"),
        content: await readFile(join(prismaFolder, "schema.prisma"), "utf8"),
      },
    ];
    const result = await engine.diff({
      from: from === "empty" ? { tag: "empty" } : { tag: "schemaDatasource", files, configDir: prismaFolder },
      to: { tag: "schemaDatamodel", files },
      script: true,
      exitCode: null,
      filters: noFilter,
    });
    return result.stdout ?? "";
  });
}
