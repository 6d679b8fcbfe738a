/**
 * Prisma's schema engine as WebAssembly, loaded by hand.
 *
 * Prisma's own command line downloads a native engine for every migration command, which fails in a room without
 * internet. `@prisma/schema-engine-wasm` is the same engine; its module form expects a bundler, so it is
 * instantiated here with the import object that a bundler would have built.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";

export type SchemaEngine = bindings.SchemaEngine;

let loading: Promise<void> | undefined;

async function load(): Promise<void> {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve("@prisma/schema-engine-wasm"));
  const bytes = await readFile(join(folder, "schema_engine_bg.wasm"));
  const { instance } = await WebAssembly.instantiate(bytes, {
    "./schema_engine_bg.js": bindings as unknown as WebAssembly.ModuleImports,
  });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports as { __wbindgen_start(): void }).__wbindgen_start();
}

/**
 * An engine connected to a database.
 *
 * @param databaseUrl `postgresql://...`
 * @param datamodel text of `schema.prisma`
 */
export async function openSchemaEngine(databaseUrl: string, datamodel: string): Promise<SchemaEngine> {
  loading ??= load();
  await loading;
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: databaseUrl, max: 2 }));
  return bindings.SchemaEngine.new({ datamodels: [["schema.prisma", datamodel]] }, () => {}, adapter);
}
