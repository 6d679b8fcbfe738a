import { describe, expect, it } from "vitest";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, freshLab } from "../../cluster/testing/lab-steps.ts";
import { allCommands } from "../commands.ts";
import { runProgram } from "../testing/run-program.ts";

const tool = (lab: Parameters<typeof runProgram>[0], line: string, node = "pve1") => {
  const argv = line.split(" ");
  return runProgram(lab, node, allCommands[argv[0]!]!.program, argv);
};

describe("packages in a room without internet", () => {
  it("can be read, and not fetched", async () => {
    const lab = freshLab(1);
    const update = await tool(lab, "apt update");
    expect(update.stdout).toContain(
      "Err:1 http://deb.debian.org/debian bookworm InRelease\n  Temporary failure resolving 'deb.debian.org'\n",
    );
    expect(update.stderr).toMatch(/\nW: Some index files failed to download\./);
    expect(await tool(lab, "apt-get install -y htop")).toMatchObject({
      status: 100,
      stderr: "E: Unable to locate package htop\n",
    });
    expect((await tool(lab, "apt install corosync")).stdout).toContain("corosync is already the newest version (3.1.7");
    expect((await tool(lab, "apt-cache policy corosync")).stdout).toMatch(
      /^corosync:\n {2}Installed: (\S+)\n {2}Candidate: \1\n/,
    );
    expect((await tool(lab, "apt list --installed")).stdout).toMatch(/^Listing\.\.\.\nadduser\/now /);
    expect((await tool(lab, "apt purge corosync")).stderr).toContain("is not modelled");
    expect(await tool(lab, "apt frob")).toMatchObject({ status: 100, stderr: "E: Invalid operation frob\n" });
  });
});

describe("dpkg", () => {
  it("says which package brought a program, and what it knows of one", async () => {
    const lab = freshLab(1);
    expect((await tool(lab, "dpkg -S /usr/bin/pvecm")).stdout).toBe("libpve-cluster-api-perl: /usr/bin/pvecm\n");
    expect((await tool(lab, "dpkg -S /nosuch")).stderr).toBe("dpkg-query: no path found matching pattern /nosuch\n");
    expect((await tool(lab, "dpkg -L pve-cluster")).stdout).toMatch(/^\/\.\n\/lib\n(?:.*\n)*\/usr\/bin\/pmxcfs\n/);
    expect((await tool(lab, "dpkg -L nosuch")).stderr).toMatch(/^dpkg-query: package 'nosuch' is not installed\nUse /);
    expect((await tool(lab, "dpkg-query -W -f ${Package}=${Version}\\n corosync")).stdout).toMatch(/^corosync=3\.1\./);
    expect(await tool(lab, "dpkg -z")).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^dpkg: error: unknown option -z\n/),
    });
    expect((await tool(lab, "dpkg -i x.deb")).stderr).toContain("'-i' is not modelled");
  });
});

describe("the packet filter of a node whose firewall is off", () => {
  it("is empty, and tells nothing when the firewall is on", async () => {
    const lab = clusterOf(1);
    expect((await tool(lab, "iptables -L -n")).stdout.match(/^Chain \w+ \(policy ACCEPT\)$/gm)).toHaveLength(3);
    expect((await tool(lab, "iptables -t nat -S")).stdout).toBe(
      "-P PREROUTING ACCEPT\n-P INPUT ACCEPT\n-P OUTPUT ACCEPT\n-P POSTROUTING ACCEPT\n",
    );
    expect(await tool(lab, "iptables -t foo -L")).toMatchObject({ status: 3 });
    expect(await tool(lab, "nft list ruleset")).toMatchObject({ status: 0, stdout: "" });
    expect(await tool(lab, "crontab -l")).toMatchObject({ status: 1, stderr: "no crontab for root\n" });
    act(lab, "files/change", { node: "pve1", change: { op: "mkdir", path: "/etc/pve/firewall" } });
    act(lab, "files/change", {
      node: "pve1",
      change: { op: "write", path: "/etc/pve/firewall/cluster.fw", content: "[OPTIONS]\nenable: 1\n" },
    });
    await new Promise((resolve) => setImmediate(resolve));
    await tool(lab, "sleep 2");
    expect((await tool(lab, "iptables -L")).stderr).toContain("is not modelled");
    expect((await tool(lab, "nft list ruleset")).status).toBe(1);
  });
});

describe("names and cards", () => {
  it("getent looks each key up, and ethtool names drivers", async () => {
    const lab = clusterOf(2);
    expect((await tool(lab, "getent ahosts pve2")).stdout).toBe(
      "10.99.7.12      STREAM pve2.lab.internal\n10.99.7.12      DGRAM  \n10.99.7.12      RAW    \n",
    );
    expect(await tool(lab, "getent hosts nosuch pve2")).toMatchObject({
      status: 2,
      stdout: "10.99.7.12      pve2.lab.internal pve2\n",
    });
    expect((await tool(lab, "getent services ssh")).stdout).toBe("ssh                   22/tcp\n");
    expect((await tool(lab, "getent foo")).stderr).toMatch(/^Unknown database: foo\n/);
    expect((await tool(lab, "ethtool -i ens18")).stdout).toMatch(/^driver: virtio_net\n/);
    expect((await tool(lab, "ethtool -S ens18")).stderr).toContain("'-S' is not modelled");
  });
});
