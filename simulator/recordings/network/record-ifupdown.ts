/**
 * Records what ifupdown2 prints and does: `node record-ifupdown.ts PACKAGE`, as root on Debian 12, where PACKAGE is the
 * folder into which its package was unpacked. Each sequence runs in namespaces of its own for network and mounts.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const unpacked = process.argv[2];
if (!unpacked) throw new Error("which folder has the unpacked package?");

const scratch = mkdtempSync(join(tmpdir(), "ifupdown-"));
const tools = join(scratch, "tools");
mkdirSync(tools);
const python = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
for (const name of ["ifup", "ifdown", "ifreload", "ifquery"]) {
  writeFileSync(join(tools, name), `#!/bin/bash\nexec ${python} ${scratch}/package/${name} "$@"\n`, { mode: 0o755 });
}
execFileSync("cp", ["-r", join(unpacked, "usr/share/ifupdown2"), join(scratch, "package")]);
for (const name of ["ifup", "ifdown", "ifreload", "ifquery"]) {
  execFileSync("rm", ["-f", join(scratch, "package", name)]);
  symlinkSync("__main__.py", join(scratch, "package", name));
}

const INTERFACES = `auto lo
iface lo inet loopback

iface ens18 inet manual

auto vmbr0
iface vmbr0 inet static
	address 10.99.7.11/24
	gateway 10.99.7.1
	bridge-ports ens18
	bridge-stp off
	bridge-fd 0

auto ens19
iface ens19 inet static
	address 10.98.7.11/24


source /etc/network/interfaces.d/*
`;

const SETUP = `
mkdir -p /etc/network /run/network /var/tmp/network ${scratch}/network
cp -r ${unpacked}/etc/network/. ${scratch}/network/
mount --bind ${scratch}/network /etc/network
mount -t tmpfs none /run/network
mount -t tmpfs none /var/tmp/network
mount -t sysfs none /sys
rm -f /etc/network/interfaces.d/*
export PATH=${tools}:$PATH
ip link add ens18 type veth peer name port0 netns $1
ip link add ens19 type veth peer name port1 netns $1
nsenter -t $1 -n ip link set port0 up
nsenter -t $1 -n ip link set port1 up
cat > /etc/network/interfaces <<'FILE'
${INTERFACES}FILE
ifup -a 2>/dev/null
`;

const MARK = "==next==";

const sequences = readFileSync(here("ifupdown-sequences.txt"), "utf8")
  .split(/\n\n+/)
  .map((part) => part.split("\n").filter((line) => line !== "" && !line.startsWith("#")))
  .filter((lines) => lines.length > 0);

const recorded = sequences.map((commands) => {
  const run = commands
    .map(
      (command) => `{ ${command}; } >${scratch}/out 2>${scratch}/err; status=$?
cat ${scratch}/out; echo '${MARK}'; cat ${scratch}/err; echo '${MARK}'; echo $status; echo '${MARK}'; sleep 0.5`,
    )
    .join("\n");
  const script = `unshare -n sleep 900 & switch=$!
sleep 0.3
unshare -n -m bash -s $switch <<'INNER'
${SETUP}
${run}
INNER
kill $switch`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  const parts = stdout.split(`${MARK}\n`);
  if (parts.length !== commands.length * 3 + 1) throw new Error(`${commands[0]}: ${stdout}${stderr}`);
  const plain = (text: string) =>
    text
      .replace(/^(\w+)@if\d+ +/gm, (whole, name: string) => name.padEnd(whole.length))
      .replace(/@if\d+/g, "")
      // bridge-utils are on a node of Proxmox, and not on every machine that records.
      .replace(/^warning: \/sbin\/brctl: missing.*\n/gm, "");
  return commands.map((command, at) => ({
    command,
    stdout: plain(parts[at * 3]!),
    stderr: plain(parts[at * 3 + 1]!),
    status: Number(parts[at * 3 + 2]),
  }));
});
writeFileSync(here("ifupdown.json"), `${JSON.stringify(recorded, undefined, 2)}\n`);
