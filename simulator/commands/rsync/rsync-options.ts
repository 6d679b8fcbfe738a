/** rsync's command line. @source rsync(1) */

export interface RsyncOptions {
  /** By long names, what `-a` stands for written out. */
  flags: Set<string>;
  verbose: number;
  rules: { exclude: boolean; pattern: string }[];
  /** Files with one pattern a line. */
  excludeFiles: string[];
  shell: string | undefined;
  paths: string[];
}

const SHORT: Record<string, string> = {
  c: "checksum",
  D: "devices",
  E: "executability",
  g: "group",
  h: "human-readable",
  I: "ignore-times",
  i: "itemize-changes",
  l: "links",
  n: "dry-run",
  o: "owner",
  p: "perms",
  q: "quiet",
  r: "recursive",
  S: "sparse",
  t: "times",
  u: "update",
  W: "whole-file",
  x: "one-file-system",
  z: "compress",
};
const LONG = new Set([
  ...Object.values(SHORT),
  ..."delete delete-before delete-during delete-after delete-delay del existing ignore-existing inplace mkpath numeric-ids partial progress remove-source-files size-only specials stats".split(
    " ",
  ),
]);
const NOT_MODELLED =
  /^(?:acls|append|append-verify|backup|backup-dir|bwlimit|chmod|chown|compare-dest|copy-dest|copy-links|cvs-exclude|daemon|delete-excluded|dirs|files-from|filter|force|fuzzy|hard-links|info|link-dest|list-only|log-file|max-delete|max-size|min-size|out-format|password-file|port|prune-empty-dirs|relative|rsync-path|server|timeout|xattrs)$/;
const LETTERS_NOT_MODELLED = "AbCdfFHJkKLMmNOPRsTUXyB0";

export class RsyncUsage extends Error {
  override name = "RsyncUsage";
}

/** @throws RsyncUsage with what is printed */
export function parseRsync(args: readonly string[]): RsyncOptions {
  const options: RsyncOptions = {
    flags: new Set(),
    verbose: 0,
    rules: [],
    excludeFiles: [],
    shell: undefined,
    paths: [],
  };
  const strange = (what: string) =>
    new RsyncUsage(`rsync: '${what}' is not modelled in this simulated node yet (see fidelity page)\n`);
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (arg === "--") {
      options.paths.push(...args.slice(at + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") options.paths.push(arg);
    else if (arg.startsWith("--")) {
      const [name = "", glued] = arg.slice(2).split(/=(.*)/s);
      const value = () => glued ?? args[++at] ?? "";
      if (name === "archive") archive(options);
      else if (name === "verbose") options.verbose++;
      else if (name === "exclude" || name === "include") {
        options.rules.push({ exclude: name === "exclude", pattern: value() });
      } else if (name === "exclude-from") options.excludeFiles.push(value());
      else if (name === "rsh") options.shell = value();
      else if (name.startsWith("no-") && LONG.has(name.slice(3))) options.flags.delete(name.slice(3));
      else if (LONG.has(name)) options.flags.add(name);
      else if (NOT_MODELLED.test(name)) throw strange(`--${name}`);
      else throw new RsyncUsage(`rsync: ${arg}: unknown option\n${syntaxError("1795")}`);
    } else {
      for (let letter = 1; letter < arg.length; letter++) {
        const option = arg[letter]!;
        if (option === "a") archive(options);
        else if (option === "v") options.verbose++;
        else if (option === "P") options.flags.add("partial").add("progress");
        else if (option === "e") {
          options.shell = arg.slice(letter + 1) || args[++at];
          break;
        } else if (SHORT[option] !== undefined) options.flags.add(SHORT[option]);
        else if (LETTERS_NOT_MODELLED.includes(option)) throw strange(`-${option}`);
        else throw new RsyncUsage(`rsync: -${option}: unknown option\n${syntaxError("1795")}`);
      }
    }
  }
  if ([...options.flags].some((flag) => flag.startsWith("del"))) options.flags.add("delete");
  return options;
}

function archive(options: RsyncOptions): void {
  for (const flag of ["recursive", "links", "perms", "times", "group", "owner", "devices"]) options.flags.add(flag);
}

export function syntaxError(line: string, who = "client"): string {
  return `rsync error: syntax or usage error (code 1) at main.c(${line}) [${who}=3.2.7]\n`;
}
