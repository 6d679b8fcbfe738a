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
  const shells = ["/bin/bash", "/bin/rbash", "/bin/dash", "/bin/sh"];
  // The shells can be run, and are no files.
  const paths = [...installedPackages().values()].flatMap((one) => one.paths).filter((path) => !shells.includes(path));
  expect((await shellLine(lab, "pve1", `dpkg -S ${shells.join(" ")}`)).output).toBe(
    "bash: /bin/bash\nbash: /bin/rbash\ndash: /bin/dash\ndash: /bin/sh\n",
  );
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

test("a field's width cuts off and pads as the real one does, and what is wrong with a format is told", async () => {
  const show = (format: string) => shellStreams(lab, "pve1", `dpkg-query -W -f '${format}' bash`);
  // Typed on dpkg 1.21.22.
  for (const [format, stdout] of [
    ["[${Package;3}][${Package;-3}][${Package;-8}][${Package;8}]", "[bas][bas][bash    ][    bash]"],
    ["[${Package;0}][${Package;+5}][${Package;}][${Package; 6}]", "[bash][ bash][bash][  bash]"],
    ["${Package;0x10}|${Package;010}|", "            bash|    bash|"],
    ["[${constructor}${__proto__}${toString;3}${Nosuch;9}${}][${Config-Version;4}]", "[][    ]"],
    ["$${Package}|$x|\\0\\a\\q|${Pack{age}|$", "$bash|$x|0aq||$"],
    ["${status;4}${BINARY:package}|${Conffiles;-3}|", "instbash| /e|"],
  ] as const) {
    const { stdout: shown, exit } = await show(format);
    expect([format, shown, exit]).toEqual([format, stdout, 0]);
  }
  for (const [format, why] of [
    ["${Package;99999999999}", "field width is out of range"],
    ["${Package;2147483648}", "field width is out of range"],
    ["${Package;abc}", "invalid character 'a' in field width"],
    ["${Package;5x}", "invalid character 'x' in field width"],
    ["${Package;1;2}", "invalid character ';' in field width"],
    ["${Package;-}", "invalid character '-' in field width"],
    ["x${Package", "missing closing brace"],
    ["", "may not be empty string"],
  ] as const) {
    expect(await show(format)).toMatchObject({
      stdout: "",
      stderr: `dpkg-query: error in show format: ${why}\n`,
      exit: 1,
    });
  }
  expect((await shellLine(lab, "pve1", "dpkg-query -W -f '${Package;1000000}' bash | wc -c")).output).toBe("1000000\n");
  expect((await shellLine(lab, "pve1", "dpkg-query -W -f '${Package;1000000}' | head -c 5")).output).toBe("     ");
});

test("a program that is asked for thousands of packages leaves the thread to others", async () => {
  for (const line of [
    "dpkg -l $(seq 20000)",
    "dpkg --get-selections $(seq 20000)",
    "dpkg -S $(seq 100000 103000)",
    "dpkg-query -W -f '${Package;1000000}' 'lib*'",
    "apt list $(seq 20000)",
  ]) {
    const turns: number[] = [];
    let last = performance.now();
    const clock = setInterval(() => {
      turns.push(performance.now() - last);
      last = performance.now();
    }, 1);
    await shellLine(lab, "pve1", `${line} 2>/dev/null | head -n 1`);
    clearInterval(clock);
    expect([line, Math.max(0, ...turns) < 1_000]).toEqual([line, true]);
  }
  const { output } = await shellLine(lab, "pve1", "dpkg --get-selections bash nosuch bash nosuch 2>&1");
  const [name, none] = ["bash\t\t\t\t\t\tinstall\n", "dpkg: no packages found matching nosuch\n"];
  expect(output).toBe(`${name}${name}${none}${none}`);
});
