import { describe, expect, it } from "vitest";
import { issueCa, issueNodeCertificate } from "../../api/certificates.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, freshLab, run } from "../../cluster/testing/lab-steps.ts";
import { allCommands } from "../commands.ts";
import { runProgram } from "../testing/run-program.ts";

const tool = (lab: Parameters<typeof runProgram>[0], line: string, node = "pve1") => {
  const argv = line.split(" ");
  return runProgram(lab, node, allCommands[argv[0]!]!.program, argv);
};

describe("the tools of a node", () => {
  it("show what listens, and no longer what was stopped", async () => {
    const lab = clusterOf(2);
    const seen = (await tool(lab, "ss -tlnp")).stdout;
    expect(seen).toMatch(/LISTEN +0 +4096 +\*:8006 +\*:\* users:\(\("pveproxy",pid=\d+,fd=6\)\)/);
    expect((await tool(lab, "ss -ulnp")).stdout).toMatch(/10\.99\.7\.11:5405 .*"corosync"/);
    act(lab, "services/control", { node: "pve1", unit: "pveproxy", action: "stop" });
    run(lab, 5_000);
    expect((await tool(lab, "ss -tln")).stdout).not.toContain(":8006");
  });

  it("choose sockets by state, port, family and kind as ss does", async () => {
    const lab = clusterOf(2);
    expect((await tool(lab, "ss -tlnH sport = :22")).stdout.match(/:22/g)).toHaveLength(2);
    expect((await tool(lab, "ss -tln4")).stdout).not.toMatch(/\[::\]|\*:8006/);
    expect((await tool(lab, "ss -xl")).stdout).toContain("/run/dbus/system_bus_socket");
    expect((await tool(lab, "ss -tn state listening")).stdout).toMatch(/^Recv-Q Send-Q Local Address:Port/);
    expect((await tool(lab, "ss -s")).stdout).toMatch(/\n\nTransport Total {5}IP {8}IPv6\nRAW\t {2}0 /);
    expect((await tool(lab, "ss state foo")).stderr).toBe("ss: wrong state name: foo\n");
    expect((await tool(lab, "ss foo")).stderr).toBe(
      'Error: an inet prefix is expected rather than "foo".\nCannot parse dst/src address.\n',
    );
    expect((await tool(lab, "ss -V")).stdout).toBe("ss utility, iproute2-6.1.0\n");
    expect((await tool(lab, "ss -K")).stderr).toContain("'-K' is not modelled");
  });

  it("name who holds a port, and know nothing of open files", async () => {
    const lab = clusterOf(2);
    const { pid } = lab.nodes.pve1!.corosync.daemon!;
    expect((await tool(lab, "lsof -i :8006")).stdout).toMatch(
      /^COMMAND +PID +USER +FD +TYPE +DEVICE +SIZE\/OFF +NODE NAME\npveproxy +\d+ +www-data +6u +IPv6 +\d+ +0t0 +TCP \*:8006 \(LISTEN\)\n$/,
    );
    expect((await tool(lab, "lsof -t -iUDP:5405")).stdout).toBe(`${pid}\n`);
    expect((await tool(lab, "lsof -nPi TCP:22")).stdout.match(/\*:22 \(LISTEN\)/g)).toHaveLength(2);
    expect(await tool(lab, "lsof -i :9999")).toMatchObject({ status: 1, stdout: "" });
    expect((await tool(lab, "lsof /etc/pve")).stderr).toContain("is not modelled");
  });

  it("tell what the kernel said, in the forms of dmesg", async () => {
    const lab = freshLab(1);
    expect((await tool(lab, "dmesg")).stdout).toMatch(/^\[ {4}0\.000000\] Linux version 6\.8\.12-20-pve /);
    expect((await tool(lab, "dmesg -x")).stdout).toMatch(/^kern {2}:notice: \[ {4}0\.000000\] Linux/);
    expect((await tool(lab, "dmesg -H")).stdout).toMatch(/^\[Nov23 00:\d\d\] Linux .*\n\[ {2}\+0\.000000\] Command/);
    expect((await tool(lab, "dmesg -d")).stdout).toMatch(/\n\[ {4}0\.180000 < {4}0\.168000>\] smp/);
    expect((await tool(lab, "dmesg -r")).stdout).toMatch(/^<5>\[ {4}0\.000000\] Linux/);
    expect((await tool(lab, "dmesg -l warn")).stdout.split("\n")).toHaveLength(2);
    expect((await tool(lab, "dmesg --since=00:30")).stdout).toBe("");
    expect((await tool(lab, "dmesg -l loud")).stderr).toBe("dmesg: unknown level 'loud'\n");
    expect((await tool(lab, "dmesg --since soonish")).stderr).toBe('dmesg: invalid time value "soonish"\n');
    expect((await tool(lab, "dmesg -Z")).stderr).toBe(
      "dmesg: invalid option -- 'Z'\nTry 'dmesg --help' for more information.\n",
    );
  });

  it("read the node's certificate and its authority", async () => {
    const lab = freshLab(1);
    const notBefore = lab.nowMs + lab.wallOffsetMs;
    const ca = await issueCa({ commonName: "Proxmox Virtual Environment", notBefore });
    const names = { addresses: [], dnsNames: ["pve1.lab.test"] };
    const issued = await issueNodeCertificate({ ca, node: "pve1", ...names, notBefore });
    for (const [path, content] of [
      ["/root/ca.pem", ca.certPem],
      ["/root/node.pem", issued.certPem],
    ] as const) {
      act(lab, "files/change", { node: "pve1", change: { op: "write", path, content } });
    }
    const subject = await tool(lab, "openssl x509 -in /root/node.pem -noout -subject -issuer -enddate");
    expect(subject.stdout).toMatch(/^subject=.*CN = pve1.lab.test$/m);
    expect(subject.stdout).toMatch(/^notAfter=\w{3} .* GMT$/m);
    expect((await tool(lab, "openssl verify -CAfile /root/ca.pem /root/node.pem")).stdout).toBe("/root/node.pem: OK\n");
    expect((await tool(lab, "openssl verify -CAfile /root/node.pem /root/node.pem")).status).toBe(2);
    expect((await tool(lab, "openssl x509 -in /etc/hostname -noout")).status).toBe(1);
    expect((await tool(lab, "openssl req -new")).stderr).toContain("not modelled");
  });

  it("send what is outside through the gateway's network, and name the boot as the journal does", async () => {
    const lab = freshLab(1);
    await tool(lab, "ip link add ens19 type dummy");
    await tool(lab, "ip link set ens19 up");
    await tool(lab, "ip address add 10.99.9.11/24 dev ens19");
    expect((await tool(lab, "ip route")).stdout.split("\n").map((line) => line.split(" dev ")[0])).toEqual([
      ...["default via 10.99.7.1", "10.99.7.0/24", "10.99.9.0/24", ""],
    ]);
    expect((await tool(lab, "ip route show default")).stdout).toBe(
      "default via 10.99.7.1 dev vmbr0 proto kernel onlink \n",
    );
    expect((await tool(lab, "ip route get 8.8.8.8")).stdout).toContain(
      "8.8.8.8 via 10.99.7.1 dev vmbr0 src 10.99.7.11 ",
    );
    expect((await tool(lab, "ip route get 10.99.9.12")).stdout).toContain("10.99.9.12 dev ens19 src 10.99.9.11 ");
    const boot = /Boot ID: (\w{32})/.exec((await tool(lab, "hostnamectl")).stdout)![1];
    expect((await tool(lab, "journalctl --list-boots")).stdout).toContain(` ${boot} `);
  });

  it("write lines of one's own to the journal, and refuse a priority that there is not", async () => {
    const lab = freshLab(1);
    expect(await tool(lab, "logger -t deploy -p user.err went wrong")).toMatchObject({ stdout: "", status: 0 });
    expect((await tool(lab, "journalctl -t deploy -p err -o cat")).stdout).toBe("went wrong\n");
    expect((await tool(lab, "logger -p loud hi")).stderr).toBe("logger: unknown priority name: loud\n");
  });

  it("know who is in /etc/passwd", async () => {
    const lab = freshLab(1);
    expect((await tool(lab, "id")).stdout).toBe("uid=0(root) gid=0(root) groups=0(root)\n");
    expect((await tool(lab, "id www-data")).stdout).toBe("uid=33(www-data) gid=33(www-data) groups=33(www-data)\n");
    expect((await tool(lab, "id bob")).stderr).toBe("id: ‘bob’: no such user\n");
  });

  it("list processes as ps aux does, sorted and as a tree", async () => {
    const lab = clusterOf(2);
    const aux = (await tool(lab, "ps aux")).stdout;
    expect(aux).toMatch(/^USER +PID %CPU %MEM +VSZ +RSS TTY +STAT START +TIME COMMAND\n/);
    expect(aux).toMatch(/^root +\d+ +1\.3 +4\.0 563412 166912 \? +Ss +\d\d:\d\d +\d+:\d\d \/usr\/sbin\/corosync -f$/m);
    const sorted = (await tool(lab, "ps -eo pid,comm --sort=-rss")).stdout.split("\n");
    expect(sorted[1]).toMatch(/corosync|pveproxy|pvedaemon/);
    expect((await tool(lab, "ps -C corosync -o pid=")).stdout).toBe(
      `${lab.nodes.pve1!.corosync.daemon!.pid}\n`.padStart(8),
    );
    expect((await tool(lab, "ps -C nginx")).status).toBe(1);
  });

  it("show one screen of top in batch mode", async () => {
    const seen = (await tool(clusterOf(2), "top -b -n 1")).stdout;
    expect(seen).toMatch(/^top - \d\d:\d\d:\d\d up +5 min, /);
    expect(seen).toMatch(/^ +\d+ root +20 +0 +563412 166912 .* corosync$/m);
  });

  it("show pmxcfs as mounted while it runs", async () => {
    const lab = freshLab(1);
    expect((await tool(lab, "mount")).stdout).toContain("/dev/fuse on /etc/pve type fuse (rw,");
    act(lab, "services/control", { node: "pve1", unit: "pve-cluster", action: "stop" });
    run(lab, 10_000);
    expect((await tool(lab, "mount")).stdout).not.toContain("/etc/pve");
    expect((await tool(lab, "findmnt /etc/pve")).status).toBe(1);
  });

  it("show manual pages, and say which there are none of", async () => {
    const lab = freshLab(1);
    expect((await tool(lab, "man pvecm")).stdout).toContain("pvecm expected N");
    expect(await tool(lab, "man nosuch")).toMatchObject({ stderr: "No manual entry for nosuch\n", status: 16 });
    expect((await tool(lab, "man -k quorum")).stdout).toContain("corosync-quorumtool (8)");
  });

  it.each([
    "lsblk",
    "lsblk -f",
    "lsblk -J",
    "lscpu",
    "lsmod",
    "dmesg -T",
    "timedatectl",
    "chronyc tracking",
    "w",
    "last",
    "pvesubscription get",
  ])("answer %s", async (line) => {
    const seen = await tool(freshLab(1), line);
    expect(seen.stderr).toBe("");
    expect(seen.stdout.length).toBeGreaterThan(40);
    expect(seen.status).toBe(0);
  });

  it.each(["tcpdump -i any", "vzdump 100", "tcpdump -i vmbr0", "pveperf"])(
    "say of %s that it is not modelled",
    async (line) => {
      const seen = await tool(freshLab(1), line);
      expect(seen.status).toBe(1);
      expect(seen.stderr).toMatch(/not modelled|made up/);
    },
  );
});
