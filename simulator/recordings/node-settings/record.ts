/**
 * Records anew what Debian 12's tools answer to the lines beside this file: `node simulator/recordings/node-settings/record.ts`
 * as root, each line in a shell of its own, in new network and host name namespaces and an empty folder.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const lines = readFileSync(new URL("lines.txt", import.meta.url), "utf8").trim().split("\n");
const recorded = lines.map((command) => {
  const cwd = mkdtempSync(join(tmpdir(), "recorded-"));
  const { stdout, stderr, status } = spawnSync("unshare", ["-n", "-u", "bash", "-c", command], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8", HOME: "/root" },
  });
  rmSync(cwd, { recursive: true });
  return { command, stdout, stderr, status };
});
writeFileSync(new URL("recorded.json", import.meta.url), `${JSON.stringify(recorded, null, 1)}\n`);
