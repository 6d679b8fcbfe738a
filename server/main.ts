/**
 * The start, on Node 24: reads the configuration, starts every process in order, and says where the page is once it
 * answers. `start.mjs` has installed what this needs.
 */
import { run } from "./run.ts";
import { StartRefused } from "./start-refused.ts";

const say = (line: string) => console.log(line);
const controller = new AbortController();
let running: Awaited<ReturnType<typeof run>> | undefined;
let stopping: Promise<void> | undefined;

/** Stop everything once; a second Ctrl-C does not hurry it, because the database is being written. */
function stop(): Promise<void> {
  stopping ??= (async () => {
    controller.abort();
    await running?.stop();
    process.exit(process.exitCode ?? 0);
  })();
  return stopping;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (!stopping) say("Stopping");
    if (running) void stop();
    else controller.abort();
  });
}
process.on("message", (message: { kind?: string }) => {
  if (message?.kind === "stop") process.emit("SIGTERM");
});
// `start.mjs` was killed: nobody is left to be told anything, but everything is to be stopped in order.
process.on("disconnect", () => process.emit("SIGTERM"));

try {
  running = await run({ env: process.env, dev: process.argv.includes("--dev"), say, signal: controller.signal });
  if (controller.signal.aborted) await stop();
} catch (error) {
  if (!controller.signal.aborted) console.error(error instanceof StartRefused ? error.message : error);
  process.exit(controller.signal.aborted ? 0 : 1);
}
