/** Which recorded transcripts of cluster commands are typed anew by a test, and which are not and why. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const SIMULATOR = new URL("../../", import.meta.url).pathname;

/** Recordings of the reference cluster that are not kept here, with the reason. */
const NOT_REPLAYED: Record<string, string> = {
  "07-logs-after-join": "journals whose lines are compared by kind in join.test.ts",
  "31-cut-pve3-timing": "times, held by npm run conformance",
  "36-heal-pve3-status": "status after a heal, as in 30",
  "36-heal-pve3-timing": "times, held by npm run conformance",
  "39-split-brain-expected1": "the silent winner is held in pmxcfs.test.ts, not typed anew",
  "39b-split-brain-minority-more-writes": "the silent winner is held in pmxcfs.test.ts, not typed anew",
  "40-node-crash-pve3-cli": "status without a node, as in 33",
  "42-delnode-selffence-log": "fencing belongs to high availability",
  "50-ha": "high availability",
  "56-corosync-conf-edit": "needs a second network in the test's lab; two links are in the conformance table",
};

/** Kept as a source; a test holds what it says without reading it. */
const WRITTEN_OUT: Record<string, string> = {
  "06-join-pve3-api.txt": "its task log stands in cluster/join/join.test.ts",
};

function testsUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts") && !name.endsWith("transcripts.test.ts"))
    .map((name) => readFileSync(join(folder, name), "utf8"));
}

it("every transcript kept under recordings/pve/commands is named by a test", () => {
  const tests = testsUnder(SIMULATOR).join("\n");
  const kept = readdirSync(join(SIMULATOR, "recordings/pve/commands")).filter((name) => name.endsWith(".txt"));
  expect(kept.length).toBeGreaterThan(15);
  const unnamed = kept.filter((name) => !(name in WRITTEN_OUT));
  expect(unnamed.filter((name) => !tests.includes(name) && !tests.includes(name.replace(/\.txt$/, "")))).toEqual([]);
});

it("a transcript is kept or excluded, and not both", () => {
  const kept = readdirSync(join(SIMULATOR, "recordings/pve/commands")).map((name) => name.replace(/\.txt$/, ""));
  expect(kept.filter((name) => name in NOT_REPLAYED)).toEqual([]);
});
