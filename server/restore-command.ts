/** `npm run restore -- FILE`: everything as it was in a backup. What is there now is backed up first. */
import { join, resolve } from "node:path";
import { applyMigrations, pendingMigrations } from "../database/migrate.ts";
import { withDatabase } from "./backup/offline-database.ts";
import { restoreBackup } from "./backup/restore-backup.ts";
import { writeBackup } from "./backup/write-backup.ts";
import { readArguments, runCommand } from "./command-line.ts";
import { readConfiguration } from "./configuration.ts";
import { StartRefused } from "./start-refused.ts";
import { hasHistory } from "./upgrade.ts";

const USAGE = "Usage: npm run restore -- FILE";

await runCommand(async () => {
  const [name, ...rest] = readArguments(USAGE, {}).positionals;
  if (!name || rest.length > 0) throw new StartRefused(USAGE);
  const file = resolve(name);
  const configuration = readConfiguration(process.env);
  const say = (line: string) => console.error(line);
  await withDatabase({ configuration, purpose: "is being restored", whileRunning: false, say }, async (at) => {
    if (await hasHistory(at.databaseUrl)) {
      const before = join(
        at.folder.backups,
        `before-restore-${new Date().toISOString().replaceAll(/[:.]/g, "-")}.quorate`,
      );
      await writeBackup({ ...at, file: before });
      console.log(`What was there before is in ${before}.`);
    }
    const restored = await restoreBackup({ ...at, file });
    if ((await pendingMigrations(at.databaseUrl)).length > 0) await applyMigrations(at.databaseUrl);
    console.log(
      `Restored ${file} of ${restored.madeAt} (${restored.rows} rows, ${restored.files} files). Go on with: npm start`,
    );
  });
});
