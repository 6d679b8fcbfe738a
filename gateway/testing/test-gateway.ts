/**
 * A gateway for tests, with the real sockets and terminals; what belongs to other processes is held in memory.
 *
 * Who asks is said by a header, as the session cookie does in the product.
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Person } from "../../classroom/person.ts";
import type { LatestVerdict } from "../../database/attempts.ts";
import type { AuditEntry } from "../../database/audit.ts";
import type { Notice } from "../../database/notify.ts";
import type { StepPass } from "../../database/step-passes.ts";
import type { LabPicture } from "../../labs/lab-picture.ts";
import type { Fault, LabSurroundings, Labs } from "../../labs/labs.ts";
import { LabUnavailable } from "../../labs/labs.ts";
import { type GatewayOptions, startGateway } from "../gateway.ts";
import type { TestNode } from "./test-node.ts";
import { TestRecordings } from "./test-recordings.ts";

export const OWN_LAB = "lab-of-ana";
export const OTHER_LAB = "lab-of-ben";

export interface TestGateway {
  url: string;
  /** The web process, as far as the gateway sees it. */
  web: { stop(): void; start(): Promise<void>; seen: IncomingMessage[] };
  verdicts: LatestVerdict[];
  passes: StepPass[];
  /** By lab. */
  pictures: Map<string, LabPicture>;
  notify(notice: Notice): void;
  /** `labId course/chapter`, in order. */
  renewed: string[];
  asked: string[];
  /** `personId labId node`, each time that keys were noted. */
  typed: string[];
  sessions: Map<string, { gateway: string; endReason?: string }>;
  faults: Fault[];
  audited: AuditEntry[];
  logged: string[];
  recordings: TestRecordings;
  /** For another gateway on the same database. */
  database: GatewayOptions["database"];
  /** Pins other than the nodes' own, by node. */
  pins: Map<string, string>;
  stop(): Promise<void>;
}

export async function startTestGateway(
  nodes: Pick<TestNode, "name" | "description">[],
  options: Partial<GatewayOptions> = {},
): Promise<TestGateway> {
  const listeners = new Set<(notice: Notice) => void>();
  const state: Omit<TestGateway, "url" | "web" | "database" | "stop"> = {
    verdicts: [],
    passes: [],
    pictures: new Map(),
    notify: (notice) => {
      for (const listener of listeners) listener(notice);
    },
    renewed: [],
    asked: [],
    typed: [],
    sessions: new Map(),
    faults: [],
    audited: [],
    logged: [],
    pins: new Map(),
    recordings: new TestRecordings(),
  };
  const web = await startTestWeb();
  const database = databaseOf(state, listeners);
  const say = (text: string, details?: unknown) => void state.logged.push(`${text} ${details ?? ""}`);
  const gateway = await startGateway({
    name: "gateway-1",
    host: "127.0.0.1",
    port: 0,
    mode: "self-paced",
    allowedHosts: [],
    trustProxy: [],
    web: { url: web.url, doorSecret: "open sesame" },
    database,
    labs: labsOf(state, nodes),
    identify: async (headers) => personOf(headers.get("x-person") ?? "ana"),
    may: async (person, event, subject) =>
      ("recordingOf" in subject && subject.recordingOf === person.id) ||
      ("classId" in subject &&
        (event === "recording:decline" ? subject.classId === "class-1" : person.role === "instructor")) ||
      ("labId" in subject &&
        (event === "terminal:watch" || event === "terminal:trust-host-key"
          ? person.role === "instructor"
          : subject.labId === `lab-of-${person.id}` &&
            (subject.ownerId === undefined || subject.ownerId === person.id))),
    log: { info: say, warn: say, error: say },
    ...options,
  });
  return {
    ...state,
    database,
    url: gateway.url,
    web,
    async stop() {
      await gateway.stop();
      web.stop();
    },
  };
}

const roles: Record<string, Person["role"]> = { root: "administrator", eva: "instructor" };

function personOf(name: string): Person | undefined {
  return name === "nobody" ? undefined : { id: name, name, role: roles[name] ?? "student" };
}

function databaseOf(
  state: Omit<TestGateway, "url" | "web" | "database" | "stop">,
  listeners: Set<(notice: Notice) => void>,
): GatewayOptions["database"] {
  const used = {
    terminalSessions: {
      create: async (row: { id?: string; gateway: string }) => {
        state.sessions.set(row.id ?? "", { gateway: row.gateway });
        return row;
      },
      end: async (id: string, endReason: string) => {
        const row = state.sessions.get(id);
        if (row) row.endReason = endReason;
      },
      endAllOf: async () => 0,
    },
    recordings: state.recordings,
    labs: { find: async (labId: string) => ({ personId: labId.replace("lab-of-", ""), classId: "class" }) },
    classes: { teachers: async () => [{ id: "eva", name: "Eva", role: "instructor" }] },
    audit: { record: async (entry: AuditEntry) => void state.audited.push(entry) },
    pictures: { get: async (labId: string) => state.pictures.get(labId) },
    attempts: { latest: async () => state.verdicts },
    stepPasses: { ofPerson: async () => state.passes },
    watches: {
      renew: async (labId: string, chapter: string) => void state.renewed.push(`${labId} ${chapter}`),
      end: async () => undefined,
      askCheck: async (labId: string, chapter: string) => void state.asked.push(`${labId} ${chapter}`),
    },
    groups: { seen: async () => undefined },
    typing: {
      typed: async (labId: string, personId: string, node: string) =>
        void state.typed.push(`${personId} ${labId} ${node}`),
    },
    notices: {
      listen: async (onNotice: (notice: Notice) => void) => {
        listeners.add(onNotice);
        return () => listeners.delete(onNotice);
      },
    },
  };
  return used as unknown as GatewayOptions["database"];
}

function labsOf(
  state: { faults: Fault[]; pins: Map<string, string> },
  nodes: Pick<TestNode, "name" | "description">[],
): Labs {
  const surroundings: LabSurroundings = { nodes: nodes.map(({ name }) => ({ name, power: "on" })), links: [] };
  const absent = async () => {
    throw new LabUnavailable("not in this test");
  };
  return {
    create: absent,
    remove: absent,
    addresses: absent,
    restorePoints: absent,
    acceptHostKey: async (_labId, node, hostKeySha256) => void state.pins.set(node, hostKeySha256),
    change: absent,
    notice: absent,
    copy: absent,
    reach: async (labId) => ({ lab: labId, nodes: nodes.map((node) => node.description(state.pins.get(node.name))) }),
    capabilities: async () => ["power"],
    surroundings: async () => surroundings,
    apply: async (_labId, fault) => {
      state.faults.push(fault);
      if (fault.kind !== "power") return;
      for (const node of surroundings.nodes) if (node.name === fault.node) node.power = fault.state;
    },
  };
}

async function startTestWeb(): Promise<TestGateway["web"] & { url: string }> {
  const seen: IncomingMessage[] = [];
  let server: Server | undefined;
  let port = 0;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    seen.push(request);
    if (request.url !== "/stream") {
      request.on("data", () => undefined);
      request.on("end", () => response.end(`page ${request.url}`));
      return;
    }
    // The rest follows when the reader has seen the first part and says so.
    response.write("first\n");
    request.on("data", () => response.end("second\n"));
  };
  const start = async () => {
    server = createServer(answer);
    server.on("upgrade", (request, socket) => {
      seen.push(request);
      socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n");
      socket.pipe(socket);
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  };
  await start();
  const stop = () => {
    server?.close();
    server?.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, seen, start, stop };
}
