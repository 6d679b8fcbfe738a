/** Checks of the HA manager: the state of a resource, recovery after fencing, maintenance. */
import type { HaEntrySeen, Observation } from "../observation.ts";
import type { Evidence, Message, Verdict } from "../verdict.ts";
import {
  baselineOf,
  type Check,
  type CheckContext,
  check,
  couldNotCheck,
  notYet,
  passed,
  resolvedVmid,
  type VmidValue,
} from "./check.ts";
import { say } from "./messages.ts";
import { isDone, migrationsOf } from "./migrations-seen.ts";
import { leftBehind, startedAfterLoss, wasAway } from "./node-loss.ts";
import { entryOf, taskEvidence, unreachable, viewFor, viewOf } from "./views.ts";

/** States that HA leaves by itself. `freeze`: while its node restarts. @source pve-ha-manager: Manager.pm, states of a service */
const MOVING = new Set([
  ...["queued", "starting", "stopping", "request_start", "request_started", "request_start_balance", "request_stop"],
  ...["migrate", "relocate", "fence", "recovery", "freeze"],
]);

/** The HA manager has the machine in this state: `started`, `stopped`, `disabled`, `ignored`, `error`. */
export function haState({ vmid, state, on }: { vmid: VmidValue; state: string; on?: string }): Check {
  return check(
    (context) => {
      const id = resolvedVmid(vmid, context);
      const expected = say("expected.ha-state", { vmid: id, state });
      const managed = managedService(context, id, expected);
      if ("outcome" in managed) return managed;
      const { service, is, seen, evidence } = managed;
      if (is === "error" && state !== "error") {
        const next = say("next.ha-clear-error", { vmid: id });
        return notYet(say("ha.error", { vmid: id }), { seen, expected, next }, evidence);
      }
      if (is !== state) {
        const onTheWay = service.requestState === undefined ? MOVING.has(is) : service.requestState === state;
        const next = onTheWay ? say("next.ha-wait") : say("next.ha-set", { vmid: id, state });
        const message = onTheWay
          ? say("ha.on-the-way", { vmid: id, state: is, expected: state })
          : say("ha.other-state", { vmid: id, state: is, expected: state });
        return notYet(message, { seen, expected, next }, evidence);
      }
      if (on !== undefined && service.node !== on) {
        const next = say("next.ha-migrate", { vmid: id, node: on });
        const message = say("ha.elsewhere", { vmid: id, state, node: service.node ?? "no node", expected: on });
        return notYet(message, { seen, expected, next }, evidence);
      }
      return passed(say("ha.in-state", { vmid: id, state, node: service.node ?? "no node" }), evidence);
    },
    { ha: true },
  );
}

/**
 * `lost` went away since the baseline, and the HA manager started the machine that it had on another node.
 *
 * Seen on the way (`fence`, `recovery`) where somebody looked; otherwise it follows from no migration having moved it.
 */
export function haRecovered({ vmid, lost }: { vmid: VmidValue; lost: string }): Check {
  return check(
    (context) => {
      const id = resolvedVmid(vmid, context);
      const baseline = baselineOf(context);
      const expected = say("expected.ha-recovered", { vmid: id, lost });
      const managed = managedService(context, id, expected);
      if ("outcome" in managed) return managed;
      const { service, is, seen, evidence } = managed;
      const told = (message: Message, next: Message) => notYet(message, { seen, expected, next }, evidence);
      if (is === "fence") return told(say("ha.fencing", { vmid: id, lost }), say("next.ha-wait-fence"));
      if (is === "recovery") return told(say("ha.recovering", { vmid: id }), say("next.ha-wait"));
      const gone = wasAway(lost, [...context.history, context.observation]);
      if (service.node === lost) {
        return gone
          ? told(say("ha.still-on-lost", { vmid: id, lost }), say("next.ha-wait-fence"))
          : told(say("ha.not-lost", { lost }), say("next.power-off", { node: lost }));
      }
      if (is === "error") return told(say("ha.error", { vmid: id }), say("next.ha-clear-error", { vmid: id }));
      if (is !== "started") {
        const wanted = service.requestState ?? "started";
        const next = wanted === "started" ? say("next.ha-wait") : say("next.ha-set", { vmid: id, state: "started" });
        return told(say("ha.other-state", { vmid: id, state: is, expected: "started" }), next);
      }
      const { migrations, unread } = migrationsOf(context.observation, baseline, id);
      const moved = migrations.findLast(({ from, task }) => from === lost && isDone(task));
      if (moved) {
        const message = say("ha.was-migrated", { vmid: id, lost });
        return notYet(message, { seen, expected, next: say("next.redo") }, [...evidence, taskEvidence(moved.task)]);
      }
      const earlier = [baseline, ...context.history];
      const fenced = earlier.find((one) => {
        const entry = serviceOf(haOf(one)?.entries ?? [], id);
        return entry?.state === "fence" || entry?.state === "recovery";
      });
      const on = (one: Observation) => serviceOf(haOf(one)?.entries ?? [], id)?.node;
      const left = leftBehind(lost, [...earlier, context.observation], on);
      if (left.kind === "never-there") {
        const message = say("ha.never-there", { vmid: id, lost });
        return notYet(message, { seen, expected, next: say("next.redo") }, evidence);
      }
      if (fenced) {
        const proof = { node: lost, source: `ha service state at ${fenced.takenAt}`, value: "fence" };
        return passed(say("ha.fenced-recovered", { vmid: id, node: service.node ?? "", lost }), [...evidence, proof]);
      }
      if (left.kind === "moved-before") {
        const message = say("ha.was-migrated", { vmid: id, lost });
        return notYet(message, { seen, expected, next: say("next.redo") }, evidence);
      }
      if (left.kind === "loss-unseen")
        return couldNotCheck(say("recovered.loss-unseen", { lost }), say("next.redo"), evidence, { seen, expected });
      // Its own tasks cannot be asked while it is away; when the machine was started elsewhere tells as much.
      if (unread.some((node) => node !== lost)) {
        return unreachable(
          unread.map((node) => viewFor(context.observation, node, "tasks")),
          expected,
          evidence,
        );
      }
      const node = service.node ?? "";
      const proof = startedAfterLoss(context.observation, baseline, { vmid: id, node, lost, left });
      if (!proof) {
        const message = say("recovered.start-unclear", { vmid: id, node, lost });
        return couldNotCheck(message, say("next.redo"), evidence, { seen, expected });
      }
      return passed(say("ha.recovered", { vmid: id, node, lost }), [...evidence, ...left.evidence, ...proof]);
    },
    { ha: true },
  );
}

