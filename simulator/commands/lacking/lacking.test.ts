import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { clusterOf, freshLab } from "../../cluster/testing/lab-steps.ts";
import { shellLine } from "../testing/shell-line.ts";

/** Typed on Proxmox's own programs of pve-manager 8.4.21, on a node without containers, Ceph, jobs and a key. */
const TYPED: [line: string, output: string, exit: number][] = [
  ["pvesr list", "JobID                Target                 Schedule  Rate  Enabled\n", 0],
  [
    "pvesr status",
    "JobID      Enabled    Target                           LastSync             NextSync   Duration  FailCount State\n",
    0,
  ],
  ["pvesr read 100-0", "no such replication job '100-0'\n", 2],
  ["pvesr delete 100-0", "no such job '100-0'\n", 2],
  ["pveam list local", "NAME                                                         SIZE  \n", 0],
  ["pveam update", "update failed - see /var/log/pveam.log for details\n", 0],
  ["pveceph status", "binary not installed: /usr/bin/ceph-mon\n", 2],
  ["pveceph init", "Ceph Nautilus required - please run 'pveceph install'\n", 2],
  ["pveceph pool ls", "binary not installed: /usr/bin/ceph-mon\n", 2],
  [
    "pvesubscription set foo",
    "400 Parameter verification failed.\nkey: value does not match the regex pattern\npvesubscription set <key>\n",
    255,
  ],
  ["pvesubscription delete", "", 0],
  ["pct list", "", 0],
  ["pct start 100", "Configuration file 'nodes/pve1/lxc/100.conf' does not exist\n", 255],
  ["pct config 100", "Configuration file 'nodes/pve1/lxc/100.conf' does not exist\n", 2],
  ["pct enter 100", "Configuration file 'nodes/pve1/lxc/100.conf' does not exist\n", 2],
  ["pct exec 100 ls", "Configuration file 'nodes/pve1/lxc/100.conf' does not exist\n", 2],
  ["pct stop 100", "CT 100 not running\n", 255],
  ["pct reboot 100", "VM 100 not running\n", 255],
  ["vzdump", "400 Parameter verification failed.\nvmid: property is missing\nvzdump {<vmid>} [OPTIONS]\n", 255],
  [
    "vzdump abc",
    "400 Parameter verification failed.\nvmid: invalid format - value does not look like a valid VM ID\n\nvzdump {<vmid>} [OPTIONS]\n",
    255,
  ],
  ["qmrestore", "400 not enough arguments\nqmrestore <archive> <vmid> [OPTIONS]\n", 255],
  ["qmrestore /nosuch 100", "can't find file '/nosuch'\n", 2],
];

/** Typed on pve-manager 8.4.21 without a way to the internet. */
const APPLIANCES = JSON.parse(
  readFileSync(new URL("../../recordings/packages/appliances-typed.json", import.meta.url), "utf8"),
) as { line: string; output: string; exit: number }[];

describe("programs of what a lab's nodes lack", () => {
  it("say what they say on a real node that lacks it, too", async () => {
    const lab = freshLab(1);
    for (const [line, output, exit] of TYPED) {
      expect({ line, ...(await shellLine(lab, "pve1", line)) }).toEqual({ line, output, exit });
    }
  });

  it("tell the templates that pve-manager brings along, and that the second list is missing", async () => {
    const lab = freshLab(1);
    for (const { line, output, exit } of APPLIANCES) {
      expect({ line, ...(await shellLine(lab, "pve1", line)) }).toEqual({ line, output, exit });
    }
    const none = await shellLine(lab, "pve1", "pveam download local nosuch");
    expect(none.output).toMatch(/\n400 Parameter verification failed\.\ntemplate: no such template\n/);
    const told = await shellLine(lab, "pve1", "pvesh get /nodes/pve1/aplinfo --output-format json 2>/dev/null");
    const templates = (JSON.parse(told.output) as { template: string }[]).map((one) => one.template);
    expect(templates.sort()).toEqual(
      APPLIANCES[0]!.output
        .split("\n")
        .flatMap((line) => line.split(/ +/)[1] ?? [])
        .filter((word) => /\.tar\./.test(word))
        .sort(),
    );
  });

  it("do not pretend: a backup, a container and a template are refused by name", async () => {
    const lab = freshLab(1);
    for (const line of [
      "vzdump 100 101",
      "vzdump --all",
      "pct create 100 local:vztmpl/x.tar.zst",
      "pveam download local debian-12-standard_12.12-1_amd64.tar.zst",
    ]) {
      expect(await shellLine(lab, "pve1", line), line).toMatchObject({
        exit: 1,
        output: expect.stringMatching(/is not modelled/),
      });
    }
  });

  it("tell a job that somebody wrote into replication.cfg, and not how it went", async () => {
    const lab = freshLab(1);
    await shellLine(lab, "pve1", "printf 'local: 100-0\\n\\ttarget pve2\\n\\trate 10\\n' > /etc/pve/replication.cfg");
    expect((await shellLine(lab, "pve1", "pvesr list")).output.split("\n")[1]).toBe(
      "100-0                local/pve2                 */15    10      yes",
    );
    expect((await shellLine(lab, "pve1", "pvesr status")).exit).toBe(1);
    expect((await shellLine(lab, "pve1", "pvesr read 100-0")).output).toContain("not modelled");
  });
});

describe("pve-firewall", () => {
  it("is disabled until cluster.fw says otherwise, and stopped with its unit", async () => {
    const lab = freshLab(1);
    const status = async () => (await shellLine(lab, "pve1", "pve-firewall status")).output;
    expect(await status()).toBe("Status: disabled/running\n");
    await shellLine(lab, "pve1", "printf '[OPTIONS]\\nenable: 1\\n' > /etc/pve/firewall/cluster.fw");
    expect(await status()).toBe("Status: enabled/running\n");
    await shellLine(lab, "pve1", "pve-firewall stop");
    expect(await status()).toBe("Status: enabled/stopped\n");
  });

  it("shows the network and whom corosync may come from", async () => {
    const alone = await shellLine(freshLab(1), "pve1", "pve-firewall localnet");
    expect(alone.output).toMatch(
      /^local hostname: pve1\nlocal IP address: ([\d.]+)\.11\nnetwork auto detect: \1\.0\/24\nusing detected local_network: \1\.0\/24\n$/,
    );
    const both = await shellLine(clusterOf(2), "pve1", "pve-firewall localnet");
    expect(both.output).toMatch(/\n\naccepting corosync traffic from\/to:\n - pve2: [\d.]+\.12 \(link: 0\)\n$/);
  });
});

describe("a daemon's own command", () => {
  it("asks its unit, and lists its verbs when it is given none", async () => {
    const lab = freshLab(1);
    expect(await shellLine(lab, "pve1", "pveproxy status")).toEqual({ output: "running\n", exit: 0 });
    expect(await shellLine(lab, "pve1", "pveproxy")).toEqual({
      output:
        "ERROR: no command specified\nUSAGE: pveproxy <COMMAND> [ARGS] [OPTIONS]\n\n       pveproxy help [<extra-args>] [OPTIONS]\n\n       pveproxy restart \n       pveproxy start  [OPTIONS]\n       pveproxy status \n       pveproxy stop \n",
      exit: 255,
    });
  });
});
