/** The host of corosync-qnetd: reached from a node by ssh, and what its tools say of the clusters that ask it. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { votequorumStatus } from "../../cluster/corosync/view.ts";
import { toPresentFormat } from "../../cluster/saved-format.ts";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, ROOT_PASSWORD, run, runUntil, setPaths } from "../../cluster/testing/lab-steps.ts";
import { allCommands } from "../commands.ts";
import { recorded } from "../testing/recorded.ts";
import { runProgram } from "../testing/run-program.ts";
import { qnetdLine, shellLine } from "../testing/shell-line.ts";
import { qnetdPrograms } from "./qnetd-programs.ts";

const QNETD = "10.99.7.14";
/** A cluster of two with its device, as the last version that saved format 1 left it. */
const OLD_LAB = new URL("../../recordings/corosync/device-lab-format-1.json.gz", import.meta.url);

async function withDevice(nodes: number): Promise<LabState> {
  const lab = clusterOf(nodes);
  act(lab, "corosync/qnetd", { address: QNETD });
  lab.qnetd!.rootPassword = ROOT_PASSWORD;
  const argv = ["pvecm", "qdevice", "setup", QNETD, "--force"];
  await runProgram(lab, "pve1", allCommands.pvecm!.program, argv, { keys: `yes\r${ROOT_PASSWORD}\r` });
  run(lab, 3_000);
  return lab;
}

const said = async (lab: LabState, line: string) => (await qnetdLine(lab, line)).output;

