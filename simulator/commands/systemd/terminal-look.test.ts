import { describe, expect, it } from "vitest";
import { createCluster, freshLab } from "../../cluster/testing/lab-steps.ts";
import { createFakeLab } from "../../shell/testing/fake-lab.ts";
import { openShell } from "../../shell/testing/open-shell.ts";
import { ellipsized } from "./terminal-look.ts";

function shellOf(columns: number) {
  const state = freshLab(1);
  createCluster(state, "pve1", "lab");
  return openShell({ lab: createFakeLab(state), columns });
}

describe("systemd's programs at a terminal", () => {
  it("keep a status open in less when a line is wider than the screen, and go back to the prompt with q", async () => {
    const shell = shellOf(60);
    await shell.type("systemctl status pve-cluster; echo over $?\r");
    await shell.shows("Loaded: loaded (/lib/systemd/system/pve-cluster.servic>\n");
    await shell.shows("(END)");
    expect(shell.screen()).not.toContain("over 0");
    await shell.type("\x1b[C");
    await shell.shows("ter.service; enabled; preset: enabled)\n");
    await shell.type("q");
    await shell.shows("over 0");
  });

  it("print a status that fits, and leave the screen as it is", async () => {
    const shell = shellOf(200);
    await shell.type("systemctl status cron; echo over $?\r");
    await shell.shows("over 0");
    expect(shell.raw()).toContain("\x1b[0;1;32m●\x1b[0m cron.service");
    expect(shell.raw()).toContain("Active: \x1b[0;1;32mactive (running)\x1b[0m since");
    expect(shell.raw()).not.toMatch(/\x1b\[\?1049h|\x1b\[2J/);
  });

  it.each(["systemctl list-units --no-pager", "SYSTEMD_PAGER= systemctl list-units", "PAGER=cat systemctl list-units"])(
    "shorten what has no pager to the screen: %s",
    async (command) => {
      const shell = shellOf(70);
      await shell.type(`${command}; echo over $?\r`);
      await shell.shows("over 0");
      const lines = shell
        .screen()
        .split("\n")
        .filter((line) => line.includes(".service"));
      expect(lines.some((line) => line.includes("…"))).toBe(true);
      expect(lines.filter((line) => line.length > 70)).toEqual([]);
    },
  );

  it("have neither pager nor colours in a pipe", async () => {
    const shell = shellOf(40);
    await shell.type("systemctl status pve-cluster | cat -A | head -1; systemctl list-units | tail -1\r");
    await shell.shows("pve-cluster.service - The Proxmox VE cluster filesystem$\n");
    await shell.shows("'systemctl list-unit-files'.\n");
    expect(shell.screen()).not.toContain("\x1b[0;1;32m");
  });

  it("say when lines of a status were shortened, and do not with -l", async () => {
    const shell = shellOf(60);
    await shell.type("systemctl status pve-cluster --no-pager\r");
    await shell.shows("Hint: Some lines were ellipsized, use -l to show in full.\n");
    await shell.type("systemctl status pve-cluster --no-pager -l > /dev/tty; echo over\r");
    await shell.shows("over\n");
    expect(shell.screen().match(/Hint:/g)).toHaveLength(1);
  });

  it("put the dots where systemd puts them", () => {
    expect(ellipsized("0123456789", 10)).toBe("0123456789");
    expect(ellipsized("0123456789", 6)).toBe("01234…");
    expect(ellipsized("0123456789012345678901234", 11, 90)).toBe("012345678…4");
  });
});
