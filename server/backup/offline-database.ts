/** The database for a tool beside the server: the running one, or one started for the tool. */
import type { Configuration } from "../configuration.ts";
import { type DataFolder, prepareDataFolder } from "../data-folder.ts";
import { requireDatabase } from "../external-database.ts";
import { lockDataFolder, lockHolder } from "../lock.ts";
import { runningPostgresUrl, startBundledPostgres } from "../postgres/bundled-postgres.ts";
import { StartRefused } from "../start-refused.ts";

/**
 * @param options.purpose what the tool does, for the message that a start meanwhile gets
 * @param options.whileRunning whether the tool may work beside the running server
 * @throws StartRefused when the server runs and may not, or the database cannot be had
 */
export async function withDatabase<T>(
  options: { configuration: Configuration; purpose: string; whileRunning: boolean; say: (line: string) => void },
  work: (database: { databaseUrl: string; folder: DataFolder }) => Promise<T>,
): Promise<T> {
  const { configuration, say } = options;
  const folder = prepareDataFolder(configuration.dataFolder);
  const holder = await lockHolder(folder.root);
  if (holder) {
    if (!options.whileRunning) {
      throw new StartRefused(`Quorate is running on ${folder.root} (process ${holder.pid}). Stop it first.`);
    }
    const databaseUrl = configuration.databaseUrl ?? (await runningPostgresUrl(folder));
    if (!databaseUrl) throw new StartRefused("Quorate is just starting or stopping. Try again in a moment.");
    return work({ databaseUrl, folder });
  }
  const lock = await lockDataFolder(folder.root, options.purpose);
  try {
    if (configuration.databaseUrl) {
      await requireDatabase(configuration.databaseUrl);
      return await work({ databaseUrl: configuration.databaseUrl, folder });
    }
    const postgres = await startBundledPostgres(folder, say);
    try {
      return await work({ databaseUrl: postgres.url, folder });
    } finally {
      await postgres.stop();
    }
  } finally {
    lock.release();
  }
}