describe("with the device of three nodes", () => {
  let before: LabState;
  beforeAll(async () => {
    before = await withDevice(3);
  });
  const fresh = () => structuredClone(before);

  it("lists what was recorded", async () => {
    const { output } = recorded(
      "../guests/41-qdevice-status.txt",
      "pve4",
      "corosync-qnetd-tool -s; corosync-qnetd-tool -l",
    );
    const same = (text: string) =>
      text.replaceAll(/:\d{5}$/gm, ":PORT").replaceAll(/(Configuration version:\t)\d+/g, "$1N");
    expect(same(await said(fresh(), "corosync-qnetd-tool -s; corosync-qnetd-tool -l"))).toBe(same(output));
  });

  it("lists one cluster by its name, and nothing for another", async () => {
    const lab = fresh();
    expect(await said(lab, "corosync-qnetd-tool -l -c lab | head -1")).toBe('Cluster "lab":\n');
    expect(await qnetdLine(lab, "corosync-qnetd-tool -lc other")).toEqual({ output: "", exit: 0 });
  });

  it("is reached from a node by ssh, with the key that setup left and from another with the password", async () => {
    const lab = fresh();
    const first = await shellLine(lab, "pve1", `ssh ${QNETD} 'hostname; corosync-qnetd-tool -s | tail -2'`);
    expect(first.output).toBe("qnetd\nConnected clients:\t\t3\nConnected clusters:\t\t1\n");
    const second = await runProgram(lab, "pve2", allCommands.ssh!.program, ["ssh", `root@${QNETD}`, "hostname -I"], {
      keys: `yes\r${ROOT_PASSWORD}\r`,
    });
    expect(second.output).toContain(`${QNETD}'s password: `);
    expect(second.stdout).toBe(`${QNETD} \n`);
    const denied = await shellLine(lab, "pve3", `ssh -o StrictHostKeyChecking=no ${QNETD} true`);
    expect(denied).toMatchObject({ exit: 255 });
    expect(denied.output).toContain("Permission denied (publickey,password).");
  });

  it("takes the vote away when its service is stopped, and gives it back", async () => {
    const lab = fresh();
    expect((await qnetdLine(lab, "systemctl stop corosync-qnetd")).exit).toBe(0);
    expect(await qnetdLine(lab, "systemctl is-active corosync-qnetd")).toEqual({ output: "inactive\n", exit: 3 });
    expect((await qnetdLine(lab, "systemctl status corosync-qnetd")).exit).toBe(3);
    expect(await qnetdLine(lab, "corosync-qnetd-tool -l")).toEqual({
      output: "corosync-qnetd-tool: Can't connect to qnetd socket (is QNetd running?): No such file or directory\n",
      exit: 3,
    });
    run(lab, 20_000);
    expect((await shellLine(lab, "pve1", "pvecm status")).output).toContain("Qdevice (votes 2)");
    expect((await qnetdLine(lab, "systemctl start corosync-qnetd")).exit).toBe(0);
    runUntil(lab, () => (Object.keys(lab.qnetd!.clients).length === 3 ? true : undefined));
    run(lab, 2_000);
    expect((await shellLine(lab, "pve1", "pvecm status")).output).toContain("Total votes:      5");
    const status = await said(lab, "systemctl status corosync-qnetd");
    expect(status).toContain("Active: active (running) since");
    expect(status).toContain("CGroup: /system.slice/corosync-qnetd.service");
    const journal = await said(lab, "journalctl -u corosync-qnetd -o cat");
    expect(journal.trimEnd().split("\n").slice(-3)).toEqual([
      "Stopped corosync-qnetd.service - Corosync Qdevice Network daemon.",
      "Starting corosync-qnetd.service - Corosync Qdevice Network daemon...",
      "Started corosync-qnetd.service - Corosync Qdevice Network daemon.",
    ]);
  });

  it("ends at -H, as at a stop", async () => {
    const lab = fresh();
    expect(await qnetdLine(lab, "corosync-qnetd-tool -H; systemctl is-active corosync-qnetd")).toEqual({
      output: "inactive\n",
      exit: 3,
    });
  });

  it("forgets a node that is silent", async () => {
    const lab = fresh();
    act(lab, "power/set", { node: "pve3", state: "off" });
    run(lab, 40_000);
    const list = await said(lab, "corosync-qnetd-tool -l");
    expect(list).not.toContain("Node ID 3:");
    expect(list).toContain("Membership node list:\t1, 2\n");
  });

  it("cannot be reached from a node that is cut off from it", async () => {
    const lab = fresh();
    setPaths(lab, ["pve1"], ["qnetd"], false);
    const seen = await shellLine(lab, "pve1", `ssh ${QNETD} hostname`);
    expect(seen).toEqual({ output: `ssh: connect to host ${QNETD} port 22: No route to host\n`, exit: 255 });
  });

  it("has files of its own, that scp reaches and a sleep of the lab keeps", async () => {
    const lab = fresh();
    await qnetdLine(lab, "echo hello > /root/note");
    const woken = JSON.parse(JSON.stringify(lab)) as LabState;
    expect((await shellLine(woken, "pve1", `scp -q ${QNETD}:/root/note /tmp/ && cat /tmp/note`)).output).toBe(
      "hello\n",
    );
    expect(await said(woken, "ls /etc/corosync/qnetd/nssdb")).toContain("cluster-lab.crt\n");
    expect(await said(woken, "cat /root/.ssh/authorized_keys")).toMatch(/^ssh-rsa \S+ root@pve1\n$/);
  });

  it("tells of itself, not of a node, and reaches the nodes with ping", async () => {
    const lab = fresh();
    expect(await said(lab, "ping -c 1 10.99.7.11")).toContain("1 packets transmitted, 1 received");
    expect(await said(lab, "ip -br addr")).toContain(`${QNETD}/24`);
    expect(await said(lab, "uname -r")).toBe("6.1.0-28-amd64\n");
    expect(await said(lab, "hostnamectl")).toContain("Static hostname: qnetd\n");
    expect(await said(lab, "ps aux")).toMatch(/^coroqne.*\/usr\/bin\/corosync-qnetd -f$/m);
    expect(await said(lab, "free -m | head -2 | tail -1")).toMatch(/^Mem: +4096 +\d+ +2289 /);
    expect(await said(lab, "uptime -p")).toMatch(/^up \d+ minutes?\n$/);
    expect((await qnetdLine(lab, "pvecm status")).exit).toBe(127);
    expect((await qnetdLine(lab, "poweroff")).output).toContain("not modelled");
  });
});

