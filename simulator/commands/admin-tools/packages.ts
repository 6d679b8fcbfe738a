/**
 * `dpkg` and `dpkg-query`: what is installed can be read, changing it is not modelled.
 *
 * @source dpkg 1.21.22, its own output on the same table (`recordings/packages/typed.json`)
 */
import { type InstalledPackage, installedPackages, mentionedPackages } from "../../node-view/packages/package-table.ts";
import { matchesPattern } from "../../shell/pattern.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { throughPager } from "../systemd/terminal-look.ts";
import { parseFormat, writeFormatted } from "./package-format.ts";
import { compare } from "./version-comparison.ts";

const HELP = `
Type dpkg --help for help about installing and deinstalling packages [*];
Use 'apt' or 'aptitude' for user-friendly package management;
Type dpkg -Dhelp for a list of dpkg debug flag values;
Type dpkg --force-help for a list of forcing options;
Type dpkg-deb --help for help about manipulating *.deb files;

Options marked [*] produce a lot of output - pipe it through 'less' or 'more' !
`;

const QUERY_HELP = `
Use --help for help about querying packages.
`;

/** What both programs hand to dpkg-query. */
const QUERIES: Record<string, string> = {
  "--list": "-l",
  "--listfiles": "-L",
  "--search": "-S",
  "--show": "-W",
  "--status": "-s",
};

const NEEDED = new Map([
  ["-L", "--listfiles needs at least one package name"],
  ["-S", "--search needs at least one file name pattern"],
]);

export const dpkg: Program = async (ctx) => {
  const program = ctx.argv[0]!.replace(/^.*\//, "");
  const words = ctx.argv.slice(1).filter((word) => word !== "--no-pager");
  const format = program === "dpkg-query" ? formatIn(words) : undefined;
  const [verb, ...names] = words;
  const query = verb !== undefined && Object.hasOwn(QUERIES, verb) ? QUERIES[verb] : verb;
  const needed = query === undefined || names.length > 0 ? undefined : NEEDED.get(query);
  if (needed !== undefined) {
    await ctx.stderr.write(`dpkg-query: error: ${needed} argument\n${QUERY_HELP}`);
    return 2;
  }
  switch (query) {
    case "-l":
      return throughPager(ctx, { disabled: ctx.argv.includes("--no-pager") }, (shown) => list(shown, names));
    case "-s":
      return status(ctx, names);
    case "-L":
      return listFiles(ctx, names);
    case "-S":
      return search(ctx, names);
  }
  if (query === "-W" && program === "dpkg-query") return show(ctx, names, format);
  if (program === "dpkg" && verb === "--get-selections") return selections(ctx, names);
  if (program === "dpkg" && verb === "--compare-versions") return compare(ctx, names, HELP);
  if (program === "dpkg" && (verb === "-C" || verb === "--audit")) return audit(ctx, names);
  if (program === "dpkg" && verb === "--print-architecture") return tell(ctx, "amd64\n");
  if (verb === "--version") {
    return tell(
      ctx,
      `Debian '${program}' package management program ${program === "dpkg" ? "" : "query tool "}version 1.21.22 (amd64).\nThis is free software; see the GNU General Public License version 2 or\nlater for copying conditions. There is NO warranty.\n`,
    );
  }
  const help = program === "dpkg" ? HELP : QUERY_HELP;
  if (!verb?.startsWith("-")) {
    await ctx.stderr.write(`${program}: error: need an action option\n${help}`);
    return 2;
  }
  const known =
    /^(?:-i|--install|-r|--remove|-P|--purge|-V|--verify|--configure|--unpack|-c|--contents|-I|--info|-p|--print-avail|--help|-a|--pending|--control-path|--control-list|--control-show)$/;
  await ctx.stderr.write(
    known.test(verb) ? notModelled(program, verb) : `${program}: error: unknown option ${verb}\n${help}`,
  );
  return known.test(verb) ? 1 : 2;
};

async function tell(ctx: ProgramContext, text: string): Promise<number> {
  await ctx.stdout.write(text);
  return 0;
}

/** `-f FORMAT`, taken out of the words. */
function formatIn(words: string[]): string | undefined {
  const at = words.findIndex((word) => /^(?:-f|--showformat)/.test(word));
  if (at < 0) return undefined;
  const [word] = words.splice(at, 1);
  const glued = word!.replace(/^(?:-f|--showformat)=?/, "");
  return glued !== "" ? glued : words.splice(at, 1)[0];
}

/** Without the architecture that may follow. */
const bare = (pattern: string) => pattern.replace(/:(?:amd64|all)$/, "");

type Found = InstalledPackage | string;

/** Packages that a pattern finds among those that are installed, and names that are only spoken of; sorted. */
function foundBy(pattern: string): readonly Found[] {
  const wanted = bare(pattern);
  const all = installedPackages();
  const isThere = all.get(wanted);
  if (isThere) return [isThere];
  if (!/[*?[\\]/.test(wanted)) return mentionedPackages().includes(wanted) ? [wanted] : [];
  const names = [...all.keys(), ...mentionedPackages()].filter((name) => matchesPattern(name, wanted));
  return names.sort().map((name) => all.get(name) ?? name);
}

/** What each pattern finds, looked at once however often it is asked; other programs go on meanwhile. */
async function look(ctx: ProgramContext, patterns: readonly string[]): Promise<ReadonlyMap<string, readonly Found[]>> {
  const answers = new Map<string, readonly Found[]>();
  for (const pattern of patterns) {
    if (answers.has(pattern)) continue;
    answers.set(pattern, foundBy(pattern));
    await ctx.breathe();
  }
  return answers;
}

const isInstalled = (one: Found) => typeof one !== "string";

/** Installed ones whose names fit a pattern, or all; by their names. */
export async function installed(ctx: ProgramContext, patterns: readonly string[]): Promise<InstalledPackage[]> {
  return (await asked(ctx, patterns)).rows.filter(isInstalled);
}

/** Those, and names that are only spoken of where a pattern asks for them; and the patterns that found nothing. */
async function asked(ctx: ProgramContext, patterns: readonly string[]): Promise<{ rows: Found[]; missing: string[] }> {
  if (patterns.length === 0) return { rows: [...installedPackages().values()], missing: [] };
  const answers = await look(ctx, patterns);
  const nameOf = (one: Found) => (typeof one === "string" ? one : one.name);
  const rows = new Set<Found>();
  for (const found of answers.values()) for (const one of found) rows.add(one);
  return {
    rows: [...rows].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)),
    missing: patterns.filter((pattern) => answers.get(pattern)!.length === 0),
  };
}

