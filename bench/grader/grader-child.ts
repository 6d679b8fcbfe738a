/** A grader as the product runs it, in a process of its own, so that its memory is seen alone. */
import { openDatabase } from "../../database/database.ts";
import { startGrader } from "../../grader/grader-process.ts";
import { connectLabs } from "../../labs/connect.ts";

const [databaseUrl = "", controlUrl = ""] = process.argv.slice(2);
const database = await openDatabase({ url: databaseUrl, connections: 10 });
const say = (text: string, cause?: unknown) => process.stderr.write(`${text} ${cause ?? ""}\n`);
const grader = await startGrader({
  database,
  labs: connectLabs({ simulatorControlUrl: controlUrl }),
  log: { info: () => {}, warn: say, error: say },
});
process.on("message", (asked: string) => {
  if (asked === "memory") {
    globalThis.gc?.();
    process.send?.({ rss: process.memoryUsage().rss });
  } else if (asked === "stop") {
    void grader
      .stop()
      .then(() => database.close())
      .then(() => process.disconnect());
  }
});
process.send?.("ready");
