/**
 * Parameters and answers beside what the Proxmox project publishes about its API, where that description lies beside
 * the project; it is of 9.1 and not part of the repository. Where the recordings (8.4) say otherwise, they are right.
 */
import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Endpoint } from "./endpoint.ts";
import { endpoints } from "./endpoints/all.ts";
import { type DeclaredType, declaredType } from "./parameters.ts";
import { formCluster } from "./testing/form-cluster.ts";
import { RECORDED_FILES, readExchanges } from "./testing/http-recordings.ts";
import { type LabWithDoors, openLabWithDoors, ROOT_PASSWORD } from "./testing/lab-with-doors.ts";
import { differences, type PublishedApi, type PublishedSchema } from "./testing/published-schema.ts";
import { logIn, rawRequest } from "./testing/raw-request.ts";
import { unmodelledParameters } from "./unmodelled-parameters.ts";

/** Beside the project, or where PVE_API_SCHEMA says. */
const SCHEMA = process.env.PVE_API_SCHEMA
  ? pathToFileURL(process.env.PVE_API_SCHEMA)
  : new URL("../../../shared/pve-api/pve-api-9.1.json", import.meta.url);
const published = existsSync(SCHEMA) ? (JSON.parse(readFileSync(SCHEMA, "utf8")) as PublishedApi) : undefined;
if (!published) console.log(`skipped: the published schema is not at ${SCHEMA.pathname}`);

/** Declared differently on purpose, as `METHOD PATH parameter`, with the reason. */
const PARAMETERS_DIFFER: Record<string, string> = {
  "POST /nodes/{node}/qemu digest": "one table of options for creating and changing; a real node ignores it there",
  "POST /nodes/{node}/qemu skiplock": "one table of options for creating and changing",
};

/** Values declared differently on purpose, as `METHOD PATH parameter`, with the reason. */
const VALUES_DIFFER: Record<string, string> = {
  "GET /nodes/{node}/rrddata timeframe": "8.4 has no decade: sent to pve-manager 8.4.21",
  "GET /storage type": "glusterfs went with 9.0",
  "POST /storage type": "glusterfs went with 9.0",
};

/** Parameters that came after 8.4 (from the project's release notes, unverified): a node of 8.4 calls them unknown. */
const NEWER = new Set([
  ...[
    "max-workers",
    "token-coefficient",
    "ha-managed",
    "intel-tdx",
    "nets-host-mtu",
    "with-conntrack-state",
    "allow-ksm",
    "regenerate-frr",
  ],
]);

/** Answers that differ from the schema of 9.1 without a recording that does, with the reason. */
const ANSWERS_DIFFER: Record<string, string> = {
  "GET /cluster/nextid": "text on real nodes, by every client that reads it; no recording",
};

