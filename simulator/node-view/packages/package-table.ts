/**
 * The packages of a node: one table for `dpkg`, `apt`, `pveversion` and the API.
 *
 * Of Debian's packages the paragraphs are those of a Debian 12 with the programs of a node, their dependencies and the
 * base system; of Proxmox's own name, version and a line are told: versions of 8.4.21 where the sources say them, else those of
 * 8.4.11. Files are those that a simulated node has. Loaded when it is first asked for, once for all labs of a thread.
 */
import table from "./installed.json" with { type: "json" };

export interface InstalledPackage {
  name: string;
  version: string;
  /** `amd64`, `all`. */
  architecture: string;
  /** As dpkg calls it: with its architecture where several may be installed at once. */
  shownName: string;
  summary: string;
  /** As it stands in /var/lib/dpkg/status, without a line's end. */
  paragraph: string;
  /** Of the paragraph, by name. */
  fields: ReadonlyMap<string, string>;
  /** Sorted. */
  paths: readonly string[];
}

let known: ReadonlyMap<string, InstalledPackage> | undefined;

/** All that are installed by their names, sorted. */
export function installedPackages(): ReadonlyMap<string, InstalledPackage> {
  known ??= new Map(
    Object.entries(table as Record<string, { status: string; paths?: string[] }>).map(([name, { status, paths }]) => [
      name,
      packageOf(name, status, paths ?? []),
    ]),
  );
  return known;
}

function packageOf(name: string, paragraph: string, paths: string[]): InstalledPackage {
  const fields = new Map(
    [...paragraph.matchAll(/^(\S+): ?(.*(?:\n[ \t].*)*)$/gm)].map(([, field = "", value = ""]) => [field, value]),
  );
  const field = (of: string) => fields.get(of) ?? "";
  return {
    name,
    version: field("Version"),
    architecture: field("Architecture"),
    shownName: field("Multi-Arch") === "same" ? `${name}:${field("Architecture")}` : name,
    summary: field("Description").split("\n", 1)[0]!,
    ...{ paragraph, fields, paths },
  };
}

/** What a package is made from, and that one's version. */
export function sourceOf({ name, version, fields }: InstalledPackage): { source: string; sourceVersion: string } {
  const [, source = name, sourceVersion = version] = /^(\S+)(?: \((.*)\))?$/.exec(fields.get("Source") ?? "") ?? [];
  return { source, sourceVersion };
}

/**
 * What `apt-get changelog` says without lists: nobody knows where a changelog would be.
 *
 * @param version one that is asked for
 * @source apt 2.6.1 without lists, its own output
 */
export function unavailableChangelog(name: string, version?: string): string {
  const found = installedPackages().get(name);
  if (!found) return `E: Unable to locate package ${name}\nE: No packages found\n`;
  if (version !== undefined && version !== found.version) {
    return `E: Version '${version}' for '${name}' was not found\nE: No packages found\n`;
  }
  const { source, sourceVersion } = sourceOf(found);
  return `E: Failed to fetch changelog:/${source}.changelog  Changelog unavailable for ${source}=${sourceVersion}\n`;
}

/** Fields that name other packages. */
const RELATIONS = "Replaces Provides Depends Pre-Depends Recommends Suggests Enhances Breaks Conflicts".split(" ");

let mentioned: readonly string[] | undefined;

/** Names that installed packages speak of and that are not installed; sorted. */
export function mentionedPackages(): readonly string[] {
  if (mentioned) return mentioned;
  const all = installedPackages();
  const names = new Set<string>();
  for (const { fields } of all.values()) {
    for (const relation of RELATIONS) {
      for (const part of (fields.get(relation) ?? "").split(/[,|]/)) {
        const name = /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(part)?.[1];
        if (name !== undefined && !all.has(name)) names.add(name);
      }
    }
  }
  mentioned = [...names].sort();
  return mentioned;
}

/** What pveversion tells, in its order: the most important first, then kernels, then by name. @source pve-manager 8.4.21 PVE/API2/APT.pm versions */
const FIRST = ["proxmox-ve", "pve-manager"];
const TOLD =
  `amd64-microcode ceph criu dnsmasq frr-pythontools gfs2-utils ifupdown ifupdown2 intel-microcode ksm-control-daemon
  ksmtuned libpve-apiclient-perl libpve-network-perl openvswitch-switch proxmox-backup-file-restore proxmox-firewall
  proxmox-kernel-helper proxmox-offline-mirror-helper pve-esxi-import-tools pve-zsync zfsutils-linux ceph-fuse corosync
  glusterfs-client libjs-extjs libknet1 libproxmox-acme-perl libproxmox-backup-qemu0 libproxmox-rs-perl libpve-access-control
  libpve-cluster-api-perl libpve-cluster-perl libpve-common-perl libpve-guest-common-perl libpve-http-server-perl
  libpve-rs-perl libpve-storage-perl libqb0 libspice-server1 lvm2 lxc-pve lxcfs novnc-pve proxmox-backup-client
  proxmox-backup-restore-image proxmox-mail-forward proxmox-mini-journalreader proxmox-widget-toolkit pve-cluster
  pve-container pve-docs pve-edk2-firmware pve-firewall pve-firmware pve-ha-manager pve-i18n pve-qemu-kvm pve-xtermjs
  qemu-server smartmontools spiceterm swtpm vncterm`.split(/\s+/);

export function toldPackages(): InstalledPackage[] {
  const all = installedPackages();
  const kernels = [...all.values()]
    .filter(({ name }) => /^(?:pve|proxmox)-kernel-/.test(name))
    .sort((a, b) => compareVersions(b.version, a.version) || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
  return [...FIRST, ...kernels, ...TOLD.toSorted()].flatMap((name) => all.get(name) ?? []);
}

/** Debian's order of versions: below zero when `a` is the older one. @source deb-version(7) */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [partsOf(a), partsOf(b)];
  return x.epoch - y.epoch || compareParts(x.upstream, y.upstream) || compareParts(x.revision, y.revision);
}

function partsOf(version: string) {
  const [, epoch = "0", rest = ""] = /^(?:(\d+):)?(.*)$/s.exec(version)!;
  const dash = rest.lastIndexOf("-");
  return {
    epoch: Number(epoch),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? "" : rest.slice(dash + 1),
  };
}

/** Letters sort before all else that is no digit, and a tilde even before the end. */
function weight(character: string | undefined): number {
  if (character === undefined || /\d/.test(character)) return 0;
  if (character === "~") return -1;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}

function compareParts(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    while ((i < a.length && !/\d/.test(a[i]!)) || (j < b.length && !/\d/.test(b[j]!))) {
      const differ = weight(a[i]) - weight(b[j]);
      if (differ !== 0) return differ;
      i++;
      j++;
    }
    const [x, y] = [/^\d*/.exec(a.slice(i))![0], /^\d*/.exec(b.slice(j))![0]];
    const differ = compareDigits(x, y);
    if (differ !== 0) return differ;
    i += x.length;
    j += y.length;
  }
  return 0;
}

/** Numbers of any length. */
function compareDigits(a: string, b: string): number {
  const [x, y] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  if (x.length !== y.length) return x.length - y.length;
  return x === y ? 0 : x < y ? -1 : 1;
}
