/** The tools of corosync in recorded states of real clusters, typed again. What is not compared stands in the lists. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { powerOff } from "../../cluster/power.ts";
import type { LabState } from "../../cluster/state.ts";
import { clusterOf, run, setPaths } from "../../cluster/testing/lab-steps.ts";
import { comparable } from "../testing/recorded.ts";
import { shellLine } from "../testing/shell-line.ts";

const FOLDER = new URL("../../recordings/corosync/tools/", import.meta.url);

/** Commands that are not typed again, with the reason. */
const NOT_COMPARED: Record<string, string> = {
  "corosync-quorumtool -h": "long help is written anew",
  "corosync-cfgtool -i 0": "prints the help, which is written anew",
  "corosync-cpgtool": "nobody had joined a group where it was recorded",
  "corosync -t": "not modelled",
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

function runsOf(name: string): { command: string; output: string; exit: number }[] {
  const text = readFileSync(new URL(`${name}.txt`, FOLDER), "utf8");
  return [...text.matchAll(/^\$ (.*)\n([\s\S]*?)exit (\d+)$/gm)].map(([, command, output, exit]) => ({
    command: command!,
    output: output!,
    exit: Number(exit),
  }));
}

/** Ring ids count memberships since the cluster was made, which differ; the lab has other addresses. */
const plain = (text: string) =>
  comparable(text)
    .replaceAll("10.77.0.", "10.99.7.")
    .replaceAll(/^(Ring ID: +\d+)\.[0-9a-f]+$/gm, "$1.RING")
    .replaceAll(/(config_version|join_count) \((\w+)\) = \d+/g, "$1 ($2) = N");

/** The other kept outputs are typed again after the steps of their scenarios: `recorded-scenarios.test.ts`. */
const WHOLE_CLUSTERS = [
  "n3-all-up-more-commands",
  "n3-other-tools",
  "n5-1up-4killed",
  "n5-2up-3killed",
  "n5-3up-2killed",
  "n5-4up-1killed",
  "tools-corosync-not-running",
];

it.each(WHOLE_CLUSTERS)("%s", async (name) => {
  const { lab, node } = scene(name);
  if (name === "tools-corosync-not-running") await shellLine(lab, node, "systemctl stop corosync");
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
