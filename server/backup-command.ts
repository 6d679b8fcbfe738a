/** `npm run backup -- FILE`: everything that is kept, in one file. The server may run. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { withDatabase } from "./backup/offline-database.ts";
import { writeBackup } from "./backup/write-backup.ts";
import { readArguments, runCommand } from "./command-line.ts";
import { readConfiguration } from "./configuration.ts";
import { dataFolder } from "./data-folder.ts";
import { StartRefused } from "./start-refused.ts";
import { hasHistory } from "./upgrade.ts";

const USAGE = "Usage: npm run backup -- FILE";

await runCommand(async () => {
  const [name, ...rest] = readArguments(USAGE, {}).positionals;
  if (!name || rest.length > 0) throw new StartRefused(USAGE);
  const file = resolve(name);
  const configuration = readConfiguration(process.env);
  const say = (line: string) => console.error(line);
  if (!configuration.databaseUrl && !existsSync(dataFolder(configuration.dataFolder).postgres)) {
    throw new StartRefused(
      `There is nothing to back up in ${configuration.dataFolder}. Is QUORATE_DATA as at npm start?`,
    );
  }
  const made = await withDatabase(
    { configuration, purpose: "is being backed up", whileRunning: true, say },
    async (at) => {
      if (!(await hasHistory(at.databaseUrl))) throw new StartRefused("There is nothing in the database to back up.");
      return writeBackup({ ...at, file });
    },
  );
  console.log(`Backup written: ${file} (${made.rows} rows, ${made.files} files, ${Math.ceil(made.bytes / 1024)} KiB).`);
  console.log("It holds passwords and keys of the labs: keep it as you keep those.");
});
