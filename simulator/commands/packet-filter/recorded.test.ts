/** What iptables 1.8.9 and nftables 1.0.6 printed in namespaces, typed on a simulated node. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { freshLab } from "../../cluster/testing/lab-steps.ts";
import { shellLine } from "../testing/shell-line.ts";

interface Step {
  line: string;
  output: string;
  exit: number;
}

const file = new URL("../../recordings/network/packet-filter.json", import.meta.url);
const recorded = JSON.parse(readFileSync(file, "utf8")) as Step[][];

/** What is told otherwise here, by the line that was typed. */
const DIFFERENT: Record<string, string> = {
  "nft delete chain ip mine out": "nft guesses what was meant",
  "nft delete table ip mine": "the same, after the table is gone",
};

const dated = (text: string) => text.replace(/ on \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}$/gm, " on DATE");

describe.each(recorded.map((steps, at) => ({ steps, at })))("recorded sequence $at of packet filters", ({ steps }) => {
  it("is printed by a node as it was", async () => {
    const lab = freshLab(1);
    const told: Step[] = [];
    for (const { line } of steps) told.push({ line, ...(await shellLine(lab, "pve1", line)) });
    const here = told.map(({ line, output, exit }) => ({ line, output: dated(output), exit }));
    const there = steps.map(({ line, output, exit }) => ({ line, output: dated(output), exit }));
    for (const [at, step] of there.entries()) {
      if (!(step.line in DIFFERENT)) expect(here[at]).toEqual(step);
    }
  });
});
