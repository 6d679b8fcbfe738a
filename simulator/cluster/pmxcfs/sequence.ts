/** Several changes to /etc/pve one after another, for the model's own machines: what a script on a node would do. */
import type { FileAnswer, FileChange, FileErrno } from "../files/files-state.ts";
import { type EventHandler, type EventSpec, schedule } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { changePmxcfs } from "./pmxcfs-changes.ts";

interface Sequence {
  rest: FileChange[];
  done: FileChange | undefined;
  then: EventSpec;
  answer?: FileAnswer;
}

/** What the last event of a sequence gets in its data. */
export interface SequenceEnd {
  /** Absent when all went well. */
  failed?: { errno: FileErrno; change: FileChange };
}

export const sequenceHandlers: Record<string, EventHandler> = {
  "pmxcfs/sequence": (lab, event) => {
    const { rest, done, then, answer } = event.data as Sequence;
    // A folder that is there already is as good as one just made, unless it is a lock.
    const refusal = answer?.state === "refused" ? answer.errno : undefined;
    if (done && refusal && !(refusal === "EEXIST" && done.op === "mkdir" && !done.path.startsWith("priv/lock/"))) {
      end(lab, then, { failed: { errno: refusal, change: done } });
      return;
    }
    next(lab, event.node!, rest, then);
  },
};

/**
 * Carry out changes on a node, each after the one before was delivered; stops at the first that is refused.
 *
 * @param then gets `SequenceEnd` in its data
 */
export function changeInSequence(lab: LabState, node: string, changes: FileChange[], then: EventSpec): void {
  next(lab, node, changes, then);
}

/** PVE::Tools::file_set_contents: a file beside it takes its place. @param pid of the process that writes */
export function setContents(pid: number, path: string, content: string): FileChange[] {
  const beside = `${path}.tmp.${pid}`;
  return [
    { op: "write", path: beside, content },
    { op: "rename", path: beside, to: path },
  ];
}

function next(lab: LabState, node: string, changes: FileChange[], then: EventSpec): void {
  const [first, ...rest] = changes;
  if (!first) {
    end(lab, then, {});
    return;
  }
  changePmxcfs(lab, node, first, { kind: "pmxcfs/sequence", node, data: { rest, done: first, then } });
}

function end(lab: LabState, then: EventSpec, outcome: SequenceEnd): void {
  schedule(lab, 0, { ...then, data: { ...(then.data as object | undefined), ...outcome } });
}
