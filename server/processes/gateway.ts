/** The process of the door: public port, terminals, and pages passed on. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openIdentity } from "../../classroom/identity.ts";
import { permitEvents } from "../../classroom/permit.ts";
import { openDatabase } from "../../database/database.ts";
import { startGateway } from "../../gateway/gateway.ts";
import { connectLabs } from "../../labs/connect.ts";
import { runChild } from "../child-process.ts";
import type { Configuration } from "../configuration.ts";
import { dataFolder } from "../data-folder.ts";
import { portRefused } from "../listening.ts";

export interface GatewayProcessConfiguration {
  /** Without what only the pages need: this process faces the network. */
  configuration: Omit<Configuration, "singleSignOn">;
  databaseUrl: string;
  controlUrl: string;
  /** Opens the inventories' secrets. */
  inventoryKey: string;
  webPort: number;
  doorSecret: string;
  sessionSecret: string;
}
export interface GatewayProcessFacts {
  /** As a browser on this machine opens it. */
  url: string;
}

const connections = 15;

runChild<GatewayProcessConfiguration, GatewayProcessFacts>(async (given, log) => {
  const { configuration } = given;
  const database = await openDatabase({ url: given.databaseUrl, connections, log: log.warn });
  const identity = openIdentity({ mode: configuration.mode, database, secret: given.sessionSecret });
  try {
    const gateway = await startGateway({
      name: "gateway-1",
      host: configuration.host,
      port: configuration.port,
      tls: configuration.tls && {
        cert: readFileSync(configuration.tls.certFile, "utf8"),
        key: readFileSync(configuration.tls.keyFile, "utf8"),
      },
      mode: configuration.mode,
      allowedHosts: configuration.allowedHosts,
      trustProxy: configuration.trustedProxies,
      web: { url: `http://127.0.0.1:${given.webPort}`, doorSecret: given.doorSecret },
      database,
      labs: connectLabs({
        simulatorControlUrl: given.controlUrl,
        inventory: { database, key: given.inventoryKey },
      }),
      identify: identity.identify,
      may: permitEvents(database),
      limits: {
        detachedMs: configuration.shells.detachedMinutes * 60_000,
        idleMs: configuration.shells.idleHours * 3_600_000,
        lifetimeMs: configuration.shells.mostHours * 3_600_000,
      },
      recordingsFolder: dataFolder(configuration.dataFolder).recordings,
      lastScreensFolder: join(configuration.dataFolder, "last-screens"),
      log,
    });
    return {
      facts: { url: gateway.url },
      stop: async () => {
        await gateway.stop();
        await database.close();
      },
    };
  } catch (error) {
    throw portRefused(configuration.host, configuration.port, error);
  }
});