describe.runIf(published)("the published schema", () => {
  test.each(endpoints.filter(isPublished).map((one) => [`${one.method} ${one.path}`, one] as const))(
    "%s takes what is published",
    (name, endpoint) => {
      const inPath = new Set([...endpoint.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
      const known = Object.entries(published![endpoint.path]![endpoint.method]!.parameters?.properties ?? {}).filter(
        ([parameter]) => !inPath.has(parameter),
      );
      const ours = { ...endpoint.parameters };
      for (const parameter of unmodelledParameters(endpoint.method, endpoint.path))
        ours[parameter] ??= { optional: true };
      const missing = known.filter(
        ([parameter]) => !NEWER.has(parameter) && !Object.keys(ours).some((one) => fits(one, parameter)),
      );
      const unknown = Object.keys(ours).filter(
        (one) => !known.some(([parameter]) => fits(one, parameter)) && !(`${name} ${one}` in PARAMETERS_DIFFER),
      );
      const otherwise = known.filter(
        ([parameter, schema]) => ours[parameter] && Boolean(ours[parameter].optional) !== Boolean(schema.optional),
      );
      expect({ missing: missing.map(first), unknown, otherwise: otherwise.map(first) }).toEqual({
        missing: [],
        unknown: [],
        otherwise: [],
      });
    },
  );

  test.each(endpoints.filter(isPublished).map((one) => [`${one.method} ${one.path}`, one] as const))(
    "%s refuses values as published",
    (name, endpoint) => {
      const known = published![endpoint.path]![endpoint.method]!.parameters?.properties ?? {};
      const differing = Object.entries(known).flatMap(([parameter, schema]) => {
        const rule = endpoint.parameters?.[parameter.replace("[n]", "0")];
        if (!rule || `${name} ${parameter}` in VALUES_DIFFER) return [];
        return valueDifferences(declaredType(rule), schema as PublishedValues).map((one) => `${parameter}: ${one}`);
      });
      expect(differing).toEqual([]);
    },
  );

  let lab: LabWithDoors;
  let headers: Record<string, string>;
  beforeAll(async () => {
    lab = await openLabWithDoors({ nodes: 3 });
    await formCluster(lab);
    headers = (await logIn(lab.url("pve1"), ROOT_PASSWORD)).read;
  });
  afterAll(() => lab?.close());

  /** What some answers cannot do without. */
  const asked: Record<string, string> = {
    rrddata: "timeframe=hour",
    smart: "disk=/dev/sda",
    lvmthin: "vg=pve",
    changelog: "name=bash",
    iscsi: "portal=10.99.7.5",
    ...Object.fromEntries(["nfs", "cifs", "glusterfs"].map((kind) => [kind, "server=10.99.7.5"])),
  };

  const reads = endpoints.filter(
    (one) =>
      one.method === "GET" &&
      isPublished(one) &&
      !/vmid|userid|tokenid|poolid|groupid|\{sid\}|\{group\}|scan\/pbs/.test(one.path),
  );
  test.each(reads.map((one) => [one.path, one] as const))(
    "GET %s answers as published or as recorded",
    async (path, endpoint) => {
      const schema = published![path]!.GET!.returns;
      if (!schema) return;
      const [task] = lab.port.read((state) => state.nodes.pve1!.tasks.map((one) => one.upid));
      const values: Record<string, string> = {
        node: "pve1",
        upid: task!,
        service: "pveproxy",
        iface: "vmbr0",
        storage: "local",
        volume: "local:iso/tiny-cloud.img",
      };
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => values[name]!);
      const query = endpoint.parameters && asked[path.slice(path.lastIndexOf("/") + 1)];
      const answer = await rawRequest(lab.url("pve1"), "GET", query ? `${filled}?${query}` : filled, { headers });
      expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
      const recorded = new Set(recordedDifferences(path, schema));
      const ours = differences((JSON.parse(answer.body) as { data: unknown }).data, schema);
      const unexplained = ours.filter((one) => !recorded.has(one));
      if (`GET ${path}` in ANSWERS_DIFFER) expect(unexplained).not.toEqual([]);
      else expect(unexplained).toEqual([]);
    },
  );
});

function isPublished({ method, path }: Endpoint): boolean {
  return published?.[path]?.[method] !== undefined;
}

interface PublishedValues {
  type?: string;
  enum?: string[];
  minimum?: number | string;
  maximum?: number | string;
}

/** A smallest or largest value of ours that nobody published is the machine's own limit. */
const MACHINE_LIMIT = 10 ** 9;

function valueDifferences(ours: DeclaredType, schema: PublishedValues): string[] {
  const sorted = (values: readonly string[] | undefined) => [...(values ?? [])].sort().join(" ");
  const bound = (value: number | string | undefined) => (value === undefined ? undefined : Number(value));
  const limited = (value: number | undefined) =>
    value === undefined || Math.abs(value) >= MACHINE_LIMIT ? undefined : value;
  const differing: string[] = [];
  if (ours.type !== (schema.type ?? "string")) differing.push(`type ${ours.type}, published ${schema.type}`);
  if (sorted(ours.enum) !== sorted(schema.enum)) differing.push(`values ${ours.enum}, published ${schema.enum}`);
  if (limited(ours.minimum) !== limited(bound(schema.minimum)))
    differing.push(`from ${ours.minimum}, published ${schema.minimum}`);
  if (limited(ours.maximum) !== limited(bound(schema.maximum)))
    differing.push(`to ${ours.maximum}, published ${schema.maximum}`);
  return differing;
}

const first = ([name]: readonly [string, unknown]) => name;

/** `net3` is one of `net[n]`. */
function fits(ours: string, parameter: string): boolean {
  return ours === parameter || (parameter.endsWith("[n]") && ours.replace(/\d+$/, "[n]") === parameter);
}

/** Where recorded answers of a real node differ from the schema in the same way. */
function recordedDifferences(path: string, schema: PublishedSchema): string[] {
  const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`);
  return RECORDED_FILES.flatMap(readExchanges)
    .filter((one) => one.method === "GET" && one.status === 200 && pattern.test(one.path))
    .flatMap((one) => differences((JSON.parse(one.body) as { data: unknown }).data, schema));
}
