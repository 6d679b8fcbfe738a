/** Composition: which processes there are, in which order they start, and what each is told about the others. */
import { randomBytes } from "node:crypto";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { administratorLink } from "../classroom/sign-in-links.ts";
import { openDatabase } from "../database/database.ts";
import { forgetExpired } from "../database/retention.ts";
import { GATEWAY_FLAGS } from "../gateway/process-flags.ts";
import { buildPages } from "./build.ts";
import { type Configuration, readConfiguration } from "./configuration.ts";
import { type DataFolder, keptSecret, prepareDataFolder } from "./data-folder.ts";
import { requireDatabase } from "./external-database.ts";
import { requirePort, urlsForOthers } from "./listening.ts";
import { lockDataFolder } from "./lock.ts";
import { pageAnswers } from "./page-answers.ts";
import type { DatabaseProcessConfiguration, DatabaseProcessFacts } from "./processes/database.ts";
import type { GatewayProcessConfiguration, GatewayProcessFacts } from "./processes/gateway.ts";
import type { GraderProcessConfiguration } from "./processes/grader.ts";
import type { SimulatorProcessConfiguration, SimulatorProcessFacts } from "./processes/simulator-host.ts";
import type { WebProcessConfiguration, WebProcessFacts } from "./processes/web.ts";
import { StartRefused } from "./start-refused.ts";
import { processFile, Supervisor } from "./supervisor.ts";
import { upgradeDatabase } from "./upgrade.ts";

/** Everything has said that it is ready by then. */
const pageWithinMs = 60_000;

export interface Run {
  url: string;
  pids(): Record<string, number | undefined>;
  stop(): Promise<void>;
}

/**
 * Start everything.
 *
 * @param options.say one line for the person at the terminal
 * @param options.signal aborted while starting: what runs already is stopped, and the promise rejects
 * @throws StartRefused with the next move
 */
export async function run(options: {
  env: NodeJS.ProcessEnv;
  dev: boolean;
  say: (line: string) => void;
  signal: AbortSignal;
}): Promise<Run> {
  const { say, signal } = options;
  const configuration = readConfiguration(options.env, { dev: options.dev });
  requireTlsFiles(configuration);
  await requirePort(configuration.host, configuration.port);
  const folder = prepareDataFolder(configuration.dataFolder);
  const lock = await lockDataFolder(folder.root, "is running");
  const supervisor = new Supervisor({ logsFolder: folder.logs, say });
  // A database that does not start must not leave a build running alone.
  const failed = new AbortController();
  const building = AbortSignal.any([signal, failed.signal]);
  const stop = async () => {
    await supervisor.stop();
    lock.release();
  };
  try {
    say(`Data: ${folder.root}`);
    const links = newLinks();
    const [database] = await Promise.all([
      startDatabase(configuration, folder, supervisor, say),
      startSimulator({ configuration, folder, supervisor, links }),
      configuration.dev ? undefined : buildPages(say, building),
    ]);
    signal.throwIfAborted();
    await upgradeDatabase(database.url, folder, say);
    signal.throwIfAborted();
    const url = await startProcesses({ configuration, folder, database, supervisor, links });
    await pageAnswers(url, { withinMs: pageWithinMs, signal });
    await sayWhere({ configuration, databaseUrl: database.url, url, say });
    const forgetting = forgetDaily(database);
    return {
      ...{ url, pids: () => supervisor.pids() },
      stop: () => {
        clearInterval(forgetting);
        return stop();
      },
    };
  } catch (error) {
    failed.abort();
    await stop();
    throw error;
  }
}

/** Where the database is now: its port changes when another program took it while the database was down. */
interface DatabasePlace {
  url: string;
}

async function startDatabase(
  configuration: Configuration,
  folder: DataFolder,
  supervisor: Supervisor,
  say: (line: string) => void,
): Promise<DatabasePlace> {
  if (configuration.databaseUrl) {
    await requireDatabase(configuration.databaseUrl);
    return { url: configuration.databaseUrl };
  }
  if (!existsSync(folder.postgres)) say("Initialising the database");
  const place: DatabasePlace = { url: "" };
  await supervisor.start({
    ...{ name: "database", file: processFile("database") },
    configuration: (): DatabaseProcessConfiguration => ({ dataFolder: folder.root }),
    onFacts: (facts) => {
      const moved = place.url !== "";
      place.url = (facts as DatabaseProcessFacts).url;
      if (moved) for (const name of ["grader", "web", "gateway"]) supervisor.restart(name);
    },
  });
  return place;
}

/** What the processes must know about each other; empty until the one in question is ready. */
interface Links {
  controlUrl: string;
  webPort: number;
}

const newLinks = (): Links => ({ controlUrl: "", webPort: 0 });

const environmentOf = (configuration: Configuration) => ({
  NODE_ENV: configuration.dev ? "development" : "production",
  NEXT_TELEMETRY_DISABLED: "1",
  // Read once, and told to the pages' process alone.
  QUORATE_OIDC_CLIENT_SECRET: undefined,
});

