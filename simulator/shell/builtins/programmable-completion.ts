/** `compgen` and `complete`: words for completion, as far as scripts ask for them. */
import type { Shell } from "../shell.ts";
import { type Builtin, complain, print } from "./builtin.ts";
import { builtins } from "./builtins.ts";

const KEYWORDS =
  "if then else elif fi case esac for select while until do done in function time { } ! [[ ]] coproc".split(" ");
/** By shell: what `complete` was told, by command. */
const specifications = new WeakMap<Shell, Map<string, string>>();

export const compgen: Builtin = async (shell, argv) => {
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
      if (!found) return complain(shell, "compgen", `${kind}: invalid action name`);
      lists.push(found);
    } else if (/^-[oPSXFCG]$/.test(arg)) at++;
    else if (arg === "--") continue;
    else if (arg.startsWith("-")) return complain(shell, "compgen", `${arg}: invalid option`, 2);
    else word = arg;
  }
  const found = lists.flat().filter((candidate) => candidate.startsWith(word));
  if (found.length === 0) return 1;
  return print(shell, "compgen", found.map((candidate) => `${candidate}\n`).join(""));
};

async function wordsOf(shell: Shell, kind: string, word: string): Promise<string[] | undefined> {
  switch (kind) {
    case "builtin":
      return Object.keys(builtins).sort();
    case "command":
      return [
        ...new Set([
          ...Object.keys(builtins),
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
  const known = specifications.get(shell) ?? new Map<string, string>();
  specifications.set(shell, known);
  const words = argv.slice(1);
  if (words[0] === "-p" || words.length === 0) {
    const names = words.slice(1);
    for (const name of names.length ? names : known.keys()) {
      const text = known.get(name);
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
  known.set(name, shown.join(" "));
  return 0;
};
