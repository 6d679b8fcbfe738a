/**
 * The simulator's own process: labs in worker threads behind one HTTP address on loopback that holds a secret.
 *
 * `POST /labs` makes a lab, `GET /labs/ID` opens it, both say its addresses; `DELETE /labs/ID` removes it;
 * `/labs/ID/...` is the lab's control interface, with `GET /labs/ID/restore-points`, `GET /labs/ID/notice`,
 * `POST /labs/ID/change` to put it or one node of it into another state, `POST /labs/ID/copy`, `POST /labs/ID/sleep`,
 * and `PUT /labs/ID/stage` to keep its state as a stage. `GET /workers` says what each thread holds and uses.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import { z } from "zod";
import { answerControl, ControlRefusal, hostIsLoopback, readBody, respond } from "./control-api.ts";
import type { HostLog } from "./open-lab.ts";
import { UnknownCommands } from "./unknown-commands.ts";
import { WorkerPool } from "./worker-pool.ts";

const nodeName = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/);
const newLab = z.strictObject({
  lab: z.string(),
  seed: z.string(),
  nodes: z.array(nodeName).min(1).max(16),
  clocksBehindMs: z.int().min(0).optional(),
});

const label = z.string().min(1).max(200);
const node = nodeName.optional();
const labChange = z.discriminatedUnion("to", [
  z.strictObject({ to: z.literal("fresh"), label, node }),
  z.strictObject({ to: z.literal("stage"), label, node, hash: z.string() }),
  z.strictObject({ to: z.literal("restore-point"), label, node, id: z.string() }),
]);
const labCopy = z.strictObject({ lab: z.string(), seed: z.string() });
const keptStage = z.strictObject({ hash: z.string() });

/**
 * Start the host.
 *
 * @param options.dataDirectory folder for the labs' files; made when missing
 * @returns where it is reached, and the way to stop it: labs are saved first
 */
export async function startSimulatorHost(options: {
  dataDirectory: string;
  log: HostLog;
  /** Threads; absent: one for each processor, four at most. */
  workers?: number;
  /** A lab that nobody uses sleeps after this time; absent: as the house has it. */
  sleepAfterMs?: number;
  /** How often each worker is asked whether it is alive; absent: as `pooled-worker.ts` has it. */
  pulseEveryMs?: number;
  /** See `PooledWorkerOptions.entry`. */
  workerEntry?: URL;
  /** Given again after a restart, so that those who know the address need not ask for it anew. */
  address?: { port: number; secret: string };
}): Promise<{ controlUrl: string; stop(): Promise<void> }> {
  mkdirSync(options.dataDirectory, { recursive: true, mode: 0o700 });
  const unknown = new UnknownCommands(options.dataDirectory, (error) =>
    options.log.error("the list of unknown commands cannot be written", error),
  );
  const pool = new WorkerPool({
    directory: options.dataDirectory,
    log: { ...options.log, unknownCommand: (lab, name) => unknown.note(lab, name) },
    workers: options.workers ?? Math.max(1, Math.min(4, availableParallelism())),
    ...(options.sleepAfterMs !== undefined && { sleepAfterMs: options.sleepAfterMs }),
    ...(options.pulseEveryMs !== undefined && { pulseEveryMs: options.pulseEveryMs }),
    ...(options.workerEntry && { entry: options.workerEntry }),
  });
  const secret = options.address?.secret ?? randomBytes(16).toString("hex");
  const server = createServer((request, response) => {
    void respond(
      response,
      async () => {
        if (!hostIsLoopback(request))
          throw new ControlRefusal(403, "the simulator's address is for this machine alone");
        const path = new URL(request.url ?? "/", "http://host").pathname;
        if (path === `/${secret}/workers` && request.method === "GET") return { status: 200, body: pool.workers() };
        if (!path.startsWith(`/${secret}/labs`)) throw new ControlRefusal(404, "not found");
        const rest = path.slice(secret.length + 1 + "/labs".length);
        if (rest === "" && request.method === "POST") {
          return { status: 201, body: await pool.create(await readBody(request, newLab)) };
        }
        const match = /^\/([^/]+)(\/.*)?$/.exec(rest);
        if (!match) throw new ControlRefusal(404, "not found");
        const lab = match[1]!;
        if (match[2] === "/addresses" && request.method === "GET") {
          return { status: 200, body: await pool.addresses(lab) };
        }
        if (match[2] === "/restore-points" && request.method === "GET") {
          return { status: 200, body: await pool.restorePoints(lab) };
        }
        if (match[2] === "/change" && request.method === "POST") {
          const { node, ...change } = await readBody(request, labChange);
          await pool.change(lab, { ...change, ...(node !== undefined && { node }) });
          return { status: 200, body: {} };
        }
        if (match[2] === "/notice" && request.method === "GET") {
          return { status: 200, body: { notice: (await pool.notice(lab)) ?? null } };
        }
        if (match[2] === "/copy" && request.method === "POST") {
          await pool.copy(lab, await readBody(request, labCopy));
          return { status: 201, body: {} };
        }
        if (match[2] === "/sleep" && request.method === "POST") {
          await pool.sleep(lab);
          return { status: 200, body: {} };
        }
        if (match[2] === "/stage" && request.method === "PUT") {
          await pool.saveStage((await readBody(request, keptStage)).hash, lab);
          return { status: 200, body: {} };
        }
        if (match[2] !== undefined) return answerControl(pool.control(lab), match[2], request);
        if (request.method === "GET") return { status: 200, body: await pool.describe(lab) };
        if (request.method === "DELETE") {
          await pool.remove(lab);
          return { status: 200, body: {} };
        }
        throw new ControlRefusal(405, "a lab is read with GET and removed with DELETE");
      },
      (error) => options.log.error("a control request failed", error),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.address?.port ?? 0, "127.0.0.1", resolve);
  });
  return {
    controlUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await pool.stop();
      unknown.write();
    },
  };
}
