/**
 * `iptables` and `ip6tables`: rules of a node's packet filter. Those of the table `filter` act on what the node sends and
 * takes (`cluster/packet-filter`); IPv6 has no packets here, so its rules are kept and match none.
 *
 * @source iptables 1.8.9 (nf_tables), its own output in namespaces: recordings/network/packet-filter.json
 */
import type { FilterChain, FilterRule } from "../../cluster/packet-filter/packet-filter-state.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { etcHosts } from "../coreutils/node-facts.ts";
import { notModelled } from "../printed.ts";
import { BadRule, readRule, ruleDetails, ruleWords, targetName, UnmodelledRule } from "./iptables-rule.ts";
import {
  filterOf,
  isBuiltIn,
  isTable,
  keepFilter,
  listedChains,
  madeChain,
  madeTable,
  refusedByFirewall,
  type TableFamily,
  tableIn,
} from "./iptables-tables.ts";
import { PROTOCOLS } from "./names.ts";

const COMMANDS: Record<string, string> = {
  ...{ "--append": "A", "--check": "C", "--delete": "D", "--flush": "F", "--insert": "I", "--list": "L" },
  ...{ "--list-rules": "S", "--new-chain": "N", "--policy": "P", "--replace": "R", "--delete-chain": "X" },
  ...{ "--rename-chain": "E", "--zero": "Z" },
};
const NEEDS_CHAIN = "ACDINPRE";

/** What goes wrong, and the exit status that says so. */
class Failed extends Error {
  readonly status: number;
  constructor(text: string, status: number) {
    super(text);
    this.status = status;
  }
}

const noSuchChain = (program: string) => new Failed(`${program}: No chain/target/match by that name.\n`, 1);
const misused = (program: string, text: string) =>
  new Failed(
    `${program} v1.8.9 (nf_tables): ${text}\nTry \`${program} -h' or '${program} --help' for more information.\n`,
    2,
  );

export const iptables: Program = async (ctx) => {
  const program = ctx.argv[0]!.replace(/^.*\//, "");
  return (await refusedByFirewall(ctx, program)) ?? runWords(ctx, program, ctx.argv.slice(1));
};

/** Carry out the words of one command line. @returns the exit status */
export async function runWords(ctx: ProgramContext, program: string, words: string[]): Promise<number> {
  try {
    await ctx.stdout.write(run(ctx, program, words, await resolver(ctx)));
    return 0;
  } catch (error) {
    if (error instanceof BadRule) return fail(ctx, misused(program, error.message));
    if (error instanceof UnmodelledRule) return fail(ctx, new Failed(notModelled(program, error.message), 1));
    if (error instanceof Failed) return fail(ctx, error);
    throw error;
  }
}

async function fail(ctx: ProgramContext, error: Failed): Promise<number> {
  await ctx.stderr.write(error.message);
  return error.status;
}

interface Names {
  addressOf(name: string): string | undefined;
  nameOf(address: string): string | undefined;
}

/** By /etc/hosts: a lab has no name server. */
async function resolver(ctx: ProgramContext): Promise<Names> {
  const lines = (await etcHosts(ctx)).filter(([address = ""]) => /^\d+\./.test(address));
  return {
    addressOf: (name) => lines.find(([, ...names]) => names.includes(name))?.[0],
    nameOf: (address) => lines.find(([own]) => own === address)?.[1],
  };
}

/** @returns what it prints @throws Failed, BadRule, UnmodelledRule */
function run(ctx: ProgramContext, program: string, args: string[], names: Names): string {
  const family: TableFamily = program.startsWith("ip6") ? "ip6" : "ip";
  let table = "filter";
  let command = "";
  const shown = { numeric: false, verbose: false, numbers: false, exact: false };
  const words: string[] = [];
  const operands: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    const letter = COMMANDS[word] ?? /^-([ACDFILSNPRXEZ])/.exec(word)?.[1];
    if (word === "-V" || word === "--version") return `${program} v1.8.9 (nf_tables)\n`;
    if (word === "-t" || word === "--table") table = args[++at] ?? "";
    else if (word === "--line-numbers") shown.numbers = true;
    else if (letter !== undefined && command === "") {
      command = letter;
      // Letters that are glued to a command say how it lists.
      for (const flag of word.startsWith("--") ? "" : word.slice(2)) listingFlag(shown, flag);
      while (args[at + 1] !== undefined && !/^[-!]/.test(args[at + 1]!)) operands.push(args[++at]!);
    } else if (/^-[nvxw]+[LS]?[nvxw]*$/.test(word) || ["--numeric", "--verbose", "--exact", "--wait"].includes(word)) {
      if (/[LS]/.test(word)) {
        command = /L/.test(word) ? "L" : "S";
        while (args[at + 1] !== undefined && !args[at + 1]!.startsWith("-")) operands.push(args[++at]!);
      }
      for (const flag of word.startsWith("--") ? word[2]! : word) listingFlag(shown, flag);
    } else words.push(word);
  }
  if (command === "") throw misused(program, "no command specified");
  if (!isTable(table)) {
    throw new Failed(
      `${program} v1.8.9 (nf_tables): table '${table}' does not exist\nPerhaps ${program} or your kernel needs to be upgraded.\n`,
      3,
    );
  }
  const [chain, ...further] = operands;
  if (chain === undefined && NEEDS_CHAIN.includes(command))
    throw misused(program, `option "-${command}" requires an argument`);
  return carryOut(ctx, { program, family, table, command, chain: chain ?? "", further, words, shown, names });
}

