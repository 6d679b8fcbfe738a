/** `compgen` and `complete`: words for completion, as far as scripts ask for them. */
import { runAsProcess } from "../child-shell.ts";
import { NullFile } from "../open-file.ts";
import { quoteForShell } from "../quoting.ts";
import { runMadeUp } from "../script-run.ts";
import type { Shell } from "../shell.ts";
import { Variables } from "../variables.ts";
import { type Builtin, complain, print } from "./builtin.ts";
import { builtinNames } from "./builtins.ts";

export const KEYWORDS =
  "if then else elif fi case esac for select while until do done in function time { } ! [[ ]] coproc".split(" ");
/** What `complete` was told for a command. */
interface Specification {
  shown: string;
  /** Words as for `compgen`. */
  argv: string[];
  /** `-F`: a function that fills `COMPREPLY`. */
  calls: string | undefined;
  /** `-o`. */
  options: ReadonlySet<string>;
  prefix: string;
  suffix: string;
}

/** What a specification comes to for one word. */
export interface Programmed {
  candidates: string[];
  /** Names of files, quoted as such. */
  isFile: boolean;
  /** When it found nothing, files are offered. */
  orFiles: boolean;
  noSpace: boolean;
}

/** By shell: what `complete` was told, by command. */
const specifications = new WeakMap<Shell, Map<string, Specification>>();

export const compgen: Builtin = async (shell, argv) => {
  const found = await candidates(shell, argv);
  if (typeof found === "string") {
    const isOption = found.endsWith("invalid option");
    return complain(shell, "compgen", found, isOption ? 2 : 1);
  }
  if (found.length === 0) return 1;
  return print(shell, "compgen", found.map((candidate) => `${candidate}\n`).join(""));
};

/** @returns the words, or what is wrong */
async function candidates(shell: Shell, argv: readonly string[]): Promise<string[] | string> {
  const lists: string[][] = [];
  let word = "";
  for (let at = 1; at < argv.length; at++) {
    const arg = argv[at]!;
    const kind =
      arg === "-A"
        ? argv[++at]
        : {
            "-b": "builtin",
            "-c": "command",
            "-v": "variable",
            "-a": "alias",
            "-f": "file",
            "-d": "directory",
            "-k": "keyword",
            "-e": "export",
            "-j": "job",
          }[arg];
    if (arg === "-W") lists.push((argv[++at] ?? "").split(/[ \t\n]+/).filter(Boolean));
    else if (kind !== undefined) {
      const found = await wordsOf(shell, kind, argv.at(-1) ?? "");
      if (!found) return `${kind}: invalid action name`;
      lists.push(found);
    } else if (/^-[oPSXFCG]$/.test(arg)) at++;
    else if (arg === "--") continue;
    else if (arg.startsWith("-")) return `${arg}: invalid option`;
    else word = arg;
  }
  return lists.flat().filter((candidate) => candidate.startsWith(word));
}

/** What `complete` was told of the command being typed; undefined when it was told nothing. */
export async function programmed(
  shell: Shell,
  words: readonly string[],
  word: string,
  line: string,
): Promise<Programmed | undefined> {
  const known = specifications.get(shell)?.get(words[0] ?? "");
  if (!known) return undefined;
  const found = (await wordsFound(shell, known, words, word, line)).map((one) => known.prefix + one + known.suffix);
  return {
    candidates: [...new Set(found)].sort(),
    isFile: known.options.has("filenames"),
    orFiles: known.options.has("default") || known.options.has("bashdefault"),
    noSpace: known.options.has("nospace"),
  };
}

