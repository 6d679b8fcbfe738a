/** The tools of corosync in recorded states of real clusters, typed again. What is not compared stands in the lists. */
import { expect, it } from "vitest";
import { powerOff } from "../../cluster/power.ts";
import type { LabState } from "../../cluster/state.ts";
import { clusterOf, run, setPaths } from "../../cluster/testing/lab-steps.ts";
import { comparable } from "../testing/recorded.ts";
import { shellLine } from "../testing/shell-line.ts";
import { runsOf, WHOLE_CLUSTERS } from "./testing/tool-recordings.ts";

/** Commands that are not typed again, with the reason. */
const NOT_COMPARED: Record<string, string> = {
  "corosync-quorumtool -h": "long help is written anew",
  "corosync-cfgtool -i 0": "prints the help, which is written anew",
  "corosync-cpgtool": "nobody had joined a group where it was recorded",
};

/** The node on which a recording was made, and what had happened before. */
function scene(name: string): { lab: LabState; node: string } {
  const lab = clusterOf(Number(/^n(\d)/.exec(name)?.[1] ?? 3));
  const all = Object.keys(lab.nodes);
  const node = `pve${/-(?:on|node)(\d)$/.exec(name)?.[1] ?? 1}`;
  const parts = /-part-([\d_]+)-/.exec(name)?.[1]?.split("_");
  for (const part of parts ?? []) {
    const inside = [...part].map((number) => `pve${number}`);
    setPaths(
      lab,
      inside,
      all.filter((other) => !inside.includes(other)),
      false,
    );
  }
  const killed = Number(/-(\d)killed$/.exec(name)?.[1] ?? 0);
  // One after the other, as recorded.
  for (const dead of all.slice(all.length - killed).reverse()) {
    powerOff(lab, dead);
    run(lab, 30_000);
  }
  run(lab, 30_000);
  return { lab, node };
}

/** Ring ids count memberships since the cluster was made, which differ; the lab has other addresses. */
const plain = (text: string) =>
  comparable(text)
    .replaceAll("10.77.0.", "10.99.7.")
    .replaceAll(/^(Ring ID: +\d+)\.[0-9a-f]+$/gm, "$1.RING")
    .replaceAll(/^\w{3} \d\d [\d:.]+ (notice )/gm, "INSTANT $1")
    .replaceAll(/(corosync\.conf):\d+:/g, "$1:LINE:")
    .replaceAll(/(config_version|join_count) \((\w+)\) = \d+/g, "$1 ($2) = N");

/** What was done to the node before. */
const BEFORE: Record<string, string> = {
  "cfgtool-R-broken-config": "echo 'logging {' >> /etc/corosync/corosync.conf",
  "start-fails-no-config": "rm /etc/corosync/corosync.conf",
  "tools-corosync-not-running": "systemctl stop corosync",
};

it.each(WHOLE_CLUSTERS)("%s", async (name) => {
  const { lab, node } = scene(name);
  const before = BEFORE[name];
  if (before) expect((await shellLine(lab, node, before)).exit).toBe(0);
  const seen: string[] = [];
  const expected: string[] = [];
  for (const one of runsOf(name)) {
    if (one.command in NOT_COMPARED) continue;
    const answer = await shellLine(lab, node, one.command);
    seen.push(plain(`$ ${one.command}\n${answer.output}exit ${answer.exit}\n`));
    expected.push(plain(`$ ${one.command}\n${one.output}exit ${one.exit}\n`));
  }
  expect(expected.length).toBeGreaterThan(0);
  expect(seen).toEqual(expected);
});