async function list(ctx: ProgramContext, patterns: readonly string[]): Promise<number> {
  const found = await asked(ctx, patterns);
  const rows = found.rows.map((one) =>
    typeof one === "string"
      ? ["un", one, "<none>", "<none>", "(no description available)"]
      : ["ii", one.shownName, one.version, one.architecture, one.summary],
  );
  if (rows.length > 0) {
    const wide = (at: number, least: number) => Math.max(least, ...rows.map((row) => row[at]!.length));
    const [names, versions, kinds, texts] = [wide(1, 14), wide(2, 12), wide(3, 12), wide(4, 33)] as const;
    const line = (head: string, name: string, version: string, kind: string, text: string) =>
      `${head}${name.padEnd(names)} ${version.padEnd(versions)} ${kind.padEnd(kinds)} ${text}\n`;
    const rule = [names, versions, kinds, texts].map((width) => "=".repeat(width)).join("-");
    await ctx.stdout.write(
      `Desired=Unknown/Install/Remove/Purge/Hold\n| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n${line("||/ ", "Name", "Version", "Architecture", "Description")}+++-${rule}\n${rows
        .map(([state, name, version, kind, text]) => line(`${state}  `, name!, version!, kind!, text!))
        .join("")}`,
    );
  }
  return tellMissing(ctx, found.missing);
}

/** @returns the exit status */
async function tellMissing(ctx: ProgramContext, missing: readonly string[]): Promise<number> {
  await ctx.stderr.write(missing.map((pattern) => `dpkg-query: no packages found matching ${pattern}\n`).join(""));
  return missing.length > 0 ? 1 : 0;
}

const named = (name: string) => installedPackages().get(bare(name));

async function status(ctx: ProgramContext, names: readonly string[]): Promise<number> {
  let exit = 0;
  const wanted = names.length > 0 ? names : [...installedPackages().keys()];
  for (const [at, name] of wanted.entries()) {
    await ctx.breathe();
    const found = named(name);
    if (found) {
      await ctx.stdout.write(`${at > 0 ? "\n" : ""}${found.paragraph}\n`);
      continue;
    }
    await ctx.stderr.write(
      `dpkg-query: package '${name}' is not installed and no information is available\nUse dpkg --info (= dpkg-deb --info) to examine archive files.\n`,
    );
    exit = 1;
  }
  return exit;
}

