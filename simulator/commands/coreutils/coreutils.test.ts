import { describe, expect, it } from "vitest";
import { bridgedNetwork } from "../../cluster/testing/simple-network.ts";
import { createMemoryFiles } from "../../shell/memory-files.ts";
import { createFakeLab } from "../../shell/testing/fake-lab.ts";
import { runShell, START_FILES } from "../../shell/testing/run-shell.ts";

const NODES = {
  pve1: {
    name: "pve1",
    power: "on",
    bootedAtMs: 0,
    processes: {},
    files: { entries: {} },
    pmxcfs: { pid: 0 },
    net: bridgedNetwork("10.0.0.11"),
  },
  pve2: {
    name: "pve2",
    power: "on",
    bootedAtMs: 0,
    processes: {},
    files: { entries: {} },
    pmxcfs: { pid: 0 },
    net: bridgedNetwork("10.0.0.12"),
  },
};

function lab(faults: Record<string, unknown> = {}, nodes: Record<string, unknown> = NODES) {
  const made = createFakeLab({
    nodes,
    network: { networks: {}, faults, unplugged: {} },
    storage: { servers: {} },
  } as never);
  made.runFast();
  return made;
}

/** What GNU's tools print, on standard output. */
const TABLE: [string, string][] = [
  ["printf 'c\\na\\nb\\n' | sort", "a\nb\nc\n"],
  ["printf 'a\\na\\nb\\n' | uniq -c | awk '{print $1, $2}'", "2 a\n1 b\n"],
  ["printf 'a b\\nc d\\n' | wc -l", "2\n"],
  ["echo a:b:c | cut -d: -f2", "b\n"],
  ["echo hello | tr a-z A-Z", "HELLO\n"],
  ["echo hello world | sed 's/o/0/g'", "hell0 w0rld\n"],
  ["printf 'x 1\\ny 2\\n' | awk '{s+=$2} END {print s}'", "3\n"],
  ["printf 'one\\ntwo\\nthree\\n' | grep -n t", "2:two\n3:three\n"],
  ["printf 'one\\ntwo\\n' | grep -v one", "two\n"],
  ["printf 'a1\\nb2\\n' | grep -oE '[0-9]+'", "1\n2\n"],
  ["printf 'a\\tb\\nab\\n' | grep -n '[[:cntrl:]]'", "1:a\tb\n"],
  ["printf 'a b\\n' | grep -o '[[:graph:]]*'", "a\nb\n"],
  ["printf 'a\\nb\\nc\\nd\\n' | grep -A1 b", "b\nc\n"],
  ["echo 'a(b)' | grep 'a(b)'", "a(b)\n"],
  ["echo abc | grep -q b && echo found; echo abc | grep -q z || echo none", "found\nnone\n"],
  ["grep -r pve2 /etc", "/etc/hosts:10.0.0.12 pve2\n"],
  ["echo x > a; grep -c x a nope 2>/dev/null", "a:1\n"],
  ["seq 3; seq 2 2 6 | tr '\\n' ' '; echo; seq -w 8 10; seq 3 -1 1 | head -1", "1\n2\n3\n2 4 6 \n08\n09\n10\n3\n"],
  ["seq 5 | tail -n 2; seq 5 | tail -n +4; seq 5 | head -n -3", "4\n5\n4\n5\n1\n2\n"],
  ["printf 'a\\nb\\n' | tee f | cat -n; cat f", "     1\ta\n     2\tb\na\nb\n"],
  ["touch b .c a D; ls -A; LANG=en_US.UTF-8 ls -A; LC_ALL=C ls -A", ".c\nD\na\nb\na\nb\n.c\nD\n.c\nD\na\nb\n"],
  ["mkdir -p d/e && touch d/e/f d/.h && ls d && ls -a d && find d | sort", "e\n.\n..\n.h\ne\nd\nd/.h\nd/e\nd/e/f\n"],
  ["mkdir d; echo 1 > d/a; cp -r d c; rm -r d; ls c; mv c z; cat z/a; rm -rf z nope; ls", "a\n1\n"],
  ["ln -s no l; ls l; ls -d l; ls -F l; ls -L l; echo $?; ls l/; echo $?", "l\nl\nl@\n2\n2\n"],
  ["echo x > a; ln -s a l; readlink l; realpath l; cat l; ls -l l | grep -o 'l -> a'", "a\n/root/a\nx\nl -> a\n"],
  ["echo hi > a; chmod 600 a; stat -c '%a %A %U %s' a; chmod u+x,g=r a; stat -c %a a", "600 -rw------- root 3\n740\n"],
  ["basename /a/b.txt .txt; dirname /a/b.txt", "b\n/a\n"],
  [
    "mkdir -p d/e; echo x > d/e/f; tar cf a d; rm -r d; tar xvf a --exclude=e; ls d; tar tf a --excl=f",
    "d/\nd/\nd/e/\n",
  ],
  ["printf 'a b\\nc\\n' | xargs -n1 echo '>'", "> a\n> b\n> c\n"],
  ["printf 'a\\nb\\n' | xargs -I{} echo '<{}>'", "<a>\n<b>\n"],
  ["find /etc -name 'h*' -type f -exec echo found {} \\;", "found /etc/hosts\n"],
  ["env X=1 bash -c 'echo $X'; env | grep -c ^HOME=", "1\n1\n"],
  [
    "echo -n abc | md5sum; echo -n abc | sha256sum | cut -c1-16",
    "900150983cd24fb0d6963f7d28e17f72  -\nba7816bf8f01cfea\n",
  ],
  ["echo hello | base64; echo aGVsbG8K | base64 -d", "aGVsbG8K\nhello\n"],
  ["printf 'a\\nb\\n' > x; printf 'a\\nc\\n' > y; diff x y; echo $?", "2c2\n< b\n---\n> c\n1\n"],
  [
    "seq 6 > x; sed 's/3/three/; 5d' x > y; diff -u x y | tail -n +3",
    "@@ -1,6 +1,5 @@\n 1\n 2\n-3\n+three\n 4\n-5\n 6\n",
  ],
  ["date -u -d @0 +%F; date +%Y", "1970-01-01\n2026\n"],
  ["whoami; id -u; hostname; uname -s", "root\n0\npve1\nLinux\n"],
  ["which cat nope; echo $?", "/usr/bin/cat\n1\n"],
  ["timeout 1 sleep 5; echo $?; timeout 5 echo ok", "124\nok\n"],
  ["echo -e 'b 2\\na 1' | sort -k2n | column -t", "a  1\nb  2\n"],
  ["printf 'a\\nb\\nc\\n' | paste -sd, -", "a,b,c\n"],
  ["printf '1\\n2\\n3\\n' | tac | head -n1", "3\n"],
  ["echo abc | rev; expr 3 + 4", "cba\n7\n"],
  ["cp /etc/hosts h; sed -i 's/pve1/node1/' h; grep -c node1 h", "1\n"],
  ["nohup echo kept | cat", "kept\n"],
];

