/**
 * Records what iptables and nft print: `node record-packet-filter.ts`, as root on Debian 12 (iptables 1.8.9, nftables
 * 1.0.6). Each sequence of packet-filter-sequences.txt runs in a network namespace of its own.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const END = "=-=-=";

const sequences = readFileSync(here("packet-filter-sequences.txt"), "utf8")
  .split("\n\n")
  .map((part) => part.split("\n").filter((line) => line !== "" && !line.startsWith("#")))
  .filter((lines) => lines.length > 0);

const recorded = sequences.map((lines) => {
  const script = lines.map((line) => `${line}\necho "${END}$?"`).join("\n");
  const { stdout } = spawnSync("unshare", ["-n", "bash", "-c", `exec 2>&1\nip link set lo up\n${script}`], {
    encoding: "utf8",
  });
  const parts = stdout.split(new RegExp(`${END}(\\d+)\\n`));
  return lines.map((line, at) => ({ line, output: parts[at * 2] ?? "", exit: Number(parts[at * 2 + 1]) }));
});
writeFileSync(here("packet-filter.json"), `${JSON.stringify(recorded, undefined, 1)}\n`);