interface Composition {
  configuration: Configuration;
  folder: DataFolder;
  supervisor: Supervisor;
  links: Links;
}

/** It needs no database, so that it starts beside it. */
async function startSimulator({ configuration, folder, supervisor, links }: Composition): Promise<void> {
  await supervisor.start({
    ...{ name: "simulator host", file: processFile("simulator-host"), env: environmentOf(configuration) },
    configuration: (earlier): SimulatorProcessConfiguration => ({
      labsFolder: folder.labs,
      secret: keptSecret(folder, "simulator-secret"),
      port: earlier ? Number(new URL((earlier as SimulatorProcessFacts).controlUrl).port) : 0,
    }),
    onFacts: (facts) => {
      const moved = links.controlUrl !== "";
      links.controlUrl = (facts as SimulatorProcessFacts).controlUrl;
      if (moved) for (const name of ["grader", "web", "gateway"]) supervisor.restart(name);
    },
  });
}

async function startProcesses(options: Composition & { database: DatabasePlace }): Promise<string> {
  const { configuration, folder, database, supervisor, links } = options;
  const doorSecret = randomBytes(32).toString("base64url");
  const sessionSecret = keptSecret(folder, "session-secret");
  const inventoryKey = keptSecret(folder, "inventory-key");
  const env = environmentOf(configuration);
  await Promise.all([
    supervisor.start({
      ...{ name: "grader", file: processFile("grader"), env },
      configuration: (): GraderProcessConfiguration => ({
        databaseUrl: database.url,
        controlUrl: links.controlUrl,
        dataFolder: folder.root,
        inventoryKey,
      }),
    }),
    supervisor.start({
      ...{ name: "web", file: processFile("web"), env },
      configuration: (earlier): WebProcessConfiguration => ({
        ...{ mode: configuration.mode, dev: configuration.dev, doorSecret, sessionSecret },
        singleSignOn: configuration.singleSignOn,
        controlUrl: links.controlUrl,
        databaseUrl: database.url,
        dataFolder: folder.root,
        inventoryKey,
        port: (earlier as WebProcessFacts | undefined)?.port ?? 0,
      }),
      onFacts: (facts) => {
        const moved = links.webPort !== 0;
        links.webPort = (facts as WebProcessFacts).port;
        if (moved) supervisor.restart("gateway");
      },
    }),
  ]);
  const { singleSignOn: _secret, ...open } = configuration;
  const gateway = (await supervisor.start({
    ...{ name: "gateway", file: processFile("gateway"), env, flags: GATEWAY_FLAGS },
    configuration: (earlier): GatewayProcessConfiguration => ({
      // A port that the system chose is kept over restarts.
      configuration: earlier ? { ...open, port: portOf((earlier as GatewayProcessFacts).url) } : open,
      ...{ databaseUrl: database.url, ...links, doorSecret, sessionSecret, inventoryKey },
    }),
  })) as GatewayProcessFacts;
  return gateway.url;
}

/** What is kept for a time only goes at each start, and daily in a server that runs for months. */
function forgetDaily(place: DatabasePlace): NodeJS.Timeout {
  const forget = async () => {
    const database = await openDatabase({ url: place.url, connections: 1 });
    try {
      await forgetExpired(database.prisma);
    } finally {
      await database.close();
    }
  };
  // A failure today is made good tomorrow.
  const tryToForget = () => void forget().catch(() => {});
  tryToForget();
  return setInterval(tryToForget, 24 * 60 * 60 * 1000);
}

async function sayWhere(options: {
  configuration: Configuration;
  databaseUrl: string;
  url: string;
  say: (line: string) => void;
}): Promise<void> {
  const { configuration, url, say } = options;
  const others = urlsForOthers(configuration, url);
  const base = others[0] ?? url;
  say(`Quorate is ready: ${base}`);
  if (configuration.mode === "self-paced") return;
  if (others.length > 1) say(`Also at ${others.slice(1).join(" ")}`);
  const database = await openDatabase({ url: options.databaseUrl, connections: 1 });
  try {
    say(`Sign in as administrator with this link, once, within an hour: ${base}${await administratorLink(database)}`);
  } finally {
    await database.close();
  }
}

function requireTlsFiles(configuration: Configuration): void {
  if (!configuration.tls) return;
  const { certFile, keyFile } = configuration.tls;
  for (const [name, file] of [["QUORATE_TLS_CERT", certFile] as const, ["QUORATE_TLS_KEY", keyFile] as const]) {
    try {
      accessSync(file, constants.R_OK);
    } catch (error) {
      throw new StartRefused(`${name}: the file ${file} cannot be read. Give the path of a PEM file.`, {
        cause: error,
      });
    }
  }
  try {
    createSecureContext({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new StartRefused(`QUORATE_TLS_CERT and QUORATE_TLS_KEY are no pair of PEM files (${text}).`, {
      cause: error,
    });
  }
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}
