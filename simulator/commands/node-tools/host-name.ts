/** A node's name as its tools tell and set it: `hostname` (hostname 3.23), `hostnamectl` (systemd 252, from its source). */
import { addressesOf } from "../../cluster/host-network/node-address.ts";
import { HOST_NAME_MAX, hostNameOf, isHostName, staticHostName } from "../../cluster/node-settings/host-name.ts";
import { KERNEL } from "../../shell/kernel-name.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import {
  type Arguments,
  complain,
  pathIn,
  readArguments,
  reasonOf,
  textOf,
  UsageError,
} from "../coreutils/arguments.ts";
import { etcHosts } from "../coreutils/node-facts.ts";
import { BadOption, getopt } from "../getopt.ts";
import { notModelled } from "../printed.ts";
import { bootId, machineId } from "../systemd/machine-ids.ts";

const HOSTNAME_USAGE = `Usage: hostname [-b] {NAME|-F FILE}   set the name
       hostname [-a|-A|-d|-f|-i|-I|-s|-y]   tell it: aliases, all long names, domain, long name, addresses, short name
`;

const HOSTNAME_OPTIONS = {
  alias: "a",
  "all-fqdns": "A",
  boot: "b",
  domain: "d",
  fqdn: "f",
  long: "f",
  file: "F",
  help: "h",
  "ip-address": "i",
  "all-ip-addresses": "I",
  short: "s",
  version: "V",
  yp: "y",
  nis: "y",
};

export const hostname: Program = async (ctx) => {
  const words: string[] = [];
  let [asked, file] = ["", undefined as string | undefined];
  try {
    for (const { option, value } of getopt("hostname", ctx.argv.slice(1), "aAbdfF:hiIsVy", HOSTNAME_OPTIONS, words)) {
      if (option === "F") file = value;
      else if (option !== "b") asked = option;
    }
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await ctx.stderr.write(`${error.message}\n${HOSTNAME_USAGE}`);
    return 255;
  }
  if (words.length > 1) {
    await ctx.stderr.write(HOSTNAME_USAGE);
    return 255;
  }
  if (file !== undefined) {
    try {
      const lines = Buffer.from(await ctx.files.readFile(pathIn(ctx, file)))
        .toString()
        .split("\n");
      words[0] = lines.find((line) => line !== "" && !line.startsWith("#")) ?? "";
    } catch (error) {
      await complain(ctx, reasonOf(error));
      return 1;
    }
  }
  if (words[0] !== undefined) return setName(ctx, words[0]);
  return tellName(ctx, asked);
};

async function setName(ctx: ProgramContext, name: string): Promise<number> {
  const why =
    name.length > HOST_NAME_MAX
      ? "name too long"
      : !isHostName(name)
        ? "the specified hostname is invalid"
        : ctx.user.uid !== 0
          ? "you must be root to change the host name"
          : undefined;
  if (why !== undefined) {
    await complain(ctx, why);
    return 1;
  }
  ctx.lab.act("kernel/set", { node: ctx.node, name: "kernel.hostname", value: name });
  return 0;
}

async function tellName(ctx: ProgramContext, asked: string): Promise<number> {
  const name = ctx.lab.read((lab) => hostNameOf(lab, ctx.node));
  const say = async (text: string) => {
    await ctx.stdout.write(`${text}\n`);
    return 0;
  };
  switch (asked) {
    case "":
      return say(name);
    case "s":
      return say(name.split(".")[0]!);
    case "h":
      return say(HOSTNAME_USAGE.trimEnd());
    case "V":
      return say("hostname 3.23");
    case "y":
      await say("hostname: Local domain name not set");
      return 1;
    case "I":
      return say(`${ctx.lab.read((lab) => addressesOf(lab, ctx.node)).join(" ")} `);
    case "A": {
      const own = ctx.lab.read((lab) => addressesOf(lab, ctx.node));
      const lines = (await etcHosts(ctx)).filter(([address]) => own.includes(address!));
      return say(lines.map((words) => `${words[1]} `).join(""));
    }
  }
  const found = (await etcHosts(ctx)).filter((words) => words.slice(1).includes(name));
  const [first] = found;
  if (!first) {
    await complain(ctx, "Name or service not known");
    return 1;
  }
  // The first name of its line is the whole one.
  const [, whole = name, ...aliases] = first;
  if (asked === "i") return say(found.map(([address]) => address).join(" "));
  if (asked === "a") return say(aliases.join(" "));
  return say(asked === "d" ? whole.split(".").slice(1).join(".") : whole);
}

