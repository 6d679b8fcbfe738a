import { describe, expect, it } from "vitest";
import { act } from "../../cluster/stepping.ts";
import { clusterOf } from "../../cluster/testing/lab-steps.ts";
import { allCommands } from "../commands.ts";
import { runProgram } from "../testing/run-program.ts";
import { shellLine } from "../testing/shell-line.ts";

const tool = (lab: Parameters<typeof runProgram>[0], line: string, node = "pve1") => {
  const argv = line.split(" ");
  return runProgram(lab, node, allCommands[argv[0]!]!.program, argv);
};

describe("ip", () => {
  it("prints addresses as iproute2 6.1 in each of its forms", async () => {
    const lab = clusterOf(2);
    expect((await tool(lab, "ip -4 -o addr")).stdout).toMatch(
      /^1: lo {4}inet 127\.0\.0\.1\/8 scope host lo\\ {7}valid_lft forever preferred_lft forever\n3: vmbr0 {4}inet 10\.99\.7\.11\/24 /,
    );
    const [loopback] = JSON.parse((await tool(lab, "ip -j addr show lo")).stdout);
    expect(loopback).toMatchObject({
      qdisc: "noqueue",
      txqlen: 1000,
      addr_info: [{ local: "127.0.0.1" }, { local: "::1" }],
    });
    expect((await tool(lab, "ip -j -p neigh")).stdout).toMatch(
      /^\[ \{\n {8}"dst": "10\.99\.7\.12",\n {8}"dev": "vmbr0",\n {8}"lladdr": "[\w:]{17}",\n {8}"state": \[ "REACHABLE" \]\n {4}\} \]\n$/,
    );
    expect((await tool(lab, "ip -s link show lo")).stdout).toMatch(
      /\n {4}RX: {2}bytes packets errors dropped {2}missed {3}mcast {11}\n {4} *\d+ +\d+ {6}0 {7}0 {7}0 {7}0 \n {4}TX: /,
    );
    expect((await tool(lab, "ip -s -s link show lo")).stdout).toContain(
      "    RX errors:  length    crc   frame    fifo overrun\n                     0      0       0       0       0 \n",
    );
    expect((await tool(lab, "ip -d link show vmbr0")).stdout).toContain("\n    bridge forward_delay 0 ");
    expect((await tool(lab, "ip -br link show master vmbr0")).stdout).toMatch(/^ens18 +UP +bc:24:11:/);
  });

  it("takes a device down with what hangs on it, and brings it back", async () => {
    const lab = clusterOf(2);
    expect((await tool(lab, "ip link set vmbr0 down")).status).toBe(0);
    expect((await tool(lab, "ip route")).stdout).toBe("");
    expect((await tool(lab, "ip -br link show vmbr0")).stdout).toMatch(/^vmbr0 +DOWN .*<BROADCAST,MULTICAST> \n$/);
    expect((await tool(lab, "ip neigh")).stdout).toBe("");
    expect((await tool(lab, "ip route get 10.99.7.12")).stderr).toBe("RTNETLINK answers: Network is unreachable\n");
    await tool(lab, "ip link set dev vmbr0 up");
    // Linux brings back the routes to the device's own networks alone.
    expect((await tool(lab, "ip route")).stdout).toBe(
      "10.99.7.0/24 dev vmbr0 proto kernel scope link src 10.99.7.11 \n",
    );
    await tool(lab, "ip route add default via 10.99.7.1 proto kernel dev vmbr0 onlink");
    act(lab, "network/unplug", { node: "pve1", unplugged: true });
    expect((await tool(lab, "ip route")).stdout).toMatch(/onlink linkdown \n.* linkdown \n$/);
  });

  it("tells a bridge whose port is down from one that is down itself", async () => {
    const lab = clusterOf(2);
    await tool(lab, "ip link set ens18 down");
    expect((await tool(lab, "ip -br link")).stdout).toMatch(
      /^ens18 +DOWN .*<BROADCAST,MULTICAST> \n(?:.*\n)*vmbr0 +DOWN .*<NO-CARRIER,BROADCAST,MULTICAST,UP> \n/m,
    );
    expect((await tool(lab, "ip route")).stdout).toMatch(/onlink linkdown \n.* linkdown \n$/);
    expect((await tool(lab, "ping -c 1 -W 1 10.99.7.12")).status).toBe(1);
    await tool(lab, "ip link set ens18 up");
    expect((await tool(lab, "ping -c 1 -W 1 10.99.7.12")).status).toBe(0);
  });

  it("lists the taps of running guests, and the firewall's bridge before one", async () => {
    const lab = clusterOf(1);
    await shellLine(
      lab,
      "pve1",
      "qm create 100 --memory 512 --net0 virtio,bridge=vmbr0 --net1 virtio,bridge=vmbr0,firewall=1",
    );
    expect((await tool(lab, "ip -br link")).stdout).not.toContain("tap100i0");
    await shellLine(lab, "pve1", "qm start 100");
    expect((await tool(lab, "ip -br link")).stdout.match(/^\S*100\S*/gm)).toEqual([
      "tap100i0",
      "tap100i1",
      "fwbr100i1",
      "fwpr100p1@fwln100i1",
      "fwln100i1@fwpr100p1",
    ]);
    expect((await tool(lab, "brctl show vmbr0")).stdout).toContain(
      "ens18\n\t\t\t\t\t\t\ttap100i0\n\t\t\t\t\t\t\tfwpr100p1\n",
    );
  });

  it("refuses as the real one does, and says what it knows and has not", async () => {
    const lab = clusterOf(2);
    for (const [line, stderr, status] of [
      ["ip foo", 'Object "foo" is unknown, try "ip help".\n', 1],
      ["ip addr foo", 'Command "foo" is unknown, try "ip address help".\n', 255],
      ["ip link show dev foo", 'Device "foo" does not exist.\n', 1],
      ["ip link set foo up", 'Cannot find device "foo"\n', 1],
      ["ip link set lo bar", 'Error: either "dev" is duplicate, or "bar" is a garbage.\n', 255],
      ["ip -z addr", 'Option "-z" is unknown, try "ip -help".\n', 255],
      ["ip route get foo", 'Error: any valid prefix is expected rather than "foo".\n', 1],
      ["ip link show master foo", 'Error: argument "foo" is wrong: Device does not exist\n\n', 255],
      ["ip addr add fd00::9/64 dev vmbr0", "ip address with IPv6 is not modelled in this simulated node yet\n", 1],
      [
        "ip link set lo down",
        "ip: 'link set lo down' is not modelled in this simulated node yet (see fidelity page)\n",
        1,
      ],
      ["ip link add b0 type bond", "ip link add type bond is not modelled in this simulated node yet\n", 1],
      ["ip netns", "ip: 'netns' is not modelled in this simulated node yet (see fidelity page)\n", 1],
    ] as const)
      expect(await tool(lab, line), line).toMatchObject({ stderr, status });
    expect((await tool(lab, "ip rule")).stdout).toBe(
      "0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n",
    );
    expect((await tool(lab, "ip -V")).stdout).toBe("ip utility, iproute2-6.1.0, libbpf 1.1.2\n");
  });
});

