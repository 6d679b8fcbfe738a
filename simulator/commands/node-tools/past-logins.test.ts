import { describe, expect, it } from "vitest";
import { act, advance } from "../../cluster/stepping.ts";
import { clusterOf, freshLab } from "../../cluster/testing/lab-steps.ts";
import { shellLine } from "../testing/shell-line.ts";

describe("logins that are over", () => {
  it("are told with their ends, and with the crash that took them", async () => {
    const lab = freshLab(1, "test");
    const typed = async (line: string) => (await shellLine(lab, "pve1", line)).output;
    const login = (tty: string) => act(lab, "accounts/login", { node: "pve1", user: "root", tty, from: "10.99.7.1" });
    login("pts/0");
    advance(lab, lab.nowMs + 65_000);
    act(lab, "accounts/logout", { node: "pve1", tty: "pts/0" });
    login("pts/1");
    expect(await typed("last root | head -2")).toBe(
      "root     pts/1        10.99.7.1        Mon Nov 23 00:06   still logged in\nroot     pts/0        10.99.7.1        Mon Nov 23 00:05 - 00:06  (00:01)\n",
    );
    act(lab, "power/set", { node: "pve1", state: "off" });
    advance(lab, lab.nowMs + 1_000);
    act(lab, "power/set", { node: "pve1", state: "on" });
    advance(lab, lab.nowMs + 60_000);
    expect(await typed("last pts/1 | head -1")).toMatch(/ - crash {2}\(00:0\d\)\n$/);
    expect(await typed("last -x reboot | grep -c 'system boot'; last -1 | grep -c still; last -x")).toContain("2\n1\n");
    expect(await typed("lastlog -u root | tail -1")).toMatch(
      /^root {13}pts\/1 {4}10\.99\.7\.1 {33}Mon Nov 23 00:06:05 \+0000 2026\n$/,
    );
    expect(await typed("lastlog -u 1 | tail -1; lastlog -u nosuch")).toBe(
      `daemon${" ".repeat(62)}**Never logged in**\nlastlog: Unknown user or range: nosuch\n`,
    );
  });

  it("are refused in the journal of sshd and of pvedaemon", async () => {
    const lab = clusterOf(2);
    const typed = async (line: string) => (await shellLine(lab, "pve1", line)).output;
    const ticket = (password: string, user = "root@pam") =>
      typed(
        `curl -sk -d username=${user} -d password=${password} https://pve1:8006/api2/json/access/ticket -o /dev/null`,
      );
    await ticket("wrong");
    await ticket("x", "who@pve");
    expect(await typed("journalctl -u pvedaemon -p err -o cat")).toBe(
      "authentication failure; rhost=::ffff:10.99.7.1 user=root@pam msg=Authentication failure\nauthentication failure; rhost=::ffff:10.99.7.1 user=who@pve msg=no such user ('who@pve')\n",
    );
    act(lab, "accounts/api-login", { node: "pve1", user: "root@pam", from: "10.99.7.1" });
    expect(await typed("journalctl -u pvedaemon -n 1 -o cat")).toBe("<root@pam> successful auth for user 'root@pam'\n");
    expect(lab.nodes.pve2!.pmxcfs.clusterLog.length).toBeGreaterThan(0);
    const line = { node: "pve1", unit: "ssh.service", identifier: "sshd", pid: 9, priority: 6 };
    act(lab, "journal/write", { ...line, text: "Failed password for root from 10.99.7.12 port 40000 ssh2" });
    expect(await typed("lastb | head -1")).toMatch(
      /^root {5}ssh:notty {4}10\.99\.7\.12 {7}Mon Nov 23 00:\d\d - 00:\d\d {2}\(00:00\)\n$/,
    );
  });
});
