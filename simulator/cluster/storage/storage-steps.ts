/**
 * Changing `storage.cfg`: under the cluster's lock, a second between tries.
 *
 * @source recordings 20, 28 for `pvesm add`; 32 for the nine tries without quorum
 */
import { after, changeThen, endJob, type JobStep, NO_LOCK_EXIT, say, startJob } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { pmxcfsFile, pmxcfsWritable } from "../pmxcfs/pmxcfs-view.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { parseStorageConfig, sectionText, storageDefinition } from "./storage-config.ts";
import { storageOnline } from "./volumes.ts";

const LOCK = "priv/lock/file-storage_cfg";
const TRIES = 9;

export type StorageConfigInputs = {
  /**
   * Add, change or remove a storage; `findJob(lab, node, job)` says what comes of it.
   *
   * @throws Refusal "invalid", "already-exists", "not-found"
   */
  "storage/configure": {
    args:
      | { node: string; op: "add"; type: string; storage: string; keys: [key: string, value: string][] }
      | { node: string; op: "set"; storage: string; keys: [key: string, value: string][]; delete: string[] }
      | { node: string; op: "remove"; storage: string };
    result: { job: number };
  };
};

type Change = StorageConfigInputs["storage/configure"]["args"];

/** Keys in the order in which Proxmox writes them. */
const NEEDED: Record<string, string[]> = { dir: ["path"], nfs: ["server", "export"], lvmthin: ["vgname", "thinpool"] };

/** What a storage keeps for life. @source pve-storage plugin options `fixed` */
const FIXED = ["path", "server", "export", "vgname", "thinpool"];

/** What may be said of a storage beside that. @source pve-storage 8.3.8, options of DirPlugin, NFSPlugin, LvmThinPlugin */
const OPTIONAL: Record<string, string> = {
  dir: "content-dirs nodes shared disable maxfiles prune-backups max-protected-backups content format mkdir create-base-path create-subdirs is_mountpoint bwlimit preallocation",
  nfs: "content-dirs nodes disable maxfiles prune-backups max-protected-backups options content format mkdir create-base-path create-subdirs bwlimit preallocation",
  lvmthin: "nodes disable content bwlimit",
};

/** Why an option cannot be taken out; undefined when it can. @source pve-common PVE/SectionConfig.pm delete_from_config */
function cannotDelete(type: string, name: string, set: string[]): string | undefined {
  if (FIXED.includes(name) && (NEEDED[type]?.includes(name) || name === "path"))
    return `unable to delete required option '${name}'`;
  if (!OPTIONAL[type]?.split(" ").includes(name)) return `no such option '${name}'`;
  return set.includes(name) ? `cannot set and delete property '${name}' at the same time!` : undefined;
}

export const storageConfigInputs = {
  "storage/configure": (lab: LabState, args: Change): { job: number } => {
    const existing = storageDefinition(lab, args.node, args.storage);
    if (args.op === "remove") {
      if (!existing) throw new Refusal("not-found", `delete storage failed: storage '${args.storage}' does not exist`);
    } else if (args.op === "set") {
      if (!existing) throw new Refusal("not-found", `update storage failed: storage '${args.storage}' does not exist`);
      const fixed = args.keys.find(([key]) => FIXED.includes(key));
      if (fixed)
        throw new Refusal("invalid", `update storage failed: can't change value of fixed parameter '${fixed[0]}'`);
      const set = args.keys.map(([key]) => key);
      for (const name of args.delete) {
        const problem = cannotDelete(existing.type, name, set);
        if (problem !== undefined) throw new Refusal("invalid", `update storage failed: ${problem}`);
      }
    } else {
      if (!NEEDED[args.type])
        throw new Refusal("invalid", `storage type '${args.type}' is not modelled in this simulated node`);
      if (existing)
        throw new Refusal("already-exists", `create storage failed: storage ID '${args.storage}' already defined`);
      for (const key of NEEDED[args.type]!) {
        if (!args.keys.some(([name]) => name === key)) {
          throw new Refusal("invalid", `missing value for required option '${key}'`);
        }
      }
    }
    return {
      job: startJob(lab, args.node, {
        kind: "storage-config",
        vmid: 0,
        name: "pvesm",
        data: { change: args, tries: 0 },
      }).id,
    };
  },
};

interface StorageJob {
  change: Change;
  tries: number;
}

const dataOf = (job: JobState) => job.data as StorageJob;
const verb = (job: JobState) => ({ add: "create", set: "update", remove: "delete" })[dataOf(job).change.op];