async function wordsFound(
  shell: Shell,
  known: Specification,
  words: readonly string[],
  word: string,
  line: string,
): Promise<string[]> {
  const definition = known.calls === undefined ? undefined : shell.functions.get(known.calls);
  if (!definition) {
    const found = await candidates(shell, ["compgen", ...known.argv, "--", word]);
    return typeof found === "string" ? [] : found;
  }
  // In a subshell, so that nothing it does or prints disturbs the line.
  const child = shell.fork();
  child.descriptors.set(1, new NullFile());
  child.descriptors.set(2, new NullFile());
  const all = [...words, word];
  child.variables.setArray(
    "COMP_WORDS",
    all.map((one, at) => [String(at), one]),
  );
  child.variables.set("COMP_CWORD", String(all.length - 1));
  child.variables.set("COMP_LINE", line);
  child.variables.set("COMP_POINT", String(line.length));
  child.variables.setArray("COMPREPLY", []);
  let found: string[] = [];
  const call = [known.calls!, words[0]!, word, words.at(-1)!].map(quoteForShell).join(" ");
  await runAsProcess(child, async () => {
    const status = await runMadeUp(child, call);
    const reply = child.variables.find("COMPREPLY");
    found = reply ? Variables.values(reply) : [];
    return status;
  });
  return found.filter(Boolean);
}

async function wordsOf(shell: Shell, kind: string, word: string): Promise<string[] | undefined> {
  switch (kind) {
    case "builtin":
      return builtinNames().sort();
    case "command":
      return [
        ...new Set([
          ...builtinNames(),
          ...KEYWORDS,
          ...shell.functions.keys(),
          ...shell.aliases.keys(),
          ...Object.keys(shell.around.commands),
        ]),
      ];
    case "function":
      return [...shell.functions.keys()].sort();
    case "alias":
      return [...shell.aliases.keys()].sort();
    case "keyword":
      return KEYWORDS;
    case "variable":
      return shell.variables.names();
    case "export":
      return [...shell.variables.exported().keys()].sort();
    case "job":
      return shell.jobs.jobs.map((job) => job.text.split(" ")[0]!);
    case "file":
    case "directory": {
      const slash = word.startsWith("-") ? -1 : word.lastIndexOf("/");
      const base = slash < 0 ? "" : word.slice(0, slash + 1);
      const names = await shell.around.files.readdir(shell.resolve(base || ".")).catch(() => []);
      const out: string[] = [];
      for (const name of names) {
        const stat = await shell.around.files.stat(shell.resolve(base + name)).catch(() => undefined);
        if (kind === "file" || stat?.type === "directory") out.push(base + name);
      }
      return out;
    }
    default:
      return undefined;
  }
}

export const complete: Builtin = async (shell, argv) => {
  const known = specifications.get(shell) ?? new Map<string, Specification>();
  specifications.set(shell, known);
  const words = argv.slice(1);
  if (words[0] === "-p" || words.length === 0) {
    const names = words.slice(1);
    for (const name of names.length ? names : known.keys()) {
      const text = known.get(name)?.shown;
      if (text === undefined) return complain(shell, "complete", `${name}: no completion specification`);
      await print(shell, "complete", `complete ${text} ${name}\n`);
    }
    return 0;
  }
  if (words[0] === "-r") {
    for (const name of words.slice(1)) known.delete(name);
    if (words.length === 1) known.clear();
    return 0;
  }
  const name = words.at(-1)!;
  const shown = words.slice(0, -1).map((word) => (/^[\w./-]+$/.test(word) ? word : `'${word}'`));
  const at = words.indexOf("-F");
  const given = words
    .slice(0, -1)
    .flatMap((one, index, all) => (/^-[FoPSX]$/.test(one) || /^-[FoPSX]$/.test(all[index - 1] ?? "") ? [] : [one]));
  const valuesOf = (flag: string) => words.flatMap((one, index) => (one === flag ? [words[index + 1] ?? ""] : []));
  known.set(name, {
    shown: shown.join(" "),
    argv: given,
    calls: at < 0 ? undefined : words[at + 1],
    options: new Set(valuesOf("-o")),
    prefix: valuesOf("-P").at(-1) ?? "",
    suffix: valuesOf("-S").at(-1) ?? "",
  });
  return 0;
};
