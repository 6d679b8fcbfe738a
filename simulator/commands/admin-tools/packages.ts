/**
 * `dpkg` and `dpkg-query`, of the packages whose versions a node tells and the programs that it has; installing is not
 * modelled. @source dpkg 1.21, its own output
 */
import { PACKAGES } from "../../api/appliance.ts";
import { matchesPattern } from "../../shell/pattern.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";

/** Which package brings a program. */
const OWNERS: Record<string, string> = {
  corosync:
    "/usr/sbin/corosync /usr/sbin/corosync-cfgtool /usr/sbin/corosync-cmapctl /usr/sbin/corosync-cpgtool /usr/sbin/corosync-quorumtool /lib/systemd/system/corosync.service /etc/default/corosync",
  ifupdown2:
    "/usr/sbin/ifdown /usr/sbin/ifquery /usr/sbin/ifreload /usr/sbin/ifup /lib/systemd/system/networking.service",
  "libpve-access-control": "/usr/sbin/pveum",
  "libpve-storage-perl": "/usr/sbin/pvesm",
  "pve-cluster": "/usr/bin/pmxcfs /usr/bin/pvecm /lib/systemd/system/pve-cluster.service",
  "pve-firewall": "/usr/sbin/pve-firewall /lib/systemd/system/pve-firewall.service",
  "pve-ha-manager":
    "/usr/sbin/ha-manager /usr/sbin/pve-ha-crm /usr/sbin/pve-ha-lrm /usr/sbin/watchdog-mux /lib/systemd/system/pve-ha-crm.service /lib/systemd/system/pve-ha-lrm.service /lib/systemd/system/watchdog-mux.service",
  "pve-manager":
    "/usr/bin/pvedaemon /usr/bin/pvenode /usr/bin/pveperf /usr/bin/pveproxy /usr/bin/pvereport /usr/bin/pvescheduler /usr/bin/pvesh /usr/bin/pvestatd /usr/bin/pvesubscription /usr/bin/pveversion /usr/bin/spiceproxy /lib/systemd/system/pvedaemon.service /lib/systemd/system/pveproxy.service /lib/systemd/system/pvescheduler.service /lib/systemd/system/pvestatd.service /lib/systemd/system/spiceproxy.service",
  "qemu-server": "/usr/sbin/qm",
};

/** Of Debian's own packages, the programs that people ask for. */
const DEBIAN: Record<string, string> = {
  bash: "/bin/bash",
  coreutils: "/bin/cat /bin/ls /bin/cp /bin/df /usr/bin/du /usr/bin/sort",
  curl: "/usr/bin/curl",
  iproute2: "/bin/ip /bin/ss /sbin/bridge",
  "iputils-ping": "/bin/ping",
  "openssh-client": "/usr/bin/scp /usr/bin/ssh /usr/bin/ssh-keygen",
  "openssh-server": "/usr/sbin/sshd /lib/systemd/system/ssh.service",
  procps: "/bin/ps /usr/bin/free /usr/bin/pgrep /usr/bin/top /usr/bin/vmstat",
  systemd: "/bin/journalctl /bin/systemctl /usr/bin/hostnamectl /usr/bin/timedatectl",
};

const HELP = `
Type dpkg --help for help about installing and deinstalling packages [*];
Use 'apt' or 'aptitude' for user-friendly package management;
Type dpkg -Dhelp for a list of dpkg debug flag values;
Type dpkg --force-help for a list of forcing options;
Type dpkg-deb --help for help about manipulating *.deb files;

Options marked [*] produce a lot of output - pipe it through 'less' or 'more' !
`;

