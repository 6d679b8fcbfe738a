/**
 * `npm start`: installs what is missing, then hands over to the Node that came with the packages.
 *
 * Plain JavaScript for an old Node, without dependencies. The real start is `main.ts`.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { whenParentGone } from "./parent-gone.mjs";
import { explain, prepare, root } from "./prepare.mjs";

const say = (line) => console.log(line);

try {
  const node = await prepare(say);
  const child = spawn(node, [join(root, "server", "main.ts"), ...process.argv.slice(2)], {
    cwd: root,
    // The channel tells main.ts when this process is gone, even killed.
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, NODE_ENV: process.argv.includes("--dev") ? "development" : "production" },
  });
  // The terminal sends Ctrl-C to both; main.ts stops everything, this process waits for it. A signal to this one alone
  // is passed on over the channel, which Windows has, too.
  const stop = () => {
    if (child.connected) child.send({ kind: "stop" });
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
  whenParentGone(stop);
  child.once("error", (error) => {
    console.error(`Node 24 did not start (${error.message}). Run: npm ci`);
    process.exit(1);
  });
  child.once("exit", (code, signal) => {
    if (signal) console.error(`Quorate was ended by ${signal}.`);
    process.exit(code ?? 1);
  });
} catch (error) {
  const line = explain(error);
  if (line === undefined) throw error;
  console.error(line);
  process.exit(1);
}
