/** Figures for Prometheus, and for the benchmarks. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { Terminals } from "./terminals/terminals.ts";

export interface Metrics {
  registry: Registry;
  refusedHosts: Counter;
  refusedOrigins: Counter;
  refusedSockets: Counter;
}

/** @param sockets browsers connected now */
export function gatewayMetrics(terminals: Terminals, sockets: () => number): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  new Gauge({
    name: "quorate_terminals",
    help: "Shells held by this gateway, by state",
    labelNames: ["state"],
    registers,
    collect() {
      this.reset();
      for (const terminal of terminals.all) this.inc({ state: terminal.state.kind });
    },
  });
  new Gauge({
    name: "quorate_terminals_watched",
    help: "Terminals that at least one browser looks at",
    registers,
    collect() {
      let watched = 0;
      for (const terminal of terminals.all) if (terminal.watched) watched += 1;
      this.set(watched);
    },
  });
  new Gauge({
    name: "quorate_sockets",
    help: "Browsers connected",
    registers,
    collect() {
      this.set(sockets());
    },
  });
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  return {
    registry,
    refusedHosts: counter("quorate_refused_hosts_total", "Requests under a name this server does not answer to"),
    refusedOrigins: counter("quorate_refused_origins_total", "Requests from pages of other sites"),
    refusedSockets: counter("quorate_refused_sockets_total", "Sockets refused: not signed in, outdated, or too many"),
  };
}