export const dpkg: Program = async (ctx) => {
  const program = ctx.argv[0]!.replace(/^.*\//, "");
  const words = ctx.argv.slice(1);
  const format = formatIn(words);
  const [verb, ...names] = words;
  const write = async (text: string) => {
    await ctx.stdout.write(text);
    return 0;
  };
  switch (verb) {
    case "-l":
    case "--list":
      return list(ctx, names);
    case "-s":
    case "--status":
      return status(ctx, names);
    case "-L":
    case "--listfiles":
      return listFiles(ctx, names);
    case "-S":
    case "--search":
      return search(ctx, names);
    case "-W":
    case "--show":
      return show(ctx, names, format);
    case "--get-selections":
      return write(
        installed(names)
          .map(([name]) => `${name}${"\t".repeat(6 - Math.min(5, Math.floor(name.length / 8)))}install\n`)
          .join(""),
      );
    case "--print-architecture":
      return write("amd64\n");
    case "--version":
      return write(
        `Debian '${program}' package management program ${program === "dpkg" ? "" : "query tool "}version 1.21.22 (amd64).\nThis is free software; see the GNU General Public License version 2 or\nlater for copying conditions. There is NO warranty.\n`,
      );
    case undefined:
      await ctx.stderr.write(`${program}: error: need an action option\n${HELP}`);
      return 2;
    default: {
      const known =
        /^(?:-i|--install|-r|--remove|-P|--purge|-V|--verify|-C|--audit|--configure|--unpack|-c|--contents|-I|--info|-p|--print-avail|--help|--compare-versions|-a|--pending)$/;
      await ctx.stderr.write(
        known.test(verb) ? notModelled(program, verb) : `${program}: error: unknown option ${verb}\n${HELP}`,
      );
      return known.test(verb) ? 1 : 2;
    }
  }
};

/** `-f FORMAT`, taken out of the words. */
function formatIn(words: string[]): string | undefined {
  const at = words.findIndex((word) => /^(?:-f|--showformat)/.test(word));
  if (at < 0) return undefined;
  const [word] = words.splice(at, 1);
  const glued = word!.replace(/^(?:-f|--showformat)=?/, "");
  return glued !== "" ? glued : words.splice(at, 1)[0];
}

/** Installed ones whose names fit a pattern, or all; by their names. */
export function installed(patterns: readonly string[]) {
  return PACKAGES.filter(
    ([name]) => patterns.length === 0 || patterns.some((pattern) => matchesPattern(name, pattern)),
  ).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

async function list(ctx: ProgramContext, patterns: readonly string[]): Promise<number> {
  const wanted = installed(patterns);
  if (wanted.length > 0) {
    const width = Math.max(14, ...wanted.map(([name]) => name.length));
    const versions = Math.max(12, ...wanted.map(([, version]) => version.length));
    const line = (name: string, version: string) => `${name.padEnd(width)} ${version.padEnd(versions)} `;
    await ctx.stdout.write(
      `Desired=Unknown/Install/Remove/Purge/Hold\n| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n||/ ${line("Name", "Version")}Architecture Description\n+++-${"=".repeat(width)}-${"=".repeat(versions)}-============-=================================\n${wanted.map(([name, version]) => `ii  ${line(name, version)}amd64        part of this simulated node\n`).join("")}`,
    );
  }
  return tellMissing(ctx, patterns);
}

/** @returns the exit status */
async function tellMissing(ctx: ProgramContext, patterns: readonly string[]): Promise<number> {
  const missing = patterns.filter((pattern) => installed([pattern]).length === 0);
  await ctx.stderr.write(missing.map((pattern) => `dpkg-query: no packages found matching ${pattern}\n`).join(""));
  return missing.length > 0 ? 1 : 0;
}

async function status(ctx: ProgramContext, names: readonly string[]): Promise<number> {
  let exit = 0;
  for (const [at, name] of (names.length > 0 ? names : [""]).entries()) {
    const found = PACKAGES.find(([known]) => known === name);
    if (found) {
      await ctx.stdout.write(
        `${at > 0 ? "\n" : ""}Package: ${found[0]}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${found[1]}\n`,
      );
      continue;
    }
    await ctx.stderr.write(
      `dpkg-query: package '${name}' is not installed and no information is available\nUse dpkg --info (= dpkg-deb --info) to examine archive files.\n`,
    );
    exit = 1;
  }
  return exit;
}

/** The programs and units of a package; what else it brings is not modelled. */
async function listFiles(ctx: ProgramContext, names: readonly string[]): Promise<number> {
  let exit = 0;
  for (const name of names) {
    if (!PACKAGES.some(([known]) => known === name)) {
      await ctx.stderr.write(
        `dpkg-query: package '${name}' is not installed\nUse dpkg --contents (= dpkg-deb --contents) to list archive files contents.\n`,
      );
      exit = 1;
      continue;
    }
    const files = OWNERS[name]?.split(" ");
    if (!files) {
      await ctx.stderr.write(notModelled("dpkg", `-L ${name}`));
      exit = 1;
      continue;
    }
    const folders = new Set(
      files.flatMap((path) => {
        const parts = path.split("/").slice(1, -1);
        return parts.map((_, at) => `/${parts.slice(0, at + 1).join("/")}`);
      }),
    );
    await ctx.stdout.write(`${["/.", ...[...folders, ...files].sort()].join("\n")}\n`);
  }
  return exit;
}

async function search(ctx: ProgramContext, patterns: readonly string[]): Promise<number> {
  let exit = 0;
  for (const pattern of patterns) {
    const isPath = pattern.startsWith("/");
    const fits = (path: string) => (isPath ? matchesPattern(path, pattern) : path.includes(pattern));
    const found = Object.entries({ ...OWNERS, ...DEBIAN }).flatMap(([name, text]) =>
      text
        .split(" ")
        .filter((path) => fits(path) || (isPath && path === pattern.replace(/^\/usr(?=\/s?bin\/)/, "")))
        .map((path) => `${name}: ${path}\n`),
    );
    if (found.length > 0) {
      await ctx.stdout.write(found.join(""));
      continue;
    }
    const exists = isPath && (await ctx.files.stat(pattern).catch(() => undefined)) !== undefined;
    await ctx.stderr.write(
      exists ? notModelled("dpkg", `-S ${pattern}`) : `dpkg-query: no path found matching pattern ${pattern}\n`,
    );
    exit = 1;
  }
  return exit;
}

async function show(ctx: ProgramContext, patterns: readonly string[], format: string | undefined): Promise<number> {
  const rows = installed(patterns).map(([name, version]) => {
    if (format === undefined) return `${name}\t${version}\n`;
    const fields: Record<string, string> = {
      architecture: "amd64",
      "binary:package": name,
      package: name,
      status: "install ok installed",
      version,
    };
    return format
      .replace(/\$\{([^};]+)(?:;-?\d+)?\}/g, (_, field: string) => fields[field.toLowerCase()] ?? "")
      .replace(/\\n/g, "\n")
      .replace(/\\t/g, "\t");
  });
  await ctx.stdout.write(rows.join(""));
  return tellMissing(ctx, patterns);
}
