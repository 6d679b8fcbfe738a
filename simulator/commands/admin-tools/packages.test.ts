/**
 * What dpkg and apt print, held against the real ones (dpkg 1.21.22, apt 2.6.1 of Debian 12) on a status file and lists of
 * files made of the same table, without apt's lists.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { freshLab } from "../../cluster/testing/lab-steps.ts";
import { compareVersions, installedPackages, toldPackages } from "../../node-view/packages/package-table.ts";
import { shellLine, shellStreams } from "../testing/shell-line.ts";

interface Typed {
  line: string;
  stdout: string;
  stderr: string;
  exit: number;
}

const typed = JSON.parse(
  readFileSync(new URL("../../recordings/packages/typed.json", import.meta.url), "utf8"),
) as Typed[];

const lab = freshLab(1);

describe("packages as the real tools tell them", () => {
  test.each(typed.map((one) => [one.line, one] as const))("%s", async (line, { stdout, stderr, exit }) => {
    expect(await shellStreams(lab, "pve1", line)).toMatchObject({ stdout, stderr, exit });
  });
});

test("every file that a package is said to have is on the node", async () => {
  const paths = [...installedPackages().values()].flatMap((one) => one.paths);
  expect(paths.length).toBeGreaterThan(600);
  const { output } = await shellLine(lab, "pve1", `for f in ${paths.join(" ")}; do [ -e $f ] || echo $f; done`);
  expect(output).toBe("");
});

test("pveversion tells Proxmox's packages in its order, as the API does", async () => {
  const { output } = await shellLine(lab, "pve1", "pveversion -v");
  const lines = output.trimEnd().split("\n");
  expect(lines.slice(0, 5)).toEqual([
    "proxmox-ve: 8.4.0 (running kernel: 6.8.12-20-pve)",
    "pve-manager: 8.4.21 (running version: 8.4.21/2606ac850d46da29)",
    "proxmox-kernel-helper: 8.1.4",
    "proxmox-kernel-6.8: 6.8.12-20",
    "proxmox-kernel-6.8.12-20-pve-signed: 6.8.12-20",
  ]);
  expect(lines.filter((line) => line.startsWith("proxmox-kernel-helper: "))).toHaveLength(2);
  expect(lines.at(-1)).toBe("zfsutils-linux: 2.2.8-pve1");
  const told = await shellLine(lab, "pve1", "pvesh get /nodes/pve1/apt/versions --output-format json");
  const facts = JSON.parse(told.output) as { Package: string; OldVersion: string }[];
  // pvesh orders a list as it likes.
  expect(facts.map((one) => `${one.Package}: ${one.OldVersion}`).sort()).toEqual(
    lines.map((line) => line.replace(/ \(running .*/, "")).sort(),
  );
  expect(toldPackages().every(({ version }) => version !== "")).toBe(true);
});

test("versions are ordered as Debian orders them", () => {
  const sorted = ["1.0~~", "1.0~rc1", "1.0", "1.0-1", "1.0+b1", "1.0.1", "1.10", "2:0.1"];
  expect(sorted.toReversed().toSorted(compareVersions)).toEqual(sorted);
});
