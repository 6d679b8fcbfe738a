/** Nodes that answer what nodes of a real cluster answered, for tests: bodies of recordings behind real HTTPS servers. */
import { readFileSync } from "node:fs";
import { readExchanges } from "../../simulator/api/testing/http-recordings.ts";
import { type Needs, NO_NEEDS } from "../needs.ts";
import type { HaEntrySeen, Observation } from "../observation.ts";
import { observe } from "../observe.ts";
import { type FakeAnswer, startFakeNode } from "./fake-node.ts";

export type Answers = Record<string, FakeAnswer>;

/** What one node answered to plain reads in a recording; the first answer of a path counts. */
export function answersOf(file: string, node: string): Answers {
  const answers: Answers = {};
  for (const { method, path, query, status, reason, body, node: asked } of readExchanges(file)) {
    if (method !== "GET" || asked !== node || (query !== "" && path in answers)) continue;
    answers[path] ??= { status, reason, body };
  }
  return answers;
}

export const json = (data: unknown): FakeAnswer => ({ status: 200, body: JSON.stringify({ data }) });

/** A member of the same cluster would have said the same, and called itself local. */
export function asToldBy(answers: Answers, node: string): Answers {
  const status = answers["/cluster/status"] as { status: number; body: string };
  const data = (JSON.parse(status.body) as { data: { type: string; name: string; local?: number }[] }).data;
  const own = data.map((entry) => (entry.type === "node" ? { ...entry, local: entry.name === node ? 1 : 0 } : entry));
  return { ...answers, "/cluster/status": json(own) };
}

/** The text of a recording that is no exchange over HTTP: `commands/43-delnode-pve3.txt`. */
export function recordedText(file: string): string {
  return readFileSync(new URL(`../../simulator/recordings/pve/${file}`, import.meta.url), "utf8");
}

/** Bodies that `pvesh` printed in a recording, one a line. */
export function bodiesOf(file: string): unknown[] {
  return recordedText(file)
    .split("\n")
    .filter((line) => /^\[[{\]]/.test(line))
    .map((line) => JSON.parse(line) as unknown);
}

/**
 * The status that a node answers whose `/etc/pve/.members` was recorded, the last one of this node: the API makes the
 * one from the other.
 */
export function statusByMembers(file: string, node: string): FakeAnswer {
  const found = [...recordedText(file).matchAll(/^\{\n"nodename": "(\w+)",[\s\S]*?\n\}$/gm)];
  const text = found.findLast((match) => match[1] === node)![0];
  const { cluster, nodelist } = JSON.parse(text) as {
    cluster: { name: string; version: number; nodes: number; quorate: number };
    nodelist: Record<string, { id: number; online: number; ip?: string }>;
  };
  const nodes = Object.entries(nodelist).map(([name, { id, ...rest }]) => ({
    ...{ type: "node", id: `node/${name}`, name, nodeid: id, level: "", local: name === node ? 1 : 0 },
    ...rest,
  }));
  return json([{ type: "cluster", id: "cluster", ...cluster }, ...nodes]);
}

/** Polls of the HA status by the recorder, as the API's entries: `lrm pve1 (active) | vm:100 (pve2, started, ...)`. */
export function haPolls(file: string): HaEntrySeen[][] {
  return recordedText(file)
    .split("\n")
    .filter((line) => /^\+ +[\d.]+ lrm /.test(line))
    .map((line) =>
      line
        .replace(/^\+ +[\d.]+ /, "")
        .split(" | ")
        .flatMap(haEntry),
    );
}

function haEntry(text: string): HaEntrySeen[] {
  const lrm = /^lrm (\S+) (\(.+\))$/.exec(text);
  if (lrm) return [{ id: `lrm:${lrm[1]}`, type: "lrm", node: lrm[1]!, status: `${lrm[1]} ${lrm[2]}` }];
  const service = /^(vm:\d+) \((\w+), (\w+), req (\w+)/.exec(text);
  if (!service) return [];
  const [, sid, node, state, requestState] = service as unknown as [string, string, string, string, string];
  return [
    { id: `service:${sid}`, type: "service", status: `${sid} (${node}, ${state})`, sid, node, state, requestState },
  ];
}

/** The recordings asked no node for its clock, and few for their tasks: what is missing is empty, as on a fresh node. */
const rest = (node: string): Answers => ({
  [`/nodes/${node}/tasks`]: json([]),
  [`/nodes/${node}/time`]: json({ time: 1795392872, localtime: 1795392872, timezone: "UTC" }),
  [`/nodes/${node}/qemu`]: json([]),
});

/** Look at these nodes. @param closers what ends their servers is put here */
export async function lookAt(
  closers: (() => Promise<void>)[],
  nodes: Record<string, Answers>,
  needs: Needs = NO_NEEDS,
  baseline?: Observation,
  account: { user: string; password: string } = { user: "root@pam", password: "sesame-7" },
): Promise<Observation> {
  const fakes = await Promise.all(
    Object.entries(nodes).map(([name, answers]) => startFakeNode(name, { ...rest(name), ...answers })),
  );
  for (const fake of fakes) closers.push(fake.close);
  const lab = { lab: "recorded", nodes: fakes.map(({ node }) => ({ ...node, api: { ...node.api, ...account } })) };
  return observe(lab, { depth: "check", needs, ...(baseline && { baseline }) });
}