describe("the everyday tools", () => {
  for (const [source, expected] of TABLE) {
    it(`answer as GNU's do: ${source}`, async () => {
      const ran = await runShell(source, { lab: lab() });
      expect({ stdout: ran.stdout, stderr: ran.stderr }).toEqual({ stdout: expected, stderr: ran.stderr });
      expect(ran.stdout).toBe(expected);
    });
  }

  it.each([
    ["ls /nope", "ls: cannot access '/nope': No such file or directory\n", 2],
    ["rm nope", "rm: cannot remove 'nope': No such file or directory\n", 1],
    ["rmdir /etc", "rmdir: failed to remove '/etc': Directory not empty\n", 1],
    ["mkdir /etc", "mkdir: cannot create directory ‘/etc’: File exists\n", 1],
    ["cp nope x", "cp: cannot stat 'nope': No such file or directory\n", 1],
    ["cp /etc x", "cp: -r not specified; omitting directory '/etc'\n", 1],
    ["mv nope x", "mv: cannot stat 'nope': No such file or directory\n", 1],
    ["cat /etc", "cat: /etc: Is a directory\n", 1],
    ["head -n x /etc/hosts", "head: invalid number of lines: ‘x’\n", 1],
    ["ls --nope", "ls: unrecognized option '--nope'\nTry 'ls --help' for more information.\n", 2],
    ["nano f", "Standard output is not a terminal\n", 1],
    ["sleep x", "sleep: invalid time interval ‘x’\nTry 'sleep --help' for more information.\n", 1],
  ])("refuse as GNU's do: %s", async (source, stderr, status) => {
    const ran = await runShell(source, { lab: lab() });
    expect(ran.stderr).toBe(stderr);
    expect(ran.status).toBe(status);
  });

  it("list files in the long form", async () => {
    const files = createMemoryFiles({ ...START_FILES, "/root/a": "12345" }, () => Date.UTC(2026, 0, 5, 9, 30));
    const ran = await runShell("ls -la /root/a; mkdir b; ls -l", { files, lab: lab() });
    expect(ran.stdout).toBe(
      "-rw-r--r-- 1 root root 5 Jan  5 09:30 /root/a\ntotal 8\n-rw-r--r-- 1 root root    5 Jan  5 09:30 a\ndrwxr-xr-x 2 root root 4096 Jan  5 09:30 b\n",
    );
  });
});

