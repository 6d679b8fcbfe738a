import { describe, expect, it } from "vitest";
import { clusterOf } from "../../cluster/testing/lab-steps.ts";
import { allCommands } from "../commands.ts";
import { runProgram } from "../testing/run-program.ts";
import { shellLine } from "../testing/shell-line.ts";

const tool = (lab: Parameters<typeof runProgram>[0], line: string) => {
  const argv = line.split(" ");
  return runProgram(lab, "pve1", allCommands[argv[0]!]!.program, argv);
};

describe("ps", () => {
  it("knows procps' fields and refuses others as it does", async () => {
    const lab = clusterOf(2);
    const { pid } = lab.nodes.pve1!.corosync.daemon!;
    expect((await tool(lab, "ps -C corosync -o pid=,comm=,nlwp=,cls=,unit=")).stdout).toBe(
      `${String(pid).padStart(7)} corosync           9  RR corosync.service\n`,
    );
    expect((await tool(lab, "ps -o uid,pid,comm -p 1")).stdout).toBe("  UID     PID COMMAND\n    0       1 systemd\n");
    expect((await tool(lab, "ps -l")).stdout).toMatch(/^F S {3}UID {5}PID {4}PPID {2}C {1,2}PRI {2}NI ADDR /);
    for (const [line, fault] of [
      ["ps -eo pid,foo", 'unknown user-defined format specifier "foo"'],
      ["ps -p x", "process ID list syntax error"],
      ["ps aux --sort=foo", "unknown sort specifier"],
      ["ps --frobnicate", "unknown gnu long option"],
    ] as const)
      expect(await tool(lab, line), line).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(`^error: ${fault}\n\nUsage:\n ps `),
      });
  });
});

describe("pgrep, pidof, killall and pstree", () => {
  it("choose by age, user and parent, and refuse as the real ones", async () => {
    const lab = clusterOf(2);
    const names = async (line: string) => (await tool(lab, line)).stdout.trim();
    expect(await names("pgrep -o -l pve")).toMatch(/^\d+ pve-firewall$/);
    expect(await names("pgrep -n -l corosync")).toMatch(/^\d+ corosync$/);
    expect(await names("pgrep -d, -u www-data")).toMatch(/^\d+,\d+$/);
    expect(await names("pgrep -c -P 1 pve-ha")).toBe("2");
    expect(await tool(lab, "pgrep -u nosuch")).toMatchObject({
      status: 2,
      stderr: "pgrep: invalid user name: nosuch\n",
    });
    expect((await tool(lab, "pkill")).stderr).toBe(
      "pkill: no matching criteria specified\nTry `pkill --help' for more information.\n",
    );
    expect((await tool(lab, "killall nosuch none")).stderr).toBe("nosuch: no process found\nnone: no process found\n");
    expect(await names("pidof -s pmxcfs")).toBe(String(lab.nodes.pve1!.pmxcfs.pid));
  });

  it("draws the tree in plain signs where there is no terminal, and puts equal branches together", async () => {
    const lab = clusterOf(2);
    const tree = (await shellLine(lab, "pve1", "pstree | cat | cat")).output;
    expect(tree).toMatch(/^systemd-\+-bash-\+-2\*\[cat\]\n {8}\| {6}`-pstree\n {8}\|-corosync\n/);
    expect(tree).toMatch(/\n {8}`-watchdog-mux\n$/);
    expect((await tool(lab, "pstree -p")).stdout).toContain(`-+-corosync(${lab.nodes.pve1!.corosync.daemon!.pid})\n`);
    expect((await tool(lab, "pstree nosuch")).stderr).toBe("No such user name: nosuch\n");
  });
});
