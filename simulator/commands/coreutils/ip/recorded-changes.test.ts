/** What real iproute2 printed when a network was changed, typed again on a node. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { freshLab } from "../../../cluster/testing/lab-steps.ts";
import { shellStreams } from "../../testing/shell-line.ts";

interface Step {
  command: string;
  stdout: string;
  stderr: string;
  status: number;
}

const file = new URL("../../../recordings/network/iproute.json", import.meta.url);
const sequences = JSON.parse(readFileSync(file, "utf8")) as Step[][];

it("there are sequences", () => expect(sequences.flat().length).toBeGreaterThan(100));

it.each(sequences.map((steps) => [steps[0]!.command, steps] as const))(
  "as recorded, from `%s` on",
  async (_, steps) => {
    const lab = freshLab(1, "test", [{ name: "cluster", nic: "ens19", subnet: "10.98.7.0" }]);
    const ran: string[] = [];
    for (const { command } of steps) {
      const { stdout, stderr, exit } = await shellStreams(lab, "pve1", command);
      ran.push(`$ ${command}\n${stdout.replace("qdisc pfifo_fast", "qdisc noqueue")}${stderr}(${exit})`);
    }
    // Which queue a card has is another matter than what it is given.
    expect(ran).toEqual(
      steps.map(({ command, stdout, stderr, status }) => `$ ${command}\n${stdout}${stderr}(${status})`),
    );
  },
);
