/**
 * `iptables`, `ip6tables` and `nft` of a node whose firewall is off: empty tables. Rules are not modelled, and where the
 * cluster's firewall is switched on in its file, what it would make of it is not shown either.
 * @source iptables 1.8.9, nftables 1.0.6: their own output
 */
import type { Program, ProgramContext } from "../../shell/process.ts";
import { textOf } from "../coreutils/arguments.ts";
import { notModelled } from "../printed.ts";

const CUT = "to cut a network use ip link set DEVICE down, or the cables beside the terminals";

const CHAINS: Record<string, string[]> = {
  filter: ["INPUT", "FORWARD", "OUTPUT"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
  mangle: ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  raw: ["PREROUTING", "OUTPUT"],
  security: ["INPUT", "FORWARD", "OUTPUT"],
};

/** Whether somebody switched Proxmox's firewall on. */
async function firewallIsOn(ctx: ProgramContext): Promise<boolean> {
  const text = await textOf(ctx, "/etc/pve/firewall/cluster.fw");
  return /^\s*enable:\s*[1-9]/m.test(text);
}

export const iptables: Program = async (ctx) => {
  const program = ctx.argv[0]!.replace(/^.*\//, "");
  const words = ctx.argv.slice(1);
  if (words.includes("-V") || words.includes("--version")) {
    await ctx.stdout.write(`${program} v1.8.9 (nf_tables)\n`);
    return 0;
  }
  if (words.length === 0) {
    await ctx.stderr.write(
      `${program} v1.8.9 (nf_tables): no command specified\nTry \`${program} -h' or '${program} --help' for more information.\n`,
    );
    return 2;
  }
  let table = "filter";
  let [lists, specifications, verbose, numbers] = [false, false, false, false];
  let chain: string | undefined;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === "-t" || word === "--table") table = words[++at] ?? "";
    else if (
      /^-[LnvxS]+$/.test(word) ||
      ["--list", "--numeric", "--verbose", "--list-rules", "--line-numbers"].includes(word)
    ) {
      lists ||= /L/.test(word) || word === "--list";
      specifications ||= /S/.test(word) || word === "--list-rules";
      verbose ||= /^-\w*v/.test(word) || word === "--verbose";
      numbers ||= word === "--line-numbers";
    } else if (!word.startsWith("-") && chain === undefined) chain = word;
    else {
      await ctx.stderr.write(`${program}: '${word}' is not modelled in this simulated node yet; ${CUT}\n`);
      return 1;
    }
  }
  const chains = CHAINS[table];
  if (!chains) {
    await ctx.stderr.write(
      `${program} v1.8.9 (nf_tables): table '${table}' does not exist\nPerhaps ${program} or your kernel needs to be upgraded.\n`,
    );
    return 3;
  }
  if (chain !== undefined && !chains.includes(chain)) {
    await ctx.stderr.write(`${program}: No chain/target/match by that name.\n`);
    return 1;
  }
  if (await firewallIsOn(ctx)) {
    await ctx.stderr.write(notModelled(program, "the rules of a firewall that is on"));
    return 1;
  }
  const shown = chain === undefined ? chains : [chain];
  if (specifications) {
    await ctx.stdout.write(shown.map((name) => `-P ${name} ACCEPT\n`).join(""));
    return 0;
  }
  if (!lists) return 0;
  const head = verbose
    ? ` pkts bytes target     prot opt in     out     source               destination         \n`
    : `target     prot opt source               destination         \n`;
  await ctx.stdout.write(
    shown
      .map(
        (name) =>
          `Chain ${name} (policy ACCEPT${verbose ? " 0 packets, 0 bytes" : ""})\n${numbers ? "num  " : ""}${head}`,
      )
      .join("\n"),
  );
  return 0;
};

/** Without a rule there is no table, and nothing to save. */
export const iptablesSave: Program = async (ctx) => {
  const program = ctx.argv[0]!.replace(/^.*\//, "");
  if (!(await firewallIsOn(ctx))) return 0;
  await ctx.stderr.write(notModelled(program, "the rules of a firewall that is on"));
  return 1;
};

export const nft: Program = async (ctx) => {
  const words = ctx.argv.slice(1).filter((word) => !/^-[najs]+$/.test(word));
  if (words.includes("-v") || words.includes("--version")) {
    await ctx.stdout.write("nftables v1.0.6 (Lester Gooch #5)\n");
    return 0;
  }
  const [verb, what] = words;
  if (verb === undefined) {
    await ctx.stderr.write("Usage: nft [ options ] [ cmds... ]\n");
    return 1;
  }
  const readable = verb === "list" && /^(?:ruleset|tables|chains|sets|maps)$/.test(what ?? "");
  if (readable && !(await firewallIsOn(ctx))) return 0;
  await ctx.stderr.write(
    readable
      ? notModelled("nft", "the rules of a firewall that is on")
      : `nft: '${words.join(" ")}' is not modelled in this simulated node yet; ${CUT}\n`,
  );
  return 1;
};

/** Nobody keeps a table for cron here. */
export const crontab: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  const at = words.indexOf("-u");
  const user = at >= 0 ? (words[at + 1] ?? "") : "root";
  const rest = words.filter((_, index) => at < 0 || (index !== at && index !== at + 1));
  if (rest.length === 1 && rest[0] === "-l") {
    await ctx.stderr.write(`no crontab for ${user}\n`);
    return 1;
  }
  await ctx.stderr.write(
    /^-[eri]$/.test(rest[0] ?? "") || (rest[0] !== undefined && !rest[0].startsWith("-"))
      ? notModelled("crontab", rest[0]!)
      : "crontab: usage error: file name must be specified for replace\n",
  );
  return 1;
};
