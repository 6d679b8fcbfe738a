/** Packet filters act on what nodes of a lab send and take. */
import { describe, expect, it } from "vitest";
import { shellLine } from "../../commands/testing/shell-line.ts";
import { reachApi } from "../join/reach.ts";
import type { LabState } from "../state.ts";
import { act, advance } from "../stepping.ts";
import { clusterOf } from "../testing/lab-steps.ts";

const members = (lab: LabState, node: string) => lab.nodes[node]!.corosync.daemon?.totem.members.length;

async function typed(lab: LabState, node: string, line: string): Promise<string> {
  const { output, exit } = await shellLine(lab, node, line);
  return `${output}(${exit})`;
}

const pass = (lab: LabState, ms = 15_000) => advance(lab, lab.nowMs + ms);

describe("a rule that drops corosync's packets", () => {
  it.each([
    ["iptables -A INPUT -p udp --dport 5405 -j DROP", "iptables -D INPUT -p udp --dport 5405 -j DROP"],
    ["iptables -A OUTPUT -p udp --dport 5405 -j DROP", "iptables -F"],
    ["iptables -I INPUT -p udp -m multiport --dports 5404,5405 -j REJECT", "iptables -F INPUT"],
    ["iptables -P INPUT DROP", "iptables -P INPUT ACCEPT"],
    [
      "nft add table inet f; nft 'add chain inet f input { type filter hook input priority 0; }'; nft add rule inet f input udp dport 5405 drop",
      "nft flush ruleset",
    ],
    ["iptables -N CUT; iptables -A CUT -p udp -j DROP; iptables -A INPUT -j CUT", "iptables -F"],
  ])("cuts the node off, and taking it away brings it back: %s", async (cut, mend) => {
    const lab = clusterOf(3);
    expect(await typed(lab, "pve3", cut)).toBe("(0)");
    pass(lab);
    expect([members(lab, "pve1"), members(lab, "pve3")]).toEqual([2, 1]);
    expect(await typed(lab, "pve3", mend)).toBe("(0)");
    pass(lab);
    expect([members(lab, "pve1"), members(lab, "pve3")]).toEqual([3, 3]);
  });

  it("leaves the cluster alone when another port, another card or an earlier rule is meant", async () => {
    const lab = clusterOf(3);
    await typed(lab, "pve3", "iptables -A INPUT -p udp --dport 5406 -j DROP; iptables -A INPUT -i ens19 -j DROP");
    await typed(lab, "pve3", "iptables -A INPUT -p tcp --dport 5405 -j DROP; iptables -A INPUT -p udp -j ACCEPT");
    await typed(lab, "pve3", "iptables -A INPUT -p udp --dport 5405 -j DROP");
    pass(lab);
    expect([members(lab, "pve1"), members(lab, "pve3")]).toEqual([3, 3]);
  });

  it("cuts off one peer alone by its address", async () => {
    const lab = clusterOf(2);
    const address = lab.nodes.pve2!.net.devices.find((device) => device.name === "vmbr0")!.addresses[0]!.address;
    await typed(lab, "pve1", `iptables -A INPUT -s ${address} -j DROP`);
    pass(lab);
    expect([members(lab, "pve1"), members(lab, "pve2")]).toEqual([1, 1]);
  });

  it("is gone after the next boot", async () => {
    const lab = clusterOf(3);
    await typed(lab, "pve3", "iptables -A INPUT -p udp --dport 5405 -j DROP");
    act(lab, "power/set", { node: "pve3", state: "off" });
    act(lab, "power/set", { node: "pve3", state: "on" });
    pass(lab, 60_000);
    expect(members(lab, "pve3")).toBe(3);
    expect(await typed(lab, "pve3", "iptables -S")).toBe("-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n(0)");
  });
});

describe("connections and pings", () => {
  it("time out where packets are dropped, and are refused where they are rejected", async () => {
    const lab = clusterOf(2);
    const address = lab.nodes.pve2!.net.devices.find((device) => device.name === "vmbr0")!.addresses[0]!.address;
    await typed(
      lab,
      "pve2",
      "iptables -A INPUT -p tcp --dport 22 -j DROP; iptables -A INPUT -p tcp --dport 8006 -j REJECT",
    );
    expect(await typed(lab, "pve1", "ssh -o ConnectTimeout=5 pve2 true")).toBe(
      "ssh: connect to host pve2 port 22: Connection timed out\n(255)",
    );
    expect(reachApi(lab, "pve1", address)).toMatchObject({ state: "closed", reason: "Connection refused" });
    expect(await typed(lab, "pve1", "ping -c 1 pve2 > /dev/null")).toBe("(0)");
    await typed(lab, "pve1", "iptables -A INPUT -p icmp -j DROP");
    expect(await typed(lab, "pve1", "ping -c 1 -W 1 pve2 | grep -o '[0-9]*% packet loss'")).toBe(
      "100% packet loss\n(0)",
    );
  });

  it("of one's own pass where answers are let in, and nobody else's do", async () => {
    const lab = clusterOf(2);
    await typed(
      lab,
      "pve1",
      "iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT; iptables -P INPUT DROP",
    );
    expect(await typed(lab, "pve1", "ssh -o StrictHostKeyChecking=accept-new pve2 hostname 2> /dev/null")).toBe(
      "pve2\n(0)",
    );
    expect(await typed(lab, "pve2", "ssh -o ConnectTimeout=5 pve1 hostname")).toContain("Connection timed out\n(255)");
  });
});