function listingFlag(shown: { numeric: boolean; verbose: boolean; exact: boolean }, flag: string): void {
  if (flag === "n") shown.numeric = true;
  if (flag === "v") shown.verbose = true;
  if (flag === "x" || flag === "e") shown.exact = true;
}

interface Order {
  program: string;
  family: TableFamily;
  table: string;
  command: string;
  chain: string;
  further: string[];
  words: string[];
  shown: { numeric: boolean; verbose: boolean; numbers: boolean };
  names: Names;
}

function carryOut(ctx: ProgramContext, order: Order): string {
  const { program, family, table: name, command, chain, further, words, names } = order;
  const filter = filterOf(ctx);
  if (command === "L") return listing(order, listedChains(filter, family, name));
  if (command === "S") return specifications(order, listedChains(filter, family, name));
  const table = madeTable(filter, family, name);
  const own = () => {
    const found = madeChain(table, chain);
    if (!found) throw noSuchChain(program);
    return found;
  };
  const rules = () =>
    readRule(
      words,
      chain,
      table.chains.map((one) => one.name),
      names.addressOf,
    ).map((draft): FilterRule => ({ ...draft, handle: 0 }));
  const place = () => (further[0] === undefined ? undefined : Number(further[0]));
  const kept = (made: FilterRule[]) => made.map((rule) => ({ ...rule, handle: table.nextHandle++ }));
  switch (command) {
    case "A":
      own().rules.push(...kept(rulesBehind(own, rules)));
      break;
    case "I": {
      const to = own();
      const at = place() ?? 1;
      if (at > to.rules.length + 1) throw new Failed(`${program}: Index of insertion too big.\n`, 1);
      to.rules.splice(at - 1, 0, ...kept(rules()));
      break;
    }
    case "R": {
      const at = place() ?? 1;
      if (at > own().rules.length) throw new Failed(`${program}: Index of replacement too big.\n`, 1);
      own().rules.splice(at - 1, 1, ...kept(rules()));
      break;
    }
    case "C":
    case "D": {
      const of = own();
      const at = place();
      if (at !== undefined) {
        if (at > of.rules.length) throw new Failed(`${program}: Index of deletion too big.\n`, 1);
        of.rules.splice(at - 1, 1);
        break;
      }
      for (const wanted of rules()) {
        const index = of.rules.findIndex((rule) => ruleWords(rule) === ruleWords(wanted));
        if (index < 0) throw new Failed(`${program}: Bad rule (does a matching rule exist in that chain?).\n`, 1);
        if (command === "D") of.rules.splice(index, 1);
      }
      if (command === "C") return "";
      break;
    }
    case "F":
      if (chain !== "") own().rules = [];
      else for (const one of table.chains) one.rules = [];
      break;
    case "N":
      if (isBuiltIn(name, chain) || table.chains.some((one) => one.name === chain)) {
        throw new Failed(`${program}: Chain already exists.\n`, 1);
      }
      table.chains.push({ name: chain, handle: table.nextHandle++, policy: "accept", rules: [] });
      break;
    case "X":
      for (const one of table.chains.filter((found) => !found.hook && (chain === "" || found.name === chain))) {
        const busy = table.chains.some((other) =>
          other.rules.some(({ verdict }) => "chain" in verdict && verdict.chain === one.name),
        );
        if (busy || one.rules.length > 0) {
          throw new Failed(
            `${program} v1.8.9 (nf_tables):  CHAIN_DEL failed (Device or resource busy): chain ${one.name}\n`,
            4,
          );
        }
        table.chains = table.chains.filter((other) => other !== one);
      }
      if (
        chain !== "" &&
        filterOf(ctx).tables.every((one) => one.name !== name || !one.chains.some((own) => own.name === chain))
      ) {
        throw noSuchChain(program);
      }
      break;
    case "P": {
      const [policy = ""] = further;
      if (!isBuiltIn(name, chain)) throw new Failed(`${program}: Bad built-in chain name.\n`, 1);
      if (policy !== "ACCEPT" && policy !== "DROP") {
        throw new Failed(`${program}: Bad policy name. Run \`dmesg' for more information.\n`, 1);
      }
      own().policy = policy === "DROP" ? "drop" : "accept";
      break;
    }
    case "E": {
      const renamed = table.chains.find((one) => one.name === chain && !one.hook);
      if (!renamed || further[0] === undefined) throw noSuchChain(program);
      for (const one of table.chains) {
        for (const { verdict } of one.rules)
          if ("chain" in verdict && verdict.chain === chain) verdict.chain = further[0];
      }
      renamed.name = further[0];
      break;
    }
    case "Z":
      return "";
  }
  if (tableIn(filterOf(ctx), family, name) || table.chains.length > 0) keepFilter(ctx, filter);
  return "";
}

