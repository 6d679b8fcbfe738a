/** The process that owns the bundled PostgreSQL: when the supervisor is gone, it stops the database in order. */
import { runChild } from "../child-process.ts";
import { dataFolder } from "../data-folder.ts";
import { startBundledPostgres } from "../postgres/bundled-postgres.ts";

export interface DatabaseProcessConfiguration {
  dataFolder: string;
}
export interface DatabaseProcessFacts {
  url: string;
}

runChild<DatabaseProcessConfiguration, DatabaseProcessFacts>(async (configuration, log) => {
  const postgres = await startBundledPostgres(dataFolder(configuration.dataFolder), log.info);
  let stopping = false;
  void postgres.ended.then((how) => {
    if (stopping) return;
    log.error(`PostgreSQL ended by itself (${how}); this process ends, and the supervisor starts both again`);
    process.exit(1);
  });
  return {
    facts: { url: postgres.url },
    stop: async () => {
      stopping = true;
      await postgres.stop();
    },
  };
});
