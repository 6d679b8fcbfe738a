/** A lab in fast time with the API's doors open and nothing else: for tests of the door and of the client. */
import { createPveClient, type PveClient, type PveClientOptions } from "../../../pve/client.ts";
import { trustFingerprint } from "../../../pve/trust.ts";
import { createLab, type FurtherNetwork } from "../../cluster/lab.ts";
import type { LabPort } from "../../cluster/port.ts";
import { nextRandom, seedRandom } from "../../cluster/random.ts";
import { Activity } from "../../host/activity.ts";
import { issueCertificates } from "../../host/certificate-office.ts";
import { LabRunner } from "../../host/lab-runner.ts";
import { type ApiDoor, startApiDoor } from "../api-door.ts";

export const ROOT_PASSWORD = "rosebud-42";

export interface LabWithDoors {
  runner: LabRunner;
  port: LabPort;
  nodes: string[];
  doors: Record<string, ApiDoor>;
  url(node: string): string;
  /** Fingerprint of what the node shows now. */
  fingerprint(node: string): string;
  client(node: string, options?: Partial<PveClientOptions>): PveClient;
  close(): Promise<void>;
}

/** Three stand-alone nodes, booted, unless told otherwise. */
export async function openLabWithDoors(
  options: { nodes?: number; seed?: string; networks?: FurtherNetwork[] } = {},
): Promise<LabWithDoors> {
  const nodes = Array.from({ length: options.nodes ?? 3 }, (_, index) => `pve${index + 1}`);
  const seed = options.seed ?? "doors";
  const activity = new Activity();
  const ended = new AbortController();
  let failure: unknown;
  const runner = new LabRunner({
    lab: createLab({
      seed,
      networks: options.networks ?? [],
      nodes: nodes.map((name, index) => ({ name, address: `10.10.10.${11 + index}` })),
      rootPassword: ROOT_PASSWORD,
      wallMs: Date.now(),
    }),
    mode: "fast",
    activity,
    onFailure: (error) => {
      failure = error;
    },
  });
  const { port } = runner;
  issueCertificates({ port, activity, signal: ended.signal }).catch((error: unknown) => {
    if (!ended.signal.aborted) failure = error;
  });
  await port.until((lab) =>
    nodes.every((node) => lab.pki.nodes[node] && lab.nodes[node]!.services.units.pveproxy.active === "active")
      ? true
      : undefined,
  );
  const order = seedRandom(`${seed}/order`);
  const doors: Record<string, ApiDoor> = {};
  for (const node of nodes) {
    doors[node] = await startApiDoor({
      node,
      port,
      host: "127.0.0.1",
      listenPort: 0,
      activity,
      random: () => nextRandom(order),
      onFailure: (error) => {
        failure = error;
      },
    });
  }
  const url = (node: string) => `https://127.0.0.1:${doors[node]!.port}`;
  const fingerprint = (node: string) => port.read((lab) => lab.pki.nodes[node]!.fingerprint);
  const clients: PveClient[] = [];
  return {
    runner,
    port,
    nodes,
    doors,
    url,
    fingerprint,
    client(node, more) {
      const client = createPveClient({
        url: url(node),
        trust: trustFingerprint(fingerprint(node)),
        credential: { kind: "password", user: "root@pam", password: ROOT_PASSWORD },
        timeoutMs: 5_000,
        ...more,
      });
      clients.push(client);
      return client;
    },
    async close() {
      ended.abort(new Error("the test is over"));
      for (const client of clients) client.close();
      await Promise.all(Object.values(doors).map((door) => door.close()));
      runner.close(new Error("the test is over"));
      // A fault inside the simulator must not hide behind an assertion that happened to hold.
      if (failure !== undefined) throw failure;
    },
  };
}
