/** `pvecm updatecerts`. @source pve-cluster 8.1.3, typed alone, with a terminal (`keys`) and without; pvecm.pm for the wait */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { recordedLab } from "../../api/testing/recorded-scenario.ts";
import { clusterOf } from "../../cluster/testing/lab-steps.ts";
import { runProgram } from "../testing/run-program.ts";
import { shellLine } from "../testing/shell-line.ts";
import { pvecm } from "./pvecm.ts";

const REGENERATED = "(re)generate node files\nmerge authorized SSH keys\n";
const typed = (lab: ReturnType<typeof recordedLab>, ...words: string[]) =>
  runProgram(lab, "pve1", pvecm, ["pvecm", "updatecerts", ...words], { keys: "" });

it("a terminal alone shows what its worker does", async () => {
  const lab = recordedLab(1);
  expect(await typed(lab)).toMatchObject({ output: REGENERATED, status: 0 });
  expect(await typed(lab, "--silent")).toMatchObject({ output: "", status: 0 });
  expect(await shellLine(lab, "pve1", "pvecm updatecerts")).toEqual({ output: "", exit: 0 });
});

it("without quorum it waits, tells so every five seconds, and gives up after eighty", async () => {
  const lab = recordedLab(1);
  await shellLine(lab, "pve1", "pvecm create lab && systemctl stop corosync");
  const since = lab.nowMs;
  const given = await typed(lab);
  const waiting = given.output.match(/waiting for pmxcfs mount to appear and get quorate\.\.\.\n/g);
  expect(waiting).toHaveLength(16);
  expect(given.stderr).toMatch(/^got timeout when trying to ensure cluster certificates .* hung pmxcfs\?\n$/);
  expect(given.status).not.toBe(0);
  expect(lab.nowMs - since).toBeGreaterThanOrEqual(80_000);
  expect(lab.nowMs - since).toBeLessThan(82_000);
  expect(await typed(lab, "--silent")).toMatchObject({ stdout: "", stderr: given.stderr, status: 0 });
});

const FILES = "pve-ssl.pem pve-ssl.key";
const present = (lab: ReturnType<typeof recordedLab>) =>
  shellLine(lab, "pve1", `cd /etc/pve/local; ls ${FILES} 2>/dev/null`).then(({ output }) => output.trim().split("\n"));

it("a certificate made anew is shown once pveproxy starts again, not before", async () => {
  const lab = recordedLab(1);
  const shown = () => lab.pki.nodes.pve1!;
  const before = { ...shown() };
  await shellLine(lab, "pve1", "pvecm updatecerts --force");
  expect(lab.nodes.pve1!.pmxcfs.database.entries["nodes/pve1/pve-ssl.pem"]!.content).not.toBe(before.certPem);
  expect(shown()).toEqual(before);
  await shellLine(lab, "pve1", "systemctl restart pveproxy");
  expect(shown().certPem).not.toBe(before.certPem);
  expect(shown().keyPem).toBe(before.keyPem);
  expect(shown().fingerprint).not.toBe(before.fingerprint);
});

it("a key without its certificate leaves the old one shown until --force", async () => {
  const lab = recordedLab(1);
  const before = { ...lab.pki.nodes.pve1! };
  await shellLine(lab, "pve1", "rm /etc/pve/local/pve-ssl.key; pvecm updatecerts; systemctl restart pveproxy");
  expect(lab.nodes.pve1!.pmxcfs.database.entries["nodes/pve1/pve-ssl.key"]!.content).not.toBe(before.keyPem);
  expect(lab.pki.nodes.pve1).toEqual(before);
  await shellLine(lab, "pve1", "pvecm updatecerts -f; systemctl restart pveproxy");
  expect(lab.pki.nodes.pve1!.keyPem).not.toBe(before.keyPem);
});

it("pveproxy's start makes what is missing, and a reload does not", async () => {
  const lab = recordedLab(1);
  await shellLine(lab, "pve1", "rm /etc/pve/local/pve-ssl.pem /etc/pve/local/pve-ssl.key; systemctl reload pveproxy");
  expect(await present(lab)).toEqual([""]);
  const { output, exit } = await shellLine(lab, "pve1", "systemctl restart pveproxy; systemctl is-active pveproxy");
  expect({ output, exit }).toEqual({ output: "active\n", exit: 0 });
  expect((await present(lab)).sort()).toEqual(FILES.split(" ").sort());
  expect(lab.pki.nodes.pve1!.certPem).toBe(lab.nodes.pve1!.pmxcfs.database.entries["nodes/pve1/pve-ssl.pem"]!.content);
});