describe("bridge", () => {
  it("shows ports, what was learnt behind them, and no device that is not there", async () => {
    const lab = clusterOf(2);
    expect((await tool(lab, "bridge link")).stdout).toBe(
      "2: ens18: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 master vmbr0 state forwarding priority 32 cost 4 \n",
    );
    const heard = /lladdr (\S+)/.exec((await tool(lab, "ip neigh")).stdout)![1];
    expect((await tool(lab, "bridge fdb show br vmbr0")).stdout).toContain(`${heard} dev ens18 master vmbr0 \n`);
    expect((await tool(lab, "bridge vlan")).stdout).toBe("port              vlan-id  \n");
    expect((await tool(lab, "bridge foo")).stderr).toBe('Object "foo" is unknown, try "bridge help".\n');
    expect((await tool(lab, "bridge fdb show br foo")).stderr).toBe('Cannot find bridge device "foo"\n');
    expect((await tool(lab, "brctl show")).stdout).toMatch(
      /^bridge name\tbridge id\t\tSTP enabled\tinterfaces\nvmbr0\t\t8000\.bc2411\w{6}\tno\t\tens18\n$/,
    );
  });
});

describe("ping", () => {
  it("reads its options and refuses as iputils 20221126", async () => {
    const lab = clusterOf(2);
    for (const [line, stderr, status] of [
      ["ping -c 0 pve2", "ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807\n", 1],
      ["ping -c x pve2", "ping: invalid argument: 'x'\n", 1],
      ["ping -t 300 pve2", "ping: invalid argument: '300': out of range: 0 <= value <= 255\n", 1],
      ["ping -M foo pve2", "ping: invalid -M argument: foo\n", 1],
      ["ping -I nosuch -c 1 pve2", "ping: SO_BINDTODEVICE nosuch: No such device\n", 2],
      ["ping -6 -c 1 pve2", "ping: pve2: Address family for hostname not supported\n", 2],
      ["ping nosuch", "ping: nosuch: Name or service not known\n", 2],
      ["ping -4 -6 pve2", "ping: only one -4 or -6 option may be specified\n", 2],
    ] as const)
      expect(await tool(lab, line), line).toMatchObject({ stderr, status });
    expect((await tool(lab, "ping -z pve2")).stderr).toMatch(/^ping: invalid option -- 'z'\n\nUsage\n {2}ping /);
  });

  it("shows time stamps, bells, floods, the card it leaves by, and a packet that is too long", async () => {
    const lab = clusterOf(2);
    expect((await tool(lab, "ping -D -a -c 1 pve2")).stdout).toMatch(
      /\n\[1795392\d{3}\.\d{6}\] 64 bytes from pve2 \(10\.99\.7\.12\): icmp_seq=1 ttl=64 time=[\d.]+ ms\x07\n/,
    );
    expect((await tool(lab, "ping -f -c 3 pve2")).stdout).toMatch(
      /\n(?:\.\x08 \x08){3}\n--- .*\n.*\nrtt .* ms, ipg\/ewma /,
    );
    expect((await tool(lab, "ping -I vmbr0 -c 1 pve2")).stdout).toMatch(
      /^PING pve2 \(10\.99\.7\.12\) from 10\.99\.7\.11 vmbr0: 56/,
    );
    expect((await tool(lab, "ping -s 8 -c 1 pve2")).stdout).toContain(
      "16 bytes from pve2 (10.99.7.12): icmp_seq=1 ttl=64\n",
    );
    const silent = await tool(lab, "ping -O -i 0.2 -c 4 -W 1 10.99.7.99");
    expect(silent.stdout).toMatch(/data\.\nno answer yet for icmp_seq=1\nno answer yet for icmp_seq=2\n/);
    expect((await tool(lab, "ping -O -c 2 pve2")).stdout).not.toContain("no answer yet");
    const long = await tool(lab, "ping -M do -s 1473 -c 1 pve2");
    expect(long).toMatchObject({ stderr: "ping: local error: message too long, mtu=1500\n", status: 1 });
    expect(long.stdout).toMatch(/1 packets transmitted, 0 received, \+1 errors, 100% packet loss, time 0ms\n\n$/);
    expect((await tool(lab, "ping -M do -s 1472 -c 1 pve2")).status).toBe(0);
  });
});
