/**
 * The whole product, started as a user starts it: `npm start` on a free port with a data folder of its own.
 *
 * Nothing is mocked: a browser test meets the gateway, PostgreSQL, the grader and simulated nodes.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, type Page } from "@playwright/test";

const root = fileURLToPath(new URL("..", import.meta.url));
/** A first start builds the pages. */
const START_WITHIN_MS = 300_000;
const STOP_WITHIN_MS = 40_000;
const PORTS = { from: 20_000, to: 32_000 };

/** Sign a page in by the link that a shared product printed at its start; it works once. */
export async function signInAdministrator(page: Page, product: Product): Promise<void> {
  const link = () => new RegExp(`${product.url}/api/\\S+`).exec(product.output())?.[0];
  await expect.poll(link).toBeDefined();
  await page.goto(link() as string);
}

export interface Product {
  /** Without a slash at the end. */
  readonly url: string;
  /** Everything that `npm start` has printed. */
  output(): string;
  /** Stop it as Ctrl-C does and start it again with the same data and port. */
  restart(): Promise<void>;
  /** Stop it and remove its data. */
  close(): Promise<void>;
}

/** An address of this machine that others could use. Fails the test where there is none. */
export function ownAddress(): string {
  const address = Object.values(networkInterfaces())
    .flat()
    .find((candidate) => candidate?.family === "IPv4" && !candidate.internal)?.address;
  expect(address, "this machine has no address besides loopback, so this cannot be tested here").toBeDefined();
  return address as string;
}

/**
 * @param options.host address to listen on; loopback, and so self-paced, unless said
 * @param options.settings further environment variables, for the address it will have
 */
export async function startProduct(
  options: { host?: string; settings?: (url: string) => Promise<Record<string, string>> } = {},
): Promise<Product> {
  const host = options.host ?? "127.0.0.1";
  // A short path: the database's socket must fit into 107 bytes. Readable by the database's own user.
  const dataFolder = await mkdtemp(join(tmpdir(), "qe2e-"));
  const port = await freePort(host);
  const url = `http://${host}:${port}`;
  const settings = await options.settings?.(url);
  let output = "";

  const start = async (): Promise<ChildProcess> => {
    const from = output.length;
    const child = spawn(process.execPath, [join(root, "server", "start.mjs")], {
      cwd: root,
      env: { ...process.env, PORT: String(port), HOST: host, QUORATE_DATA: dataFolder, ...settings },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const printed = (bytes: Buffer) => {
      output += bytes.toString();
    };
    child.stdout.on("data", printed);
    child.stderr.on("data", printed);
    try {
      await ready(child, () => output.slice(from).includes(`:${port}`) && answers(url));
    } catch (error) {
      child.kill("SIGTERM");
      throw new Error(`${error instanceof Error ? error.message : error}; it printed:\n${output.slice(from)}`);
    }
    return child;
  };

  let child = await start();
  return {
    url,
    output: () => output,
    restart: async () => {
      await stop(child);
      child = await start();
    },
    close: async () => {
      await stop(child);
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

async function ready(child: ChildProcess, isReady: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + START_WITHIN_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`npm start ended with status ${child.exitCode}`);
    if (await isReady()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`npm start was not ready within ${START_WITHIN_MS / 1000} s`);
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(`${url}/`).catch(() => undefined);
  return response !== undefined && response.status < 500;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGINT");
  const late = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  await ended;
  clearTimeout(late);
}

/**
 * Below the ports that this machine gives to connections: between the look and the start of the product, which makes a
 * database first, one of those could get to be the far end of somebody's connection.
 */
async function freePort(host: string): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(PORTS.from, PORTS.to);
    const server = createServer().listen(port, host);
    const free = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
  throw new Error(`no free port from ${PORTS.from} to ${PORTS.to} on ${host}`);
}
