/**
 * The side of a supervised process: its first message is its configuration, its answer `ready` with facts.
 *
 * It stops when it is told to and when the supervisor is gone. Ctrl-C in the terminal reaches every process at once; only
 * the supervisor acts on it, so that the order of stopping is kept.
 */
import { StartRefused } from "./start-refused.ts";

export type ToChild = { kind: "start"; configuration: unknown } | { kind: "stop" };
export type FromChild =
  | { kind: "ready"; facts: unknown }
  /** `refusal` is a line for the person who starts Quorate; without it the log has the error. */
  | { kind: "failed"; message: string; refusal: boolean };

export interface ChildLog {
  info(text: string, details?: unknown): void;
  warn(text: string, details?: unknown): void;
  error(text: string, details?: unknown): void;
}

/** Milliseconds an orderly stop may take once the supervisor is gone and nobody else would end it. */
const orphanGraceMs = 8_000;

/**
 * Run one supervised process.
 *
 * @param start does the work; `stop` of what it gives resolves when everything is closed
 */
export function runChild<Configuration, Facts>(
  start: (configuration: Configuration, log: ChildLog) => Promise<{ facts: Facts; stop(): Promise<void> }>,
): void {
  const log = childLog();
  let running: Promise<{ stop(): Promise<void> } | undefined> = Promise.resolve(undefined);
  let stopping = false;

  const stop = (why: string) => {
    if (stopping) return;
    stopping = true;
    log.info(`stopping: ${why}`);
    setTimeout(() => process.exit(1), orphanGraceMs).unref();
    running
      .then((parts) => parts?.stop())
      .then(
        () => process.exit(process.exitCode ?? 0),
        (error: unknown) => {
          log.error("stopping failed", error);
          process.exit(1);
        },
      );
  };
  const tell = (message: FromChild) => {
    if (process.connected) process.send?.(message);
  };

  process.on("message", (message: ToChild) => {
    if (message.kind === "stop") return stop("told to");
    running = start(message.configuration as Configuration, log).then(
      (parts) => {
        tell({ kind: "ready", facts: parts.facts });
        return parts;
      },
      (error: unknown) => {
        log.error("did not start", error);
        const text = error instanceof Error ? error.message : String(error);
        process.exitCode = 1;
        if (process.connected) {
          process.send?.({ kind: "failed", message: text, refusal: error instanceof StartRefused }, () =>
            process.exit(1),
          );
        } else process.exit(1);
        return undefined;
      },
    );
  });
  process.on("disconnect", () => stop("the supervisor is gone"));
  process.on("SIGTERM", () => stop("SIGTERM"));
  for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  process.on("uncaughtException", (error) => {
    log.error("a bug ended this process", error);
    process.exit(1);
  });
  process.on("unhandledRejection", (error) => {
    log.error("a bug ended this process (unhandled rejection)", error);
    process.exit(1);
  });
}

/** One JSON line an event on standard output, which the supervisor writes to the process's log file. */
function childLog(): ChildLog {
  const write = (level: string) => (text: string, details?: unknown) => {
    const line: Record<string, unknown> = { at: new Date().toISOString(), level, text };
    if (details !== undefined) line.details = details instanceof Error ? (details.stack ?? details.message) : details;
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
  return { info: write("info"), warn: write("warn"), error: write("error") };
}
