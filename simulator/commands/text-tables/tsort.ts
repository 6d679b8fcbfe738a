/** `tsort` and `factor`. @source coreutils 9.1, their own output */
import type { Program } from "../../shell/process.ts";
import { complain, reasonOf } from "../coreutils/arguments.ts";
import { collect, openInput } from "../coreutils/streams.ts";

export const tsort: Program = async (ctx) => {
  const operand = ctx.argv[1] ?? "-";
  let words: string[];
  try {
    words = (await collect(ctx, openInput(ctx, operand))).toString("utf8").split(/\s+/).filter(Boolean);
  } catch (error) {
    await complain(ctx, `${operand}: ${reasonOf(error)}`);
    return 1;
  }
  if (words.length % 2 === 1) {
    await complain(ctx, `${operand}: input contains an odd number of tokens`);
    return 1;
  }
  const after = new Map<string, string[]>();
  const before = new Map<string, number>();
  for (let at = 0; at < words.length; at += 2) {
    if (at % 1_024 === 0) await ctx.breathe();
    const [first, second] = [words[at]!, words[at + 1]!];
    for (const word of [first, second]) if (!after.has(word)) after.set(word, []);
    if (first === second) continue;
    // The newest comes first, as in a list that grows at its head.
    after.get(first)!.unshift(second);
    before.set(second, (before.get(second) ?? 0) + 1);
  }
  // Names are looked through in their own order for those that nothing comes before.
  const names = [...after.keys()].sort();
  const ready = names.filter((name) => !before.get(name));
  let next = 0;
  let status = 0;
  for (let left = names.length; left > 0; ) {
    await ctx.breathe();
    const name = ready[next++];
    if (name === undefined) {
      next = ready.length;
      const loop = loopIn(names, after, before);
      await complain(ctx, `${operand}: input contains a loop:`);
      for (const one of loop) await complain(ctx, one);
      status = 1;
      const [last, first] = [loop.at(-1)!, loop[0]!];
      after.set(
        last,
        after.get(last)!.filter((one) => one !== first),
      );
      before.set(first, before.get(first)! - 1);
      if (before.get(first) === 0) ready.push(first);
      continue;
    }
    await ctx.stdout.write(`${name}\n`);
    left--;
    before.set(name, -1);
    for (const one of after.get(name)!) {
      before.set(one, before.get(one)! - 1);
      if (before.get(one) === 0) ready.push(one);
    }
  }
  return status;
};

function loopIn(
  names: readonly string[],
  after: ReadonlyMap<string, string[]>,
  before: ReadonlyMap<string, number>,
): string[] {
  let name = names.find((one) => (before.get(one) ?? 0) > 0)!;
  const way: string[] = [];
  while (!way.includes(name)) {
    way.push(name);
    name = names.find(
      (one) => (before.get(one) ?? 0) >= 0 && after.get(one)!.includes(name) && before.get(one) !== -1,
    )!;
  }
  return way.slice(way.indexOf(name));
}

export const factor: Program = async (ctx) => {
  let words = ctx.argv.slice(1).filter((word) => word !== "--");
  if (words.length === 0) words = (await collect(ctx, ctx.stdin)).toString("utf8").split(/\s+/).filter(Boolean);
  let status = 0;
  for (const word of words) {
    if (!/^\+?\d+$/.test(word)) {
      await complain(ctx, `‘${word}’ is not a valid positive integer`);
      status = 1;
      continue;
    }
    const value = Number(word);
    if (!Number.isSafeInteger(value)) {
      await complain(ctx, `${word}: numbers above 2^53 are not modelled in this simulated node`);
      status = 1;
      continue;
    }
    const factors: number[] = [];
    let [rest, steps] = [value, 0];
    for (let divisor = 2; divisor * divisor <= rest; divisor += divisor === 2 ? 1 : 2) {
      if (++steps % 65_536 === 0) await ctx.breathe();
      for (; rest % divisor === 0; rest /= divisor) factors.push(divisor);
    }
    if (rest > 1) factors.push(rest);
    await ctx.stdout.write(`${[`${value}:`, ...factors].join(" ")}\n`);
  }
  return status;
};
