import { describe, expect, it } from "vitest";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, freshLab, run, setPaths } from "../../cluster/testing/lab-steps.ts";
import { shellLine } from "../testing/shell-line.ts";

describe("what an administrator types besides Proxmox's commands", () => {
  it("service hands its words to systemctl, and a daemon's own command knows its unit", async () => {
    const lab = freshLab(1);
    expect((await shellLine(lab, "pve1", "service pveproxy status")).output).toContain("Active: active (running)");
    expect((await shellLine(lab, "pve1", "service pveproxy stop; pveproxy status")).output).toBe("stopped\n");
    expect((await shellLine(lab, "pve1", "pveproxy start && pveproxy status")).output).toBe("running\n");
    expect((await shellLine(lab, "pve1", "service 'x;id' start")).exit).toBe(2);
  });

  it("nc -z tells a port that listens from one that does not, and both from a node that is away", async () => {
    const lab = clusterOf(2);
    const nc = async (words: string) => await shellLine(lab, "pve1", `nc -zv ${words}`);
    expect(await nc("pve2 8006")).toEqual({
      output: "Connection to pve2 (10.99.7.12) 8006 port [tcp/*] succeeded!\n",
      exit: 0,
    });
    expect((await nc("pve2 99")).output).toContain("failed: Connection refused");
    act(lab, "services/control", { node: "pve2", unit: "pveproxy", action: "stop" });
    run(lab, 5_000);
    expect((await nc("pve2 8006")).output).toContain("failed: Connection refused");
    setPaths(lab, ["pve1"], ["pve2"], false);
    expect(await nc("pve2 22")).toEqual({
      output: "nc: connect to pve2 (10.99.7.12) port 22 (tcp) failed: No route to host\n",
      exit: 1,
    });
    expect((await nc("nosuch 22")).output).toContain("Name or service not known");
  });

  it("lvs, vgs and pvs agree with pvesm", async () => {
    const lab = freshLab(1);
    await shellLine(lab, "pve1", "qm create 100 --scsi0 local-lvm:4");
    expect((await shellLine(lab, "pve1", "lvs")).output).toMatch(/^ {2}vm-100-disk-0 pve Vwi-a-tz-- +4\.00g data/m);
    expect((await shellLine(lab, "pve1", "vgs --noheadings")).output).toMatch(
      /^ {2}pve +1 +4 +0 wz--n- +95\.50g +4\.50g$/m,
    );
    expect((await shellLine(lab, "pve1", "pvs")).output).toContain("/dev/sda3 pve lvm2 a--");
  });

  it("zpool and zfs say that there is no pool, and which of their commands they do not have", async () => {
    const lab = freshLab(1);
    const typed = (line: string) => shellLine(lab, "pve1", line);
    expect(await typed("zpool list")).toEqual({ output: "no pools available\n", exit: 0 });
    expect(await typed("zpool status 2>/dev/null")).toEqual({ output: "", exit: 0 });
    expect(await typed("zpool status rpool")).toEqual({ output: "cannot open 'rpool': no such pool\n", exit: 1 });
    expect(await typed("zfs list")).toEqual({ output: "no datasets available\n", exit: 0 });
    const made = await typed("zpool create tank /dev/sdb");
    expect(made.exit).toBe(1);
    expect(made.output).toContain("not modelled");
  });

  it("df, free, nproc and lsblk show the machine that the API shows", async () => {
    const lab = freshLab(1);
    const status = JSON.parse(
      (await shellLine(lab, "pve1", "pvesh get /nodes/pve1/status --output-format json")).output,
    );
    const kib = async (line: string) => Number((await shellLine(lab, "pve1", line)).output);
    expect(await kib("nproc")).toBe(status.cpuinfo.cpus);
    expect(await kib("free -b | awk '/^Mem/ {print $2}'")).toBe(status.memory.total);
    expect(await kib("free -b | awk '/^Swap/ {print $2}'")).toBe(status.swap.total);
    expect((await kib("df / | awk 'END {print $2}'")) * 1024).toBe(status.rootfs.total);
    expect((await kib("df / | awk 'END {print $3}'")) * 1024).toBeCloseTo(status.rootfs.used, -4);
    expect(await kib("lsblk -bno SIZE /dev/pve-root")).toBe(status.rootfs.total);
    expect((await shellLine(lab, "pve1", "uname -r")).output.trim()).toBe(status["current-kernel"].release);
    expect((await shellLine(lab, "pve1", "uptime")).output).toContain(`load average: ${status.loadavg.join(", ")}`);
  });

  it("ssh-keygen finds and removes a host that known_hosts has under a hash", async () => {
    const lab = clusterOf(2);
    await shellLine(lab, "pve1", "ssh -o StrictHostKeyChecking=accept-new pve2 true");
    expect((await shellLine(lab, "pve1", "ssh-keygen -F pve2")).output).toMatch(/^# Host pve2 found: line 1 \n\|1\|/);
    expect(await shellLine(lab, "pve1", "ssh-keygen -R pve2")).toEqual({
      output:
        "# Host pve2 found: line 1\n/root/.ssh/known_hosts updated.\nOriginal contents retained as /root/.ssh/known_hosts.old\n",
      exit: 0,
    });
    expect((await shellLine(lab, "pve1", "ssh-keygen -F pve2")).exit).toBe(1);
  });

  it.each([
    [
      "printf 'hello world here\\n' | hexdump -C",
      "00000000  68 65 6c 6c 6f 20 77 6f  72 6c 64 20 68 65 72 65  |hello world here|\n00000010  0a                                                |.|\n00000011\n",
    ],
    ["printf abc | xxd", "00000000: 6162 63                                  abc\n"],
    [
      "printf 'a\\nb\\n' > x; printf 'a\\nc\\n' > y; cmp x y; echo $?; cmp x x; echo $?",
      "x y differ: byte 3, line 2\n1\n0\n",
    ],
    ["pct list", ""],
    [
      "dpkg -l corosync | tail -1",
      "ii  corosync       3.1.7-1+deb12u2 amd64        cluster engine daemon and utilities\n",
    ],
    ["LC_ALL=C locale | tail -1", "LC_ALL=C\n"],
    ["date -d @0; LC_ALL=en_US.UTF-8 date -d @0", "Thu Jan  1 00:00:00 UTC 1970\nThu Jan  1 12:00:00 AM UTC 1970\n"],
    ["su - -c whoami", "root\n"],
    ["mountpoint /etc/pve; mountpoint -q /tmp; echo $?", "/etc/pve is a mountpoint\n32\n"],
    ["whereis qm nosuch", "qm: /usr/sbin/qm\nnosuch:\n"],
    ["lsb_release -sc", "bookworm\n"],
    ["head -c 1100000 /dev/zero > /etc/pve/big", "head: error writing 'standard output': File too large\n"],
    ["mkfifo x; echo $?", "mkfifo: not modelled in this simulated node yet\n1\n"],
  ])("%s", async (line, output) => {
    expect((await shellLine(freshLab(1), "pve1", line)).output).toBe(output);
  });
});
