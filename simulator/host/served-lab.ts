/** A lab that is awake, with a control address of its own: what `npm run lab` and the proofs of chapters work on. */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { LabDescription } from "../../labs/lab-description.ts";
import { answerControl, ControlRefusal, hostIsLoopback, respond } from "./control-api.ts";
import { errorText } from "./error-text.ts";
import { newIdentity } from "./lab-identity.ts";
import type { ClockMode } from "./lab-runner.ts";
import { LabStore } from "./lab-store.ts";
import { OpenLab } from "./open-lab.ts";

export interface LabToServe {
  /** Stand-alone nodes pve1..pveN. */
  nodes: number;
  /** The same seed gives the same chances. */
  seed: string;
  clock: ClockMode;
  /** Keep the lab in this folder and go on with it next time. */
  data?: string | undefined;
}

export interface ServedLab {
  description: LabDescription;
  /** Resolves when the lab is no longer open, by `close` or by a fault of ours. */
  ended: Promise<void>;
  close(): Promise<void>;
}

/** @param log told one line at a time */
export async function serveLab(lab: LabToServe, log: (message: string) => void): Promise<ServedLab> {
  const fresh = newIdentity({
    lab: "lab",
    seed: lab.seed,
    nodes: Array.from({ length: lab.nodes }, (_, index) => `pve${index + 1}`),
  });
  const store = lab.data === undefined ? undefined : new LabStore(lab.data);
  if (store && !store.exists()) store.create(fresh);
  const open = await OpenLab.open({
    identity: store?.readIdentity() ?? fresh,
    ...(store && { store }),
    mode: lab.clock,
    log: { info: log, error: (message, error) => log(`${message}: ${errorText(error)}`) },
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
      (error) => log(errorText(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const control = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`;
  return {
    description: { ...(await open.description()), control },
    ended: open.ended,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await open.close();
    },
  };
}
