/**
 * `pvecm updatecerts` once there is quorum: what a node needs in /etc/pve and is not there is made, and with `force` the
 * node's certificate is made anew. pveproxy's start does the same, and so does a node that has just joined.
 *
 * Keys and certificates that somebody's file is in the way of fail as openssl does.
 *
 * @source pve-cluster 8.1 PVE/Cluster/Setup.pm updatecerts_and_ssh, gen_pve_node_files; typed on a real node
 *   (recordings/pve/updatecerts.json)
 */
import { RSA_HOST_KEY } from "../accounts/ssh-keys.ts";
import { FILE_ERRNO_TEXT } from "../files/errno-text.ts";
import type { FileChange } from "../files/files-state.ts";
import { readNodeFile } from "../files/node-tree.ts";
import { type EventHandler, type EventSpec, nodeOf, schedule } from "../kernel.ts";
import { nodeFolders, OBSERVED_FOLDERS, pemText, VZDUMP_CRON } from "../pmxcfs/initial-database.ts";
import { ownName } from "../pmxcfs/own-name.ts";
import { pmxcfsEntry, pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import { changeInSequence, type SequenceEnd, setContents } from "../pmxcfs/sequence.ts";
import { reap, spawn } from "../processes.ts";
import type { LabState } from "../state.ts";
import { findTask, writeTask } from "../tasks/tasks.ts";
import { certificateFailure } from "./openssl-refusals.ts";
import { newCaId, requestCertificate, searchDomain } from "./pki.ts";
import type { IssuedCertificate, IssueFailure, PkiInputs, Renewal, RenewalEnd, RenewalLine } from "./pki-state.ts";
import {
  dropKeysBackup,
  layLocalFiles,
  mergedKeys,
  SHARED_KEYS,
  takeSharedKeys,
  unmergeKnownHosts,
} from "./root-files.ts";
import { serialIn, serialText } from "./serial-file.ts";

const CA = "pve-root-ca.pem";
const CA_KEY = "priv/pve-root-ca.key";
const CA_SERIAL = "priv/pve-root-ca.srl";
const AUTHKEY_LOCK = "priv/lock/authkey";

/** Milliseconds that openssl takes: for a key of 2048 bits, one of 4096, and a certificate. Typical; a real one draws lots. */
const KEY_MS = 300;
const CA_KEY_MS = 1_500;
const CERTIFICATE_MS = 100;

/** So many runs are remembered. */
const REMEMBERED_MAX = 20;

type StepName = "shared-keys" | "folders" | "certificate" | "store" | "merge" | "merged" | "observed" | "end";

interface Step extends SequenceEnd {
  id: number;
  step: StepName;
  issued?: IssuedCertificate | IssueFailure;
}

export const renewalInputs = {
  "pki/renew": (lab: LabState, { node, force, unmerge }: PkiInputs["pki/renew"]["args"]): { id: number } => ({
    id: startRenewal(lab, node, { force: force === true, unmerge: unmerge === true }),
  }),
  "pki/stop-renewal": (lab: LabState, { id }: PkiInputs["pki/stop-renewal"]["args"]): undefined => {
    const one = renewal(lab, id);
    if (one && one.error === undefined) reap(lab, one.node, one.pid);
    return undefined;
  },
};

/** A run that is remembered. */
export function renewal(lab: Readonly<LabState>, id: number): Readonly<Renewal> | undefined {
  return lab.pki.renewals?.find((one) => one.id === id);
}

/**
 * Begin.
 *
 * @param options.upid the task that does it: its process works, and its log gets the lines; a process of its own otherwise
 * @param options.next goes on when it has ended, its data extended by `renewal`
 */
export function startRenewal(
  lab: LabState,
  node: string,
  options: { force: boolean; unmerge: boolean; upid?: string; next?: EventSpec },
): number {
  lab.pki.renewals ??= [];
  const id = (lab.pki.renewals.at(-1)?.id ?? 0) + 1;
  const pid = findTask(lab, node, options.upid ?? "")?.pid ?? spawn(lab, node, "pvecm", "");
  lab.pki.renewals.push({ id, node, pid, lines: [], flushed: 0, ...options });
  forgetOldest(lab, lab.pki.renewals);
  schedule(lab, 0, { kind: "pki/renew-step", node, pid, data: { id, step: "shared-keys" } });
  return id;
}

/** Those that are under way stay: somebody waits for their end. */
function forgetOldest(lab: LabState, renewals: Renewal[]): void {
  const ended = renewals.findIndex(
    ({ node, pid, error }) => error !== undefined || nodeOf(lab, node).processes[pid] === undefined,
  );
  if (renewals.length > REMEMBERED_MAX && ended >= 0) renewals.splice(ended, 1);
}

/** Whether a node lacks something that a run would make. */
export function lacksNodeFiles(lab: Readonly<LabState>, node: string): boolean {
  const name = ownName(lab, node);
  const folder = `nodes/${name}`;
  const files = [`${folder}/pve-ssl.pem`, `${folder}/pve-ssl.key`, `${folder}/ssh_known_hosts`, CA, CA_KEY];
  const shared = ["priv/authkey.key", "pve-www.key", SHARED_KEYS, "vzdump.cron"];
  const folders = ["priv", "nodes", ...nodeFolders(name), ...OBSERVED_FOLDERS];
  return [...files, ...shared, ...folders].some((path) => pmxcfsEntry(lab, node, path) === undefined);
}

/** What a step works with. */
interface Run {
  lab: LabState;
  node: string;
  /** What the node calls itself. */
  name: string;
  one: Renewal;
  data: Step;
  has(path: string): boolean;
  print(text: string, stream?: RenewalLine["stream"]): void;
  /** A program is started: what was printed leaves the buffer. */
  runProgram(): void;
  /** Changes of /etc/pve one after another, then the next step. */
  change(changes: FileChange[], step: StepName, delayMs?: number): void;
  die(text: string): void;
}

export const renewalHandlers: Record<string, EventHandler> = {
  "pki/renew-step": (lab, event) => {
    const data = event.data as Step;
    const one = lab.pki.renewals?.find(({ id }) => id === data.id);
    if (!one || one.error !== undefined) return;
    const { node } = one;
    const then = (step: StepName): EventSpec => ({
      kind: "pki/renew-step",
      node,
      pid: one.pid,
      data: { id: one.id, step },
    });
    const die = (text: string) => end(lab, one, text);
    if (data.failed) {
      die(refusalOf(data.failed, one.pid));
      return;
    }
    STEPS[data.step]({
      lab,
      node,
      name: ownName(lab, node),
      one,
      data,
      has: (path) => pmxcfsEntry(lab, node, path) !== undefined,
      print: (text, stream = "stdout") => {
        if (one.upid !== undefined) writeTask(lab, node, one.upid, `${text}\n`);
        one.lines.push({ stream, text });
      },
      runProgram: () => {
        one.flushed = one.lines.length;
      },
      change: (changes, step, delayMs = 0) => {
        if (delayMs === 0) changeInSequence(lab, node, changes, then(step));
        else
          schedule(lab, delayMs, {
            kind: "pki/renew-change",
            node,
            pid: one.pid,
            data: { changes, after: then(step) },
          });
      },
      die,
    });
  },
  "pki/renew-change": (lab, event) => {
    const { changes, after } = event.data as { changes: FileChange[]; after: EventSpec };
    changeInSequence(lab, event.node!, changes, after);
  },
};

const STEPS: Record<StepName, (run: Run) => void> = {
  "shared-keys": ({ lab, node, has, change }) => {
    layLocalFiles(lab, node, has("vzdump.cron"));
    const content = takeSharedKeys(lab, node, has(SHARED_KEYS));
    const changes: FileChange[] = has("priv") ? [] : [{ op: "mkdir", path: "priv" }];
    if (!has(SHARED_KEYS)) changes.push({ op: "write", path: SHARED_KEYS, content });
    change(changes, "folders");
  },
  folders: ({ lab, node, name, one, has, print, runProgram, change }) => {
    print("(re)generate node files");
    if (one.force) print("generate new node certificate");
    const changes: FileChange[] = ["priv", "nodes", ...nodeFolders(name)]
      .filter((path) => !has(path))
      .map((path) => ({ op: "mkdir", path }));
    let delayMs = 0;
    if (!has("priv/authkey.key")) {
      delayMs += KEY_MS;
      changes.push(
        { op: "mkdir", path: "priv/lock" },
        { op: "mkdir", path: AUTHKEY_LOCK, by: node },
        { op: "write", path: "priv/authkey.key", content: pemText(lab, "PRIVATE KEY", 1624) },
        { op: "write", path: "authkey.pub", content: pemText(lab, "PUBLIC KEY", 392) },
        { op: "rmdir", path: AUTHKEY_LOCK },
      );
    }
    if (!has("pve-www.key")) {
      delayMs += KEY_MS;
      changes.push({ op: "write", path: "pve-www.key", content: pemText(lab, "PRIVATE KEY", 1624) });
    }
    if (delayMs > 0) runProgram();
    change(changes, "certificate", delayMs);
  },
  certificate: ({ lab, node, one, runProgram, change }) => {
    const { key, newCa, newCertificate } = needs(lab, one);
    if (key !== undefined && !newCertificate) {
      change([], "merge");
      return;
    }
    runProgram();
    requestCertificate(lab, {
      node,
      kind: newCa ? "ca" : newCertificate ? "node" : "key",
      caPem: newCa ? "" : (pmxcfsFile(lab, node, CA) ?? ""),
      caKeyPem: pmxcfsFile(lab, node, CA_KEY) ?? "",
      serial: serialText(serialAfter(lab, node)),
      ...(key !== undefined && { keyPem: key }),
      next: { kind: "pki/renew-step", node, pid: one.pid, data: { id: one.id, step: "store" } },
    });
  },
  store: ({ lab, node, name, one, data, has, print, change }) => {
    const issued = data.issued!;
    const { key, newCa, newCertificate } = needs(lab, one);
    const serial = nextSerial(lab, node);
    const unread = typeof serial === "string" && newCertificate ? (`serial-${serial}` as const) : undefined;
    const failed = "failed" in issued ? issued.failed : unread;
    const counting = has(CA_SERIAL) ? [] : setContents(one.pid, CA_SERIAL, "0000000000000000");
    const count = { op: "write" as const, path: CA_SERIAL, content: `${serialText(serialAfter(lab, node))}\n` };
    const certificate = `nodes/${name}/pve-ssl.pem`;
    if (failed !== undefined) {
      const domain = searchDomain(lab, node);
      const common = domain === undefined ? name : `${name}.${domain}`;
      const { printed, died, emptied, counted } = certificateFailure(failed, {
        node: name,
        pid: one.pid,
        name: common,
        unit: newCaId(lab, node, one.id),
      });
      const early = failed === "node-key" || failed === "new-ca-key";
      const left: FileChange[] = early ? [] : [...counting];
      if (emptied) left.push({ op: "write", path: certificate, content: "" });
      if (counted) left.push(count);
      for (const text of printed) print(text, "stderr");
      one.dying = died;
      change(left, "end");
      return;
    }
    const { certPem, keyPem, caPem = "", caKeyPem = "" } = issued as IssuedCertificate;
    const changes: FileChange[] = [];
    let delayMs = 0;
    if (key === undefined) {
      delayMs += KEY_MS;
      changes.push({ op: "write", path: `nodes/${name}/pve-ssl.key`, content: keyPem });
    }
    if (newCa && !has(CA_KEY)) {
      delayMs += CA_KEY_MS;
      changes.push({ op: "write", path: CA_KEY, content: caKeyPem });
    }
    if (newCa) changes.push({ op: "write", path: CA, content: caPem });
    if (newCertificate) {
      delayMs += CERTIFICATE_MS;
      changes.push(...counting, count, { op: "write", path: certificate, content: certPem });
    }
    change(changes, "merge", delayMs);
  },
  merge: ({ lab, node, one, print, change }) => {
    print("merge authorized SSH keys");
    const shared = pmxcfsFile(lab, node, SHARED_KEYS);
    change(setContents(one.pid, SHARED_KEYS, mergedKeys(lab, node, shared)), "merged");
  },
  merged: ({ lab, node, name, one, has, print, change, die }) => {
    dropKeysBackup(lab, node);
    if (one.unmerge) {
      print("unmerge SSH known hosts");
      unmergeKnownHosts(lab, node, pmxcfsFile(lab, node, "priv/known_hosts") ?? "");
    }
    const text = readNodeFile(lab, node, `${RSA_HOST_KEY}.pub`);
    const hostKey = /^ssh-rsa\s\S+/m.exec(text ?? "")?.[0];
    if (hostKey === undefined) {
      const why = text === undefined ? `can't open '${RSA_HOST_KEY}.pub' - No such file or directory` : undefined;
      die(why ?? `can't parse ${RSA_HOST_KEY}.pub at /usr/share/perl5/PVE/Cluster/Setup.pm line 235.`);
      return;
    }
    const changes = setContents(one.pid, `nodes/${name}/ssh_known_hosts`, `${name} ${hostKey}`);
    if (!has("vzdump.cron")) changes.push(...setContents(one.pid, "vzdump.cron", VZDUMP_CRON));
    change(changes, "observed");
  },
  observed: ({ lab, node, has, print, change }) => {
    layLocalFiles(lab, node, true);
    const missing = OBSERVED_FOLDERS.filter((path) => !has(path));
    for (const path of missing) print(`creating directory '/etc/pve/${path}' for observed files`);
    change(
      missing.map((path) => ({ op: "mkdir", path })),
      "end",
    );
  },
  end: ({ lab, one }) => end(lab, one, one.dying ?? ""),
};

/** What of a node's certificate has to be made. */
function needs(
  lab: Readonly<LabState>,
  { node, force }: Renewal,
): { key: string | undefined; newCa: boolean; newCertificate: boolean } {
  const name = ownName(lab, node);
  const file = (path: string) => pmxcfsFile(lab, node, path);
  const newCa = file(CA) === undefined || file(CA_KEY) === undefined;
  return {
    key: file(`nodes/${name}/pve-ssl.key`),
    newCa,
    newCertificate: newCa || force || file(`nodes/${name}/pve-ssl.pem`) === undefined,
  };
}

/** The serial number that comes next, or why the file holds none. */
function nextSerial(lab: Readonly<LabState>, node: string): bigint | "odd" | "short" {
  const text = pmxcfsFile(lab, node, CA_SERIAL);
  const last = text === undefined ? 0n : serialIn(text);
  return typeof last === "string" ? last : last + 1n;
}

/** The same, the first one where the file holds none: what is made with it is then thrown away. */
function serialAfter(lab: Readonly<LabState>, node: string): bigint {
  const serial = nextSerial(lab, node);
  return typeof serial === "string" ? 1n : serial;
}

/** Quorum was lost in the middle of it. Texts of the helpers that write; openssl's are not told apart (unverified). */
function refusalOf({ change, errno }: NonNullable<SequenceEnd["failed"]>, pid: number): string {
  const reason = FILE_ERRNO_TEXT[errno];
  const path = `/etc/pve/${change.path}`;
  return change.op === "mkdir"
    ? `unable to create directory '${path}' - ${reason}`
    : `unable to open file '${path.endsWith(`.tmp.${pid}`) ? path : `${path}.tmp.${pid}`}' - ${reason}`;
}

function end(lab: LabState, one: Renewal, error: string): void {
  one.error = error;
  if (one.upid === undefined) reap(lab, one.node, one.pid, { exitCode: error === "" ? 0 : 1 });
  const { next } = one;
  const outcome: RenewalEnd = { error };
  if (next) schedule(lab, 0, { ...next, data: { ...(next.data as object | undefined), renewal: outcome } });
}
