/** Which recorded transcripts of cluster commands are typed anew by a test, and which are not and why. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const SIMULATOR = new URL("../../", import.meta.url).pathname;

/** Recordings of the reference cluster that are not kept here, with the reason. */
const NOT_REPLAYED: Record<string, string> = {
  "42-delnode-selffence-log": "fencing belongs to high availability",
  "50-ha": "high availability",
  "40-node-crash-pve3-api-poll": "times, held by npm run conformance",
  "40-node-crash-pve3-timing": "times, held by npm run conformance",
  "52-ha-fence-final": "high availability",
  "53-migrate-network-cut-note": "a note of the recorder",
  "54-after-interrupted": "state after 53, whose recording is kept; not typed anew",
  nodes_pve1_syslog: "a journal of its moment; not kept",
  "59-ha-simulator-scenarios": "names of scenarios only; high availability",
  "guests/00-guest-create": "not kept: preparation of the guests that the other recordings use",
  "guests/00b-guest-local-create": "not kept: preparation of the guests that the other recordings use",
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

/** All kept recordings of Proxmox VE by their name, those of the second session without their letter g. */
function keptNames(): Set<string> {
  return new Set(
    readdirSync(join(SIMULATOR, "recordings"), { recursive: true, encoding: "utf8" })
      .filter((path) => /\.(?:txt|json)$/.test(path))
      .flatMap((path) => {
        const name = path
          .split("/")
          .at(-1)!
          .replace(/\.\w+$/, "");
        return name.startsWith("g") ? [name, `guests/${name.slice(1)}`] : [name, `guests/${name}`];
      }),
  );
}

it("every recording that was ever given is kept or excluded with a reason", () => {
  const given: Record<"pve" | "guests" | "json" | "corosync", string[]> = JSON.parse(
    readFileSync(join(SIMULATOR, "recordings/recorded-names.json"), "utf8"),
  );
  const kept = keptNames();
  const bare = (name: string) => name.replace(/\.\w+$/, "");
  const names = [
    ...given.pve.map(bare),
    ...given.guests.map((name) => `guests/${bare(name)}`),
    ...given.json.map(bare),
  ];
  expect(names.length).toBeGreaterThan(100);
  expect(names.filter((name) => !kept.has(name) && !(name in NOT_REPLAYED))).toEqual([]);
  expect(Object.keys(NOT_REPLAYED).filter((name) => !names.includes(name))).toEqual([]);
});

it("every recording of corosync is kept", () => {
  const given: { corosync: string[] } = JSON.parse(
    readFileSync(join(SIMULATOR, "recordings/recorded-names.json"), "utf8"),
  );
  const kept = keptNames();
  expect(given.corosync.filter((name) => !kept.has(name.replace(/\.txt$/, "")))).toEqual([]);
  expect(given.corosync).toHaveLength(386);
});
