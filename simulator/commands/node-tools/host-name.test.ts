import { describe, expect, it } from "vitest";
import { requestCertificate } from "../../cluster/pki/pki.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import { act, advance } from "../../cluster/stepping.ts";
import { clusterOf, freshLab, runUntil } from "../../cluster/testing/lab-steps.ts";
import { shellLine } from "../testing/shell-line.ts";

const node = (lab: Parameters<typeof shellLine>[0]) => async (line: string) =>
  (await shellLine(lab, "pve1", line)).output;

describe("a node's host name", () => {
  it("is the kernel's until the next boot, and /etc/hostname's from then on", async () => {
    const lab = freshLab(1, "test");
    const typed = node(lab);
    expect(await typed("hostname other; hostname; bash -c 'echo $HOSTNAME'; echo $HOSTNAME")).toBe(
      "other\nother\npve1\n",
    );
    expect(await typed("hostnamectl --static; hostnamectl | head -2")).toBe(
      "pve1\n   Static hostname: pve1\nTransient hostname: other\n",
    );
    await typed("logger -t mine told");
    expect(await typed("journalctl -t mine -n 1 --no-pager")).toMatch(/ other mine(?:\[\d+\])?: told\n$/);
    reboot(lab);
    expect(await typed("hostname")).toBe("pve1\n");
  });

  it("is written down by hostnamectl, which cleans a name that is none", async () => {
    const lab = freshLab(1, "test");
    const typed = node(lab);
    expect(await typed("hostnamectl set-hostname node1; cat /etc/hostname; uname -n; hostnamectl hostname")).toBe(
      "node1\nnode1\nnode1\n",
    );
    expect(await typed("journalctl -u systemd-hostnamed -o cat")).toBe("Hostname set to <node1> (static)\n");
    expect(await typed("hostnamectl hostname 'My Node!'; cat /etc/hostname /etc/machine-info; hostname")).toBe(
      'MyNode\nPRETTY_HOSTNAME="My Node!"\nMyNode\n',
    );
    expect(await typed("hostnamectl --static hostname 'a b'; cat /etc/hostname")).toBe(
      "Could not set static hostname: Invalid static hostname 'a b'\nMyNode\n",
    );
  });

  it("has to mean an address when pmxcfs starts, and what comes after pmxcfs starts without it", async () => {
    const lab = clusterOf(2);
    const typed = node(lab);
    await typed("sed -i /pve1/d /etc/hosts");
    expect(await typed("qm list; echo $?")).toBe("0\n");
    expect(await typed("systemctl restart pve-cluster; echo $?")).toContain(
      "Job for pve-cluster.service failed because the control process exited with error code.\n",
    );
    const journal = await typed("journalctl -u pve-cluster -n 60 -o cat");
    const refusal =
      "[main] crit: Unable to resolve node name 'pve1' to a non-loopback IP address - missing entry in '/etc/hosts' or DNS?";
    expect(journal.split("\n").filter((line) => line === refusal)).toHaveLength(10);
    expect(journal).toContain("Start request repeated too quickly.");
    expect(await typed("ls /etc/pve; pmxcfs; echo $?")).toBe(`${refusal}\n255\n`);
    await typed("echo 127.0.1.1 pve1 >> /etc/hosts; systemctl reset-failed pve-cluster");
    expect(await typed("systemctl start pve-cluster; systemctl is-active pve-cluster")).toContain("failed\n");
    await typed("echo 10.99.7.11 pve1 >> /etc/hosts");
    expect(await typed("systemctl start pve-cluster; systemctl is-active pve-cluster; ls /etc/pve/nodes")).toBe(
      "active\npve1\npve2\n",
    );
  });

  it("is what pmxcfs and the node's certificate go by after a boot; Proxmox's programs say that this is not modelled", async () => {
    const lab = clusterOf(2);
    const typed = node(lab);
    await typed("echo 'name: stays' > /etc/pve/qemu-server/100.conf");
    await typed("hostnamectl hostname node1; sed -i s/pve1/node1/g /etc/hosts");
    expect(await typed("qm list; echo $?")).toBe(
      "qm: the host name is 'node1' now, and a node of the cluster that is renamed is not modelled in this simulated node: its name is 'pve1'\n1\n",
    );
    reboot(lab);
    runUntil(lab, () => lab.nodes.pve1!.services.units.pveproxy.active === "active" || undefined);
    expect(await typed("journalctl -u pve-cluster -o cat -b | grep -m1 resolved")).toBe(
      "[main] notice: resolved node name 'node1' to '10.99.7.11' for default node IP address\n",
    );
    expect(await typed("readlink /etc/pve/local; ls /etc/pve/nodes; ls /etc/pve/local/ /etc/pve/qemu-server/")).toBe(
      "nodes/node1\nnode1\npve1\npve2\n/etc/pve/local/:\nlxc\nopenvz\npriv\npve-ssl.key\npve-ssl.pem\nqemu-server\nssh_known_hosts\n\n/etc/pve/qemu-server/:\n",
    );
    requestCertificate(lab, { node: "pve1", kind: "key", caPem: "", caKeyPem: "", serial: "01", next: null });
    expect(lab.pki.requests.pop()!.names.map((name) => name.split(".")[0])).toEqual(["localhost", "node1", "node1"]);
    expect(pmxcfsFile(lab, "pve1", "nodes/node1/pve-ssl.pem")).toBe(lab.pki.nodes.pve1!.certPem);
    // corosync knows itself by its address; the others know the node by corosync's name, and itself has no address for that.
    expect(await typed("cat /etc/pve/.members")).toMatch(/"nodename": "node1"[\s\S]*"pve1": \{ "id": 1, "online": 1\}/);
    expect((await shellLine(lab, "pve2", "grep pve1 /etc/pve/.members")).output).toBe(
      '  "pve1": { "id": 1, "online": 1, "ip": "10.99.7.11"},\n',
    );
    expect((await shellLine(lab, "pve2", "ls /etc/pve/nodes; readlink /etc/pve/local")).output).toBe(
      "node1\npve1\npve2\nnodes/pve2\n",
    );
    expect(await typed("cat /etc/pve/nodes/pve1/qemu-server/100.conf; touch /etc/pve/x; echo $?")).toBe(
      "name: stays\n0\n",
    );
    expect(await typed("qm list; echo $?")).toMatch(/is not modelled/);
    await typed("hostname pve1; sed -i s/node1/pve1/g /etc/hosts /etc/hostname; systemctl restart pve-cluster");
    expect(await typed("readlink /etc/pve/local; qm list | tail -1 | cut -c 1-30; echo $?")).toMatch(
      /^nodes\/pve1\n +100 stays/,
    );
  });
});

function reboot(lab: Parameters<typeof shellLine>[0]): void {
  act(lab, "power/set", { node: "pve1", state: "off" });
  advance(lab, lab.nowMs + 1_000);
  act(lab, "power/set", { node: "pve1", state: "on" });
  for (let s = 0; s < 180 && lab.nodes.pve1!.services.units.pvedaemon.active !== "active"; s++)
    advance(lab, lab.nowMs + 1_000);
}
