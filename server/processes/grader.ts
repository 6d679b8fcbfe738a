/** The process of the grader. */
import { openDatabase } from "../../database/database.ts";
import { startGrader } from "../../grader/grader-process.ts";
import { connectLabs } from "../../labs/connect.ts";
import { runChild } from "../child-process.ts";

export interface GraderProcessConfiguration {
  databaseUrl: string;
  controlUrl: string;
  /** Opens the inventories' secrets. */
  inventoryKey: string;
  dataFolder: string;
}

const connections = 10;

runChild<GraderProcessConfiguration, Record<never, never>>(async (configuration, log) => {
  const database = await openDatabase({ url: configuration.databaseUrl, connections, log: log.warn });
  const grader = await startGrader({
    database,
    labs: connectLabs({
      simulatorControlUrl: configuration.controlUrl,
      inventory: { database, key: configuration.inventoryKey },
    }),
    log,
  });
  return {
    facts: {},
    stop: async () => {
      await grader.stop();
      await database.close();
    },
  };
});