describe("ping", () => {
  it("prints a line for each answer and the statistics", async () => {
    const ran = await runShell("ping -c 3 pve2", { lab: lab() });
    expect(ran.stdout).toMatch(
      /^PING pve2 \(10\.0\.0\.12\) 56\(84\) bytes of data\.\n(64 bytes from pve2 \(10\.0\.0\.12\): icmp_seq=\d ttl=64 time=0\.\d{3} ms\n){3}\n--- pve2 ping statistics ---\n3 packets transmitted, 3 received, 0% packet loss, time 200\dms\nrtt min\/avg\/max\/mdev = /,
    );
    expect(ran.status).toBe(0);
  });

  it("says so when a name has no address", async () => {
    const ran = await runShell("ping nowhere", { lab: lab() });
    expect(ran).toEqual({ stdout: "", stderr: "ping: nowhere: Name or service not known\n", status: 2 });
  });

  it("gets no answer from a node that is off, and says that the host is unreachable", async () => {
    const off = { ...NODES, pve2: { ...NODES.pve2, power: "off" } };
    const ran = await runShell("ping -c 5 -W 1 10.0.0.12", { lab: lab({}, off) });
    expect(ran.stdout).toContain("From 10.0.0.11 icmp_seq=2 Destination Host Unreachable\n");
    expect(ran.stdout).toMatch(/5 packets transmitted, 0 received, \+\d errors, 100% packet loss/);
    expect(ran.status).toBe(1);
  });

  it("hears nothing over a path that is cut one way only", async () => {
    const cut = { "lan/pve2/pve1": { up: false, latencyMs: 0, lossPercent: 0 } };
    const ran = await runShell("ping -c 2 -W 1 pve2", { lab: lab(cut) });
    expect(ran.stdout).toMatch(/2 packets transmitted, 0 received, 100% packet loss/);
  });

  it("shows added latency", async () => {
    const slow = { "lan/pve1/pve2": { up: true, latencyMs: 40, lossPercent: 0 } };
    expect((await runShell("ping -c 1 pve2", { lab: lab(slow) })).stdout).toMatch(/time=40\.\d ms/);
  });
});

describe("ip", () => {
  it("shows addresses in the full and the brief form", async () => {
    const full = await runShell("ip a", { lab: lab() });
    expect(full.stdout).toContain(
      "3: vmbr0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000\n",
    );
    expect(full.stdout).toContain(
      "    inet 10.0.0.11/24 scope global vmbr0\n       valid_lft forever preferred_lft forever\n",
    );
    const brief = await runShell("ip -br a", { lab: lab() });
    expect(brief.stdout).toMatch(
      /^lo {15}UNKNOWN {8}127\.0\.0\.1\/8 ::1\/128 \nens18 {12}UP {13}\nvmbr0 {12}UP {13}10\.0\.0\.11\/24 fe80::/,
    );
  });

  it("shows the route of the network", async () => {
    expect((await runShell("ip route", { lab: lab() })).stdout).toBe(
      "10.0.0.0/24 dev vmbr0 proto kernel scope link src 10.0.0.11 \n",
    );
  });

  it("refuses a device that is not there", async () => {
    const ran = await runShell("ip link set eth9 down", { lab: lab() });
    expect(ran).toEqual({ stdout: "", stderr: 'Cannot find device "eth9"\n', status: 1 });
  });
});
