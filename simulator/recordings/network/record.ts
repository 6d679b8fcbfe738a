/**
 * Records what iproute2 prints and the kernel answers when the network of a node is changed: `node record.ts`, as root on
 * Debian 12. Each sequence runs in a network namespace of its own that has the cards of a simulated node.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

interface Step {
  command: string;
  stdout: string;
  stderr: string;
  status: number;
}

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** As a node has it after its boot; the other ends of the cables lie in a namespace of the switch's. */
const SETUP = `
ip link add ens18 type veth peer name port0 netns $1
ip link add ens19 type veth peer name port1 netns $1
nsenter -t $1 -n ip link set port0 up
nsenter -t $1 -n ip link set port1 up
ip link add vmbr0 type bridge
ip link set ens18 master vmbr0
for device in lo ens18 ens19 vmbr0; do ip link set $device up; done
ip address add 10.98.7.11/24 dev ens19
ip address add 10.99.7.11/24 dev vmbr0
ip route add default via 10.99.7.1 dev vmbr0 proto kernel onlink
for waited in $(seq 50); do ip link show vmbr0 | grep -q LOWER_UP && break; sleep 0.1; done
`;

/** A line of its own between the outputs of commands. */
const MARK = "==next==";

const sequences = readFileSync(here("sequences.txt"), "utf8")
  .split(/\n\n+/)
  .map((part) => part.split("\n").filter((line) => line !== "" && !line.startsWith("#")))
  .filter((lines) => lines.length > 0);

const recorded = sequences.map((commands) => {
  const run = commands
    .map((command) => `{ ${command}; } >/tmp/recorded-out 2>/tmp/recorded-err; status=$?
cat /tmp/recorded-out; echo '${MARK}'; cat /tmp/recorded-err; echo '${MARK}'; echo $status; echo '${MARK}'`)
    .join("\n");
  const script = `unshare -n sleep 60 & switch=$!
sleep 0.3
unshare -n bash -s $switch <<'INNER'
${SETUP}
${run}
INNER
kill $switch`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  const parts = stdout.split(`${MARK}\n`);
  if (parts.length !== commands.length * 3 + 1) throw new Error(`${commands[0]}: ${stdout}${stderr}`);
  // A card has no other end to name; where names stand in a column, it keeps its width.
  const plain = (text: string) =>
    text
      .replace(/^(\w+)@if\d+ +/gm, (whole, name: string) => name.padEnd(whole.length))
      .replace(/@if\d+/g, "")
      .replace(/ link-netnsid \d+/g, "");
  return commands.map(
    (command, at): Step => ({
      command,
      stdout: plain(parts[at * 3]!),
      stderr: plain(parts[at * 3 + 1]!),
      status: Number(parts[at * 3 + 2]),
    }),
  );
});
writeFileSync(here("iproute.json"), `${JSON.stringify(recorded, undefined, 2)}\n`);
