/** The process of the simulated labs. */
import { startSimulatorHost } from "../../simulator/host/simulator-host.ts";
import { runChild } from "../child-process.ts";
import { systemCode } from "../start-refused.ts";

export interface SimulatorProcessConfiguration {
  labsFolder: string;
  secret: string;
  /** Port of the last run, so that those who know the address go on. */
  port: number;
}
export interface SimulatorProcessFacts {
  controlUrl: string;
}

runChild<SimulatorProcessConfiguration, SimulatorProcessFacts>(async (configuration, log) => {
  const startOn = (port: number) =>
    startSimulatorHost({
      dataDirectory: configuration.labsFolder,
      log: { info: (text) => log.info(text), error: (text, error) => log.error(text, error) },
      address: { port, secret: configuration.secret },
    });
  const host = await startOn(configuration.port).catch((error: unknown) => {
    if (systemCode(error) !== "EADDRINUSE" || configuration.port === 0) throw error;
    return startOn(0);
  });
  return { facts: { controlUrl: host.controlUrl }, stop: () => host.stop() };
});
