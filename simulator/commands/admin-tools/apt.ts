/**
 * `apt`, `apt-get` and `apt-cache` in a room without internet: what is installed can be read, nothing can be fetched.
 *
 * @source apt 2.6.1, its own output on the same table without lists (`recordings/packages/typed.json`); `update` from memory,
 * unverified
 */
import { createHash } from "node:crypto";
import {
  type InstalledPackage,
  installedPackages,
  unavailableChangelog,
} from "../../node-view/packages/package-table.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { textOf } from "../coreutils/arguments.ts";
import { notModelled } from "../printed.ts";
import { installed } from "./packages.ts";

const named = (name: string) => installedPackages().get(name);
const versionOf = (name: string) => named(name)?.version;

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
  if (verb === "search" && program === "apt") return search(ctx, names, true);
  if (verb === "changelog") return changelog(ctx, names);
  const known = /^(?:remove|purge|edit-sources|satisfy|source|download|build-dep|moo|depends|rdepends)$/;
  await ctx.stderr.write(known.test(verb!) ? notModelled(program, verb!) : `E: Invalid operation ${verb}\n`);
  return known.test(verb!) ? 1 : 100;
};

export const aptCache: Program = async (ctx) => {
  const [verb, ...names] = ctx.argv.slice(1).filter((word) => !word.startsWith("-"));
  if (verb === "policy") return policy(ctx, names);
  if (verb === "show") return show(ctx, names);
  if (verb === "search") return search(ctx, names, false);
  // It tells of lists, of which there are none.
  if (verb === "madison") return 0;
  if (verb === undefined) {
    await ctx.stdout.write("apt 2.6.1 (amd64)\n");
    return 0;
  }
  const known = /^(?:depends|rdepends|pkgnames|stats|showpkg|dump|unmet|showsrc)$/.test(verb);
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

/** What apt says of itself where nobody looks at a terminal. */
async function warn(ctx: ProgramContext): Promise<void> {
  if (ctx.isTty.stdout || !ctx.argv[0]!.endsWith("apt")) return;
  await ctx.stderr.write("\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n\n");
}

/** What apt says while it works; done is told at a terminal alone. */
const progress = (ctx: ProgramContext, text: string) => `${text}...${ctx.isTty.stdout ? " Done" : ""}\n`;

const listed = ({ name, version, architecture }: InstalledPackage) =>
  `${name}/now ${version} ${architecture} [installed,local]\n`;

async function list(ctx: ProgramContext, rest: readonly string[]): Promise<number> {
  const patterns = rest.filter((word) => !word.startsWith("-"));
  const upgradable = rest.some((word) => word === "--upgradable" || word === "--upgradeable");
  await warn(ctx);
  const shown = upgradable ? [] : await installed(ctx, patterns);
  await ctx.stdout.write(`${progress(ctx, "Listing")}${shown.map(listed).join("")}`);
  return 0;
}

async function policy(ctx: ProgramContext, names: readonly string[]): Promise<number> {
  await warn(ctx);
  for (const name of names) {
    const version = versionOf(name);
    // Nothing is said of a name that is unknown.
    if (version === undefined) continue;
    await ctx.stdout.write(
      `${name}:\n  Installed: ${version}\n  Candidate: ${version}\n  Version table:\n *** ${version} 100\n        100 /var/lib/dpkg/status\n`,
    );
  }
  if (names.length === 0)
    await ctx.stdout.write("Package files:\n 100 /var/lib/dpkg/status\n     release a=now\nPinned packages:\n");
  return 0;
}

/** In apt's own order, without what dpkg alone needs. */
const SHOWN =
  "Package Version Status Priority Essential Section Source Maintainer Installed-Size Provides Pre-Depends Depends Recommends Suggests Enhances Conflicts Breaks Replaces Homepage Download-Size APT-Manual-Installed APT-Sources Description";

async function show(ctx: ProgramContext, names: readonly string[]): Promise<number> {
  await warn(ctx);
  const found = names.flatMap((name) => named(name) ?? []);
  const isApt = ctx.argv[0]!.endsWith("apt");
  for (const one of found) await ctx.stdout.write(`${isApt ? aptParagraph(one) : withSum(one)}\n\n`);
  if (found.length === names.length) return 0;
  await ctx.stderr.write("E: No packages found\n");
  return 100;
}

/** As dpkg has it, with the sum by which apt finds a translated description. */
function withSum({ paragraph, fields }: InstalledPackage): string {
  const sum = createHash("md5")
    .update(`${fields.get("Description") ?? ""}\n`)
    .digest("hex");
  return paragraph.replace(/^Description: .*(?:\n .*)*/m, (text) => `${text}\nDescription-md5: ${sum}`);
}

function aptParagraph({ fields }: InstalledPackage): string {
  const kib = Number(fields.get("Installed-Size"));
  const made: Record<string, string> = {
    "Installed-Size": Number.isNaN(kib) ? "unknown" : sizeText(kib * 1024),
    "Download-Size": "unknown",
    "APT-Manual-Installed": "yes",
    "APT-Sources": "/var/lib/dpkg/status",
  };
  return SHOWN.split(" ")
    .flatMap((field) => {
      const value = made[field] ?? fields.get(field);
      return value === undefined ? [] : [`${field}: ${value}`];
    })
    .join("\n");
}

/** @source apt 2.6 apt-pkg/contrib/strutl.cc SizeToStr */
function sizeText(bytes: number): string {
  let [value, at] = [bytes, 0];
  while (value >= 100 && value >= 10_000 && at < 4) {
    value /= 1000;
    at++;
  }
  const unit = ["", "k", "M", "G", "T"][at]!;
  return `${at > 0 && value < 100 ? value.toFixed(1) : value.toFixed(0)} ${unit}B`;
}

/** Every word is looked for in names and descriptions. */
async function search(ctx: ProgramContext, words: readonly string[], full: boolean): Promise<number> {
  await warn(ctx);
  if (words.length === 0) {
    await ctx.stderr.write("E: You must give at least one search pattern\n");
    return 100;
  }
  const found = (await installed(ctx, [])).filter(({ name, fields }) =>
    words.every((word) => `${name}\n${fields.get("Description") ?? ""}`.toLowerCase().includes(word.toLowerCase())),
  );
  await ctx.stdout.write(
    full
      ? `${progress(ctx, "Sorting")}${progress(ctx, "Full Text Search")}${found.map((one) => `${listed(one)}  ${one.summary}\n\n`).join("")}`
      : found.map(({ name, summary }) => `${name} - ${summary}\n`).join(""),
  );
  return 0;
}

async function changelog(ctx: ProgramContext, [asked]: readonly string[]): Promise<number> {
  await warn(ctx);
  if (asked === undefined) return 0;
  const [name, version] = asked.split("=") as [string, string?];
  await ctx.stderr.write(unavailableChangelog(name, version));
  return 100;
}
