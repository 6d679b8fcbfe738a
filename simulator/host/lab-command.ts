/**
 * `npm run lab -- --nodes 3 --seed 1 --json`: the simulated lab alone, for OpenSSH, curl and any Proxmox client.
 *
 * Standard output gets the description alone, as one JSON line with `--json`; everything else goes to standard error.
 * The lab lives as long as the process; `--data DIR` keeps it.
 */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import type { LabDescription } from "../../labs/lab-description.ts";
import { whenParentGone } from "../../server/parent-gone.mjs";
import { answerControl, ControlRefusal, hostIsLoopback, respond } from "./control-api.ts";
import { newIdentity } from "./lab-identity.ts";
import type { ClockMode } from "./lab-runner.ts";
import { LabStore } from "./lab-store.ts";
import { OpenLab } from "./open-lab.ts";

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

  const log = (message: string) => process.stderr.write(`${message}\n`);
  const fresh = newIdentity({
    lab: "lab",
    seed: values.seed,
    nodes: Array.from({ length: count }, (_, index) => `pve${index + 1}`),
  });
  const store = values.data === undefined ? undefined : new LabStore(values.data);
  if (store && !store.exists()) store.create(fresh);
  const open = await OpenLab.open({
    identity: store?.readIdentity() ?? fresh,
    ...(store && { store }),
    mode: values.clock as ClockMode,
    log: { info: log, error: (message, error) => log(`${message}: ${describeError(error)}`) },
  });

  const secret = randomBytes(16).toString("hex");
  const server = createServer((request, response) => {
    void respond(
      response,
      async () => {
        const path = new URL(request.url ?? "/", "http://lab").pathname;
        if (!hostIsLoopback(request)) throw new ControlRefusal(403, "the control address is for this machine alone");
        if (!path.startsWith(`/${secret}/`)) throw new ControlRefusal(404, "not found");
        return answerControl(open.control, path.slice(secret.length + 1), request);
      },
      (error) => log(describeError(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const control = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`;
  const description: LabDescription = { ...(await open.description()), control };
  process.stdout.write(values.json ? `${JSON.stringify(description)}\n` : readable(description));

  let stopping = false;
  const stop = async (status: number) => {
    if (stopping) return;
    stopping = true;
    server.close();
    server.closeAllConnections();
    await open.close();
    process.exit(status);
  };
  process.once("SIGTERM", () => void stop(0));
  process.once("SIGINT", () => void stop(0));
  whenParentGone(() => void stop(0));
  void open.ended.then(() => stop(1));
}

class UsageError extends Error {}

function readable(lab: LabDescription): string {
  const rows = lab.nodes.map(
    (node) =>
      `${node.name}  ssh -p ${node.ssh.port} ${node.ssh.user}@${node.ssh.host}  password ${node.ssh.password}  API ${node.api.url}`,
  );
  return `${rows.join("\n")}\ncontrol ${lab.control}\n`;
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main().catch((error: unknown) => {
  const usage = error instanceof UsageError || (error instanceof TypeError && "code" in error);
  process.stderr.write(usage ? `${(error as Error).message}\n${USAGE}\n` : `${describeError(error)}\n`);
  process.exit(usage ? 64 : 1);
});
