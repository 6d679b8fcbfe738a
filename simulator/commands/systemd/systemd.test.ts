import { describe, expect, it } from "vitest";
import { act } from "../../cluster/kernel.ts";
import type { LabState } from "../../cluster/state.ts";
import { clusterOf, createCluster, freshLab, run } from "../../cluster/testing/lab-steps.ts";
import { Terminated } from "../../shell/process.ts";
import { fastPort, runProgram } from "../testing/run-program.ts";
import { journalctl } from "./journalctl.ts";
import { systemctl } from "./systemctl.ts";

const ctl = (lab: LabState, node: string, line: string) =>
  runProgram(lab, node, systemctl, ["systemctl", ...line.split(" ")]);
const journal = (lab: LabState, node: string, ...args: string[]) =>
  runProgram(lab, node, journalctl, ["journalctl", ...args]);

describe("systemctl", () => {
  it("tells a unit that runs from one whose condition failed and one that is not there", async () => {
    const lab = freshLab(1);
    expect(await ctl(lab, "pve1", "is-active corosync pve-cluster")).toMatchObject({
      stdout: "inactive\nactive\n",
      status: 0,
    });
    expect(await ctl(lab, "pve1", "is-active corosync")).toMatchObject({ status: 3 });
    const down = await ctl(lab, "pve1", "status corosync --no-pager");
    expect(down.status).toBe(3);
    expect(down.stdout).toMatch(
      /^○ corosync\.service - Corosync Cluster Engine\n {5}Loaded: loaded .*\n {5}Active: inactive \(dead\)\n/,
    );
    expect(down.stdout).toContain("└─ ConditionPathExists=/etc/corosync/corosync.conf was not met\n");
    createCluster(lab, "pve1", "lab");
    const up = await ctl(lab, "pve1", "status corosync");
    expect(up.status).toBe(0);
    expect(up.stdout).toMatch(/\n {5}Active: active \(running\) since \w{3} 2026-11-23 [\d:]+ UTC; \w+ ago\n/);
    expect(await ctl(lab, "pve1", "status nginx")).toMatchObject({
      status: 4,
      stderr: "Unit nginx.service could not be found.\n",
    });
  });

  it("stops corosync, waits until it is gone, and starts it again", async () => {
    const lab = clusterOf(3);
    expect((await ctl(lab, "pve3", "stop corosync")).status).toBe(0);
    expect(lab.nodes.pve3!.corosync.daemon).toBeNull();
    run(lab, 3_000);
    expect(lab.nodes.pve1!.corosync.daemon!.votequorum.members).toHaveLength(2);
    expect((await ctl(lab, "pve3", "start corosync")).status).toBe(0);
    run(lab, 10_000);
    expect(lab.nodes.pve1!.corosync.daemon!.votequorum.members).toHaveLength(3);
  });

  it("says which verbs are not modelled, and which are none", async () => {
    const lab = freshLab(1);
    expect((await ctl(lab, "pve1", "isolate rescue")).stderr).toBe(
      "systemctl: 'isolate' is not modelled in this simulated node yet (see fidelity page)\n",
    );
    expect((await ctl(lab, "pve1", "frobnicate")).stderr).toBe("Unknown command verb frobnicate.\n");
  });

  it("masks a unit, which then refuses to start, and shows it", async () => {
    const lab = freshLab(1);
    expect((await ctl(lab, "pve1", "mask --now pvestatd")).stderr).toBe(
      "Created symlink /etc/systemd/system/pvestatd.service → /dev/null.\n",
    );
    expect((await ctl(lab, "pve1", "start pvestatd")).stderr).toBe(
      "Failed to start pvestatd.service: Unit pvestatd.service is masked.\n",
    );
    expect((await ctl(lab, "pve1", "is-enabled pvestatd")).stdout).toBe("masked\n");
    expect((await ctl(lab, "pve1", "show -p ActiveState --value pvestatd")).stdout).toBe("inactive\n");
    expect((await ctl(lab, "pve1", "cat corosync")).stdout).toContain(
      "ConditionPathExists=/etc/corosync/corosync.conf\n",
    );
  });

  it("reboots the node", async () => {
    const lab = freshLab(1);
    expect(await ctl(lab, "pve1", "reboot")).toMatchObject({ status: 0 });
    run(lab, 40_000);
    expect(lab.nodes.pve1!.bootCount).toBe(2);
  });

  it("tells of a start that failed", async () => {
    const lab = clusterOf(2);
    await ctl(lab, "pve2", "stop corosync");
    act(lab, "files/change", {
      node: "pve2",
      change: { op: "write", path: "/etc/corosync/corosync.conf", content: "}\n" },
    });
    const seen = await ctl(lab, "pve2", "start corosync");
    expect(seen.status).toBe(1);
    expect(seen.stderr).toMatch(/^Job for corosync\.service failed because/);
    expect((await ctl(lab, "pve2", "status corosync")).stdout).toMatch(/^× corosync\.service/);
  });
});

