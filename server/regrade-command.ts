/** `npm run regrade -- CLASS [--of CHAPTER[/STEP]] [--dry-run]`: what was seen in a class, judged with today's checks. */
import { loadCourses } from "../content/pipeline/load-chapter.ts";
import { type Database, openDatabase } from "../database/database.ts";
import { graderVersion } from "../grader/grader-version.ts";
import { judgeAgain, type RegradeResult } from "../grader/judge-again.ts";
import { withDatabase } from "./backup/offline-database.ts";
import { readArguments, runCommand } from "./command-line.ts";
import { readConfiguration } from "./configuration.ts";
import { StartRefused } from "./start-refused.ts";
import { upgradeDatabase } from "./upgrade.ts";

const USAGE = `Usage: npm run regrade -- CLASS [options]
  CLASS                 the class' name, or its id in the address of its page
  --of CHAPTER[/STEP]   only this; all of the class' course unless said
  --dry-run             tell what would change, and change nothing
  --json                print the result as one line of JSON
Passes stay, whatever comes out; what later checks say stands in their receipts. The server may run.`;

const KIND = {
  "passes-now": "passes now",
  stays: "passed before, would not today; stays passed",
  differs: "is judged otherwise, and not passed",
} as const;

await runCommand(async () => {
  const { values, positionals } = readArguments(USAGE, {
    of: { type: "string" },
    "dry-run": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  });
  const [wanted, ...rest] = positionals;
  if (wanted === undefined || rest.length > 0) throw new StartRefused(USAGE);
  const configuration = readConfiguration(process.env);
  await withDatabase(
    { configuration, purpose: "is asked for a class", whileRunning: true, say: (line) => console.error(line) },
    async ({ databaseUrl, folder }) => {
      await upgradeDatabase(databaseUrl, folder, (line) => console.error(line));
      const database = await openDatabase({ url: databaseUrl, connections: 2 });
      try {
        const found = await classCalled(database, wanted);
        const courses = await loadCourses();
        const keyPrefix = [found.courseId, ...(values.of === undefined ? [] : [values.of])].join("/");
        if (!isKnown(courses, keyPrefix)) throw new StartRefused(`The course has no chapter or step ${values.of}.`);
        const result = await judgeAgain(database, courses, {
          ...{ classId: found.id, keyPrefix, by: "the command line", graderVersion: await graderVersion() },
          dryRun: values["dry-run"],
        });
        if (values.json) console.log(JSON.stringify(result));
        else await tell(database, found.id, result, values["dry-run"]);
      } finally {
        await database.close();
      }
    },
  );
});

async function classCalled({ classes }: Database, wanted: string) {
  const all = await classes.all();
  const found = all.filter(({ id, name }) => id === wanted || name === wanted);
  if (found.length > 1) {
    throw new StartRefused(
      `There are ${found.length} classes ${wanted}: say which by its id, ${found.map(({ id }) => id).join(" or ")}.`,
    );
  }
  if (found[0]) return found[0];
  const names = all.map(({ name }) => name).join(", ");
  throw new StartRefused(
    `There is no class ${wanted}${names === "" ? ", and no class at all" : `: there are ${names}`}.`,
  );
}

function isKnown(courses: Awaited<ReturnType<typeof loadCourses>>, key: string): boolean {
  return courses.some(({ course, chapters }) =>
    [
      course.id,
      ...chapters.flatMap(({ chapter }) => [
        `${course.id}/${chapter.id}`,
        ...chapter.steps.map((step) => `${course.id}/${chapter.id}/${step.id}`),
      ]),
    ].includes(key),
  );
}

async function tell(database: Database, classId: string, result: RegradeResult, dryRun: boolean): Promise<void> {
  const names = new Map((await database.classes.standings(classId)).map((one) => [one.personId, one.displayName]));
  for (const { personId, stepKey, kind, checks } of result.changes) {
    console.log(
      `${names.get(personId) ?? "somebody who left"}, ${stepKey.split("/").slice(1).join("/")}: ${KIND[kind]}`,
    );
    for (const { key, was, now } of checks) console.log(`  ${key.split("/").at(-1)}: ${was}, now ${now}`);
  }
  const unread = result.unread > 0 ? `, ${result.unread} of another version and not read` : "";
  const changes = `${result.changes.length} ${result.changes.length === 1 ? "change" : "changes"}`;
  console.log(
    `${result.judgements} looks of ${result.people} people judged${unread}; ${changes}${dryRun ? ", none made" : ""}`,
  );
}