/** What `hostnamectl` keeps of a name for people. */
const MACHINE_INFO = "/etc/machine-info";

export const hostnamectl: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "hH:M:j", {
      help: "h",
      "host=": "H",
      "json=": "json",
      "machine=": "M",
      "no-ask-password": "_",
      pretty: "pretty",
      static: "static",
      transient: "transient",
      version: "version",
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    await complain(ctx, error.message);
    return 1;
  }
  const { flags, operands } = args;
  const [verb = "status", name] = operands;
  const json = flags.has("j") ? "pretty" : flags.get("json");
  if (json !== undefined && !["pretty", "short", "off"].includes(json)) {
    await ctx.stderr.write(`Unknown argument to --json= switch: ${json}\n`);
    return 1;
  }
  const settable = /^(?:set-)?(?:hostname|icon-name|chassis|deployment|location)$/.test(verb);
  if (!settable && verb !== "status") {
    await ctx.stderr.write(`Unknown command verb ${verb}.\n`);
    return 1;
  }
  if (verb.startsWith("set-") && name === undefined) {
    await ctx.stderr.write("Too few arguments.\n");
    return 1;
  }
  if (operands.length > 2) {
    await ctx.stderr.write("Too many arguments.\n");
    return 1;
  }
  const setsName = name !== undefined && /hostname$/.test(verb);
  if ((name !== undefined && !setsName) || flags.has("H") || flags.has("M")) {
    await ctx.stderr.write(notModelled("hostnamectl", name === undefined ? "-H, -M" : verb));
    return 1;
  }
  if (setsName) return setHostNames(ctx, name, flags);
  const pretty = /^PRETTY_HOSTNAME="?(.*?)"?$/m.exec(await textOf(ctx, MACHINE_INFO))?.[1] ?? "";
  const [kernel, fixed] = ctx.lab.read((lab) => [hostNameOf(lab, ctx.node), staticHostName(lab, ctx.node) ?? ""]);
  const told: Record<string, string> = { hostname: fixed || kernel, "icon-name": "computer-vm", chassis: "vm" };
  if (settable || flags.has("static") || flags.has("transient") || flags.has("pretty")) {
    const text = flags.has("pretty")
      ? pretty
      : flags.has("static")
        ? fixed
        : flags.has("transient")
          ? kernel
          : (told[verb.replace("set-", "")] ?? "");
    await ctx.stdout.write(`${text}\n`);
    return 0;
  }
  const names = { kernel, fixed, pretty };
  await ctx.stdout.write(json === "pretty" || json === "short" ? jsonReport(names, json) : textReport(ctx, names));
  return 0;
};

interface Names {
  kernel: string;
  fixed: string;
  pretty: string;
}

/** @source systemd 252 src/hostname/hostnamectl.c set_hostname(), hostnamed.c */
async function setHostNames(ctx: ProgramContext, given: string, flags: ReadonlyMap<string, string>): Promise<number> {
  const implicit = !["pretty", "static", "transient"].some((one) => flags.has(one));
  const refuse = async (text: string) => {
    await ctx.stderr.write(`${text}\n`);
    return 1;
  };
  if (ctx.user.uid !== 0) return refuse("Could not set pretty hostname: Interactive authentication required.");
  let name = given;
  if (implicit || flags.has("pretty")) {
    const pretty = implicit && isHostName(given.replace(/\.$/, "")) ? "" : given;
    const kept = (await textOf(ctx, MACHINE_INFO))
      .split("\n")
      .filter((line) => line && !/^PRETTY_HOSTNAME=/.test(line));
    if (pretty !== "") kept.push(`PRETTY_HOSTNAME="${pretty.replaceAll(/["\\$`]/g, "\\$&")}"`);
    if (kept.length > 0) await write(ctx, MACHINE_INFO, `${kept.join("\n")}\n`);
    else await ctx.files.unlink(MACHINE_INFO).catch(() => undefined);
    name = cleanedName(given);
  }
  if (implicit || flags.has("static")) {
    if (name !== "" && !isHostName(name))
      return refuse(`Could not set static hostname: Invalid static hostname '${name}'`);
    if (name === "") await ctx.files.unlink("/etc/hostname").catch(() => undefined);
    else await write(ctx, "/etc/hostname", `${name}\n`);
  }
  const fixed = ctx.lab.read((lab) => staticHostName(lab, ctx.node));
  const transient = implicit || flags.has("transient");
  if (transient && !implicit && fixed !== undefined) {
    await ctx.stderr.write(
      "Hint: static hostname is already set, so the specified transient hostname will not be used.\n",
    );
  }
  const next = fixed ?? (transient && isHostName(name) ? name : undefined);
  if (next === undefined || next === ctx.lab.read((lab) => hostNameOf(lab, ctx.node))) return 0;
  ctx.lab.act("kernel/set", { node: ctx.node, name: "kernel.hostname", value: next });
  ctx.lab.act("journal/write", {
    node: ctx.node,
    unit: "systemd-hostnamed.service",
    identifier: "systemd-hostnamed",
    pid: ctx.pid,
    priority: 6,
    text: `Hostname set to <${next}> (${fixed === undefined ? "transient" : "static"})`,
  });
  return 0;
}

