/**
 * `apt`, `apt-get` and `apt-cache` in a room without internet: what is installed can be read, nothing can be fetched.
 * @source apt 2.6 (Debian 12), texts from memory: unverified
 */

import { PACKAGES } from "../../api/appliance.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { textOf } from "../coreutils/arguments.ts";
import { notModelled } from "../printed.ts";
import { installed } from "./packages.ts";

const versionOf = (name: string) => PACKAGES.find(([known]) => known === name)?.[1];

const NOTHING_TO_DO = "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n";
const LISTS_READ =
  "Reading package lists... Done\nBuilding dependency tree... Done\nReading state information... Done\n";

export const apt: Program = async (ctx) => {
  const program = ctx.argv[0]!.replace(/^.*\//, "");
  const words = ctx.argv
    .slice(1)
    .filter((word) => !/^-(?:y|q+|s|f|V|-yes|-assume-yes|-quiet|-simulate|-no-install-recommends)$/.test(word));
  const [verb, ...rest] = words;
  const names = rest.filter((word) => !word.startsWith("-"));
  switch (verb) {
    case undefined:
    case "--version":
    case "-v":
      await ctx.stdout.write("apt 2.6.1 (amd64)\n");
      return 0;
    case "update":
      return update(ctx);
    case "install":
    case "reinstall":
      return install(ctx, names);
    case "upgrade":
    case "dist-upgrade":
    case "full-upgrade":
      await ctx.stdout.write(`${LISTS_READ}Calculating upgrade... Done\n${NOTHING_TO_DO}`);
      return 0;
    case "autoremove":
    case "check":
      await ctx.stdout.write(`${LISTS_READ}${verb === "check" ? "" : NOTHING_TO_DO}`);
      return 0;
    case "clean":
    case "autoclean":
      return 0;
    case "list":
      if (program === "apt") return list(ctx, rest);
      break;
    case "show":
    case "policy":
      if (program === "apt") return verb === "show" ? show(ctx, names) : policy(ctx, names);
      break;
  }
  const known =
    /^(?:remove|purge|search|edit-sources|satisfy|source|download|changelog|build-dep|moo|depends|rdepends)$/;
  await ctx.stderr.write(known.test(verb!) ? notModelled(program, verb!) : `E: Invalid operation ${verb}\n`);
  return known.test(verb!) ? 1 : 100;
};

export const aptCache: Program = async (ctx) => {
  const [verb, ...names] = ctx.argv.slice(1).filter((word) => !word.startsWith("-"));
  if (verb === "policy") return policy(ctx, names);
  if (verb === "show") return show(ctx, names);
  if (verb === undefined) {
    await ctx.stdout.write("apt 2.6.1 (amd64)\n");
    return 0;
  }
  const known = /^(?:search|depends|rdepends|pkgnames|madison|stats|showpkg|dump|unmet|showsrc)$/.test(verb);
  await ctx.stderr.write(known ? notModelled("apt-cache", verb) : `E: Invalid operation ${verb}\n`);
  return known ? 1 : 100;
};

/** No name server answers: apt says so of each source, and goes on with what it has. */
async function update(ctx: ProgramContext): Promise<number> {
  const text = await textOf(ctx, "/etc/apt/sources.list");
  const sources = [...text.matchAll(/^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)/gm)].map(([, url = "", suite = ""]) => ({
    url: url.replace(/\/$/, ""),
    suite,
    host: /^\w+:\/\/([^/]+)/.exec(url)?.[1] ?? url,
  }));
  const failed = (host: string) => `Temporary failure resolving '${host}'`;
  await ctx.stdout.write(
    `${sources.map(({ url, suite }, at) => `Ign:${at + 1} ${url} ${suite} InRelease\n`).join("")}${sources
      .map(({ url, suite, host }, at) => `Err:${at + 1} ${url} ${suite} InRelease\n  ${failed(host)}\n`)
      .join("")}${LISTS_READ}All packages are up to date.\n`,
  );
  if (sources.length === 0) return 0;
  await ctx.stderr.write(
    `${sources.map(({ url, suite, host }) => `W: Failed to fetch ${url}/dists/${suite}/InRelease  ${failed(host)}\n`).join("")}W: Some index files failed to download. They have been ignored, or old ones used instead.\n`,
  );
  return 0;
}

async function install(ctx: ProgramContext, names: readonly string[]): Promise<number> {
  await ctx.stdout.write(LISTS_READ);
  const missing = names.filter((name) => versionOf(name) === undefined);
  for (const name of names) {
    const version = versionOf(name);
    if (version !== undefined) await ctx.stdout.write(`${name} is already the newest version (${version}).\n`);
  }
  if (missing.length > 0) {
    await ctx.stderr.write(missing.map((name) => `E: Unable to locate package ${name}\n`).join(""));
    return 100;
  }
  await ctx.stdout.write(NOTHING_TO_DO);
  return 0;
}

async function list(ctx: ProgramContext, rest: readonly string[]): Promise<number> {
  const patterns = rest.filter((word) => !word.startsWith("-"));
  const upgradable = rest.some((word) => word === "--upgradable" || word === "--upgradeable");
  const shown = upgradable ? [] : installed(patterns);
  if (!ctx.isTty.stdout)
    await ctx.stderr.write("\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n\n");
  await ctx.stdout.write(
    `Listing... Done\n${shown.map(([name, version]) => `${name}/stable,now ${version} amd64 [installed]\n`).join("")}`,
  );
  return 0;
}

async function policy(ctx: ProgramContext, names: readonly string[]): Promise<number> {
  for (const name of names) {
    const version = versionOf(name);
    if (version === undefined) {
      // apt-cache says nothing of a name that it has never heard.
      if (ctx.argv[0]!.endsWith("apt")) await ctx.stderr.write(`N: Unable to locate package ${name}\n`);
      continue;
    }
    await ctx.stdout.write(
      `${name}:\n  Installed: ${version}\n  Candidate: ${version}\n  Version table:\n *** ${version} 100\n        100 /var/lib/dpkg/status\n`,
    );
  }
  if (names.length === 0)
    await ctx.stdout.write("Package files:\n 100 /var/lib/dpkg/status\n     release a=now\nPinned packages:\n");
  return 0;
}

async function show(ctx: ProgramContext, names: readonly string[]): Promise<number> {
  let status = 0;
  for (const name of names) {
    const version = versionOf(name);
    if (version === undefined) {
      await ctx.stderr.write("E: No packages found\n");
      status = 100;
    } else await ctx.stdout.write(`Package: ${name}\nVersion: ${version}\nStatus: install ok installed\n\n`);
  }
  return status;
}