it("pveproxy starts although a file of no form is in the way", async () => {
  const lab = recordedLab(1);
  await shellLine(lab, "pve1", "rm /etc/pve/local/pve-ssl.pem; echo nonsense > /etc/pve/pve-root-ca.pem");
  const { output } = await shellLine(lab, "pve1", "systemctl restart pveproxy; systemctl is-active pveproxy");
  expect(output).toBe("active\n");
  expect(await present(lab)).toEqual(["pve-ssl.key"]);
});

it("in a cluster the serial number counts for all, and every node sees the file", async () => {
  const lab = clusterOf(3);
  const serial = (node: string) =>
    shellLine(lab, node, "cat /etc/pve/priv/pve-root-ca.srl").then(({ output }) => output);
  const first = Number.parseInt(await serial("pve1"), 16);
  for (const node of ["pve2", "pve3", "pve2"])
    expect(await shellLine(lab, node, "pvecm updatecerts --force --silent")).toEqual({ output: "", exit: 0 });
  for (const node of ["pve1", "pve2", "pve3"]) expect(Number.parseInt(await serial(node), 16)).toBe(first + 3);
  const seen = await shellLine(lab, "pve1", "cat /etc/pve/nodes/pve3/pve-ssl.pem");
  expect(seen.output).toBe(lab.nodes.pve3!.pmxcfs.database.entries["nodes/pve3/pve-ssl.pem"]!.content);
});

it("without quorum nothing is made, and pveproxy's start waits for its time and goes on", async () => {
  const lab = recordedLab(1);
  await shellLine(lab, "pve1", "pvecm create lab; sleep 30; rm /etc/pve/local/pve-ssl.pem; systemctl stop corosync");
  const refused = await typed(lab, "--force");
  expect(refused.status).not.toBe(0);
  expect(refused.output).not.toContain("generate");
  const since = lab.nowMs;
  await shellLine(lab, "pve1", "systemctl restart pveproxy");
  expect(lab.nowMs - since).toBeGreaterThan(80_000);
  expect(await present(lab)).toEqual(["pve-ssl.key"]);
});

it("who interrupts it ends it", async () => {
  const lab = recordedLab(1);
  const end = new AbortController();
  const running = runProgram(lab, "pve1", pvecm, ["pvecm", "updatecerts", "--force"], { signal: end.signal });
  end.abort(new Error("interrupted"));
  await expect(running).rejects.toThrow("interrupted");
  expect(Object.values(lab.nodes.pve1!.processes).map(({ name }) => name)).not.toContain("pvecm");
});

it("SIGTERM and ^C end its worker, whose answer it then misses (recording 32), and it ends by itself", async () => {
  const lab = recordedLab(1);
  await shellLine(lab, "pve1", "pvecm create lab && systemctl stop corosync");
  const recorded = readFileSync(
    new URL("../../recordings/pve/commands/32-noquorum-pve3.txt", import.meta.url),
    "utf8",
  ).match(/^malformed JSON.*\ninterrupted by unexpected signal\n/m)![0];
  for (const signal of ["TERM", "INT"]) {
    const since = lab.nowMs;
    expect(await shellLine(lab, "pve1", `timeout -s ${signal} 15 pvecm updatecerts`)).toEqual({
      output: recorded,
      exit: 124,
    });
    expect(lab.nowMs - since).toBeLessThan(16_500);
  }
  expect(await shellLine(lab, "pve1", "timeout --preserve-status 3 pvecm updatecerts 2>/dev/null")).toEqual({
    output: "",
    exit: 1,
  });
  // HUP is not waited for.
  expect(await shellLine(lab, "pve1", "timeout --preserve-status -s HUP 3 pvecm updatecerts")).toEqual({
    output: "",
    exit: 129,
  });
  expect(Object.values(lab.nodes.pve1!.processes).filter(({ name }) => name === "pvecm")).toEqual([]);
});

it("a serial number of any length counts on, and one with an odd number of digits is refused", async () => {
  const lab = recordedLab(1);
  const file = "/etc/pve/priv/pve-root-ca.srl";
  await shellLine(lab, "pve1", `echo 0123456789ABCDEF0123456789ABCDEF012345FF > ${file}; pvecm updatecerts --force`);
  expect((await shellLine(lab, "pve1", `cat ${file}`)).output).toBe("0123456789ABCDEF0123456789ABCDEF01234600\n");
  const { output } = await shellLine(lab, "pve1", `echo bad > ${file}; pvecm updatecerts --force`);
  expect(output).toMatch(/^Unable to load number from \/etc\/pve\/priv\/pve-root-ca.srl$/m);
  expect(output).toMatch(/error:06800091:asn1 encoding routines:a2i_ASN1_INTEGER:odd number of chars:/);
  expect((await shellLine(lab, "pve1", `cat ${file}`)).output).toBe("bad\n");
});
