/** Options of the four programs of ifupdown2, as its argparse reads them. */
import type { ProgramContext } from "../../shell/process.ts";

export interface InterfaceOptions {
  /** By letter, or by name where an option has none. */
  flags: Set<string>;
  names: string[];
}

type Mode = "up" | "down" | "reload" | "query";

const LONG: Record<string, string> = {
  all: "a",
  allow: "allow",
  check: "c",
  "currently-up": "c",
  debug: "d",
  exclude: "X",
  force: "f",
  format: "o",
  help: "h",
  interfaces: "i",
  list: "l",
  "no-act": "n",
  "print-dependency": "p",
  raw: "x",
  running: "r",
  "skip-upperifaces": "k",
  syslog: "l",
  "syntax-check": "s",
  "syntax-help": "s",
  "use-current-config": "u",
  verbose: "v",
  version: "V",
  "with-depends": "w",
};

/** Letters of each program, those with a colon take a word. */
const LETTERS: Record<Mode, string> = {
  up: "hafvdqwX:i:t:T:skflnp:V",
  down: "hafvdqwX:i:t:T:flnp:uV",
  reload: "hacnvdwX:ulfsV",
  query: "havdqwX:i:t:T:lrcxo:p:sV",
};

const USAGE: Record<Mode, string> = {
  up: `usage: ifup [-h] [-a] [-v] [-d] [--allow CLASS] [-w] [-X EXCLUDEPATS]
            [-i INTERFACESFILE] [-t {native,json}] [-T {iface,vlan}] [-s] [-k]
            [-f] [-l] [-n | -p {list,dot} | --no-scripts] [-V] [--nldebug]
            [IFACE ...]
`,
  down: `usage: ifdown [-h] [-a] [-v] [-d] [--allow CLASS] [-w] [-X EXCLUDEPATS]
              [-i INTERFACESFILE] [-t {native,json}] [-T {iface,vlan}] [-f]
              [-l] [-n | -p {list,dot} | --no-scripts] [-u] [-V] [--nldebug]
              [IFACE ...]
`,
  reload: `usage: ifreload [-h] (-a | -c | --allow CLASS) [-n] [-v] [-d] [-u] [-l] [-f]
                [-s] [-V] [--nldebug]
`,
  query: `usage: ifquery [-h] [-a] [-v] [-d] [--allow CLASS] [-w] [-X EXCLUDEPATS]
               [-i INTERFACESFILE] [-t {native,json}] [-T {iface,vlan}] [-l]
               [-r | -c | -x] [-o {native,json}] [-p {list,dot}] [-s]
               [--with-defaults] [-V] [--nldebug]
               [IFACE ...]
`,
};

/** Version of ifupdown2 that Proxmox VE 8.4 brings. */
const VERSION = "3.2.0-1+pmx11";

/** @returns what was given, or the exit status when everything has been said */
export async function interfaceOptions(ctx: ProgramContext, mode: Mode): Promise<InterfaceOptions | number> {
  const flags = new Set<string>();
  const names: string[] = [];
  const wrong = async (text: string) => {
    await ctx.stderr.write(`${USAGE[mode]}${ctx.argv[0]!.replace(/.*\//, "")}: error: ${text}\n`);
    return 2;
  };
  const refuse = async (text: string) => {
    await ctx.stderr.write(`error: ${text}\n`);
    return 90;
  };
  const queue = ctx.argv.slice(1);
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (!word.startsWith("-") || word === "-") {
      names.push(word);
      continue;
    }
    const letters = word.startsWith("--") ? [LONG[word.slice(2)] ?? word] : [...word.slice(1)];
    for (const letter of letters) {
      if (letter === "allow" || (letter.length === 1 && LETTERS[mode].includes(`${letter}:`))) queue.shift();
      else if (letter.length > 1 || !LETTERS[mode].includes(letter)) return wrong(`unrecognized arguments: ${word}`);
      flags.add(letter);
    }
  }
  if (flags.has("h")) {
    await ctx.stdout.write(USAGE[mode]);
    return 0;
  }
  if (flags.has("V")) {
    await ctx.stdout.write(`ifupdown2:${VERSION}\n`);
    return 0;
  }
  if (mode === "reload" && !flags.has("a") && !flags.has("c") && !flags.has("allow")) {
    return wrong("one of the arguments -a/--all -c/--currently-up --allow is required");
  }
  if (mode === "query" && flags.has("l")) return { flags, names };
  if (mode !== "reload" && names.length === 0 && !flags.has("a") && !flags.has("allow")) {
    return refuse("'-a' option or interface list are required");
  }
  if (names.length > 0 && flags.has("a")) return refuse("'-a' option and interface list are mutually exclusive");
  return { flags, names };
}