/** What systemd makes of a name for people. @source systemd 252 src/basic/hostname-util.c hostname_cleanup() */
function cleanedName(name: string): string {
  return name
    .replaceAll(/[^A-Za-z0-9.-]/g, "")
    .replaceAll(/\.[-.]+|-+\./g, ".")
    .replaceAll(/^[-.]+|[-.]+$/g, "")
    .slice(0, HOST_NAME_MAX);
}

async function write(ctx: ProgramContext, path: string, text: string): Promise<void> {
  await ctx.files.writeFile(path, new Uint8Array(Buffer.from(text)));
}

function jsonReport({ kernel, fixed, pretty }: Names, form: "pretty" | "short"): string {
  const facts = {
    Hostname: kernel,
    StaticHostname: fixed || null,
    PrettyHostname: pretty || null,
    DefaultHostname: "localhost",
    HostnameSource: fixed === "" ? "transient" : "static",
    IconName: "computer-vm",
    Chassis: "vm",
    Deployment: null,
    Location: null,
    KernelName: "Linux",
    KernelRelease: KERNEL.release,
    KernelVersion: KERNEL.version,
    OperatingSystemPrettyName: "Debian GNU/Linux 12 (bookworm)",
    OperatingSystemCPEName: null,
    OperatingSystemHomeURL: "https://www.debian.org/",
    HardwareVendor: "QEMU",
    HardwareModel: "Standard PC _i440FX + PIIX, 1996_",
    HardwareSerial: null,
    ProductUUID: null,
  };
  if (form === "short") return `${JSON.stringify(facts)}\n`;
  const lines = Object.entries(facts).map(([key, value]) => `\t"${key}" : ${JSON.stringify(value)}`);
  return `{\n${lines.join(",\n")}\n}\n`;
}

function textReport(ctx: ProgramContext, { kernel, fixed, pretty }: Names): string {
  // Ids are of the machine and of its boot: the same whenever they are asked for.
  const [machine, boot] = ctx.lab.read((lab) => [
    machineId(lab.seed, ctx.node),
    bootId(ctx.node, lab.nodes[ctx.node]?.bootCount ?? 0),
  ]);
  const rows: [string, string][] = [
    ["Static hostname", fixed || "(unset)"],
    ...(pretty !== "" && pretty !== fixed ? [["Pretty hostname", pretty] as [string, string]] : []),
    ...(kernel !== fixed ? [["Transient hostname", kernel] as [string, string]] : []),
    ["Icon name", "computer-vm"],
    ["Chassis", "vm"],
    ["Machine ID", machine],
    ["Boot ID", boot],
    ["Virtualization", "kvm"],
    ["Operating System", "Debian GNU/Linux 12 (bookworm)"],
    ["Kernel", `Linux ${KERNEL.release}`],
    ["Architecture", "x86-64"],
    ["Hardware Vendor", "QEMU"],
    ["Hardware Model", "Standard PC _i440FX + PIIX, 1996_"],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padStart(width)}: ${value}\n`).join("");
}