/** Of a package's files those that the node has. */
async function listFiles(ctx: ProgramContext, names: readonly string[]): Promise<number> {
  let exit = 0;
  for (const [at, name] of names.entries()) {
    await ctx.breathe();
    const found = named(name);
    if (!found) {
      await ctx.stderr.write(
        `dpkg-query: package '${name}' is not installed\nUse dpkg --contents (= dpkg-deb --contents) to list archive files contents.\n`,
      );
      exit = 1;
    } else if (found.paths.length === 0) {
      await ctx.stderr.write(notModelled("dpkg", `-L ${name}`));
      exit = 1;
    } else {
      await ctx.stdout.write(`${at > 0 ? "\n" : ""}${["/.", ...withFolders(found)].join("\n")}\n`);
    }
  }
  return exit;
}

/** A package's files with the folders that they lie in, sorted. */
function withFolders({ paths }: InstalledPackage): string[] {
  const folders = paths.flatMap((path) => {
    const parts = path.split("/").slice(1, -1);
    return parts.map((_, depth) => `/${parts.slice(0, depth + 1).join("/")}`);
  });
  return [...new Set([...folders, ...paths])].sort();
}

let owned: ReadonlyMap<string, readonly string[]> | undefined;

/** Packages by the files and folders that they have, made once for all labs of a thread. */
function ownersOfPaths(): ReadonlyMap<string, readonly string[]> {
  if (owned) return owned;
  const owners = new Map<string, string[]>();
  for (const one of installedPackages().values()) {
    for (const path of withFolders(one)) {
      const known = owners.get(path);
      if (known) known.push(one.shownName);
      else owners.set(path, [one.shownName]);
    }
  }
  owned = owners;
  return owned;
}

async function search(ctx: ProgramContext, patterns: readonly string[]): Promise<number> {
  let exit = 0;
  const owners = ownersOfPaths();
  for (const pattern of patterns) {
    await ctx.breathe();
    // What begins with neither a slash nor a star is looked for anywhere in a path.
    const whole = /^[/*[?]/.test(pattern) ? pattern : `*${pattern}*`;
    const paths = /[*?[\\]/.test(whole) ? [...owners.keys()].filter((path) => matchesPattern(path, whole)) : [whole];
    const found = paths.flatMap((path) => {
      const names = owners.get(path);
      return names ? [`${names.join(", ")}: ${path}\n`] : [];
    });
    if (found.length > 0) {
      await ctx.stdout.write(found.join(""));
      continue;
    }
    const unknown = pattern.startsWith("/") && (await ctx.files.stat(pattern).catch(() => undefined)) !== undefined;
    // dpkg knows programs of /bin by that name alone.
    const elsewhere = pattern.replace(/^\/usr(?=\/)/, "");
    const moved = elsewhere !== pattern && owners.has(elsewhere);
    await ctx.stderr.write(
      unknown && !moved
        ? notModelled("dpkg", `-S ${pattern}`)
        : `dpkg-query: no path found matching pattern ${whole}\n`,
    );
    exit = 1;
  }
  return exit;
}

async function show(ctx: ProgramContext, patterns: readonly string[], format: string | undefined): Promise<number> {
  const parts = parseFormat(format ?? "${binary:Package}\\t${Version}\\n");
  if (typeof parts === "string") {
    await ctx.stderr.write(`dpkg-query: error in show format: ${parts}\n`);
    return 1;
  }
  const { rows, missing } = await asked(ctx, patterns);
  for (const one of rows) {
    await writeFormatted(ctx, parts, one);
    await ctx.breathe();
  }
  return tellMissing(ctx, missing);
}

async function selections(ctx: ProgramContext, patterns: readonly string[]): Promise<number> {
  const line = ({ shownName }: InstalledPackage) =>
    `${shownName}${"\t".repeat(Math.max(1, 6 - Math.floor(shownName.length / 8)))}install\n`;
  if (patterns.length === 0) {
    await ctx.stdout.write([...installedPackages().values()].map(line).join(""));
    return 0;
  }
  const answers = await look(ctx, patterns);
  for (const pattern of patterns) {
    await ctx.stdout.write(answers.get(pattern)!.filter(isInstalled).map(line).join(""));
    await ctx.breathe();
  }
  const missing = patterns.filter((pattern) => answers.get(pattern)!.length === 0);
  await ctx.stderr.write(missing.map((pattern) => `dpkg: no packages found matching ${pattern}\n`).join(""));
  return 0;
}

/** Packages that are not as they should be: in a lab all are. */
async function audit(ctx: ProgramContext, names: readonly string[]): Promise<number> {
  const missing = names.filter((name) => !named(name));
  await ctx.stderr.write(missing.map((name) => `dpkg: package '${name}' is not installed\n`).join(""));
  return 0;
}