/** The chain is looked up before the rule is read. */
function rulesBehind(chain: () => FilterChain, rules: () => FilterRule[]): FilterRule[] {
  chain();
  return rules();
}

function listing({ program, chain, further, table, shown, names }: Order, chains: FilterChain[]): string {
  const wanted = chain === "" ? chains : chains.filter((one) => one.name === chain);
  if (wanted.length === 0) {
    throw new Failed(
      `${program} v1.8.9 (nf_tables): chain \`${chain}' in table \`${table}' is incompatible, use 'nft' tool.\n`,
      1,
    );
  }
  const only = further[0] === undefined ? undefined : Number(further[0]);
  const line = (rule: FilterRule, at: number) => ruleLine(rule, at, shown, names);
  if (only !== undefined) {
    return wanted[0]!.rules.flatMap((rule, at) => (at + 1 === only ? [line(rule, at)] : [])).join("");
  }
  const column = shown.verbose
    ? " pkts bytes target     prot opt in     out     source               destination         \n"
    : "target     prot opt source               destination         \n";
  const blocks = wanted.map((one) => {
    const references = chains
      .flatMap((other) => other.rules)
      .filter(({ verdict }) => "chain" in verdict && verdict.chain === one.name);
    const about = one.hook
      ? `policy ${one.policy.toUpperCase()}${shown.verbose ? " 0 packets, 0 bytes" : ""}`
      : `${references.length} references`;
    return `Chain ${one.name} (${about})\n${shown.numbers ? (shown.verbose ? "num  " : "num  ") : ""}${column}${one.rules.map(line).join("")}`;
  });
  return blocks.join("\n");
}

function ruleLine(rule: FilterRule, at: number, shown: Order["shown"], names: Names): string {
  const protocol = rule.matches.find((match) => match.kind === "protocol");
  const name = protocol?.kind === "protocol" ? protocol.name : "all";
  const shownName = shown.numeric ? String(PROTOCOLS[name] ?? name) : name;
  const inverse = protocol?.kind === "protocol" && protocol.not ? "!" : "";
  const device = (way: "in" | "out") => {
    const match = rule.matches.find((one) => one.kind === "device" && one.way === way);
    if (match?.kind !== "device") return shown.numeric ? "*" : "any";
    return `${match.not ? "!" : ""}${match.name}`;
  };
  const address = (end: "source" | "destination") => {
    const match = rule.matches.find((one) => one.kind === "address" && one.end === end);
    if (match?.kind !== "address") return ` ${shown.numeric ? "0.0.0.0/0" : "anywhere"}`;
    const [network = ""] = match.networks;
    const text = shown.numeric ? network : (names.nameOf(network) ?? network);
    return `${match.not ? "!" : " "}${text}`;
  };
  const numbers = shown.numbers ? String(at + 1).padEnd(5) : "";
  const counts = shown.verbose ? "    0     0 " : "";
  const target = targetName(rule.verdict).padEnd(10);
  const devices = shown.verbose ? ` ${device("in").padEnd(6)} ${device("out").padEnd(6)} ` : "";
  const details = ruleDetails(rule, shown.numeric);
  const ends = `${address("source").padEnd(20)} ${address("destination").padEnd(21)}`;
  return `${numbers}${counts}${target} ${inverse}${shownName.padEnd(5 - inverse.length)}-- ${devices}${ends}${details === "" ? "" : ` ${details}`}\n`;
}

function specifications({ program, chain, further, shown }: Order, chains: FilterChain[]): string {
  const wanted = chain === "" ? chains : chains.filter((one) => one.name === chain);
  if (wanted.length === 0) throw noSuchChain(program);
  const counts = shown.verbose ? " -c 0 0" : "";
  const policies = wanted.map((one) =>
    one.hook ? `-P ${one.name} ${one.policy.toUpperCase()}${counts}\n` : `-N ${one.name}\n`,
  );
  const only = further[0] === undefined ? undefined : Number(further[0]);
  const rules = wanted.flatMap((one) =>
    one.rules.flatMap((rule, at) =>
      only === undefined || only === at + 1 ? [specification(one, rule, shown.verbose)] : [],
    ),
  );
  return [...(only === undefined ? policies : []), ...rules].join("");
}

export function specification(chain: FilterChain, rule: FilterRule, counted = false): string {
  const words = ruleWords(rule);
  const told = counted ? words.replace(/(?= -[jg] |$)/, " -c 0 0") : words;
  return `-A ${chain.name}${told === "" ? "" : ` ${told}`}\n`;
}
