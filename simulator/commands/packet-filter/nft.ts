/**
 * `nft`: tables, chains and rules of a node's packet filter by its usual commands, and files of them.
 *
 * @source nftables 1.0.6, its own output in namespaces: recordings/network/packet-filter.json
 */
import type {
  Family,
  FilterChain,
  FilterMatch,
  FilterTable,
  PacketFilter,
} from "../../cluster/packet-filter/packet-filter-state.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { filterOf, keepFilter, refusedByFirewall } from "./iptables-tables.ts";
import { NftError, NftUnmodelled, nftRuleText, readNftRule } from "./nft-rule.ts";

const FAMILIES = ["ip", "ip6", "inet"];
const PRIORITIES: Record<string, number> = {
  raw: -300,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  srcnat: 100,
};
const MISSING = "Could not process rule: No such file or directory";

export const nft: Program = async (ctx) => {
  const args = ctx.argv.slice(1);
  const flags = { handles: false, numeric: false };
  let file: string | undefined;
  while (args[0]?.startsWith("-")) {
    const word = args.shift()!;
    if (word === "-v" || word === "--version") {
      await ctx.stdout.write("nftables v1.0.6 (Lester Gooch #5)\n");
      return 0;
    }
    if (word === "-f" || word === "--file") file = args.shift() ?? "";
    else if (/^-[ans]+$/.test(word) || /^--(?:handle|numeric|stateless)$/.test(word)) {
      flags.handles ||= word.includes("a") && word !== "--stateless";
      flags.numeric ||= /^-\w*n\w*n/.test(word) || word === "--numeric-priority";
    } else {
      await ctx.stderr.write(notModelled("nft", word));
      return 1;
    }
  }
  if (file === undefined && args.length === 0) {
    await ctx.stderr.write("nft: no command specified\n");
    return 1;
  }
  let text = args.join(" ");
  if (file !== undefined) {
    const read = await textOfFile(ctx, file);
    if (read === undefined) {
      await ctx.stderr.write(`internal:0:0-0: Error: Could not open file "${file}": No such file or directory\n\n\n`);
      return 1;
    }
    text = read;
  }
  const refused = await refusedByFirewall(ctx, "nft");
  if (refused !== undefined) return refused;
  const filter = filterOf(ctx);
  let changed = false;
  for (const statement of statementsOf(text)) {
    try {
      const done = carryOut(filter, statement, flags);
      if (typeof done === "string") await ctx.stdout.write(done);
      else changed = true;
    } catch (error) {
      if (error instanceof NftUnmodelled) await ctx.stderr.write(notModelled("nft", error.message));
      else if (error instanceof NftError) await ctx.stderr.write(errorText(error, statement.join(" ")));
      else throw error;
      // All of it is done, or nothing.
      return 1;
    }
  }
  if (changed) keepFilter(ctx, filter);
  return 0;
};

async function textOfFile(ctx: ProgramContext, file: string): Promise<string | undefined> {
  if (file === "-") {
    const decoder = new TextDecoder();
    let text = "";
    for (let bytes = await ctx.stdin.read(); bytes; bytes = await ctx.stdin.read())
      text += decoder.decode(bytes, { stream: true });
    return text;
  }
  const bytes = await ctx.files.readFile(file.startsWith("/") ? file : `${ctx.cwd}/${file}`).catch(() => undefined);
  return bytes && Buffer.from(bytes).toString("utf8");
}

function errorText({ message, word }: NftError, shown: string): string {
  const at = word === undefined ? shown.length : shown.lastIndexOf(word);
  return `Error: ${message}\n${shown}\n${" ".repeat(Math.max(0, at))}${"^".repeat(word?.length ?? 1)}\n`;
}

