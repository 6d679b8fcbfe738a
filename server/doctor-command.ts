/** `npm run doctor -- FILE|NAME [--trust] [--seat NAME] [--all] [--json]`: every node of an inventory, before class. */
import { existsSync, readFileSync } from "node:fs";
import { openDatabase } from "../database/database.ts";
import type { LearntKeys } from "../database/inventories.ts";
import { runDoctor } from "../labs/doctor/doctor.ts";
import { type NodeReport, worstOf } from "../labs/doctor/findings.ts";
import { reportTable } from "../labs/doctor/report-table.ts";
import { expandInventory, type Inventory } from "../labs/inventory/expand-inventory.ts";
import { InventoryProblems, readInventoryFile } from "../labs/inventory/inventory-file.ts";
import { unseal } from "../labs/inventory/seal.ts";
import { withDatabase } from "./backup/offline-database.ts";
import { readArguments, runCommand } from "./command-line.ts";
import { readConfiguration } from "./configuration.ts";
import { dataFolder, keptSecret } from "./data-folder.ts";
import { StartRefused } from "./start-refused.ts";

const USAGE = `Usage: npm run doctor -- FILE|NAME [options]
  FILE          an inventory's YAML file, or the NAME of one that was imported
  --trust       trust host keys that nobody has trusted yet, and keep them for an imported inventory
  --seat NAME   this seat alone; may be given several times
  --all         show what is well, too
  --json        print the reports as one line of JSON
Exit status: 0 all well or only to look at, 1 something wrong.`;

await runCommand(async () => {
  const { values, positionals } = readArguments(USAGE, {
    trust: { type: "boolean", default: false },
    seat: { type: "string", multiple: true },
    all: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  });
  const [subject, ...rest] = positionals;
  if (subject === undefined || rest.length > 0) throw new StartRefused(USAGE);
  const examine = async (inventory: Inventory, learnt: LearntKeys): Promise<NodeReport[]> => {
    for (const seat of values.seat ?? []) {
      if (!inventory.seats.some(({ name }) => name === seat)) throw new StartRefused(`There is no seat ${seat}.`);
    }
    return runDoctor(
      inventory,
      { learnt, trust: values.trust, ...(values.seat && { seats: values.seat }) },
      (done, of, { seat, node }) => {
        if (process.stderr.isTTY)
          process.stderr.write(`\r${done} of ${of}: ${seat} / ${node}\u001b[K${done === of ? "\n" : ""}`);
      },
    );
  };
  const reports = existsSync(subject)
    ? await examine(readFile(subject), {})
    : await fromDatabase(subject, values.trust, examine);
  console.log(values.json ? JSON.stringify(reports) : reportTable(reports, values.all));
  if (existsSync(subject) && values.trust && !values.json) {
    const keys = reports.flatMap(({ seat, node, learnt }) =>
      learnt?.hostKeySha256 ? [`  ${seat} / ${node}  hostKey: ${learnt.hostKeySha256}`] : [],
    );
    if (keys.length > 0)
      console.log(`Trusted for this run; write them into the file to keep them:\n${keys.join("\n")}`);
  }
  if (reports.some(({ findings }) => worstOf(findings) === "wrong")) process.exitCode = 1;
});

function readFile(file: string): Inventory {
  try {
    return expandInventory(readInventoryFile(readFileSync(file, "utf8")));
  } catch (error) {
    if (error instanceof InventoryProblems) throw new StartRefused(`${file}:\n  ${error.problems.join("\n  ")}`);
    throw error;
  }
}

async function fromDatabase(
  name: string,
  trust: boolean,
  examine: (inventory: Inventory, learnt: LearntKeys) => Promise<NodeReport[]>,
): Promise<NodeReport[]> {
  const configuration = readConfiguration(process.env);
  if (!configuration.databaseUrl && !existsSync(dataFolder(configuration.dataFolder).postgres)) {
    throw new StartRefused(`There is no file ${name}, and no inventory was imported in ${configuration.dataFolder}.`);
  }
  return withDatabase(
    { configuration, purpose: "is asked for an inventory", whileRunning: true, say: (line) => console.error(line) },
    async ({ databaseUrl, folder }) => {
      const database = await openDatabase({ url: databaseUrl, connections: 1 });
      try {
        const found = await database.inventories.find(name);
        if (!found) throw new StartRefused(`There is neither a file nor an inventory ${name}.`);
        const inventory = unseal(found.sealed, keptSecret(folder, "inventory-key")) as Inventory;
        const reports = await examine(inventory, found.learnt);
        if (trust) {
          const learnt = reports.flatMap(({ seat, node, learnt }) =>
            learnt ? [[`${seat}/${node}`, learnt] as const] : [],
          );
          await database.inventories.learn(name, Object.fromEntries(learnt));
        }
        return reports;
      } finally {
        await database.close();
      }
    },
  );
}
