/** What real ifupdown2 printed and did, typed again on a node. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { freshLab } from "../../cluster/testing/lab-steps.ts";
import { shellStreams } from "../testing/shell-line.ts";

interface Step {
  command: string;
  stdout: string;
  stderr: string;
  status: number;
}

const file = new URL("../../recordings/network/ifupdown.json", import.meta.url);
const sequences = JSON.parse(readFileSync(file, "utf8")) as Step[][];

it.each(sequences.map((steps) => [steps[0]!.command, steps] as const))(
  "as recorded, from `%s` on",
  async (_, steps) => {
    const lab = freshLab(1, "test", [{ name: "cluster", nic: "ens19", subnet: "10.98.7.0" }]);
    const ran: string[] = [];
    for (const { command } of steps) {
      const { stdout, stderr, exit } = await shellStreams(lab, "pve1", command);
      ran.push(readable({ command, stdout, stderr, status: exit }));
    }
    expect(ran).toEqual(steps.map(readable));
  },
);

/** Two options of a bridge come in an order that changes from call to call. */
function readable({ command, stdout, stderr, status }: Step): string {
  const sorted = stdout.replace(/(\tbridge-(?:fd|stp).*\n){2}/g, (both) =>
    both
      .split(/(?<=\n)/)
      .sort()
      .join(""),
  );
  return `$ ${command}\n${sorted}${stderr}(${status})`;
}
