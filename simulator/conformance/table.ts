/**
 * Tables of recorded scenarios: their format, and reading a file of them.
 *
 * A scenario that says something in a field that the format does not know is read with a note of it (`unread`): it may
 * mean something that the model does not do, so that it cannot count as right.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";

const nodeId = z.number().int().min(1);
const votes = z.record(z.string(), z.number().int().min(0));
const options = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));

const expectation = z.object({
  on: z.array(nodeId),
  quorate: z.boolean(),
  expected: z.number(),
  highest: z.number(),
  total: z.number(),
  quorum: z.number(),
  flags: z.string(),
  nodes: z.array(nodeId),
  ring: z.string().regex(/^[0-9a-f]+\.[0-9a-f]+$/, "not of the form leader.seq in hex"),
  blocked: z.boolean().optional(),
  /** Flags of the quorum device by node, and the votes that it casts (absent: 0). */
  qdev: z.record(z.string(), z.string()).optional(),
  qdeviceVote: z.number().optional(),
});

const recordedTimes = {
  linkDown: z.number().optional(),
  linkUp: z.number().optional(),
  tokenLost: z.number().optional(),
  firstMembership: z.number().optional(),
  membership: z.number().optional(),
  quorumLost: z.number().optional(),
  quorumGained: z.number().optional(),
  memberships: z.number().optional(),
};

const step = z.object({
  do: z.string(),
  op: z.string(),
  /** For readers only. */
  note: z.string().optional(),
  nodes: z.array(nodeId).optional(),
  node: nodeId.optional(),
  value: z.union([z.number(), z.string()]).optional(),
  args: z.array(z.unknown()).optional(),
  groups: z.array(z.array(nodeId)).optional(),
  links: z.array(z.number().int()).optional(),
  link: z.number().int().optional(),
  up: z.boolean().optional(),
  votes: votes.optional(),
  nodelist: z.array(nodeId).optional(),
  /** Further lines of the quorum section, as text. */
  quorum: z.string().optional(),
  writtenOn: z.array(nodeId).optional(),
  reloadOn: nodeId.optional(),
  bump: z.boolean().optional(),
  tool: z.object({ exit: z.number(), output: z.string() }).optional(),
  unsettled: z.boolean().optional(),
  /** Times of the recording, milliseconds after the event; `disturbed` ones say nothing. */
  ms: z.object({ ...recordedTimes, disturbed: z.boolean().optional() }).optional(),
  /** Event to the last survivor's new membership; heal or start to the last node's. Absent where that was not waited for. */
  detection_ms: z.number().optional(),
  remerge_ms: z.number().optional(),
  expect: z.array(expectation).optional(),
});

const states = z.object({
  kind: z.literal("states"),
  name: z.string(),
  /** For readers only. */
  desc: z.string().optional(),
  n: z.number().int().min(1).max(32),
  nodelist: z.array(nodeId).optional(),
  votes: votes.optional(),
  options: options.optional(),
  links: z.number().int().min(1).max(2).optional(),
  /** Keys of the totem section, milliseconds; and `knet_link_priority` by link. */
  totem: z.record(z.string(), z.number().int().min(0)).optional(),
  priorities: z.record(z.string(), z.number().int().min(0)).optional(),
  steps: z.array(step),
});

const counts = z.array(z.number().int().min(0));

const level = z.object({
  op: z.enum(["loss", "delay"]),
  /** Percent, or one-way milliseconds; then the node that alone is slow, if only one is. */
  args: z.tuple([z.number().min(0), nodeId.nullable()]).or(z.tuple([z.number().min(0)])),
  perNode: z.object({
    memberships: counts,
    token_lost: counts,
    tokwarn: counts,
    retransmit: counts,
    linkdown: counts,
    quorum_lost: counts,
  }),
  disturbed: z.boolean().optional(),
});

const stress = z.object({
  kind: z.literal("stress"),
  name: z.string(),
  /** For readers only. */
  desc: z.string().optional(),
  n: z.number().int().min(1).max(32),
  /** Absent: two when the name says so. */
  links: z.number().int().min(1).max(2).optional(),
  levels: z.array(level),
});

const table = z.array(z.discriminatedUnion("kind", [states, stress]));

/** Places of fields that the format does not know: `steps[2].wind`. */
interface Unread {
  unread: string[];
}

export type Expectation = z.infer<typeof expectation>;
export type Step = z.infer<typeof step>;
export type StressLevel = z.infer<typeof level>;
export type StatesScenario = z.infer<typeof states> & Unread;
export type StressScenario = z.infer<typeof stress> & Unread;
export type Scenario = StatesScenario | StressScenario;

/** The file is not a table. The message says which file, where in it, and what is wrong. */
export class TableError extends Error {
  override name = "TableError";
}

/** Read a table. @throws TableError when the file cannot be read, is no JSON, or is not of the format */
export function readTable(file: string): Scenario[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new TableError(`cannot read ${file}: ${reasonOf(error)}`, { cause: error });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new TableError(`${file} is not JSON: ${reasonOf(error)}`, { cause: error });
  }
  const parsed = table.safeParse(json);
  if (parsed.success) {
    const written = json as unknown[];
    return parsed.data.map((scenario, index) => ({ ...scenario, unread: unreadFields(written[index], scenario, "") }));
  }
  const issue = parsed.error.issues[0]!;
  throw new TableError(`${file} is not a table of scenarios: ${placeOf(json, issue.path)}: ${issue.message}`);
}

/** Fields of what was written that are not in what was read. */
function unreadFields(written: unknown, read: unknown, place: string): string[] {
  if (typeof written !== "object" || written === null) return [];
  return Object.entries(written).flatMap(([key, value]) => {
    const here = Array.isArray(written) ? `${place}[${key}]` : place === "" ? key : `${place}.${key}`;
    const known = typeof read === "object" && read !== null && Object.hasOwn(read, key);
    return known ? unreadFields(value, (read as Record<string, unknown>)[key], here) : [here];
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `scenario "n3-kill", steps[2].op`: a place that a reader of the file finds. */
function placeOf(json: unknown, path: PropertyKey[]): string {
  const [index, ...rest] = path;
  if (typeof index !== "number") return path.join(".") || "the whole file";
  const scenario = (json as { name?: unknown }[])[index];
  const name = typeof scenario?.name === "string" ? `scenario "${scenario.name}"` : `scenario ${index + 1}`;
  const inside = rest.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return inside === "" ? name : `${name}, ${inside.replace(/^\./, "")}`;
}
