import { describe, expect, it } from "vitest";
import { UNIT_NAMES, UNITS } from "../../cluster/services/units.ts";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, createCluster, freshLab, run } from "../../cluster/testing/lab-steps.ts";
import { Terminated } from "../../shell/process.ts";
import { fastPort, runProgram } from "../testing/run-program.ts";
import { journalctl } from "./journalctl.ts";
import { systemctl } from "./systemctl.ts";
import { startCommand } from "./unit-commands.ts";
import { settingsOf } from "./unit-file-contents.ts";

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

  it("shows the files of units as their packages have them", async () => {
    const lab = freshLab(1);
    const { stdout, status } = await ctl(lab, "pve1", "cat pve-cluster corosync");
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^# \/lib\/systemd\/system\/pve-cluster\.service\n\[Unit\]\nDescription=The Proxmox VE cluster filesystem\n/,
    );
    expect(stdout).toContain("\nBefore=corosync.service\n");
    expect(stdout).toContain("WantedBy=multi-user.target\n\n# /lib/systemd/system/corosync.service\n[Unit]\n");
    expect(stdout).toContain("\nExecStop=/usr/sbin/corosync-cfgtool -H --force\n");
    for (const unit of UNIT_NAMES) {
      expect(settingsOf(unit, "Description")).toEqual([UNITS[unit].description]);
      expect(startCommand(unit)).toMatch(/^\//);
      expect(UNITS[unit].restarts).toBe(/^(?:on-failure|always)$/.test(settingsOf(unit, "Restart")[0] ?? "no"));
    }
    expect(await ctl(lab, "pve1", "cat nginx")).toMatchObject({
      status: 1,
      stderr: "No files found for nginx.service.\n",
    });
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

  it("lists timers, sockets, unit files and dependencies, each by its pattern", async () => {
    const lab = clusterOf(2);
    const timers = (await ctl(lab, "pve1", "list-timers")).stdout;
    expect(timers).toMatch(/^NEXT +LEFT +LAST +PASSED +UNIT +ACTIVATES\nMon 2026-11-23 00:15:00 UTC \dmin \S+ left/);
    expect(timers).toMatch(/\n\n9 timers listed\.\nPass --all to see loaded but inactive timers, too\.\n$/);
    expect((await ctl(lab, "pve1", "list-sockets rpcbind*")).stdout.match(/rpcbind\.socket/g)).toHaveLength(3);
    expect((await ctl(lab, "pve1", "list-unit-files corosync* --no-legend")).stdout).toBe(
      "corosync-notifyd.service disabled enabled\ncorosync-qdevice.service disabled enabled\ncorosync.service         enabled  enabled\n",
    );
    const tree = (await ctl(lab, "pve1", "list-dependencies")).stdout;
    expect(tree).toMatch(/^default\.target\n○? *●? *└─multi-user\.target\n/);
    expect(tree).toContain("●   ├─corosync.service\n");
    expect((await ctl(lab, "pve1", "list-units --type=mount --no-legend")).stdout).toContain("/etc/pve\n");
    expect((await ctl(lab, "pve1", "list-units --type=foo")).stderr).toBe(
      "Unknown unit type or load state 'foo'.\nUse -t help to see a list of allowed values.\n",
    );
  });

  it("starts again what failed where the unit's file says so", async () => {
    const lab = freshLab(1);
    for (const unit of ["pveproxy", "pvestatd"]) await ctl(lab, "pve1", `kill -s SIGKILL ${unit}`);
    run(lab, 5_000);
    expect((await ctl(lab, "pve1", "is-active pveproxy pvestatd")).stdout).toBe("active\nfailed\n");
    expect((await ctl(lab, "pve1", "show -p Restart --value pvestatd")).stdout).toBe("no\n");
    expect((await journal(lab, "pve1", "-u", "pvestatd")).stdout).not.toContain("Scheduled restart job");
  });

  it("kills a unit's process, tells of the failure as recorded, and forgets it on reset-failed", async () => {
    const lab = clusterOf(2);
    expect((await ctl(lab, "pve2", "kill -s SIGKILL corosync")).status).toBe(0);
    run(lab, 500);
    const seen = (await ctl(lab, "pve2", "status corosync")).stdout;
    expect(seen).toMatch(
      /Active: failed \(Result: signal\) since .*\n {3}Duration: [\d.]+s\n {7}Docs: man:corosync\n(?:.*\n){2} {4}Process: (\d+) ExecStart=\/usr\/sbin\/corosync -f \$COROSYNC_OPTIONS \(code=killed, signal=KILL\)\n {3}Main PID: \1 \(code=killed, signal=KILL\)\n {8}CPU: /,
    );
    expect((await ctl(lab, "pve2", "--failed --no-legend")).stdout).toMatch(
      /^● corosync\.service loaded failed failed /,
    );
    expect((await ctl(lab, "pve2", "is-system-running")).stdout).toBe("degraded\n");
    expect((await ctl(lab, "pve2", "reset-failed")).status).toBe(0);
    expect(await ctl(lab, "pve2", "is-failed corosync")).toMatchObject({ stdout: "inactive\n", status: 1 });
    expect((await ctl(lab, "pve2", "kill nosuch")).stderr).toBe(
      "Failed to kill unit nosuch.service: Unit nosuch.service not loaded.\n",
    );
    expect((await ctl(lab, "pve2", "kill -s FOO corosync")).stderr).toBe('Failed to parse signal string "FOO".\n');
  });

  it("shows several units with as many lines as asked for, and keeps its hands off units beside the model's", async () => {
    const lab = clusterOf(2);
    const seen = await ctl(lab, "pve1", "status -n 1 --no-pager corosync pvestatd nosuch");
    expect(seen.stdout.match(/^\w{3} \d\d \d\d:\d\d:\d\d pve1 /gm)).toHaveLength(2);
    expect(seen).toMatchObject({ status: 4, stderr: "Unit nosuch.service could not be found.\n" });
    expect((await ctl(lab, "pve1", "status -n x corosync")).stderr).toBe("Failed to parse lines 'x'\n");
    expect((await ctl(lab, "pve1", "restart dbus")).stderr).toBe(
      "systemctl: 'restart dbus.service' is not modelled in this simulated node yet (see fidelity page)\n",
    );
    expect((await ctl(lab, "pve1", "start chrony")).status).toBe(0);
    expect((await ctl(lab, "pve1", "edit corosync")).stderr).toBe("Cannot edit units if not on a tty.\n");
    expect(await ctl(lab, "pve1", "is-enabled nosuch")).toMatchObject({
      status: 1,
      stderr: "Failed to get unit file state for nosuch.service: No such file or directory\n",
    });
    expect((await ctl(lab, "pve1", "show -P Version")).stdout).toMatch(/^252\./);
    expect((await ctl(lab, "pve1", "-p")).stderr).toBe("systemctl: option requires an argument -- 'p'\n");
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
    expect((await journal(lab, "pve1", "-p", "err..loud")).stderr).toBe("Failed to parse log level range err..loud\n");
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
    expect(json).toMatchObject({
      _SYSTEMD_UNIT: "init.scope",
      UNIT: "pveproxy.service",
      SYSLOG_IDENTIFIER: "systemd",
      _PID: "1",
    });
    expect((await journal(lab, "pve1", "-n1", "-o", "short-iso")).stdout).toMatch(/^2026-11-23T[\d:]+\+0000 pve1 /);
    expect((await journal(lab, "pve1", "-g", "started pvestatd", "-n1", "-o", "cat")).stdout).toContain(
      "Started pvestatd",
    );
    expect((await journal(lab, "pve1", "-o", "nosuch")).stderr).toBe("Unknown output format 'nosuch'.\n");
  });

  it("prints every form of -o as systemd 252 does", async () => {
    const lab = freshLab(1);
    const at = { node: "pve1", identifier: "mine", pid: 7, priority: 4 };
    act(lab, "journal/write", { ...at, text: "one" });
    run(lab, 1_500);
    act(lab, "journal/write", { ...at, text: "two" });
    const last = async (format: string) => (await journal(lab, "pve1", "-t", "mine", "-o", format)).stdout;
    expect(await last("short-delta")).toMatch(
      /^\[ {2}\d{3}\.\d{6} {16}\] pve1 mine\[7\]: one\n\[.* < {4}1\.500000 >\] pve1/,
    );
    expect(await last("short-iso-precise")).toMatch(/T\d\d:\d\d:\d\d\.\d{6}\+0000 pve1 mine\[7\]: two\n$/);
    expect(await last("json-pretty")).toMatch(/^\{\n\t"__CURSOR" : "s=.*",\n(?:\t"\w+" : ".*",?\n)+\}\n\{\n/);
    expect(await last("export")).toMatch(/^__CURSOR=s=.*\n__REALTIME_TIMESTAMP=\d{16}\n(?:\w+=.*\n)+\n__CURSOR=/);
    expect(await last("json-sse")).toMatch(/^data: \{.*\}\n\ndata: \{.*\}\n\n$/);
    expect(await last("verbose")).toMatch(/\.\d{6} UTC \[s=\w{32};i=\w+;b=\w{32};m=\w+;t=\w+;x=\w{16}\]\n {4}\w+=/);
    expect((await journal(lab, "pve1", "-u", "cron", "-n1", "-o", "with-unit")).stdout).toContain(" init.scope[1]: ");
    expect((await journal(lab, "pve1", "-t", "mine", "-o", "json", "--output-fields=MESSAGE")).stdout).toMatch(
      /^\{"__CURSOR":"[^"]+","__REALTIME_TIMESTAMP":"\d+","__MONOTONIC_TIMESTAMP":"\d+","_BOOT_ID":"\w+","MESSAGE":"one"\}\n/,
    );
  });

  it("marks where a boot begins, knows boots by id, and has what the kernel said at its start", async () => {
    const lab = freshLab(1);
    expect((await journal(lab, "pve1", "-b", "-1")).stderr).toBe(
      "Data from the specified boot (-1) is not available: No such boot ID in journal\n",
    );
    act(lab, "power/shutdown", { node: "pve1", reboot: true, delayMs: 0 });
    run(lab, 60_000);
    const ids = [...(await journal(lab, "pve1", "--list-boots")).stdout.matchAll(/\w{32}/g)].map(([id]) => id);
    expect((await journal(lab, "pve1")).stdout.match(/^-- Boot (\w{32}) --$/m)?.[1]).toBe(ids[1]);
    expect((await journal(lab, "pve1", "-q")).stdout).not.toContain("-- Boot");
    expect((await journal(lab, "pve1", "-b", ids[0]!, "-n1", "-o", "cat")).stdout).toBe("Journal stopped\n");
    expect((await journal(lab, "pve1", "-b", ids[1]!, "-o", "cat")).stdout).toMatch(/^Linux version/);
    const kernel = (await journal(lab, "pve1", "-k", "-o", "cat")).stdout;
    expect(kernel).toContain("softdog: initialized");
    expect(kernel.match(/Linux version/g)).toHaveLength(1);
  });

  it("explains, lists fields, takes matches and cursors, and refuses as journalctl does", async () => {
    const lab = freshLab(1);
    const explained = (await journal(lab, "pve1", "-xu", "cron", "--no-pager")).stdout;
    expect(explained).toMatch(
      /Started cron\.service .*\n░░ Subject: A start job for unit cron\.service has finished successfully\n░░ Defined-By: systemd\n/,
    );
    expect(new Set(explained.match(/The job identifier is \d+/g)).size).toBe(1);
    expect((await journal(lab, "pve1", "-F", "_SYSTEMD_UNIT")).stdout.split("\n")).toContain("pve-cluster.service");
    expect((await journal(lab, "pve1", "-N")).stdout.split("\n")).toContain("SYSLOG_IDENTIFIER");
    const matched = (
      await journal(lab, "pve1", "_PID=1", "UNIT=cron.service", "+", "SYSLOG_IDENTIFIER=none", "-o", "cat")
    ).stdout;
    expect(matched.split("\n")).toHaveLength(3);
    const cursor = /-- cursor: (.*)\n/.exec((await journal(lab, "pve1", "-n1", "--show-cursor")).stdout)![1]!;
    act(lab, "journal/write", { node: "pve1", identifier: "x", pid: 0, priority: 6, text: "later" });
    expect((await journal(lab, "pve1", "--after-cursor", cursor, "-o", "cat")).stdout).toBe("later\n");
    const refusal = async (...args: string[]) => (await journal(lab, "pve1", ...args)).stderr;
    expect(await refusal("-g", "(")).toBe('Bad pattern "(": missing closing parenthesis\n');
    expect(await refusal("-n", "x")).toBe("Failed to add match 'x': Invalid argument\n");
    expect(await refusal("--lines=x")).toBe("Failed to parse lines 'x'\n");
    expect(await refusal("-p", "3..")).toBe("Failed to parse log level range 3..\n");
    expect(await refusal("--facility=x")).toBe('Bad --facility= argument "x".\n');
    expect(await refusal("-y")).toBe("journalctl: invalid option -- 'y'\n");
    expect(await refusal("--foo")).toBe("journalctl: unrecognized option '--foo'\n");
    expect(await refusal("-F")).toBe("journalctl: option requires an argument -- 'F'\n");
    expect(await refusal("-S", "00:06", "-U", "00:05")).toBe("--since= must be before --until=.\n");
    expect(await journal(lab, "pve1", "-g", "nosuchthing")).toMatchObject({ status: 1, stdout: "-- No entries --\n" });
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
