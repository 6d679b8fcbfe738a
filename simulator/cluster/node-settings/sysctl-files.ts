/** Files that set a kernel's settings: what their lines mean. @source sysctl.conf(5) */
import { namesIn, readNodeFile, resolvePath } from "../files/node-tree.ts";
import type { LabState } from "../state.ts";

export interface SysctlLine {
  /** Its number in the file, from 1. */
  line: number;
  name: string;
  value: string;
  /** A `-` before it: that it does not exist is no error. */
  optional: boolean;
}

/** Settings of a file, and the numbers of lines that say nothing. */
export function sysctlLines(text: string): { settings: SysctlLine[]; bad: number[] } {
  const settings: SysctlLine[] = [];
  const bad: number[] = [];
  for (const [at, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || /^[#;]/.test(line)) continue;
    const found = /^(-?)\s*([^=]+?)\s*=\s*(.*)$/.exec(line);
    if (!found) bad.push(at + 1);
    else settings.push({ line: at + 1, name: settingName(found[2]!), value: found[3]!, optional: found[1] === "-" });
  }
  return { settings, bad };
}

/** `net/ipv4/conf/eth0.1/forwarding` is a name, too: where the first separator is a slash, a dot belongs to the name. */
export function settingName(word: string): string {
  const slash = word.indexOf("/");
  const dot = word.indexOf(".");
  return slash >= 0 && (dot < 0 || slash < dot) ? word.replaceAll("/", ".") : word;
}

const FOLDERS = ["/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d"];

/** The files that a boot reads, in their order: of two of one name the one of the earlier folder, by name. */
export function sysctlFiles(lab: Readonly<LabState>, node: string): string[] {
  const byName = new Map<string, string>();
  for (const folder of FOLDERS) {
    const there = resolvePath(lab, node, folder);
    if (!("entry" in there) || there.entry?.type !== "directory") continue;
    for (const name of namesIn(lab, node, there.path))
      if (name.endsWith(".conf") && !byName.has(name)) byName.set(name, `${folder}/${name}`);
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

/** Everything that a boot sets. */
export function bootSettings(lab: Readonly<LabState>, node: string): SysctlLine[] {
  return sysctlFiles(lab, node).flatMap((path) => sysctlLines(readNodeFile(lab, node, path) ?? "").settings);
}
