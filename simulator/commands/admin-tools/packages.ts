/** `dpkg -l|-s`, of the packages whose versions a node tells; installing is not modelled. */

import { PACKAGES } from "../../api/appliance.ts";
import { matchesPattern } from "../../shell/pattern.ts";
import type { Program } from "../../shell/process.ts";

export const dpkg: Program = async (ctx) => {
  const [verb, ...patterns] = ctx.argv.slice(1);
  if (verb === "-l" || verb === "--list") {
    const wanted = PACKAGES.filter(
      ([name]) => patterns.length === 0 || patterns.some((pattern) => matchesPattern(name, pattern)),
    );
    if (wanted.length === 0) {
      await ctx.stderr.write(patterns.map((pattern) => `dpkg-query: no packages found matching ${pattern}\n`).join(""));
      return 1;
    }
    const width = Math.max(14, ...wanted.map(([name]) => name.length));
    const versions = Math.max(12, ...wanted.map(([, version]) => version.length));
    const line = (name: string, version: string) => `${name.padEnd(width)} ${version.padEnd(versions)} `;
    await ctx.stdout.write(
      `Desired=Unknown/Install/Remove/Purge/Hold\n| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n||/ ${line("Name", "Version")}Architecture Description\n+++-${"=".repeat(width)}-${"=".repeat(versions)}-============-=================================\n${wanted.map(([name, version]) => `ii  ${line(name, version)}amd64        part of this simulated node\n`).join("")}`,
    );
    return 0;
  }
  if (verb === "-s" || verb === "--status") {
    const found = PACKAGES.find(([name]) => name === patterns[0]);
    if (!found) {
      await ctx.stderr.write(
        `dpkg-query: package '${patterns[0] ?? ""}' is not installed and no information is available\n`,
      );
      return 1;
    }
    await ctx.stdout.write(
      `Package: ${found[0]}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${found[1]}\n`,
    );
    return 0;
  }
  await ctx.stderr.write(`dpkg: '${verb ?? ""}' is not modelled in this simulated node; -l and -s are\n`);
  return 1;
};
