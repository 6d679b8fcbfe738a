import { describe, expect, it } from "vitest";
import { act, advance } from "../cluster/stepping.ts";
import { clusterOf } from "../cluster/testing/lab-steps.ts";
import { shellLine } from "../commands/testing/shell-line.ts";

describe("what the kernel shows in files", () => {
  it("has a folder for each process, of services as of what a shell runs", async () => {
    const lab = clusterOf(2);
    const { pid } = lab.nodes.pve1!.corosync.daemon!;
    const seen = async (line: string) => (await shellLine(lab, "pve1", line)).output;
    expect(await seen(`tr '\\0' ' ' < /proc/${pid}/cmdline`)).toBe("/usr/sbin/corosync -f ");
    expect(await seen(`grep -E '^(Name|Pid|PPid)' /proc/${pid}/status`)).toBe(
      `Name:\tcorosync\nPid:\t${pid}\nPPid:\t1\n`,
    );
    expect(await seen(`readlink /proc/${pid}/exe`)).toBe("/usr/sbin/corosync\n");
    expect(await seen("head -1 /proc/self/status")).toBe("Name:\thead\n");
    expect(await seen("cat /proc/$$/comm")).toBe("bash\n");
    expect(await seen("ls /proc/self/fd /proc/sys")).toBe(
      "/proc/self/fd:\n0\n1\n2\n\n/proc/sys:\nfs\nkernel\nnet\nvm\n",
    );
    expect(await seen("find /proc > /dev/null; du -s /proc")).toBe("0\t/proc\n");
    act(lab, "corosync/kill", { node: "pve1" });
    expect(await seen(`ls /proc/${pid}`)).toBe(`ls: cannot access '/proc/${pid}': No such file or directory\n`);
  });

  it("tells of devices, routes and sockets what ip and ss tell", async () => {
    const lab = clusterOf(2);
    const seen = async (line: string) => (await shellLine(lab, "pve1", line)).output;
    expect(await seen("ls /sys/class/net")).toBe("ens18\nlo\nvmbr0\n");
    expect(await seen("cat /sys/class/net/vmbr0/operstate")).toBe("up\n");
    expect(await seen("cat /sys/class/net/vmbr0/address")).toBe(
      `${(await seen("ip -br link show vmbr0")).split(/\s+/)[2]}\n`,
    );
    expect(await seen("sed -n 2p /proc/net/route")).toBe(
      "vmbr0\t00000000\t0107630A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n",
    );
    expect(await seen("grep -c ':1F46 ' /proc/net/tcp6")).toBe("1\n");
    act(lab, "network/unplug", { node: "pve1", unplugged: true });
    expect(await seen("cat /sys/class/net/ens18/operstate /sys/class/net/ens18/carrier")).toBe("down\n0\n");
    expect(await seen("awk '$1 == \"10.99.7.12\" { print $3 }' /proc/net/arp")).toBe("0x0\n");
  });

  it("has its programs where which finds them, and the links of a process", async () => {
    const lab = clusterOf(1);
    const seen = async (line: string) => (await shellLine(lab, "pve1", line)).output;
    expect(await seen("ls -l $(which qm) /usr/bin/pvecm | cut -c1-10")).toBe("-rwxr-xr-x\n-rwxr-xr-x\n");
    expect(await seen("[ -x /usr/sbin/qm ] && /usr/sbin/qm list; echo $?")).toBe("0\n");
    expect(await seen("cat /usr/sbin/qm")).toContain("Operation not permitted");
    expect(await seen("readlink -f /proc/self/exe")).toBe("/usr/bin/readlink\n");
    expect(await seen("ls -l /proc/self/fd | grep -c -- '->'")).toBe("3\n");
    expect(await seen("printf '#!/bin/bash\\necho mine\\n' > /usr/bin/mine; chmod +x /usr/bin/mine; mine")).toBe(
      "mine\n",
    );
  });

  it("keeps tasks in an index and by their log, and files of the installation that may be added to", async () => {
    const lab = clusterOf(1);
    const seen = async (line: string) => (await shellLine(lab, "pve1", line)).output;
    const [upid = "", end, status] = (await seen("grep clustercreate /var/log/pve/tasks/index")).trim().split(" ");
    expect([end?.length, status]).toEqual([8, "OK"]);
    expect(await seen(`tail -1 /var/log/pve/tasks/${upid.split(":")[4]!.slice(-1)}/${upid}`)).toBe("TASK OK\n");
    expect(await seen("cat /etc/machine-id")).toMatch(/^[0-9a-f]{32}\n$/);
    const file = "/lib/systemd/system/corosync.service";
    expect(await seen("systemctl cat corosync")).toBe(`# ${file}\n${await seen(`cat ${file}`)}`);
    const lines = Number(await seen("wc -l < /etc/ssh/sshd_config"));
    expect(await seen("echo Port 2222 >> /etc/ssh/sshd_config; wc -l < /etc/ssh/sshd_config")).toBe(`${lines + 1}\n`);
    expect(await seen("rm /boot/vmlinuz-*")).toContain("Operation not permitted");
  });
});

it("keeps settings of the kernel until the next boot, which reads its files", async () => {
  const lab = clusterOf(2);
  const seen = async (line: string, node = "pve1") => (await shellLine(lab, node, line)).output;
  await seen("sysctl -w net.ipv4.tcp_retries2=5; echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all");
  await seen("echo vm.swappiness = 10 > /etc/sysctl.d/mine.conf");
  expect(await seen("ping -c 1 -W 1 pve1 | grep -c 'bytes from'", "pve2")).toBe("0\n");
  expect(await seen("sysctl -n net.ipv4.tcp_retries2 vm.swappiness kernel.panic")).toBe("5\n60\n0\n");
  act(lab, "power/set", { node: "pve1", state: "off" });
  act(lab, "power/set", { node: "pve1", state: "on" });
  advance(lab, lab.nowMs + 20_000);
  expect(await seen("sysctl -n net.ipv4.tcp_retries2 vm.swappiness")).toBe("15\n10\n");
  expect(await seen("ping -c 1 -W 1 pve1 | grep -c 'bytes from'", "pve2")).toBe("1\n");
  expect(await seen("sysctl --system | tail -2")).toBe("fs.protected_symlinks = 1\nvm.swappiness = 10\n");
});

it("shows a device with a dot in its name as one folder of /proc/sys", async () => {
  const lab = clusterOf(1);
  const seen = async (line: string) => (await shellLine(lab, "pve1", line)).output;
  await seen("ip link add link vmbr0 name vmbr0.5 type vlan id 5");
  expect(await seen("ls /proc/sys/net/ipv4/conf")).toBe("all\ndefault\nens18\nlo\nvmbr0\nvmbr0.5\n");
  expect(
    await seen("cd /proc/sys/net/ipv4/conf/vmbr0.5; echo 1 > forwarding; cat forwarding ../vmbr0/forwarding"),
  ).toBe("1\n0\n");
});