/** `node` is in maintenance: its HA resources have been moved away and none comes. */
export function haMaintenance({ node }: { node: string }): Check {
  return check(
    (context) => {
      const expected = say("expected.ha-maintenance", { node });
      const seenBy = haOf(context.observation);
      if (!seenBy) return noHa(context, expected);
      const lrm = seenBy.entries.find((entry) => entry.type === "lrm" && entry.node === node);
      const state = lrmState(lrm);
      const left = seenBy.entries.filter((entry) => entry.type === "service" && entry.node === node && isActive(entry));
      const evidence: Evidence[] = [{ node: seenBy.node, source: `ha lrm:${node}`, value: state }];
      const seen = say("seen.ha-lrm", { node, state });
      if (!/maintenance/.test(state)) {
        const next = say("next.ha-maintenance", { node });
        return notYet(say("ha.no-maintenance", { node, state }), { seen, expected, next }, evidence);
      }
      if (left.length > 0) {
        const guests = left.map(({ sid }) => sid ?? "");
        return notYet(
          say("ha.maintenance-moving", { node, guests }),
          { seen, expected, next: say("next.ha-wait") },
          evidence,
        );
      }
      return passed(say("ha.maintenance", { node }), evidence);
    },
    { ha: true },
  );
}

interface HaView {
  node: string;
  entries: readonly HaEntrySeen[];
}

/** The view of a node that is quorate; a cut-off one shows what was. */
function haOf(observation: Observation): HaView | undefined {
  for (const { name, ha } of observation.nodes) {
    const view = viewOf(observation, name);
    if (ha?.read && view.kind === "member" && view.quorate) return { node: name, entries: ha.value };
  }
  return undefined;
}

function serviceOf(entries: readonly HaEntrySeen[], vmid: number): HaEntrySeen | undefined {
  return entries.find(({ type, sid }) => type === "service" && (sid === `vm:${vmid}` || sid === `ct:${vmid}`));
}

interface ManagedService {
  service: HaEntrySeen;
  /** Its state in the HA manager's word. */
  is: string;
  seen: Message;
  evidence: Evidence[];
}

/** The machine as the HA manager has it, or the verdict when it has not, or nobody could tell. */
function managedService(context: CheckContext, vmid: number, expected: Message): ManagedService | Verdict {
  const seenBy = haOf(context.observation);
  if (!seenBy) return noHa(context, expected);
  const service = serviceOf(seenBy.entries, vmid);
  const evidence = haEvidence(seenBy, vmid);
  if (!service) {
    const told = { seen: say("seen.ha-none", { vmid }), expected, next: say("next.ha-add", { vmid }) };
    return notYet(say("ha.not-managed", { vmid }), told, evidence);
  }
  const is = service.state ?? "unknown";
  return { service, is, seen: say("seen.ha-state", { vmid, state: is, node: service.node ?? "no node" }), evidence };
}

/** `pve1 (maintenance mode, Mon Nov 23 ...)` -> `maintenance mode`. */
function lrmState(entry: HaEntrySeen | undefined): string {
  return /\(([^,)]+)/.exec(entry?.status ?? "")?.[1] ?? "unknown";
}

function isActive({ state }: HaEntrySeen): boolean {
  return state !== "disabled" && state !== "ignored" && state !== "stopped";
}

function haEvidence({ node, entries }: HaView, vmid: number): Evidence[] {
  const service = serviceOf(entries, vmid);
  return [{ node, source: `ha service vm:${vmid}`, value: service ? `${service.state} on ${service.node}` : null }];
}

/** Nobody quorate told of HA: nobody answers, or nobody is quorate. */
function noHa({ observation }: CheckContext, expected: Message): Verdict {
  const views = observation.nodes.map(({ name }) => viewOf(observation, name));
  const unknown = views.filter(({ kind }) => kind === "unknown");
  const members = views.filter((view) => view.kind === "member");
  const quorate = members.filter((view) => view.quorate);
  if (quorate.length > 0) {
    const fact = entryOf(observation, quorate[0]!.node)?.ha;
    const reason = fact && !fact.read ? fact.trouble.reason : "it was not asked";
    const message = say("ha.unread", { node: quorate[0]!.node, reason });
    return couldNotCheck(message, say("next.look-at-node", { nodes: [quorate[0]!.node] }), [], { expected });
  }
  if (unknown.length > 0) return unreachable(unknown, expected);
  const nodes = views.map(({ node }) => node);
  const next = say("next.see-status", { node: nodes[0] ?? "" });
  return notYet(
    say("quorate.lost", { nodes }),
    { seen: say("seen.quorate", { yes: [], no: nodes }), expected, next },
    [],
  );
}
