/** What `host-process.ts` starts: takes its options over IPC, says its address, stops when told. */
import { errorText } from "../error-text.ts";
import { startSimulatorHost } from "../simulator-host.ts";
import type { HostProcessOptions } from "./host-process.ts";

const say = (message: { url?: string; line?: string }) => void process.send?.(message);

process.once("message", ({ faulty, ...options }: HostProcessOptions) => {
  void startSimulatorHost({
    ...options,
    ...(faulty && { workerEntry: new URL("./faulty-worker.ts", import.meta.url) }),
    log: {
      info: (line) => say({ line }),
      error: (line, error) => say({ line: `${line}: ${errorText(error)}` }),
    },
  }).then((host) => {
    process.on("message", (message) => {
      if (message === "stop") void host.stop().then(() => process.exit(0));
    });
    say({ url: host.controlUrl });
  });
});
// Whoever started it is gone.
process.on("disconnect", () => process.exit(0));