/** Commands of a text, each as its words; what stands between braces belongs to its command. */
function statementsOf(text: string): string[][] {
  const statements: string[][] = [];
  let words: string[] = [];
  let depth = 0;
  const tokens = text.replace(/#[^\n]*/g, "").match(/"[^"\n]*"|[{};\n]|[^\s{};]+/g) ?? [];
  for (const token of tokens) {
    if (token === "{") depth++;
    if (token === "}") depth--;
    if ((token === ";" || token === "\n") && depth === 0) {
      if (words.length > 0) statements.push(words);
      words = [];
    } else words.push(token);
  }
  if (words.length > 0) statements.push(words);
  return statements;
}

type Flags = { handles: boolean; numeric: boolean };

/** @returns what a listing prints; undefined after a change */
function carryOut(filter: PacketFilter, statement: readonly string[], flags: Flags): string | undefined {
  const words = statement.filter((word) => word !== "\n");
  const verb = words[0]!;
  if (verb === "table") return defineTable(filter, statement);
  const rest = words.slice(1);
  const what = rest.shift();
  if (!/^(?:list|add|create|insert|delete|flush|replace|destroy)$/.test(verb)) {
    if (/^(?:monitor|describe|export|import|rename|reset)$/.test(verb)) throw new NftUnmodelled(verb);
    throw new NftError("syntax error, unexpected newline, expecting string");
  }
  if (what === "ruleset") {
    const family = FAMILIES.includes(rest[0] ?? "") ? rest[0] : undefined;
    if (verb === "list")
      return filter.tables
        .filter((one) => !family || one.family === family)
        .map((one) => tableText(one, flags))
        .join("");
    filter.tables = filter.tables.filter((one) => family !== undefined && one.family !== family);
    return undefined;
  }
  if (verb === "list" && what === "tables")
    return filter.tables.map((one) => `table ${one.family} ${one.name}\n`).join("");
  if (verb === "list" && what === "chains")
    return filter.tables
      .map((one) => tableText({ ...one, chains: one.chains.map((chain) => ({ ...chain, rules: [] })) }, flags))
      .join("");
  if (verb === "list" && /^(?:sets|maps|counters|flowtables)$/.test(what ?? "")) return "";
  if (what !== "table" && what !== "chain" && what !== "rule") {
    if (what === undefined) throw new NftError("syntax error, unexpected newline, expecting string");
    throw new NftUnmodelled(`${verb} ${what}`);
  }
  const family = FAMILIES.includes(rest[0] ?? "") ? (rest.shift() as Family) : "ip";
  const name = rest.shift();
  if (name === undefined) throw new NftError("syntax error, unexpected newline, expecting string");
  const table = filter.tables.find((one) => one.family === family && one.name === name);
  if (what === "table") return ofTable(filter, { verb, family, name, table, flags });
  if (!table) throw new NftError(verb === "list" ? "No such file or directory" : MISSING, name);
  const chainName = rest.shift();
  if (chainName === undefined) throw new NftError("syntax error, unexpected newline, expecting string");
  const chain = table.chains.find((one) => one.name === chainName);
  if (what === "chain") return ofChain(table, { verb, name: chainName, chain, words: rest, flags });
  if (!chain) throw new NftError(MISSING, chainName);
  return ofRule(table, chain, verb, rest);
}

function ofTable(
  filter: PacketFilter,
  {
    verb,
    family,
    name,
    table,
    flags,
  }: { verb: string; family: Family; name: string; table: FilterTable | undefined; flags: Flags },
): string | undefined {
  if (verb === "add" || verb === "create") {
    if (table && verb === "create") throw new NftError("Could not process rule: File exists", name);
    if (!table) madeTable(filter, family, name);
    return undefined;
  }
  if (!table) {
    if (verb === "destroy") return undefined;
    throw new NftError(verb === "list" ? "No such file or directory" : MISSING, name);
  }
  if (verb === "list") return tableText(table, flags);
  if (verb === "flush") for (const chain of table.chains) chain.rules = [];
  else filter.tables = filter.tables.filter((one) => one !== table);
  return undefined;
}

function madeTable(filter: PacketFilter, family: Family, name: string): FilterTable {
  const handle = Math.max(0, ...filter.tables.map((one) => one.handle)) + 1;
  const made: FilterTable = { family, name, handle, nextHandle: 1, chains: [] };
  filter.tables.push(made);
  return made;
}

function ofChain(
  table: FilterTable,
  {
    verb,
    name,
    chain,
    words,
    flags,
  }: { verb: string; name: string; chain: FilterChain | undefined; words: string[]; flags: Flags },
): string | undefined {
  if (verb === "add" || verb === "create") {
    const made = chain ?? { name, handle: table.nextHandle++, policy: "accept" as const, rules: [] };
    if (!chain) table.chains.push(made);
    define(
      made,
      words.filter((word) => word !== "{" && word !== "}"),
    );
    return undefined;
  }
  if (!chain) throw new NftError(verb === "list" ? "No such file or directory" : MISSING, name);
  if (verb === "list") return tableText({ ...table, chains: [chain] }, { ...flags, handles: flags.handles }, true);
  if (verb === "flush") chain.rules = [];
  else {
    const used = table.chains.some((one) =>
      one.rules.some(({ verdict }) => "chain" in verdict && verdict.chain === name),
    );
    if (used) throw new NftError("Could not process rule: Device or resource busy", name);
    table.chains = table.chains.filter((one) => one !== chain);
  }
  return undefined;
}

/** `type filter hook input priority 0 ; policy accept ;` */
function define(chain: FilterChain, words: readonly string[]): void {
  const text = words.join(" ");
  const hook = /type (filter|nat|route) hook (\w+)(?: device \S+)? priority ([\w]+|-?\d+)(?: ([+-]) (\d+))?/.exec(text);
  if (hook) {
    const base = PRIORITIES[hook[3]!] ?? Number(hook[3]);
    if (Number.isNaN(base)) throw new NftError(`invalid priority expression symbol in this context.`, hook[3]);
    const priority = base + (hook[4] ? Number(`${hook[4]}${hook[5]}`) : 0);
    chain.hook = { type: hook[1] as "filter", hook: hook[2]!, priority };
  } else if (/\btype\b/.test(text)) throw new NftError("syntax error, unexpected type");
  const policy = /policy (accept|drop)/.exec(text)?.[1];
  if (policy) chain.policy = policy as "accept" | "drop";
}

function ofRule(table: FilterTable, chain: FilterChain, verb: string, words: string[]): undefined {
  const placed = /^(?:handle|position|index)$/.test(words[0] ?? "") ? words.splice(0, 2) : undefined;
  const at = placed
    ? placed[0] === "index"
      ? Number(placed[1])
      : chain.rules.findIndex((rule) => rule.handle === Number(placed[1]))
    : undefined;
  if (at !== undefined && (at < 0 || at >= chain.rules.length)) throw new NftError(MISSING, placed![1]);
  if (verb === "delete" || verb === "destroy") {
    if (at === undefined) throw new NftError("syntax error, unexpected newline, expecting handle");
    chain.rules.splice(at, 1);
    return undefined;
  }
  const draft = readNftRule(words);
  const { verdict } = draft;
  if ("chain" in verdict && !table.chains.some((one) => one.name === verdict.chain))
    throw new NftError(MISSING, verdict.chain);
  // A list between braces is a set of its own in the kernel.
  table.nextHandle += draft.matches.filter(isSet).length;
  const rule = { ...draft, handle: table.nextHandle++ };
  if (verb === "replace") chain.rules.splice(at ?? 0, 1, { ...rule, handle: chain.rules[at ?? 0]!.handle });
  else if (verb === "insert") chain.rules.splice(at ?? 0, 0, rule);
  else chain.rules.splice(at === undefined ? chain.rules.length : at + 1, 0, rule);
  return undefined;
}

function isSet(match: FilterMatch): boolean {
  return (match.kind === "ports" && match.ranges.length > 1) || (match.kind === "address" && match.networks.length > 1);
}

/** `table inet filter { chain input { ... } }`, as a file and `nft list` have it. */
function defineTable(filter: PacketFilter, statement: readonly string[]): undefined {
  const words = [...statement.slice(1)];
  const family = FAMILIES.includes(words[0] ?? "") ? (words.shift() as Family) : "ip";
  const name = words.shift();
  if (name === undefined) throw new NftError("syntax error, unexpected newline, expecting string");
  const table =
    filter.tables.find((one) => one.family === family && one.name === name) ?? madeTable(filter, family, name);
  const rules: [FilterChain, string[]][] = [];
  let chain: FilterChain | undefined;
  let line: string[] = [];
  let braces = 0;
  const ends = () => {
    if (chain && line.length > 0) {
      if (line[0] === "type" || line[0] === "policy") define(chain, line);
      else rules.push([chain, line]);
    }
    line = [];
  };
  for (const word of words) {
    if (!chain) {
      if (word === "chain") line = [];
      else if (word === "{" && line.length === 1) {
        const [named] = line;
        chain = table.chains.find((one) => one.name === named);
        if (!chain) {
          chain = { name: named!, handle: table.nextHandle++, policy: "accept", rules: [] };
          table.chains.push(chain);
        }
        line = [];
      } else if (/^(?:set|map|counter|flowtable|flags)$/.test(word)) throw new NftUnmodelled(word);
      else if (!/^[{};\n]$/.test(word)) line.push(word);
      continue;
    }
    if (word === "{") braces++;
    if (word === "}" && braces === 0) {
      ends();
      chain = undefined;
    } else if ((word === ";" || word === "\n") && braces === 0) ends();
    else {
      if (word === "}") braces--;
      if (word !== "\n") line.push(word);
    }
  }
  // A rule may lead to a chain that stands behind it.
  for (const [to, text] of rules) ofRule(table, to, "add", text);
  return undefined;
}

function tableText(table: FilterTable, flags: Flags, ofChainAlone = false): string {
  const handle = (number: number) => (flags.handles ? ` # handle ${number}` : "");
  const chains = table.chains.map((chain) => {
    const hook =
      chain.hook &&
      `\t\ttype ${chain.hook.type} hook ${chain.hook.hook} priority ${priorityText(chain.hook.priority, flags.numeric, chain.hook)}; policy ${chain.policy};\n`;
    const rules = chain.rules.map(
      (rule) => `\t\t${nftRuleText(rule, table.iptables ?? false, flags.numeric)}${handle(rule.handle)}\n`,
    );
    return `\tchain ${chain.name} {${handle(chain.handle)}\n${hook ?? ""}${rules.join("")}\t}\n`;
  });
  const warning =
    table.iptables && table.family === "ip"
      ? `# Warning: table ${table.family} ${table.name} is managed by iptables-nft, do not touch!\n`
      : "";
  return `${warning}table ${table.family} ${table.name} {${ofChainAlone ? "" : handle(table.handle)}\n${chains.join("\n")}}\n`;
}

/** By the name of the usual place that is near. */
function priorityText(priority: number, numeric: boolean, { type, hook }: { type: string; hook: string }): string {
  if (numeric) return String(priority);
  const names = Object.entries(PRIORITIES).filter(
    ([name]) => (name !== "dstnat" || hook === "prerouting") && (name !== "srcnat" || hook === "postrouting"),
  );
  const exact = names.find(([, number]) => number === priority)?.[0];
  if (exact) return exact;
  const near = names.find(([, number]) => Math.abs(priority - number) <= 10);
  if (!near || type === "nat") return String(priority);
  const apart = priority - near[1];
  return `${near[0]} ${apart < 0 ? "-" : "+"} ${Math.abs(apart)}`;
}