describe("journalctl", () => {
  it("shows a unit's last lines as recorded", async () => {
    const lab = freshLab(1);
    createCluster(lab, "pve1", "lab");
    const seen = await journal(lab, "pve1", "--no-pager", "-u", "pve-cluster", "-n", "2");
    const pid = lab.nodes.pve1!.pmxcfs.pid;
    expect(seen.stdout).toMatch(
      new RegExp(
        `^Nov 23 00:05:\\d\\d pve1 pmxcfs\\[${pid}\\]: \\[status\\] notice: members: 1/${pid}\nNov 23 00:05:\\d\\d pve1 pmxcfs\\[${pid}\\]: \\[status\\] notice: all data is up to date\n$`,
      ),
    );
  });

  it("selects by time and priority, and says when there is nothing", async () => {
    const lab = freshLab(1);
    createCluster(lab, "pve1", "lab");
    const crit = await journal(lab, "pve1", "-p", "crit", "-u", "pve-cluster");
    expect(crit.stdout.split("\n")).toHaveLength(9);
    expect(crit.stdout).toContain("[quorum] crit: quorum_initialize failed: 2");
    run(lab, 600_000);
    expect((await journal(lab, "pve1", "--since", "5 min ago")).stdout).toBe("-- No entries --\n");
    expect((await journal(lab, "pve1", "--since=1 hour ago", "-u", "corosync.service")).stdout).toContain("TOTEM");
    const now = Math.floor((lab.nowMs + lab.wallOffsetMs) / 1_000);
    expect((await journal(lab, "pve1", "--since", `@${now - 300}`)).stdout).toBe("-- No entries --\n");
    expect((await journal(lab, "pve1", "--since", `@${now - 3_600}`, "-u", "corosync")).stdout).toContain("TOTEM");
    expect((await journal(lab, "pve1", "--since", "soonish")).stderr).toBe("Failed to parse timestamp: soonish\n");
  });

  it("takes a range of priorities, leaves the node's name out, and lists the units that are asked for", async () => {
    const lab = freshLab(1);
    const write = { node: "pve1", identifier: "mine", pid: 0 };
    act(lab, "journal/write", { ...write, priority: 3, text: "bad" });
    act(lab, "journal/write", { ...write, priority: 5, text: "so so" });
    expect((await journal(lab, "pve1", "-t", "mine", "-p", "warning..notice", "-o", "cat")).stdout).toBe("so so\n");
    expect((await journal(lab, "pve1", "-t", "mine", "-p", "3", "--no-hostname")).stdout).toMatch(/\d\d mine: bad\n$/);
    expect((await journal(lab, "pve1", "-p", "err..loud")).stderr).toBe("Unknown log level err..loud\n");
    const units = (await ctl(lab, "pve1", "list-units pve-ha-* --all")).stdout;
    expect(units.match(/[\w-]+\.service/g)).toEqual(["pve-ha-crm.service", "pve-ha-lrm.service"]);
  });

  it("tells boots apart, and prints in the forms that -o names", async () => {
    const lab = freshLab(1);
    act(lab, "power/shutdown", { node: "pve1", reboot: true, delayMs: 0 });
    run(lab, 60_000);
    const before = await journal(lab, "pve1", "-b", "-1", "-n", "1", "-o", "cat");
    expect(before.stdout).toBe("Journal stopped\n");
    expect((await journal(lab, "pve1", "-b", "-o", "cat")).stdout).toMatch(/^Linux version /);
    expect((await journal(lab, "pve1", "--list-boots")).stdout).toMatch(/^IDX .*\n -1 \w{32} .*\n {2}0 \w{32} /);
    const json = JSON.parse((await journal(lab, "pve1", "-u", "pveproxy", "-n1", "-o", "json")).stdout) as Record<
      string,
      string
    >;
    expect(json).toMatchObject({ _SYSTEMD_UNIT: "pveproxy.service", SYSLOG_IDENTIFIER: "systemd", _PID: "1" });
    expect((await journal(lab, "pve1", "-n1", "-o", "short-iso")).stdout).toMatch(/^2026-11-23T[\d:]+\+0000 pve1 /);
    expect((await journal(lab, "pve1", "-g", "started pvestatd", "-n1", "-o", "cat")).stdout).toContain(
      "Started pvestatd",
    );
    expect((await journal(lab, "pve1", "-o", "nosuch")).stderr).toBe("Unknown output format 'nosuch'.\n");
  });

  it("follows until it is ended", async () => {
    const lab = clusterOf(2);
    const stop = new AbortController();
    const port = fastPort(lab);
    let turns = 0;
    const following = runProgram(lab, "pve1", journalctl, ["journalctl", "-f", "-n0", "-u", "pve-cluster"], {
      port: {
        ...port,
        until: async (condition, options) => {
          turns += 1;
          if (turns === 1) {
            act(lab, "power/set", { node: "pve2", state: "off" });
            return port.until(condition, options);
          }
          if (lab.nodes.pve1!.pmxcfs.quorate) return port.until(condition, options);
          throw new Terminated("SIGINT");
        },
      },
      signal: stop.signal,
    });
    await expect(following).rejects.toThrow(Terminated);
    expect(turns).toBeGreaterThan(1);
  });
});
