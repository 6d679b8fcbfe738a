/** `find`: walking the tree with the usual tests and actions. */

import { boundedExpression } from "../../shell/bounded-expression.ts";
import type { FileStat } from "../../shell/node-files.ts";
import { matchesPattern } from "../../shell/pattern.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { quoteForShell } from "../../shell/quoting.ts";
import { complain, pathIn, reasonOf } from "./arguments.ts";
import { parseDate } from "./date-phrase.ts";
import { mountedSpace, mountOf } from "./df.ts";
import { confirmed } from "./file-changes.ts";
import { lsLine, printfText } from "./find-output.ts";
import { wallMs } from "./node-facts.ts";

interface Place {
  /** As shown: the starting point and what lies below. */
  path: string;
  full: string;
  /** The starting point. */
  root: string;
  name: string;
  depth: number;
  stat: FileStat;
}

type Test = (place: Place) => boolean | Promise<boolean>;

interface Plan {
  test: Test;
  acts: boolean;
  minDepth: number;
  maxDepth: number;
  depthFirst: boolean;
  finish: (() => Promise<void>)[];
}

class FindError extends Error {}
/** `-quit`: nothing more is looked at. */
class Quit extends Error {}

export const find: Program = async (ctx) => {
  const words = ctx.argv.slice(1).filter((word) => !/^-[HLP]$/.test(word));
  const firstTest = words.findIndex((word) => /^-|^[!(]$/.test(word));
  const roots = firstTest < 0 ? words : words.slice(0, firstTest);
  let plan: Plan;
  let failed = false;
  try {
    plan = await read(ctx, firstTest < 0 ? [] : words.slice(firstTest));
  } catch (error) {
    if (!(error instanceof FindError)) throw error;
    await complain(ctx, error.message);
    return 1;
  }
  const visit = async (place: Place): Promise<void> => {
    await ctx.breathe();
    const apply = async () => {
      if (place.depth < plan.minDepth) return true;
      const holds = await plan.test(place);
      if (holds && !plan.acts) await ctx.stdout.write(`${place.path}\n`);
      return true;
    };
    if (!plan.depthFirst) await apply();
    if (place.stat.type === "directory" && place.depth < plan.maxDepth && !pruned.has(place.full)) {
      let names: string[] = [];
      try {
        names = (await ctx.files.readdir(place.full)).sort();
      } catch (error) {
        await complain(ctx, `‘${place.path}’: ${reasonOf(error)}`);
        failed = true;
      }
      for (const name of names) {
        const full = `${place.full === "/" ? "" : place.full}/${name}`;
        const stat = await ctx.files.stat(full, { follow: false }).catch(() => undefined);
        if (stat)
          await visit({
            path: `${place.path.replace(/\/$/, "")}/${name}`,
            ...{ full, root: place.root, name, depth: place.depth + 1, stat },
          });
      }
    }
    if (plan.depthFirst) await apply();
  };
  for (const root of roots.length ? roots : ["."]) {
    const full = pathIn(ctx, root);
    try {
      const stat = await ctx.files.stat(full, { follow: false });
      await visit({
        path: root,
        full,
        root,
        name: root.replace(/\/+$/, "").replace(/^.*\//, "") || "/",
        depth: 0,
        stat,
      });
    } catch (error) {
      if (error instanceof Quit) break;
      await complain(ctx, `‘${root}’: ${reasonOf(error)}`);
      failed = true;
    }
  }
  for (const finish of plan.finish) await finish();
  pruned.clear();
  return failed ? 1 : 0;
};

/** Directories that `-prune` keeps the walk out of. */
const pruned = new Set<string>();

async function read(ctx: ProgramContext, words: string[]): Promise<Plan> {
  const plan: Plan = {
    test: () => true,
    acts: false,
    minDepth: 0,
    maxDepth: Number.POSITIVE_INFINITY,
    depthFirst: false,
    finish: [],
  };
  const nowMs = wallMs(ctx);
  let at = 0;
  const value = (name: string): string => {
    const given = words[at++];
    if (given === undefined) throw new FindError(`missing argument to \`${name}'`);
    return given;
  };
  const counted = (text: string, name: string): ((actual: number) => boolean) => {
    if (!/^[-+]?\d+$/.test(text)) throw new FindError(`invalid argument \`${text}' to \`${name}'`);
    const wanted = Number(text.replace(/^[-+]/, ""));
    return text.startsWith("+") ? (n) => n > wanted : text.startsWith("-") ? (n) => n < wanted : (n) => n === wanted;
  };
  const or = async (): Promise<Test> => {
    let left = await and();
    while (words[at] === "-o" || words[at] === "-or") {
      at++;
      const [a, b] = [left, await and()];
      left = async (place) => (await a(place)) || b(place);
    }
    return left;
  };
  const and = async (): Promise<Test> => {
    let left = await not();
    while (at < words.length && words[at] !== "-o" && words[at] !== "-or" && words[at] !== ")") {
      if (words[at] === "-a" || words[at] === "-and") at++;
      const [a, b] = [left, await not()];
      left = async (place) => (await a(place)) && b(place);
    }
    return left;
  };
  const not = async (): Promise<Test> => {
    if (words[at] !== "!" && words[at] !== "-not") return primary();
    at++;
    const inner = await not();
    return async (place) => !(await inner(place));
  };
  const primary = async (): Promise<Test> => {
    const word = words[at++];
    switch (word) {
      case undefined:
        return () => true;
      case "(": {
        const inner = await or();
        if (words[at++] !== ")") throw new FindError("invalid expression; expected to find a ')' but didn't see one.");
        return inner;
      }
      case "-name":
      case "-iname": {
        const pattern = value(word);
        return (place) => matchesPattern(place.name, pattern, { ignoreCase: word === "-iname" });
      }
      case "-path":
      case "-wholename":
      case "-ipath": {
        const pattern = value(word);
        return (place) => matchesPattern(place.path, pattern, { ignoreCase: word === "-ipath" });
      }
      case "-regex":
      case "-iregex": {
        const expression = boundedExpression(`^(?:${value(word)})$`, word === "-iregex" ? "i" : "");
        return (place) => expression.test(place.path);
      }
      case "-type": {
        const kinds: Record<string, string> = { f: "file", d: "directory", l: "symlink", c: "device" };
        const wanted = value(word).split(",");
        const unknown = wanted.find((letter) => !/^[bcdpfls]$/.test(letter));
        if (unknown !== undefined) throw new FindError(`Unknown argument to -type: ${unknown}`);
        return (place) => wanted.some((letter) => kinds[letter] === place.stat.type);
      }
      case "-maxdepth":
      case "-mindepth": {
        const text = value(word);
        if (!/^\d+$/.test(text))
          throw new FindError(`Expected a positive decimal integer argument to ${word}, but got ‘${text}’`);
        plan[word === "-maxdepth" ? "maxDepth" : "minDepth"] = Number(text);
        return () => true;
      }
      case "-xdev":
      case "-mount":
        return () => true;
      case "-depth":
        plan.depthFirst = true;
        return () => true;
      case "-empty":
        return async (place) =>
          place.stat.type === "directory"
            ? (await ctx.files.readdir(place.full)).length === 0
            : place.stat.type === "file" && place.stat.size === 0;
      case "-size": {
        const text = value(word);
        const unit = /[ckMGb]$/.test(text) ? text.at(-1)! : "b";
        const bytes = { c: 1, b: 512, k: 1024, M: 1 << 20, G: 1 << 30 }[unit]!;
        const fits = counted(text.replace(/[ckMGb]$/, ""), word);
        return (place) => fits(Math.ceil(place.stat.size / bytes));
      }
      case "-mtime":
      case "-mmin":
      case "-atime":
      case "-ctime":
      case "-cmin": {
        const unitMs = word.endsWith("min") ? 60_000 : 86_400_000;
        const fits = counted(value(word), word);
        return (place) => fits(Math.floor((nowMs - place.stat.mtimeMs) / unitMs));
      }
      case "-links": {
        const fits = counted(value(word), word);
        return (place) => fits(place.stat.links);
      }
      case "-inum": {
        const fits = counted(value(word), word);
        return (place) => fits(place.stat.inode);
      }
      case "-samefile": {
        const named = value(word);
        const reference = await ctx.files.stat(pathIn(ctx, named)).catch((error: unknown) => {
          throw new FindError(`‘${named}’: ${reasonOf(error)}`);
        });
        return (place) => place.stat.inode === reference.inode;
      }
      case "-readable":
      case "-writable":
        return () => true;
      case "-executable":
        return (place) => place.stat.type === "directory" || (place.stat.mode & 0o111) !== 0;
      case "-fstype": {
        const type = value(word);
        return (place) => mountOf(mountedSpace(ctx), place.full).type === type;
      }
      case "-nouser":
      case "-nogroup":
        return () => false;
      case "-lname": {
        const pattern = value(word);
        return async (place) =>
          place.stat.type === "symlink" && matchesPattern(await ctx.files.readlink(place.full), pattern);
      }
      case "-newermt": {
        const text = value(word);
        const atMs = parseDate(text, nowMs, zoneOfProgram(ctx));
        if (atMs === undefined) throw new FindError(`I cannot figure out how to interpret ‘${text}’ as a date or time`);
        return (place) => place.stat.mtimeMs > atMs;
      }
      case "-newer":
      case "-anewer":
      case "-cnewer":
      case "-newermm": {
        const named = value(word);
        const reference = await ctx.files.stat(pathIn(ctx, named)).catch((error: unknown) => {
          throw new FindError(`‘${named}’: ${reasonOf(error)}`);
        });
        return (place) => place.stat.mtimeMs > reference.mtimeMs;
      }
      case "-user":
      case "-group": {
        const name = value(word);
        return (place) => place.stat[word === "-user" ? "owner" : "group"] === name;
      }
      case "-perm": {
        const text = value(word);
        const mode = Number.parseInt(text.replace(/^[-/]/, ""), 8);
        return (place) =>
          text.startsWith("-")
            ? (place.stat.mode & mode) === mode
            : text.startsWith("/")
              ? (place.stat.mode & mode) !== 0
              : (place.stat.mode & 0o7777) === mode;
      }
      case "-true":
        return () => true;
      case "-false":
        return () => false;
      case "-print":
      case "-print0":
        plan.acts = true;
        return async (place) => {
          await ctx.stdout.write(`${place.path}${word === "-print" ? "\n" : "\0"}`);
          return true;
        };
      case "-ls":
        plan.acts = true;
        return async (place) => {
          await ctx.stdout.write(lsLine(place, await targetOf(ctx, place), zoneOfProgram(ctx)));
          return true;
        };
      case "-printf": {
        const format = value(word);
        plan.acts = true;
        return async (place) => {
          await ctx.stdout.write(printfText(format, place, place.root, await targetOf(ctx, place), zoneOfProgram(ctx)));
          return true;
        };
      }
      case "-fprint":
      case "-fprint0":
      case "-fprintf":
      case "-fls": {
        const path = pathIn(ctx, value(word));
        const format = word === "-fprintf" ? value(word) : "";
        plan.acts = true;
        // The file is there and empty as soon as the expression is read.
        await ctx.files.writeFile(path, new Uint8Array(0)).catch((error: unknown) => {
          throw new FindError(`${path}: ${reasonOf(error)}`);
        });
        return async (place) => {
          const text =
            word === "-fprint" || word === "-fprint0"
              ? `${place.path}${word === "-fprint" ? "\n" : "\0"}`
              : word === "-fls"
                ? lsLine(place, await targetOf(ctx, place), zoneOfProgram(ctx))
                : printfText(format, place, place.root, await targetOf(ctx, place), zoneOfProgram(ctx));
          await ctx.files.writeFile(path, Buffer.from(text), { append: true });
          return true;
        };
      }
      case "-prune":
        return (place) => {
          pruned.add(place.full);
          return true;
        };
      case "-quit":
        plan.acts = true;
        return () => {
          throw new Quit();
        };
      case "-delete":
        plan.acts = true;
        plan.depthFirst = true;
        return async (place) => {
          try {
            await (place.stat.type === "directory" ? ctx.files.rmdir(place.full) : ctx.files.unlink(place.full));
            return true;
          } catch (error) {
            await complain(ctx, `cannot delete ‘${place.path}’: ${reasonOf(error)}`);
            return false;
          }
        };
      case "-exec":
      case "-execdir":
      case "-ok":
        return execution(
          ctx,
          words,
          () => at,
          (next) => {
            at = next;
          },
          plan,
          word === "-ok",
          word === "-execdir",
        );
      default:
        throw new FindError(
          word.startsWith("-") ? `unknown predicate \`${word}'` : `paths must precede expression: \`${word}'`,
        );
    }
  };
  if (words.length > 0) {
    plan.test = await or();
    if (at < words.length) throw new FindError("invalid expression; you have too many ')'");
  }
  return plan;
}

/** `-execdir` runs in the folder of the file, which it names from there. */
function commandFor(ctx: ProgramContext, command: readonly string[], found: Place, inFolder: boolean): string {
  const shown = inFolder ? `./${found.name}` : found.path;
  const line = command.map((word) => quoteForShell(word.replaceAll("{}", shown))).join(" ");
  const folder = found.full.slice(0, found.full.lastIndexOf("/")) || "/";
  return inFolder && folder !== ctx.cwd ? `cd ${quoteForShell(folder)} && ${line}` : line;
}

async function targetOf(ctx: ProgramContext, place: Place): Promise<string> {
  return place.stat.type === "symlink" ? ctx.files.readlink(place.full) : "";
}

function execution(
  ctx: ProgramContext,
  words: string[],
  place: () => number,
  move: (at: number) => void,
  plan: Plan,
  asks: boolean,
  inFolder: boolean,
): Test {
  const start = place();
  const end = words.findIndex(
    (word, index) => index >= start && (word === ";" || (word === "+" && words[index - 1] === "{}")),
  );
  if (end < 0) throw new FindError("missing argument to `-exec'");
  const command = words.slice(start, end);
  move(end + 1);
  plan.acts = true;
  if (words[end] === ";") {
    return async (found) =>
      (!asks || (await confirmed(ctx, `< ${command[0]} ... ${found.path} > ? `))) &&
      (await ctx.run(commandFor(ctx, command, found, inFolder))) === 0;
  }
  const collected: string[] = [];
  plan.finish.push(async () => {
    if (collected.length > 0) await ctx.run([...command.slice(0, -1), ...collected].map(quoteForShell).join(" "));
  });
  return (found) => {
    collected.push(found.path);
    return true;
  };
}
