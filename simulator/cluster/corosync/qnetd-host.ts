/**
 * The host that runs corosync-qnetd as a machine: its disk, its journal, whose ssh keys it accepts.
 *
 * @source corosync-qnetd 3.0.3 init/corosync-qnetd.service.in, recordings 40 and 41 for the names of files; unverified
 */
import { publicKeyOnDisk, ROOT_KEY } from "../accounts/ssh-keys.ts";
import { bytesOfText, textOfBytes } from "../files/bytes.ts";
import { type FileAnswer, type FileChange, type NodeFilesState, refused } from "../files/files-state.ts";
import { changeSmallDisk, installedLinux } from "../files/small-disk.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import type { QnetdState } from "./qdevice-state.ts";

export const QNETD_UNIT = "corosync-qnetd.service";
export const QNETD_DESCRIPTION = "Corosync Qdevice Network daemon";
const AUTHORIZED_KEYS = "/root/.ssh/authorized_keys";
const FIRST_PID = 613;
const JOURNAL_LINES_MAX = 500;

/** The files as they are now; undefined where a lab has no such host. */
export function qnetdFiles(lab: Readonly<LabState>): Readonly<NodeFilesState> | undefined {
  return lab.qnetd && (lab.qnetd.files ?? installed(lab, lab.qnetd));
}

export function changeQnetdFiles(lab: LabState, change: FileChange): FileAnswer {
  const { qnetd } = lab;
  if (!qnetd) return refused("EIO", change.path);
  const files = qnetd.files ?? installed(lab, qnetd);
  const answer = changeSmallDisk(files, change, wallNowMs(lab));
  if (answer.state === "done") qnetd.files = files;
  return answer;
}

function installed(lab: Readonly<LabState>, qnetd: Readonly<QnetdState>): NodeFilesState {
  const db = "/etc/corosync/qnetd/nssdb";
  const files = installedLinux(qnetd.name, Math.floor(lab.wallOffsetMs), {
    "/etc/default/corosync-qnetd": '# Options passed to corosync-qnetd\n#COROSYNC_QNETD_OPTIONS=""\n',
    "/etc/hosts": `127.0.0.1 localhost\n${qnetd.address} ${qnetd.name}\n`,
    "/proc/meminfo": "",
    [`${db}/cert9.db`]: "",
    [`${db}/key4.db`]: "",
    [`${db}/pkcs11.txt`]: "",
    [`${db}/pwdfile.txt`]: "",
    [`${db}/qnetd-cacert.crt`]: "",
    [AUTHORIZED_KEYS]: (qnetd.trusted ?? []).map((node) => keyOf(lab, node)).join(""),
  });
  files.entries["/root/.ssh"]!.mode = 0o700;
  files.entries[AUTHORIZED_KEYS]!.mode = 0o600;
  return files;
}

/** root's public key on a node; empty where there is none. */
function keyOf(lab: Readonly<LabState>, node: string): string {
  const files = lab.nodes[node]?.files;
  return files?.entries[`${ROOT_KEY}.pub`]?.content ?? "";
}

/** Whether root of that host lets root of this node in by its key. */
export function qnetdTrusts(lab: Readonly<LabState>, node: string): boolean {
  const entry = qnetdFiles(lab)?.entries[AUTHORIZED_KEYS];
  const files = lab.nodes[node]?.files;
  const key = files && publicKeyOnDisk(files, `${ROOT_KEY}.pub`);
  return (
    entry?.type === "file" &&
    textOfBytes(entry.content)
      .split("\n")
      .some((line) => key !== undefined && line.includes(key))
  );
}

/** As ssh-copy-id does. */
export function trustOnQnetd(lab: LabState, node: string): void {
  if (!lab.qnetd || qnetdTrusts(lab, node)) return;
  const content = bytesOfText(keyOf(lab, node));
  changeQnetdFiles(lab, { op: "mkdir", path: "/root/.ssh", mode: 0o700 });
  changeQnetdFiles(lab, { op: "write", path: AUTHORIZED_KEYS, content, append: true, mode: 0o600 });
}

export function logQnetdStart(lab: LabState, qnetd: QnetdState): void {
  qnetd.pid = qnetd.pid === undefined ? FIRST_PID : qnetd.pid + 41;
  qnetd.sinceMs = lab.nowMs;
  say(lab, qnetd, `Starting ${QNETD_UNIT} - ${QNETD_DESCRIPTION}...`);
  say(lab, qnetd, `Started ${QNETD_UNIT} - ${QNETD_DESCRIPTION}.`);
}

export function logQnetdStop(lab: LabState, qnetd: QnetdState): void {
  qnetd.sinceMs = lab.nowMs;
  say(lab, qnetd, `Stopping ${QNETD_UNIT} - ${QNETD_DESCRIPTION}...`);
  say(lab, qnetd, `${QNETD_UNIT}: Deactivated successfully.`);
  say(lab, qnetd, `Stopped ${QNETD_UNIT} - ${QNETD_DESCRIPTION}.`);
}

function say(lab: LabState, qnetd: QnetdState, text: string): void {
  const line = { wallMs: wallNowMs(lab), unit: QNETD_UNIT, identifier: "systemd", pid: 1, priority: 6, text, boot: 1 };
  qnetd.journal = [...(qnetd.journal ?? []), line].slice(-JOURNAL_LINES_MAX);
}
