/**
 * `npm run unknown-commands -- [FOLDER]`: names of commands that shells met and a simulated node does not have, most
 * often met first. FOLDER is the labs' folder; absent: `labs` in QUORATE_DATA.
 */
import { join } from "node:path";
import { readUnknownCommands } from "./unknown-commands.ts";

const data = process.env.QUORATE_DATA;
const folder = process.argv[2] ?? (data ? join(data, "labs") : undefined);
if (!folder) {
  process.stderr.write("Usage: npm run unknown-commands -- FOLDER, or set QUORATE_DATA as at npm start\n");
  process.exit(64);
}
const rows = Object.entries(readUnknownCommands(folder)).toSorted(([, a], [, b]) => b.count - a.count);
if (rows.length === 0) process.stderr.write("No unknown command was met yet.\n");
for (const [name, { count, lastSeen }] of rows) {
  process.stdout.write(
    `${String(count).padStart(6)}  ${name.padEnd(31)} last ${lastSeen.slice(0, 16).replace("T", " ")}\n`,
  );
}
