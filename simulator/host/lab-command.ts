/**
 * `npm run lab -- --nodes 3 --seed 1 --json`: the simulated lab alone, for OpenSSH, curl and any Proxmox client.
 *
 * Standard output gets the description alone, as one JSON line with `--json`; everything else goes to standard error.
 * The lab lives as long as the process; `--data DIR` keeps it.
 */
import { parseArgs } from "node:util";
import type { LabDescription } from "../../labs/lab-description.ts";
import { whenParentGone } from "../../server/parent-gone.mjs";
import { errorText } from "./error-text.ts";
import type { ClockMode } from "./lab-runner.ts";
import { serveLab } from "./served-lab.ts";

const USAGE = `npm run lab -- [--nodes N] [--seed TEXT] [--clock real|stepped|fast] [--data DIR] [--json]
  --nodes N    stand-alone nodes pve1..pveN, 1 to 16 (3)
  --seed TEXT  the same seed gives the same chances (1)
  --clock MODE how model time runs (real); changed later through the control address
  --data DIR   keep the lab in this folder and go on with it next time
  --json       print the description as one line of JSON`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      nodes: { type: "string", default: "3" },
      seed: { type: "string", default: "1" },
      clock: { type: "string", default: "real" },
      data: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stderr.write(`${USAGE}\n`);
    return;
  }
  const count = Number(values.nodes);
  if (!Number.isInteger(count) || count < 1 || count > 16)
    throw new UsageError("--nodes takes a whole number from 1 to 16");
  if (!["real", "stepped", "fast"].includes(values.clock)) throw new UsageError("--clock takes real, stepped or fast");

  const lab = await serveLab(
    { nodes: count, seed: values.seed, clock: values.clock as ClockMode, data: values.data },
    (message) => process.stderr.write(`${message}\n`),
  );
  process.stdout.write(values.json ? `${JSON.stringify(lab.description)}\n` : readable(lab.description));

  let stopping = false;
  const stop = async (status: number) => {
    if (stopping) return;
    stopping = true;
    await lab.close();
    process.exit(status);
  };
  process.once("SIGTERM", () => void stop(0));
  process.once("SIGINT", () => void stop(0));
  whenParentGone(() => void stop(0));
  void lab.ended.then(() => stop(1));
}

class UsageError extends Error {}

function readable(lab: LabDescription): string {
  const rows = lab.nodes.map(
    (node) =>
      `${node.name}  ssh -p ${node.ssh.port} ${node.ssh.user}@${node.ssh.host}  password ${node.ssh.password}  API ${node.api.url}`,
  );
  return `${rows.join("\n")}\ncontrol ${lab.control}\n`;
}

main().catch((error: unknown) => {
  const usage = error instanceof UsageError || (error instanceof TypeError && "code" in error);
  process.stderr.write(usage ? `${(error as Error).message}\n${USAGE}\n` : `${errorText(error)}\n`);
  process.exit(usage ? 64 : 1);
});
