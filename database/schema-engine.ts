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
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";
import { Pool } from "pg";

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
 * Prisma's driver for the engine, with two repairs.
 *
 * It cuts scripts at every semicolon, also inside a function's body or a comment; PostgreSQL takes a script whole, as
 * one transaction. And it does not know PostgreSQL's internal type "char", which the engine reads when it describes a
 * database.
 */
class WholeScripts extends PrismaPg {
  override async connect() {
    const adapter = await super.connect();
    const driver = adapter as unknown as { performIO(query: unknown): Promise<{ fields?: { dataTypeID: number }[] }> };
    const performIO = driver.performIO.bind(adapter);
    const queryRaw = adapter.queryRaw;
    adapter.queryRaw = async (query) => {
      const characters: number[] = [];
      // A call's own copy of the driver, so that two queries at once do not mix.
      const call = Object.create(adapter) as typeof driver;
      call.performIO = async (sent) => {
        const result = await performIO(sent);
        for (const [column, field] of (result.fields ?? []).entries()) {
          if (field.dataTypeID !== oid.char) continue;
          field.dataTypeID = oid.text;
          characters.push(column);
        }
        return result;
      };
      const result = await queryRaw.call(call, query);
      for (const column of characters) result.columnTypes[column] = ColumnTypeEnum.Character;
      return result;
    };
    adapter.executeScript = async (script) => {
      await adapter.underlyingDriver().query(script);
    };
    return adapter;
  }
}

const oid = { char: 18, text: 25 } as const;

/**
 * Work with an engine connected to a database. Its connections are closed afterwards: one that lingers would keep
 * the migration lock.
 *
 * @param databaseUrl `postgresql://...`
 * @param datamodel text of `schema.prisma`
 */
export async function withSchemaEngine<T>(
  databaseUrl: string,
  datamodel: string,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  loading ??= load();
  await loading;
  const pool = new Pool({ connectionString: databaseUrl, max: 5 });
  pool.on("error", () => {});
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(new WholeScripts(pool));
    const engine = await bindings.SchemaEngine.new({ datamodels: [["schema.prisma", datamodel]] }, () => {}, adapter);
    try {
      return await work(engine);
    } finally {
      engine.free();
    }
  } finally {
    await pool.end();
  }
}