export const storageSteps: Record<string, JobStep> = {
  begin: (lab, job) => {
    const data = dataOf(job);
    if (!pmxcfsWritable(lab.nodes[job.node]!.pmxcfs)) {
      if (data.tries >= TRIES) {
        endJob(lab, job, `${verb(job)} storage failed: cfs-lock 'file-storage_cfg' error: no quorum!`, NO_LOCK_EXIT);
        return;
      }
      data.tries += 1;
      say(lab, job, "trying to acquire cfs lock 'file-storage_cfg' ...");
      after(lab, job, 1_000, "begin");
      return;
    }
    changeThen(lab, job, [{ op: "mkdir", path: LOCK }], "locked");
  },
  locked: (lab, job, { failed }) => {
    const data = dataOf(job);
    if (failed) {
      if (data.tries >= TRIES) {
        endJob(lab, job, `${verb(job)} storage failed: cfs-lock 'file-storage_cfg' error: got lock request timeout`);
        return;
      }
      data.tries += 1;
      say(lab, job, "trying to acquire cfs lock 'file-storage_cfg' ...");
      after(lab, job, 1_000, "begin");
      return;
    }
    const { change } = data;
    const text = pmxcfsFile(lab, job.node, "storage.cfg") ?? "";
    const content = contentAfter(text, change);
    if (change.op === "add") {
      // The node tries the new storage before it is written.
      const definition = parseStorageConfig(content).find((one) => one.storage === change.storage)!;
      const here = !definition.nodes || definition.nodes.includes(job.node);
      if (here && definition.type === "nfs" && !storageOnline(lab, job.node, definition)) {
        Object.assign(data, {
          error: `create storage failed: error with cfs lock 'file-storage_cfg': storage '${change.storage}' is not online`,
        });
        changeThen(lab, job, [{ op: "rmdir", path: LOCK }], "refused");
        return;
      }
    }
    changeThen(
      lab,
      job,
      [
        { op: "write", path: "storage.cfg", content },
        { op: "rmdir", path: LOCK },
      ],
      "written",
    );
  },
  refused: (lab, job) => endJob(lab, job, (job.data as { error: string }).error),
  written: (lab, job, { failed }) =>
    endJob(
      lab,
      job,
      failed
        ? `${verb(job)} storage failed: unable to open file '/etc/pve/storage.cfg.tmp.${job.pid}' - Permission denied`
        : "",
    ),
};

function contentAfter(text: string, change: Change): string {
  if (change.op === "add") return withSection(text, change);
  if (change.op === "remove") return withoutSection(text, change.storage);
  const present = parseStorageConfig(text).find((one) => one.storage === change.storage);
  // The `local` that every node has built in is written once it is changed.
  const type = present?.type ?? "dir";
  const lines = sectionKeys(text, change.storage) ?? [
    ["path", "/var/lib/vz"],
    ["content", "backup,images,iso,rootdir,snippets,vztmpl"],
  ];
  const keys = new Map(lines);
  for (const key of change.delete) keys.delete(key);
  for (const [key, value] of change.keys) keys.set(key, value);
  // `disable 0` is no line.
  if (keys.get("disable") === "0") keys.delete("disable");
  const section = sectionText(type, change.storage, [...keys]);
  if (!present) return text + section;
  return text
    .split(/(?<=\n)(?=\w+:\s)/)
    .map((one) => (isSectionOf(one, change.storage) ? section : one))
    .join("");
}

/** Keys of a storage as they stand in the file; undefined when it is not there. */
function sectionKeys(text: string, storage: string): [string, string][] | undefined {
  const section = text.split(/(?<=\n)(?=\w+:\s)/).find((one) => isSectionOf(one, storage));
  return section
    ?.split("\n")
    .filter((line) => /^\s+\S/.test(line))
    .map((line) => {
      const [key, ...words] = line.trim().split(/\s+/);
      return [key!, words.join(" ")];
    });
}

function isSectionOf(section: string, storage: string): boolean {
  return new RegExp(`^\\w+:\\s+${storage.replace(/[.]/g, "\\.")}\\s*\\n`).test(section);
}

function withSection(text: string, change: Extract<Change, { op: "add" }>): string {
  const keys = change.keys.filter(([key]) => key !== "nodes");
  if (change.type === "nfs" && !keys.some(([key]) => key === "path")) keys.push(["path", `/mnt/pve/${change.storage}`]);
  const rank = ([key]: [string, string]) => [...(NEEDED[change.type] ?? []), "path", "content"].indexOf(key);
  keys.sort((a, b) => ((rank(a) + 99) % 99) - ((rank(b) + 99) % 99) || (a[0] < b[0] ? -1 : 1));
  const nodes = change.keys.filter(([key]) => key === "nodes");
  const before = text === "" || text.endsWith("\n\n") ? text : `${text}\n`;
  return before + sectionText(change.type, change.storage, [...keys, ...nodes]);
}

function withoutSection(text: string, storage: string): string {
  return text
    .split(/(?<=\n)(?=\w+:\s)/)
    .filter((section) => !isSectionOf(section, storage))
    .join("");
}
