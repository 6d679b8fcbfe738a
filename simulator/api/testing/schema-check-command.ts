/**
 * `node simulator/api/testing/schema-check-command.ts SCHEMA.json`: asks a simulated cluster every modelled read and
 * says where its answers differ from the published schema, and whether a recording says the same as the answer.
 *
 * Exit code 0 when every difference is one that the recordings have, too; 1 otherwise; 2 without a schema.
 */
import { readFileSync } from "node:fs";
import { endpoints } from "../endpoints/all.ts";
import { formCluster } from "./form-cluster.ts";
import { RECORDED_FILES, readExchanges } from "./http-recordings.ts";
import { openLabWithDoors, ROOT_PASSWORD } from "./lab-with-doors.ts";
import { differences, type PublishedApi } from "./published-schema.ts";
import { logIn, rawRequest } from "./raw-request.ts";

const file = process.argv[2];
if (!file) {
  console.error("Name the published schema: schema-check-command.ts SCHEMA.json");
  process.exit(2);
}
const published = JSON.parse(readFileSync(file, "utf8")) as PublishedApi;
const lab = await openLabWithDoors({ nodes: 3 });
await formCluster(lab);
const headers = (await logIn(lab.url("pve1"), ROOT_PASSWORD)).read;
const [task] = lab.port.read((state) => state.nodes.pve1!.tasks.map((one) => one.upid));

let failed = 0;
for (const { method, path } of endpoints) {
  const schema = published[path]?.[method]?.returns;
  if (method !== "GET" || !schema) continue;
  const asked = path.replace("{node}", "pve1").replace("{upid}", task ?? "");
  const answer = await rawRequest(lab.url("pve1"), "GET", asked, { headers });
  if (answer.status !== 200) {
    console.log(`skipped GET ${path} (${answer.status} ${answer.reason})`);
    continue;
  }
  const ours = differences((JSON.parse(answer.body) as { data: unknown }).data, schema);
  const recorded = new Set(recordedDifferences(path, schema));
  const unexplained = ours.filter((difference) => !recorded.has(difference));
  failed += unexplained.length;
  const explained = ours.length - unexplained.length;
  console.log(
    `${unexplained.length === 0 ? "ok     " : "DIFFERS"} GET ${path}${explained ? ` (${explained} as recorded)` : ""}`,
  );
  for (const difference of unexplained) console.log(`        ${difference}`);
}
await lab.close();
console.log(`${failed} differences that no recording has`);
process.exit(failed === 0 ? 0 : 1);

/** Where recorded answers of a real node differ from the schema in the same way. */
function recordedDifferences(path: string, schema: Parameters<typeof differences>[1]): string[] {
  const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`);
  return RECORDED_FILES.flatMap(readExchanges)
    .filter((one) => one.method === "GET" && one.status === 200 && pattern.test(one.path))
    .flatMap((one) => differences((JSON.parse(one.body) as { data: unknown }).data, schema));
}
