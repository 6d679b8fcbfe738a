/**
 * Replays what was recorded of real pmxcfs daemons on several nodes (`recordings/pmxcfs`): the same lines are typed, the
 * same cuts made, and what every node shows after a step is compared with what the real one showed.
 */
import { writeLocalFile } from "../cluster/files/file-changes.ts";
import { serveRequestsForTest } from "../cluster/pki/test-issuer.ts";
import { clusterLog } from "../cluster/pmxcfs/cluster-log.ts";
import { emptyDatabase } from "../cluster/pmxcfs/database.ts";
import { pmxcfsEntry, pmxcfsFile, pmxcfsNames } from "../cluster/pmxcfs/pmxcfs-view.ts";
import { reap } from "../cluster/processes.ts";
import { nextRandom, type RandomState, seedRandom } from "../cluster/random.ts";
import type { UnitName } from "../cluster/services/services-state.ts";
import { UNITS } from "../cluster/services/units.ts";
import type { LabState } from "../cluster/state.ts";
import { act, advance } from "../cluster/stepping.ts";
import { wallNowMs } from "../cluster/wall-clock.ts";
import { shellLine } from "../commands/testing/shell-line.ts";
import {
  type ChangedNode,
  changedSince,
  DELIVERED_MS,
  isBrief,
  keptLine,
  type PmxcfsStep,
  type RecordedScenario,
  type SeenNode,
  SHORT_BYTES,
  STEPS_APART_MS,
  seenInFiles,
  stepAt,
  typedText,
} from "../recordings/pmxcfs/scenarios.ts";
import { labOfScenario, nodeName, RING_KEY, writeAuthkey } from "./scenario-lab.ts";

/** Steps begin up to so much later: pmxcfs looks at its connections once in a second. */
const PAUSE_MS = 1_000;
const SETTLE_MS = 25_000;
/** Nothing but pmxcfs and corosync ran on the recorded nodes. */
const LEFT: readonly UnitName[] = ["networking", "systemd-journald", "ssh"];

export interface ReplayedStep {
  typed?: { output: string; exit: number };
  seen?: Record<string, ChangedNode>;
}

/** @returns of every step what the recording has of its own */
export async function replayPmxcfs(scenario: RecordedScenario, seed: string): Promise<ReplayedStep[]> {
  const replay = new PmxcfsReplay(scenario, seed);
  const steps: ReplayedStep[] = [];
  for (const [index, step] of scenario.steps.entries()) steps.push(await replay.step(step, scenario.steps[index - 1]));
  return steps;
}

/** Of what a node writes, this tells of the machine that it ran on. */
const OF_THE_MACHINE = /cpg_send_message retried|queue length|resolved node name|ignore insert of duplicate/;

/**
 * What a step is compared by: versions as they grew, the journal by its parts, whose order among each other is chance, and
 * typed text without names that were drawn.
 *
 * @param versions of the databases after the step before, by node; kept up
 */
export function comparable({ typed, seen }: ReplayedStep, versions: Record<string, number>): object {
  const nodes = Object.entries(seen ?? {}).map(([id, { version, journal, ...rest }]) => {
    const grown = version === undefined ? 0 : version - (versions[id] ?? version);
    if (version !== undefined) versions[id] = version;
    const parts: Record<string, string[]> = {};
    for (const line of journal ?? []) {
      const part = /node (?:has|lost) quorum/.test(line) ? "quorum" : line.split("]")[0]!;
      const before = parts[part] ?? [];
      // How often it tried again depends on how long somebody looked on.
      const again = /_initialize failed/.test(line) && (before.length === 0 || before.at(-1) === line);
      if (!OF_THE_MACHINE.test(line) && !again) parts[part] = [...before, line];
    }
    return [id, { ...rest, grown, journal: parts }] as const;
  });
  const output = typed?.output.replaceAll(/\bsed\w{6}\b/g, "sedXXXXXX");
  return { ...(typed && { typed: { output, exit: typed.exit } }), nodes: Object.fromEntries(nodes) };
}

class PmxcfsReplay {
  private readonly lab: LabState;
  private readonly ids: number[];
  private readonly starts: number[] = [];
  private readonly pauses: RandomState;
  private readonly told: Record<string, number> = {};
  private before: Record<string, SeenNode> = {};

  constructor({ n, name, desc, conf }: RecordedScenario, seed: string) {
    this.pauses = seedRandom(seed);
    this.lab = labOfScenario({ kind: "states", name, desc, n, steps: [] }, seed).lab;
    this.ids = Array.from({ length: n }, (_, index) => index + 1);
    serveRequestsForTest(this.lab);
    for (const node of this.ids.map(nodeName)) {
      for (const unit of Object.keys(UNITS) as UnitName[]) {
        if (!LEFT.includes(unit)) act(this.lab, "services/control", { node, unit, action: "stop" });
      }
    }
    advance(this.lab, this.lab.nowMs + SETTLE_MS);
    for (const id of this.ids) {
      const node = this.lab.nodes[nodeName(id)]!;
      node.pmxcfs.database = emptyDatabase();
      writeLocalFile(this.lab, node.name, "/etc/corosync/corosync.conf", conf);
      writeAuthkey(this.lab, id, RING_KEY);
      this.told[nodeName(id)] = node.journal.length;
    }
  }

