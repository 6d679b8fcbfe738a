import { describe, expect, it } from "vitest";
import { issueTicket, ticketOwner } from "../../api/authentication.ts";
import { act, advance } from "../../cluster/stepping.ts";
import { clusterOf, freshLab } from "../../cluster/testing/lab-steps.ts";
import { shellLine } from "../testing/shell-line.ts";

const on =
  (lab: Parameters<typeof shellLine>[0], node = "pve1") =>
  async (line: string) =>
    (await shellLine(lab, node, line)).output;

describe("a node's time zone", () => {
  it("is that of /etc/localtime, in which everything tells times, TZ aside", async () => {
    const typed = on(freshLab(1, "test"));
    await typed("timedatectl set-timezone Europe/Berlin; touch f");
    expect(await typed("cat /etc/timezone; readlink /etc/localtime; timedatectl | sed -n 4p")).toBe(
      "Europe/Berlin\n../usr/share/zoneinfo/Europe/Berlin\n                Time zone: Europe/Berlin (CET, +0100)\n",
    );
    expect(
      await typed("date +%H%Z; TZ=Asia/Tokyo date +%H%Z; ls -l f | grep -c 01:0; stat -c %y f | cut -c12-13"),
    ).toBe("01CET\n09JST\n1\n01\n");
    expect(
      await typed("journalctl -n 1 -o short-iso | cut -c12-24; journalctl -n 1 -o short-iso --utc | cut -c12-13"),
    ).toMatch(/^01:\d\d:\d\d\+0100\n00\n$/);
    expect(await typed("systemctl status pveproxy | grep -o 'Active.*CET'")).toMatch(/ 01:0\d:\d\d CET\n$/);
    expect(await typed("journalctl --since '01:04' -o cat | tail -1")).toBe(
      "Changed time zone to 'Europe/Berlin' (CET).\n",
    );
    // The lab's clocks show 00:05 UTC.
    expect(await typed("ps -o lstart= -p 1 | cut -c12-13; dmesg -e | head -1 | cut -c1-10")).toBe("01\n[Nov23 01:\n");
    expect(await typed("iptables -A INPUT -j ACCEPT; iptables-save | grep -c ' on Mon Nov 23 01:0'")).toBe("2\n");
    expect(await typed("shutdown -r 01:30; shutdown -c")).toMatch(
      /^Reboot scheduled for Mon 2026-11-23 01:30:00 CET, use 'shutdown -c' to cancel\.\n/,
    );
    expect(await typed("shutdown -r 00:30; shutdown -c")).toContain("2026-11-24 00:30:00 CET");
    expect(await typed("timedatectl set-timezone Foo/Bar")).toBe(
      "Failed to set time zone: Invalid or not installed time zone 'Foo/Bar'\n",
    );
    expect(await typed("ln -sf /usr/share/zoneinfo/America/New_York /etc/localtime; date +%Z")).toBe("EST\n");
  });

  it("is that of corosync's reports", async () => {
    const typed = on(clusterOf(2));
    await typed("timedatectl set-timezone Europe/Berlin");
    expect(await typed("corosync-quorumtool -s; pvecm status")).toMatch(/(?:^Date: .* 01:\d\d:\d\d 2026$[\s\S]*){2}/m);
    expect(await typed("TZ=Asia/Tokyo corosync-quorumtool -s")).toMatch(/^Date: .* 09:\d\d:\d\d 2026$/m);
  });

  it("is set and told by Proxmox's API", async () => {
    const typed = on(freshLab(1, "test"));
    expect(await typed("pvesh set /nodes/pve1/time --timezone X/Y")).toContain("timezone: No such timezone\n");
    await typed("pvesh set /nodes/pve1/time --timezone Asia/Tokyo");
    const time = JSON.parse(await typed("pvesh get /nodes/pve1/time --output-format json")) as Record<string, number>;
    expect(time).toEqual({ timezone: "Asia/Tokyo", time: time.time, localtime: time.time! + 9 * 3_600 });
    expect(await typed("readlink /etc/localtime")).toBe("/usr/share/zoneinfo/Asia/Tokyo\n");
  });

  it("is that of the node on which HA's state is asked for", async () => {
    const lab = clusterOf(3);
    await on(lab)("qm create 100 --memory 256; ha-manager add vm:100 --state stopped");
    advance(lab, lab.nowMs + 60_000);
    await on(lab)("timedatectl set-timezone Asia/Tokyo");
    const status = (hour: string) =>
      new RegExp(`^master pve\\d \\(active, Mon Nov 23 ${hour}:\\d\\d:\\d\\d 2026\\)$`, "m");
    expect(await on(lab)("ha-manager status")).toMatch(status("09"));
    expect(await on(lab, "pve2")("ha-manager status")).toMatch(status("00"));
  });
});

