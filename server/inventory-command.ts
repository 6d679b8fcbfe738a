/** `npm run inventory -- import FILE | list | use NAME | stop NAME | remove NAME`. The server may run. */
import { readFileSync } from "node:fs";
import { type Database, openDatabase } from "../database/database.ts";
import { InventoryProblems } from "../labs/inventory/inventory-file.ts";
import { prepareInventory } from "../labs/inventory/prepare-inventory.ts";
import { withDatabase } from "./backup/offline-database.ts";
import { readArguments, runCommand } from "./command-line.ts";
import { readConfiguration } from "./configuration.ts";
import { keptSecret, prepareDataFolder } from "./data-folder.ts";
import { StartRefused } from "./start-refused.ts";
import { upgradeDatabase } from "./upgrade.ts";

const USAGE = `Usage:
  npm run inventory -- check FILE               see what is wrong with it, and what it describes
  npm run inventory -- import FILE              keep it; secrets are sealed
  npm run inventory -- list
  npm run inventory -- use NAME [--class ID]    new labs stand on it: of the class, or of learners outside any
  npm run inventory -- stop NAME                new labs are simulated again
  npm run inventory -- remove NAME`;

await runCommand(async () => {
  const { values, positionals } = readArguments(USAGE, { class: { type: "string" } });
  const [what, subject, ...rest] = positionals;
  if (rest.length > 0 || what === undefined) throw new StartRefused(USAGE);
  const configuration = readConfiguration(process.env);
  const key = () => keptSecret(prepareDataFolder(configuration.dataFolder), "inventory-key");
  if (what === "check" && subject) {
    const { summary } = prepare(subject, "not kept");
    console.log(describe(summary));
    return;
  }
  const prepared = what === "import" && subject ? prepare(subject, key()) : undefined;
  await withDatabase(
    {
      configuration,
      purpose: "is being told about an inventory",
      whileRunning: true,
      say: (line) => console.error(line),
    },
    async ({ databaseUrl, folder }) => {
      await upgradeDatabase(databaseUrl, folder, (line) => console.error(line));
      const database = await openDatabase({ url: databaseUrl, connections: 1 });
      try {
        if (prepared) {
          const { inventory, sealed, summary } = prepared;
          await database.inventories.save({ name: inventory.name, sealed, summary });
          console.log(`Imported ${inventory.name}.\n${describe(summary)}`);
          console.log(
            `Next: npm run doctor -- ${inventory.name} --trust, then npm run inventory -- use ${inventory.name}`,
          );
        } else await answer(database, what, subject, values.class);
      } finally {
        await database.close();
      }
    },
  );
});

async function answer(database: Database, what: string, name: string | undefined, classId: string | undefined) {
  if (what === "list") {
    const all = await database.inventories.all();
    if (all.length === 0) console.log("There is no inventory yet: npm run inventory -- import FILE");
    for (const { name, seats, inUse, classId } of all) {
      const taken = seats.filter(({ labId }) => labId !== null).length;
      const use = !inUse
        ? "not in use"
        : classId
          ? `in use by the class ${classId}`
          : "in use by learners outside classes";
      console.log(`${name}: ${seats.length} seats, ${taken} taken, ${use}`);
    }
    return;
  }
  if (name === undefined || !["use", "stop", "remove"].includes(what)) throw new StartRefused(USAGE);
  if (!(await database.inventories.find(name))) {
    throw new StartRefused(`There is no inventory ${name}. npm run inventory -- list shows those there are.`);
  }
  if (what === "use") {
    if (classId !== undefined && !(await database.classes.find(classId))) {
      throw new StartRefused(`There is no class ${classId}; its id is in the address of its page.`);
    }
    await database.inventories.use(name, { classId: classId ?? null });
    console.log(
      `New labs ${classId ? `of the class ${classId}` : "of learners outside classes"} stand on ${name} now.`,
    );
  } else if (what === "stop") {
    await database.inventories.use(name, undefined);
    console.log(`New labs are simulated again; those that have a seat of ${name} keep it.`);
  } else {
    await database.inventories.remove(name);
    console.log(`Removed ${name}, with its secrets.`);
  }
}

function prepare(file: string, key: string) {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new StartRefused(`The file ${file} cannot be read (${(error as Error).message}).`, { cause: error });
  }
  try {
    return prepareInventory(text, key);
  } catch (error) {
    if (error instanceof InventoryProblems) throw new StartRefused(`${file}:\n  ${error.problems.join("\n  ")}`);
    throw error;
  }
}

function describe({ seats }: ReturnType<typeof prepareInventory>["summary"]): string {
  return seats
    .map(({ name, nodes }) => `  ${name}: ${nodes.map((node) => `${node.name} ${node.host}`).join(", ")}`)
    .join("\n");
}