it.each([
  ["corosync-qnetd-tool", "", 1],
  ["corosync-qnetd-tool -v", "", 1],
  ["corosync-qnetd-tool -m", "corosync-qnetd-tool: invalid option -- 'm'\n", 1],
  ["corosync-qnetd-tool -l -c", "corosync-qnetd-tool: option requires an argument -- 'c'\n", 1],
])("%s prints its usage", async (line, said, exit) => {
  const lab = clusterOf(1);
  act(lab, "corosync/qnetd", { address: QNETD });
  const usage = "usage: corosync-qnetd-tool [-Hhlsv] [-c cluster_name] [-p qnetd_ipc_socket_path]\n";
  expect(await qnetdLine(lab, line)).toEqual({ output: `${said}${usage}`, exit });
});

it.each([
  ["systemctl status pveproxy", "Unit pveproxy.service could not be found.\n", 4],
  ["systemctl start pveproxy", "Failed to start pveproxy.service: Unit pveproxy.service not found.\n", 5],
  ["systemctl start", "Too few arguments.\n", 1],
  [
    "systemctl mask corosync-qnetd",
    "systemctl: 'mask' is not modelled in this simulated node yet (see fidelity page)\n",
    1,
  ],
])("%s is refused", async (line, output, exit) => {
  const lab = clusterOf(1);
  act(lab, "corosync/qnetd", { address: QNETD });
  expect(await qnetdLine(lab, line)).toEqual({ output, exit });
});

it("counts each cluster by itself, and judges it by its own nodes", async () => {
  const lab = await withDevice(2);
  const other = lab.qnetd!.clients.pve2!;
  lab.qnetd!.clients.elsewhere = { ...other, nodeId: 1, clusterName: "other", members: [1], configuredNodes: [1, 2] };
  expect(await said(lab, "corosync-qnetd-tool -s")).toContain("Connected clusters:\t\t2\n");
  expect(await said(lab, "corosync-qnetd-tool -l -c lab")).not.toContain("other");
});

it("goes on in a lab that an older version saved: its nodes connect anew, and their vote was never away", async () => {
  const lab = toPresentFormat(JSON.parse(gunzipSync(readFileSync(OLD_LAB)).toString()));
  const totals = () => ["pve1", "pve2"].map((node) => votequorumStatus(lab, node)!.totalVotes);
  for (let time = 0; time < 20; time++) {
    expect(totals()).toEqual([3, 3]);
    run(lab, 1_000);
  }
  const { qnetd } = lab;
  for (const key of ["files", "journal", "pid", "sinceMs"] as const) delete qnetd![key];
  qnetd!.trusted = ["pve2"];
  expect(await said(lab, "corosync-qnetd-tool -s | tail -2")).toBe(
    "Connected clients:\t\t2\nConnected clusters:\t\t1\n",
  );
  expect((await qnetdLine(lab, "systemctl status corosync-qnetd")).exit).toBe(0);
  expect((await shellLine(lab, "pve2", `ssh -o StrictHostKeyChecking=no ${QNETD} hostname`)).output).toMatch(
    /qnetd\n$/,
  );
  act(lab, "power/set", { node: "pve2", state: "off" });
  run(lab, 40_000);
  expect((await shellLine(lab, "pve1", "pvecm status")).output).toContain("Total votes:      2\n");
});

it("no program of it fails for want of a node", async () => {
  const lab = await withDevice(2);
  for (const name of Object.keys(qnetdPrograms())) {
    if (/^(?:cat|editor|nano|vi|vim\.tiny|less|more|pager|top|watch|yes|tee|ping)$/.test(name)) continue;
    const { output } = await qnetdLine(lab, `${name} < /dev/null`);
    expect(output, name).not.toMatch(/TypeError|undefined/);
  }
});
