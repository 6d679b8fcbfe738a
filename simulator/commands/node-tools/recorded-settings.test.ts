/** What Debian 12's own tools printed about settings of a node, typed again on a simulated one. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { freshLab } from "../../cluster/testing/lab-steps.ts";
import { shellStreams } from "../testing/shell-line.ts";

interface Recorded {
  command: string;
  stdout: string;
  stderr: string;
  status: number;
}

const file = new URL("../../recordings/node-settings/recorded.json", import.meta.url);
const recorded = JSON.parse(readFileSync(file, "utf8")) as Recorded[];

it.each(recorded.map((one) => [one.command, one] as const))("as recorded: %s", async (command, real) => {
  const { stdout, stderr, exit } = await shellStreams(freshLab(1, "test"), "pve1", command);
  expect({ stdout, stderr: withoutLine(stderr), status: exit }).toEqual({
    stdout: real.stdout,
    stderr: withoutLine(real.stderr),
    status: real.status,
  });
});

/** A shell that was given its line by `-c` names itself and the line's number. */
function withoutLine(text: string): string {
  return text.replaceAll(/^(?:-?bash): (?:line \d+: )?/gm, "bash: ");
}
