/**
 * The control interface of a lab, as HTTP on loopback: state, links, power, clock.
 *
 * The address holds a secret; the Host header is checked, so that a web page in the same browser cannot reach it by a
 * name that resolves to loopback.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import {
  type ClockChange,
  clockAdvance,
  clockChange,
  type LabEvent,
  type LinkChange,
  linkChange,
  type PowerChange,
  powerChange,
  storageChange,
  watchdogChange,
  workloadChange,
} from "./fault-request.ts";
import type { ClockMode } from "./lab-runner.ts";

/** What a control interface needs of a lab, wherever the lab runs. */
export interface LabControl {
  state(): Promise<LabSurroundingsState>;
  setLink(between: [string, string], change: LinkChange): Promise<void>;
  setPower(node: string, change: PowerChange): Promise<void>;
  /** A change of a guest's load, or of a storage server. */
  happen(event: LabEvent): Promise<void>;
  clock(): Promise<{ mode: ClockMode; nowMs: number; wallMs: number }>;
  setClock(change: ClockChange): Promise<void>;
  advance(ms: number): Promise<void>;
}

export interface LabSurroundingsState {
  nodes: { name: string; power: "on" | "off" | "hung" }[];
  links: { between: [string, string]; network: string; up: boolean; latencyMs: number; lossPercent: number }[];
  /** Whether the nodes' watchdog devices work. */
  watchdog: boolean;
  storage: { address: string; up: boolean; cutFrom: string[] }[];
}

/** A request that cannot be carried out; `status` is the HTTP status it is answered with. */
export class ControlRefusal extends Error {
  override name = "ControlRefusal";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A body is a few fields; more than this is a mistake. */
const BODY_BYTES_MAX = 64 * 1024;

/**
 * Answer one control request.
 *
 * @param path the path behind the secret, `/links/pve1-pve3`
 */
export async function answerControl(
  control: LabControl,
  path: string,
  request: IncomingMessage,
): Promise<{ status: number; body: unknown }> {
  const method = request.method ?? "GET";
  const link = /^\/links\/([^/]+)$/.exec(path);
  const power = /^\/nodes\/([^/]+)\/power$/.exec(path);
  if (path === "/state" && method === "GET") return { status: 200, body: await control.state() };
  if (link && method === "PUT") {
    const change = await readBody(request, linkChange);
    const { nodes } = await control.state();
    await control.setLink(
      splitPair(
        decodeURIComponent(link[1]!),
        nodes.map((node) => node.name),
      ),
      change,
    );
    return { status: 200, body: await control.state() };
  }
  if (power && method === "PUT") {
    await control.setPower(decodeURIComponent(power[1]!), await readBody(request, powerChange));
    return { status: 200, body: await control.state() };
  }
  const workload = /^\/guests\/([1-9]\d{2,8})\/workload$/.exec(path);
  if (workload && method === "PUT") {
    const change = await readBody(request, workloadChange);
    await control.happen({ kind: "workload", vmid: Number(workload[1]), change });
    return { status: 200, body: await control.state() };
  }
  const storage = /^\/storage\/([\d.]+)$/.exec(path);
  if (storage && method === "PUT") {
    const change = await readBody(request, storageChange);
    await control.happen({ kind: "storage", address: storage[1]!, change });
    return { status: 200, body: await control.state() };
  }
  if (path === "/watchdog" && method === "PUT") {
    await control.happen({ kind: "watchdog", ...(await readBody(request, watchdogChange)) });
    return { status: 200, body: await control.state() };
  }
  if (path === "/clock" && method === "GET") return { status: 200, body: await control.clock() };
  if (path === "/clock" && method === "PUT") {
    await control.setClock(await readBody(request, clockChange));
    return { status: 200, body: await control.clock() };
  }
  if (path === "/clock/advance" && method === "POST") {
    await control.advance((await readBody(request, clockAdvance)).ms);
    return { status: 200, body: await control.clock() };
  }
  throw new ControlRefusal(404, `there is no ${method} ${path}; see docs/running.md, "The fault interface"`);
}

/** Only requests to loopback by number or as `localhost` are answered. */
export function hostIsLoopback(request: IncomingMessage): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(request.headers.host ?? "");
}

/** Write a JSON answer, or the refusal that an error stands for. */
export async function respond(
  response: ServerResponse,
  answer: () => Promise<{ status: number; body: unknown }>,
  onFault: (error: unknown) => void,
): Promise<void> {
  let status: number;
  let body: unknown;
  try {
    ({ status, body } = await answer());
  } catch (error) {
    if (error instanceof ControlRefusal) {
      status = error.status;
      body = { error: error.message };
    } else {
      onFault(error);
      status = 500;
      body = { error: "the simulator failed at this request; its log says why" };
    }
  }
  const text = Buffer.from(`${JSON.stringify(body)}\n`, "utf8");
  response.writeHead(status, { "content-type": "application/json", "content-length": text.length }).end(text);
}

/** Read and check a JSON body. @throws ControlRefusal that names the field */
export async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) throw new ControlRefusal(413, `the body is larger than ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new ControlRefusal(400, "the body is not JSON");
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new ControlRefusal(400, z.prettifyError(parsed.error));
  return parsed.data;
}

/** `pve1-pve3` or `a-b-c-d` into two names that exist. */
function splitPair(text: string, names: string[]): [string, string] {
  for (const first of names) {
    const second = text.startsWith(`${first}-`) ? text.slice(first.length + 1) : undefined;
    if (second !== undefined && names.includes(second) && second !== first) return [first, second];
  }
  throw new ControlRefusal(404, `${text} is not a link: name two of ${names.join(", ")} with a dash between them`);
}
