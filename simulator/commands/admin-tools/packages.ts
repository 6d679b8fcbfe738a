/**
 * `dpkg` and `dpkg-query`: what is installed can be read, changing it is not modelled.
 *
 * @source dpkg 1.21.22, its own output on the same table (`recordings/packages/typed.json`)
 */
import {
  compareVersions,
  type InstalledPackage,
  installedPackages,
  mentionedPackages,
  sourceOf,
} from "../../node-view/packages/package-table.ts";
import { matchesPattern } from "../../shell/pattern.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { throughPager } from "../systemd/terminal-look.ts";

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

export const dpkg: Program = async (ctx) => {
  const program = ctx.argv[0]!.replace(/^.*\//, "");
  const words = ctx.argv.slice(1).filter((word) => word !== "--no-pager");
  const format = program === "dpkg-query" ? formatIn(words) : undefined;
  const [verb, ...names] = words;
  const query = verb === undefined ? undefined : (QUERIES[verb] ?? verb);
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
  if (program === "dpkg" && verb === "--compare-versions") return compare(ctx, names);
  if (program === "dpkg" && verb === "--print-architecture") return tell(ctx, "amd64\n");
  if (verb === "--version") {
    return tell(
      ctx,
      `Debian '${program}' package management program ${program === "dpkg" ? "" : "query tool "}version 1.21.22 (amd64).\nThis is free software; see the GNU General Public License version 2 or\nlater for copying conditions. There is NO warranty.\n`,
    );
  }
  const help = program === "dpkg" ? HELP : QUERY_HELP;
  if (verb === undefined) {
    await ctx.stderr.write(`${program}: error: need an action option\n${help}`);
    return 2;
  }
  const known =
    /^(?:-i|--install|-r|--remove|-P|--purge|-V|--verify|-C|--audit|--configure|--unpack|-c|--contents|-I|--info|-p|--print-avail|--help|-a|--pending|--control-path|--control-list|--control-show)$/;
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

const fits = (name: string, pattern: string) => matchesPattern(name, pattern.replace(/:(?:amd64|all)$/, ""));

/** Installed ones whose names fit a pattern, or all; by their names. */
export function installed(patterns: readonly string[]): InstalledPackage[] {
  const all = [...installedPackages().values()];
  return patterns.length === 0 ? all : all.filter(({ name }) => patterns.some((pattern) => fits(name, pattern)));
}

/** Those, and names that are only spoken of where a pattern asks for them. */
function asked(patterns: readonly string[]): (InstalledPackage | string)[] {
  if (patterns.length === 0) return installed([]);
  const only = mentionedPackages().filter((name) => patterns.some((pattern) => fits(name, pattern)));
  const nameOf = (one: InstalledPackage | string) => (typeof one === "string" ? one : one.name);
  return [...installed(patterns), ...only].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

async function list(ctx: ProgramContext, patterns: readonly string[]): Promise<number> {
  const rows = asked(patterns).map((one) =>
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
  return tellMissing(ctx, patterns);
}

/** @returns the exit status */
async function tellMissing(ctx: ProgramContext, patterns: readonly string[]): Promise<number> {
  const missing = patterns.filter((pattern) => asked([pattern]).length === 0);
  await ctx.stderr.write(missing.map((pattern) => `dpkg-query: no packages found matching ${pattern}\n`).join(""));
  return missing.length > 0 ? 1 : 0;
}

const named = (name: string) => installedPackages().get(name.replace(/:(?:amd64|all)$/, ""));

async function status(ctx: ProgramContext, names: readonly string[]): Promise<number> {
  let exit = 0;
  const wanted = names.length > 0 ? names : [...installedPackages().keys()];
  for (const [at, name] of wanted.entries()) {
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

async function search(ctx: ProgramContext, patterns: readonly string[]): Promise<number> {
  let exit = 0;
  for (const pattern of patterns) {
    // What begins with neither a slash nor a star is looked for anywhere in a path.
    const whole = /^[/*[?]/.test(pattern) ? pattern : `*${pattern}*`;
    const owners = new Map<string, string[]>();
    for (const one of installed([])) {
      for (const path of withFolders(one)) {
        if (matchesPattern(path, whole)) owners.set(path, [...(owners.get(path) ?? []), one.shownName]);
      }
    }
    const found = [...owners].map(([path, names]) => `${names.join(", ")}: ${path}\n`);
    if (found.length > 0) {
      await ctx.stdout.write(found.join(""));
      continue;
    }
    const unknown = pattern.startsWith("/") && (await ctx.files.stat(pattern).catch(() => undefined)) !== undefined;
    // dpkg knows programs of /bin by that name alone.
    const elsewhere = pattern.replace(/^\/usr(?=\/)/, "");
    const moved = elsewhere !== pattern && installed([]).some(({ paths }) => paths.includes(elsewhere));
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
  const rows = asked(patterns).map((one) => {
    if (format === undefined) return typeof one === "string" ? `${one}\t\n` : `${one.shownName}\t${one.version}\n`;
    return format
      .replace(/\$\{([^};]+)(?:;(-?\d+))?\}/g, (_, field: string, width = "0") =>
        width.startsWith("-")
          ? fieldOf(one, field).padEnd(Number(width.slice(1)))
          : fieldOf(one, field).padStart(Number(width)),
      )
      .replace(/\\n/g, "\n")
      .replace(/\\t/g, "\t");
  });
  await ctx.stdout.write(rows.join(""));
  return tellMissing(ctx, patterns);
}

/** What `${...}` stands for. @source dpkg-query(1) */
function fieldOf(one: InstalledPackage | string, name: string): string {
  if (typeof one === "string") {
    const known: Record<string, string> = {
      ...{ Package: one, "binary:Package": one, Status: "unknown ok not-installed" },
      ...{ "db:Status-Abbrev": "un ", "db:Status-Status": "not-installed" },
    };
    return known[name] ?? "";
  }
  const { source, sourceVersion } = sourceOf(one);
  const made: Record<string, string> = {
    "binary:Package": one.shownName,
    "binary:Summary": one.summary,
    "binary:Synopsis": one.summary,
    "db:Status-Abbrev": "ii ",
    "db:Status-Want": "install",
    "db:Status-Status": "installed",
    "db:Status-Eflag": "ok",
    "source:Package": source,
    "source:Version": sourceVersion,
  };
  const own = [...one.fields].find(([field]) => field.toLowerCase() === name.toLowerCase());
  return made[name] ?? own?.[1] ?? "";
}

async function selections(ctx: ProgramContext, patterns: readonly string[]): Promise<number> {
  const line = ({ shownName }: InstalledPackage) =>
    `${shownName}${"\t".repeat(Math.max(1, 6 - Math.floor(shownName.length / 8)))}install\n`;
  const wanted = patterns.length === 0 ? installed([]) : patterns.flatMap((pattern) => installed([pattern]));
  await ctx.stdout.write(wanted.map(line).join(""));
  const missing = patterns.filter((pattern) => asked([pattern]).length === 0);
  await ctx.stderr.write(missing.map((pattern) => `dpkg: no packages found matching ${pattern}\n`).join(""));
  return 0;
}

const HOLDS: Record<string, (order: number) => boolean> = {
  lt: (order) => order < 0,
  le: (order) => order <= 0,
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  ge: (order) => order >= 0,
  gt: (order) => order > 0,
};
const SIGNS: Record<string, string> = { "<<": "lt", "<=": "le", "=": "eq", ">=": "ge", ">>": "gt" };

async function compare(ctx: ProgramContext, [a, relation = "", b]: readonly string[]): Promise<number> {
  if (a === undefined || b === undefined) {
    await ctx.stderr.write(
      `dpkg: error: --compare-versions takes three arguments: <version> <relation> <version>\n${HELP}`,
    );
    return 2;
  }
  const holds = HOLDS[SIGNS[relation] ?? relation];
  if (!holds) {
    await ctx.stderr.write(`dpkg: error: --compare-versions bad relation\n${HELP}`);
    return 2;
  }
  return holds(compareVersions(a, b)) ? 0 : 1;
}