  async step(step: PmxcfsStep, last: PmxcfsStep | undefined): Promise<ReplayedStep> {
    this.wait(STEPS_APART_MS + Math.floor(nextRandom(this.pauses) * PAUSE_MS));
    this.starts.push(Math.floor(wallNowMs(this.lab, nodeName(1)) / 1000));
    const typed = await this.perform(step);
    if (step.quick) return typed ? { typed } : {};
    this.wait(isBrief(step, last) ? DELIVERED_MS : SETTLE_MS);
    const now = Object.fromEntries(
      this.ids
        .filter((id) => this.lab.nodes[nodeName(id)]!.pmxcfs.pid !== 0)
        .map((id) => [String(id), this.look(id)] as const),
    );
    const seen = Object.fromEntries(Object.entries(now).map(([id, of]) => [id, changedSince(this.before[id], of)]));
    this.before = now;
    return { ...(typed && { typed }), seen };
  }

  private wait(ms: number): void {
    advance(this.lab, this.lab.nowMs + ms);
  }

  private async perform(step: PmxcfsStep): Promise<ReplayedStep["typed"]> {
    const { lab, ids } = this;
    switch (step.op) {
      case "type":
        return shellLine(lab, nodeName(step.node), typedText(step.line));
      case "cut":
        for (const [index, group] of step.groups.entries())
          this.setPaths(group, step.groups.slice(index + 1).flat(), false);
        return undefined;
      case "heal":
        this.setPaths(ids, ids, true);
        return undefined;
      case "corosync":
        for (const id of step.nodes) {
          const input =
            step.what === "start" ? "corosync/start" : step.what === "term" ? "corosync/term" : "corosync/kill";
          act(lab, input, { node: nodeName(id) });
        }
        return undefined;
      case "pmxcfs":
        for (const node of step.nodes.map(nodeName)) {
          if (step.what === "term") act(lab, "pmxcfs/stop", { node });
          else if (step.what === "kill") reap(lab, node, lab.nodes[node]!.pmxcfs.pid);
          else {
            // The recorder kept what each daemon wrote until the next one began: its last words were read by nobody.
            this.told[node] = lab.nodes[node]!.journal.length;
            act(lab, "pmxcfs/start", { node, local: step.what === "local" });
          }
          this.wait(STEPS_APART_MS);
        }
        return undefined;
      case "log":
        for (let i = 0; i < (step.times ?? 1); i++)
          clusterLog(lab, nodeName(step.node), {
            pri: step.pri,
            tag: step.tag,
            pid: 1,
            user: step.user,
            msg: step.msg,
          });
        return undefined;
      case "wait":
        this.wait(step.ms);
        return undefined;
    }
  }

  private setPaths(from: readonly number[], to: readonly number[], up: boolean): void {
    for (const one of from) {
      for (const other of to) {
        if (one !== other) act(this.lab, "network/set-path", { from: nodeName(one), to: nodeName(other), up });
      }
    }
  }

  private look(id: number): SeenNode {
    const { lab } = this;
    const node = nodeName(id);
    const journal = lab.nodes[node]!.journal.slice(this.told[nodeName(id)]).filter(
      ({ identifier }) => identifier === "pmxcfs",
    );
    this.told[nodeName(id)] = lab.nodes[node]!.journal.length;
    return {
      version: lab.nodes[node]!.pmxcfs.database.version,
      ...seenInFiles((name) => pmxcfsFile(lab, node, name)!, this.starts),
      tree: Object.fromEntries(this.tree(node, "")),
      journal: journal.map(({ text }) => keptLine(text)),
    };
  }

  private tree(node: string, folder: string): [string, string][] {
    return pmxcfsNames(this.lab, node, folder)
      .filter((name) => folder !== "" || !name.startsWith("."))
      .flatMap((name) => {
        const path = folder === "" ? name : `${folder}/${name}`;
        const { type, mode, mtimeMs, content } = pmxcfsEntry(this.lab, node, path)!;
        const kind = { file: "f", directory: "d", symlink: "l" }[type];
        const short = type === "file" && content.length <= SHORT_BYTES && content !== "" ? ` ${content}` : "";
        const line = `${kind} ${mode.toString(8)} root:www-data @${stepAt(this.starts, mtimeMs / 1000)} ${content.length}${short}`;
        return [[path, line] as [string, string], ...(type === "directory" ? this.tree(node, path) : [])];
      });
  }
}