describe("a node's clock", () => {
  it("can be set once chrony is off, and chrony's start steps it", async () => {
    const lab = clusterOf(2);
    const typed = on(lab);
    expect(await typed("timedatectl set-time '2026-11-24 10:00'")).toBe(
      "Failed to set time: Automatic time synchronization is enabled\n",
    );
    await typed("timedatectl set-ntp false; timedatectl set-time '2026-11-24 10:00'; logger -t mine later; touch f");
    expect(await typed("date '+%F %H:%M'; hwclock | cut -c1-16; date -r f +%F; chronyc tracking")).toBe(
      "2026-11-24 10:00\n2026-11-24 10:00\n2026-11-24\n506 Cannot talk to daemon\n",
    );
    expect(await typed("journalctl -t mine -o short-iso | cut -c1-16")).toBe("2026-11-24T10:00\n");
    await typed("pvesm alloc local-lvm 100 '' 1G");
    const volumes = await typed("pvesh get /nodes/pve1/storage/local-lvm/content --output-format json");
    expect(new Date(JSON.parse(volumes)[0].ctime * 1_000).toISOString()).toMatch(/^2026-11-24T10:0/);
    expect(await on(lab, "pve2")("date +%F")).toBe("2026-11-23\n");
    expect(
      await typed("systemctl is-active chrony; timedatectl set-ntp true; date +%F; systemctl is-active chronyd"),
    ).toBe("inactive\n2026-11-23\nactive\n");
  });

  it("is slewed by chrony a twelfth of a second each second, and comes from the machine's own at a boot", async () => {
    const lab = freshLab(1, "test");
    const typed = on(lab);
    await typed("date -s '+1 minute'");
    advance(lab, lab.nowMs + 360_000);
    expect(await typed("chronyc tracking | grep -o '[0-9]*[.]00.* fast'; timedatectl | grep -o 'd: .*'")).toMatch(
      /^30\.00\d* seconds fast\nd: no\n$/,
    );
    const thirdOfKernel = () => typed("dmesg | sed -n 3p; journalctl -k -o short-monotonic | sed -n 3p | cut -c1-14");
    const before = await thirdOfKernel();
    expect(before).toBe("[    0.012000] Hypervisor detected: KVM\n[    0.012000]\n");
    await typed("timedatectl set-ntp false; date -s '+1 day'");
    expect(await typed("date +%F")).toBe("2026-11-24\n");
    expect(await thirdOfKernel()).toBe(before);
    act(lab, "power/set", { node: "pve1", state: "off" });
    advance(lab, lab.nowMs + 1_000);
    act(lab, "power/set", { node: "pve1", state: "on" });
    advance(lab, lab.nowMs + 30_000);
    expect(await typed("date +%F")).toBe("2026-11-23\n");
    await typed("date -s '+1 day'; hwclock --systohc");
    act(lab, "power/set", { node: "pve1", state: "off" });
    act(lab, "power/set", { node: "pve1", state: "on" });
    advance(lab, lab.nowMs + 30_000);
    expect(await typed("date +%F; journalctl -k -o short-iso | sed -n 3p | cut -c1-10")).toBe(
      "2026-11-24\n2026-11-24\n",
    );
    expect(await thirdOfKernel()).toBe(before);
  });

  it("makes tickets that other nodes take for coming ones", async () => {
    const lab = clusterOf(2);
    await on(lab)("timedatectl set-ntp false; date -s '+4 minutes'");
    expect(ticketOwner(lab, "pve2", issueTicket(lab, "pve1", "root@pam").ticket)).toBe("root@pam");
    await on(lab)("date -s '+2 minutes'");
    const { ticket } = issueTicket(lab, "pve1", "root@pam");
    expect(ticketOwner(lab, "pve1", ticket)).toBe("root@pam");
    expect(ticketOwner(lab, "pve2", ticket)).toBeUndefined();
    await on(lab)("date -s '-3 hours'");
    expect(ticketOwner(lab, "pve2", issueTicket(lab, "pve1", "root@pam").ticket)).toBeUndefined();
  });
});
