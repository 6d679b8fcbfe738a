import { describe, expect, it } from "vitest";
import { clusterOf, setPaths } from "../../cluster/testing/lab-steps.ts";
import { shellLine } from "../testing/shell-line.ts";

const refused = (address: string) => `;; communications error to ${address}#53: connection refused\n`;
const away = (address: string) => `;; communications error to ${address}#53: timed out\n`;

// As BIND 9.18 printed it in a network namespace whose resolv.conf named an address where nothing listened, where
// nobody was, and where no route led.
describe("dig, host and nslookup of a node that has no name server", () => {
  it("ask the gateway of resolv.conf, wait, and say that no server could be reached", async () => {
    const lab = clusterOf(2);
    const gateway = /nameserver (\S+)/.exec((await shellLine(lab, "pve1", "cat /etc/resolv.conf")).output)![1]!;
    const before = lab.nowMs;
    expect(await shellLine(lab, "pve1", "dig pve2")).toEqual({
      output: `${away(gateway).repeat(3)}\n; <<>> DiG 9.18.49-1~deb12u3-Debian <<>> pve2\n;; global options: +cmd\n;; no servers could be reached\n`,
      exit: 9,
    });
    expect(lab.nowMs - before).toBeGreaterThanOrEqual(15_000);
    expect(await shellLine(lab, "pve1", "dig +short +tries=1 pve2")).toEqual({
      output: `${away(gateway)};; no servers could be reached\n`,
      exit: 9,
    });
    expect(await shellLine(lab, "pve1", "host -v pve2")).toEqual({
      output: `Trying "pve2.lab.internal"\n${away(gateway).repeat(2)};; no servers could be reached\n`,
      exit: 1,
    });
    expect(await shellLine(lab, "pve1", "nslookup pve2")).toEqual({
      output: `${away(gateway).repeat(3)};; no servers could be reached\n\n`,
      exit: 1,
    });
  });

  it("are refused by a node, as none listens on port 53, and miss one that is cut off", async () => {
    const lab = clusterOf(2);
    const asked = () => shellLine(lab, "pve1", "dig +noall @pve2 pve1");
    expect((await asked()).output).toBe(`${refused("10.99.7.12").repeat(3)};; no servers could be reached\n`);
    setPaths(lab, ["pve1"], ["pve2"], false);
    expect((await asked()).output).toBe(`${away("10.99.7.12").repeat(3)};; no servers could be reached\n`);
    await shellLine(lab, "pve1", "ip route del default");
    expect((await shellLine(lab, "pve1", "dig +noall +tries=1 @192.0.2.1 pve1")).output).toBe(
      ";; UDP setup with 192.0.2.1#53(192.0.2.1) for pve1 failed: network unreachable.\n;; no servers could be reached\n",
    );
    expect(await shellLine(lab, "pve1", "dig @nosuch pve1")).toEqual({
      output: "dig: couldn't get address for 'nosuch': failure\n",
      exit: 1,
    });
  });
});

describe("traceroute on a segment", () => {
  it("shows one hop to a node by the name that /etc/hosts has, and the sender when nobody answers", async () => {
    const lab = clusterOf(2);
    expect((await shellLine(lab, "pve1", "traceroute pve2")).output).toMatch(
      /^traceroute to pve2 \(10\.99\.7\.12\), 30 hops max, 60 byte packets\n 1 {2}pve2\.lab\.internal \(10\.99\.7\.12\)( {2}[\d.]+ ms){3}\n$/,
    );
    setPaths(lab, ["pve1"], ["pve2"], false);
    expect((await shellLine(lab, "pve1", "traceroute -n pve2")).output).toMatch(
      /\n 1 {2}10\.99\.7\.11( {2}30\d\d\.\d{3} ms !H){3}\n$/,
    );
    expect((await shellLine(lab, "pve1", "traceroute -n -m 2 -q 1 -w 1 pve2")).output).toMatch(
      /packets\n 1 {2}\*\n 2 {2}\*\n$/,
    );
    expect((await shellLine(lab, "pve1", "traceroute -m 0 pve2")).exit).toBe(2);
  });
});
