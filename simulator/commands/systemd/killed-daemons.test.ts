/** Daemons that are killed or made to stand still by hand: what systemd makes of it, and who waits. */
import { describe, expect, it } from "vitest";
import { clusterOf, freshLab, run } from "../../cluster/testing/lab-steps.ts";
import { shellLine } from "../testing/shell-line.ts";

type Lab = Parameters<typeof shellLine>[0];
const on = (lab: Lab, node: string) => async (line: string) => (await shellLine(lab, node, line)).output;
const KILL = "kill -9 $(pidof pmxcfs)";

describe("pmxcfs that is killed", () => {
  it("leaves a mount that nobody gets through until systemd has started it again", async () => {
    const typed = on(freshLab(1), "pve1");
    const refused = "Transport endpoint is not connected\n";
    expect(
      await typed(`${KILL}; sleep 0.05; ls /etc/pve; cat /etc/pve/storage.cfg; systemctl is-active pve-cluster`),
    ).toBe(`ls: cannot access '/etc/pve': ${refused}cat: /etc/pve/storage.cfg: ${refused}activating\n`);
    expect(await typed("echo x > /etc/pve/x; sleep 3; systemctl is-active pve-cluster; ls /etc/pve/x")).toBe(
      `bash: line 1: /etc/pve/x: ${refused}active\nls: cannot access '/etc/pve/x': No such file or directory\n`,
    );
    expect(await typed("journalctl -u pve-cluster -o cat -n 20 | grep -v '^\\['")).toContain(
      [
        "pve-cluster.service: Main process exited, code=killed, status=9/KILL",
        "pve-cluster.service: Failed with result 'signal'.",
        "pve-cluster.service: Scheduled restart job, restart counter is at 1.",
        "Stopped pve-cluster.service - The Proxmox VE cluster filesystem.",
        "Starting pve-cluster.service - The Proxmox VE cluster filesystem...",
        "Started pve-cluster.service - The Proxmox VE cluster filesystem.\n",
      ].join("\n"),
    );
  });

  it("stays failed when that happens too often, its mount as dead as before, until it is started by hand", async () => {
    const typed = on(freshLab(1), "pve1");
    // The start of the boot is long ago: five starts by systemd are let through.
    await typed(`for i in 1 2 3 4 5 6; do ${KILL}; sleep 1.5; done`);
    expect(await typed("systemctl is-active pve-cluster; ls /etc/pve")).toBe(
      "failed\nls: cannot access '/etc/pve': Transport endpoint is not connected\n",
    );
    expect(await typed("journalctl -u pve-cluster -o cat -n 5")).toBe(
      [
        "pve-cluster.service: Scheduled restart job, restart counter is at 6.",
        "Stopped pve-cluster.service - The Proxmox VE cluster filesystem.",
        "pve-cluster.service: Start request repeated too quickly.",
        "pve-cluster.service: Failed with result 'signal'.",
        "Failed to start pve-cluster.service - The Proxmox VE cluster filesystem.\n",
      ].join("\n"),
    );
    expect(await typed("systemctl reset-failed pve-cluster; systemctl start pve-cluster; ls /etc/pve/local/")).toMatch(
      /^lxc\n/,
    );
    await typed(`sleep 11; ${KILL}; sleep 3`);
    expect(await typed("systemctl show pve-cluster -p NRestarts --value")).toBe("1\n");
    expect(await typed("journalctl -u pve-cluster -o cat | grep Scheduled | tail -1")).toBe(
      "pve-cluster.service: Scheduled restart job, restart counter is at 1.\n",
    );
  });
});

describe("pmxcfs that stands still", () => {
  it("makes everybody wait who needs it, and goes on where it was; the others write on", async () => {
    const lab = clusterOf(3);
    run(lab, 10_000);
    const typed = on(lab, "pve2");
    await typed("kill -STOP $(pidof pmxcfs)");
    expect(await typed("timeout 2 qm list; echo $?; systemctl is-active pve-cluster")).toBe("124\nactive\n");
    expect(await typed("ps -C pmxcfs -o stat= | cut -c 1")).toBe("T\n");
    expect(await on(lab, "pve1")("echo meanwhile > /etc/pve/f; cat /etc/pve/f")).toBe("meanwhile\n");
    expect(await typed("kill -CONT $(pidof pmxcfs); sleep 1; cat /etc/pve/f")).toBe("meanwhile\n");
    expect(await typed("qm list; echo $?")).toBe("0\n");
  });
});

it("pvestatd says that it starts, as recorded, and that it ends", async () => {
  const typed = on(freshLab(1), "pve1");
  await typed("systemctl restart pvestatd");
  expect(await typed("journalctl -u pvestatd -n 8 -o cat")).toBe(
    [
      "Stopping pvestatd.service - PVE Status Daemon...",
      "received signal TERM",
      "server closing",
      "server stopped",
      "pvestatd.service: Deactivated successfully.",
      "Stopped pvestatd.service - PVE Status Daemon.",
      "Starting pvestatd.service - PVE Status Daemon...",
      "starting server",
      "Started pvestatd.service - PVE Status Daemon.\n",
    ]
      .slice(1)
      .join("\n"),
  );
});

it("the API's servers go on with their workers when their main process stands still", async () => {
  const lab = freshLab(1);
  const typed = on(lab, "pve1");
  await typed("kill -STOP $(pidof pveproxy) $(pidof pvedaemon)");
  expect(await typed("ss -tln | grep -c :8006; systemctl is-active pveproxy")).toBe("1\nactive\n");
});
