/**
 * A worker thread with a program that a node has not got: `hold-the-thread` never gives the thread back, as a fault of
 * ours might. What learners can type is bounded, so that nothing they type does it.
 */
import { allCommands } from "../../commands/commands.ts";

allCommands["hold-the-thread"] = {
  path: "/usr/bin/hold-the-thread",
  program: async () => {
    for (;;);
  },
};

await import("../lab-worker.ts");
