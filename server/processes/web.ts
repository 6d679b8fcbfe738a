/**
 * The process of the pages: Next, run by us on a loopback port, behind a header that only the gateway sends.
 */

import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import next from "next";
import { openIdentity } from "../../classroom/identity.ts";
import { signRecord } from "../../classroom/record/record-signature.ts";
import type { SingleSignOn } from "../../classroom/single-sign-on.ts";
import { builtDirectory } from "../../content/pipeline/built-chapters.ts";
import { chapterStart } from "../../content/pipeline/chapter-start.ts";
import { courseLoader } from "../../content/pipeline/courses.ts";
import { openDatabase } from "../../database/database.ts";
import { graderVersion } from "../../grader/grader-version.ts";
import { connectLabs } from "../../labs/connect.ts";
import { runChild } from "../child-process.ts";
import { dataFolder } from "../data-folder.ts";
import { dryRun } from "../dry-run.ts";
import { inventoryDesk } from "../inventory-desk.ts";
import { recordKey } from "../record-key.ts";
import { systemCode } from "../start-refused.ts";
import { setWebRuntime } from "../web-runtime.ts";

export interface WebProcessConfiguration {
  mode: "self-paced" | "shared";
  dev: boolean;
  databaseUrl: string;
  dataFolder: string;
  controlUrl: string;
  /** Opens the inventories' secrets. */
  inventoryKey: string;
  doorSecret: string;
  sessionSecret: string;
  singleSignOn: SingleSignOn | undefined;
  /** Port of the last run, so that the gateway goes on; 0 for any. */
  port: number;
}
export interface WebProcessFacts {
  port: number;
}

const project = fileURLToPath(new URL("../../", import.meta.url));
/** Of the 100 connections that PostgreSQL gives to all processes. */
const connections = 15;

runChild<WebProcessConfiguration, WebProcessFacts>(async (configuration, log) => {
  const database = await openDatabase({ url: configuration.databaseUrl, connections, log: log.warn });
  const identity = openIdentity({
    ...{ mode: configuration.mode, database, secret: configuration.sessionSecret },
    singleSignOn: configuration.singleSignOn,
  });
  const courses = courseLoader({
    contentDirectory: join(project, "content"),
    cacheDirectory: join(dataFolder(configuration.dataFolder).cache, "chapters"),
    builtDirectory,
    everyTime: configuration.dev,
  });
  // A mistake in a chapter is the author's to see at start, not a learner's; while authoring, the page shows it.
  if (!configuration.dev) await courses();
  const labs = connectLabs({
    simulatorControlUrl: configuration.controlUrl,
    inventory: { database, key: configuration.inventoryKey },
  });
  const inventories = inventoryDesk(database, configuration.inventoryKey);
  const { privateKey, ...key } = recordKey(dataFolder(configuration.dataFolder));
  setWebRuntime({
    records: { ...key, sign: (record) => signRecord(record, privateKey), quorate: await graderVersion() },
    ...{ mode: configuration.mode, database, courses, labs, inventories, chapterStart },
    dryRun: (found, address, told) =>
      dryRun({ database, labs, inventories, courses, chapterStart }, found, address, told),
    singleSignOn: configuration.singleSignOn?.name,
    identify: identity.identify,
    authenticate: identity.authenticate,
  });

  const pages = next({ dev: configuration.dev, dir: project, hostname: "127.0.0.1", port: configuration.port });
  await pages.prepare();
  const answerPage = pages.getRequestHandler();
  const answerUpgrade = pages.getUpgradeHandler();
  const secret = Buffer.from(configuration.doorSecret);
  const isFromGateway = (request: IncomingMessage) => {
    const given = Buffer.from(String(request.headers["x-quorate-door"] ?? ""));
    return given.length === secret.length && timingSafeEqual(given, secret);
  };

  const server = createServer((request, response) => {
    if (!isFromGateway(request)) {
      response.writeHead(403, { "content-type": "text/plain" }).end("Pages are served by the gateway alone.\n");
      return;
    }
    delete request.headers["x-quorate-door"];
    const answer = request.url?.startsWith("/api/auth/")
      ? answerAuthentication(request, response, identity.authenticate)
      : answerPage(request, response);
    answer.catch((error: unknown) => {
      log.error(`${request.method} ${request.url?.split("?")[0]} failed`, error);
      if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
      response.end("The page failed; the log of the web process says why.\n");
    });
  });
  server.on("upgrade", (request, socket, head) => {
    if (isFromGateway(request)) void answerUpgrade(request, socket, head);
    else socket.destroy();
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => {
        server.off("error", reject);
        resolve();
      });
    });
  await listen(configuration.port).catch((error: unknown) => {
    if (systemCode(error) !== "EADDRINUSE") throw error;
    return listen(0);
  });

  return {
    facts: { port: (server.address() as AddressInfo).port },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await pages.close();
      await database.close();
    },
  };
});

/** better-auth speaks the web's Request and Response. */
async function answerAuthentication(
  request: IncomingMessage,
  response: ServerResponse,
  authenticate: (request: Request) => Promise<Response>,
): Promise<void> {
  const scheme = request.headers["x-forwarded-proto"] === "https" ? "https" : "http";
  const host = String(request.headers["x-forwarded-host"] ?? request.headers.host ?? "localhost");
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  const answer = await authenticate(
    new Request(new URL(request.url ?? "/", `${scheme}://${host}`), {
      method: request.method ?? "GET",
      headers: Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
        value === undefined ? [] : [[name, String(value)]],
      ),
      ...(hasBody ? { body: Readable.toWeb(request) as ReadableStream, duplex: "half" } : {}),
    }),
  );
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) if (name !== "set-cookie") response.setHeader(name, value);
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader("set-cookie", cookies);
  response.end(Buffer.from(await answer.arrayBuffer()));
}
