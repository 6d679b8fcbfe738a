/**
 * The one observer of a lab: looks at it as long as somebody has one of its chapters on screen, and lets every chapter
 * that is watched be judged by the same observation.
 *
 * Cheap looks come often; everything that checks stand on is read when something changed, when Check was pressed, when
 * a terminal went quiet, and now and then. All of it within the lab's budget of calls.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { LabDescription } from "../labs/lab-description.ts";
import { type CallBudget, createCallBudget } from "./call-budget.ts";
import { GuestPings } from "./guest-ping.ts";
import { type LabClients, openLabClients } from "./lab-clients.ts";
import { callsFor, type Needs, NO_NEEDS } from "./needs.ts";
import { type Observation, stateOf } from "./observation.ts";
import { observe } from "./observe.ts";

export interface WatchedChapter {
  /** `course/chapter`. */
  key: string;
  /** When Check was pressed and not answered yet. */
  askedAt?: Date;
  /** When this was known, by the same clock: the look that follows begins then. */
  readAt?: Date;
}

export interface LabObserverOptions {
  labId: string;
  /** Names of the lab's nodes, for when it cannot be reached at all. */
  nodes: readonly string[];
  reach(): Promise<LabDescription>;
  /** What is on screen now; nothing ends the observer. */
  watched(): Promise<WatchedChapter[]>;
  /** The oldest baseline among the watched chapters, for new tasks and their logs. */
  baseline(chapters: readonly WatchedChapter[]): Promise<Observation | undefined>;
  /** What the checks of the watched chapters stand on beyond what every look reads. */
  needs?(chapters: readonly WatchedChapter[]): Promise<Needs>;
  /** Whether guests may be pinged from the nodes; asked when a chapter needs it. */
  mayPing?(): Promise<boolean>;
  /** Judge and store; called one at a time. */
  judged(observation: Observation, chapters: readonly WatchedChapter[]): Promise<void>;
  /** Every look, also the cheap ones; it must not throw, and is not waited for. */
  seen?(observation: Observation): void;
  /** Told once for a press that has to wait for the budget: for how long, milliseconds. */
  waits?(chapters: readonly WatchedChapter[], waitMs: number): Promise<void>;
  /** Told when a look begins that somebody waits for, and when it has ended. */
  busy(chapters: readonly WatchedChapter[], busy: boolean): Promise<void>;
  log(text: string, cause?: unknown): void;
  timing?: Partial<ObserverTiming>;
}

export interface ObserverTiming {
  /** Between two cheap looks. */
  quickMs: number;
  /** Between two looks at everything while nothing seems to change. */
  wholeMs: number;
  /** After so long without any look a cheap one is taken, as long as there are calls at all. */
  blindMs: number;
  callsPerMinute: number;
  /** How long a node that was exchanged may take to boot. */
  startingMs: number;
  /** For one node, in a cheap look, in one at everything, and in a pressed Check. */
  nodeMs: { quick: number; whole: number; asked: number };
}

export const OBSERVER_TIMING: ObserverTiming = {
  quickMs: 3_000,
  wholeMs: 30_000,
  blindMs: 9_000,
  callsPerMinute: 30,
  startingMs: 20_000,
  nodeMs: { quick: 4_000, whole: 10_000, asked: 25_000 },
};

/** What a look costs a node: of the depth `check` at least, and of the depth `full` beyond that. */
const CHECK_CALLS = 5;
const FULL_CALLS = 2;
/** Logs read in one look, as far as calls are left for them; a login or a repeated read takes from the same. */
const LOGS_MAX = 3;
/** Calls that a look at everything leaves to cheap looks, unless Check was pressed. */
const CHEAP_KEPT = 4;
/** Cheap looks in a row that must find a node silent before it is judged to be, while nobody presses Check. */
const SILENT_LOOKS = 3;
/** A shorter wait is over before anybody has read of it. */
const WAIT_SAID_MS = 1_500;
/** After trouble of our own (database, lab's backend), doubled each time. */
const BACK_OFF_MS = { first: 1_000, most: 30_000 };

export class LabObserver {
  /** Resolves when the observer has ended. */
  readonly ended: Promise<void>;
  readonly #options: LabObserverOptions;
  readonly #timing: ObserverTiming;
  #budget: CallBudget;
  readonly #stop = new AbortController();
  /** Aborted when what is being looked at is there no more. */
  #outdated = new AbortController();
  #wake = new AbortController();
  #nudged = true;
  #clients: LabClients | undefined;
  #state = "";
  #reachable = true;
  #answering = 0;
  #silentLooks = 0;
  #wholeAtMs = Number.NEGATIVE_INFINITY;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  /** A node that was exchanged boots: until it answers, or for so long, cheap looks alone see how it comes. */
  #starting: { node: string; untilMs: number } | undefined;
  #known = new Set<string>();
  #needs: Needs = NO_NEEDS;
  /** The presses that were told that they wait. */
  #waitSaid = "";
  readonly #pings = new GuestPings();

  constructor(options: LabObserverOptions) {
    this.#options = options;
    this.#timing = { ...OBSERVER_TIMING, ...options.timing };
    this.#budget = this.#freshBudget();
    this.ended = this.#run();
  }

  /** Look at once: Check was pressed, a chapter came on screen, a terminal went quiet. */
  nudge(): void {
    this.#nudged = true;
    this.#wake.abort();
  }

  /**
   * The lab was put into another state: forget its nodes, give up the look that is under way, and look at once. Other
   * nodes have not been asked for anything yet.
   *
   * @param node the only one that was exchanged, where it was one alone
   */
  renew(node?: string): void {
    this.#outdated.abort();
    this.#outdated = new AbortController();
    this.#clients?.close();
    this.#clients = undefined;
    this.#budget = this.#freshBudget();
    this.#known = new Set();
    this.#answering = 0;
    this.#silentLooks = 0;
    this.#waitSaid = "";
    this.#starting = node === undefined ? undefined : { node, untilMs: performance.now() + this.#timing.startingMs };
    this.nudge();
  }

  #freshBudget(): CallBudget {
    return createCallBudget(this.#timing.callsPerMinute, () => performance.now());
  }

  /** End soon; what is being stored is finished first. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake.abort();
    await this.ended;
  }

  async #run(): Promise<void> {
    let backOffMs = BACK_OFF_MS.first;
    try {
      while (!this.#stop.signal.aborted) {
        let pauseMs = this.#timing.quickMs;
        const startedMs = performance.now();
        const outdated = this.#outdated.signal;
        try {
          const chapters = await this.#options.watched();
          if (chapters.length === 0) return;
          // A silent node is waited for: that time is part of the pause, so that the others are seen as often as ever.
          pauseMs = await this.#round(chapters);
          pauseMs = Math.max(pauseMs / 4, pauseMs - (performance.now() - startedMs));
          backOffMs = BACK_OFF_MS.first;
        } catch (cause) {
          if (this.#stop.signal.aborted) return;
          if (outdated.aborted) continue;
          this.#options.log(`lab ${this.#options.labId} could not be judged; trying again`, cause);
          pauseMs = backOffMs;
          backOffMs = Math.min(backOffMs * 2, BACK_OFF_MS.most);
        }
        await this.#pause(pauseMs);
      }
    } finally {
      this.#clients?.close();
      this.#pings.close();
    }
  }

  /** One look. @returns milliseconds until the next */
  async #round(chapters: readonly WatchedChapter[]): Promise<number> {
    const asked = chapters.filter(({ askedAt }) => askedAt !== undefined);
    const fresh = chapters.filter(({ key }) => !this.#known.has(key));
    if (this.#options.needs) this.#needs = await this.#options.needs(chapters);
    // A whole look while it boots would find no answer, and leave no calls for another soon after.
    if (asked.length === 0 && (await this.#stillStarts())) return this.#timing.quickMs;
    const overdue = performance.now() - this.#wholeAtMs > this.#timing.wholeMs;
    if (asked.length > 0 || fresh.length > 0 || this.#nudged || overdue) {
      const waitMs = this.#waitForWhole(fresh.length > 0, asked.length > 0);
      if (waitMs === 0) {
        this.#nudged = false;
        const outdated = this.#outdated.signal;
        await this.#whole(chapters, asked, fresh);
        if (!outdated.aborted) this.#known = new Set(chapters.map(({ key }) => key));
        return this.#timing.quickMs;
      }
      if (asked.length > 0) await this.#sayWait(asked, waitMs);
      if (asked.length > 0 || fresh.length > 0) return Math.min(waitMs, this.#timing.quickMs);
    }
    if (this.#budget.left() <= this.#keptFromCheap()) return this.#timing.quickMs;
    const seen = await this.#observe("quick", this.#timing.nodeMs.quick, undefined);
    if (stateOf(seen) === this.#state) {
      this.#silentLooks = 0;
      return this.#timing.quickMs;
    }
    // A join restarts a node's API: one that falls silent gets a moment before its checks say so.
    const silent = answering(seen).length < this.#answering && ++this.#silentLooks < SILENT_LOOKS;
    if (!silent) this.#nudged = true;
    return silent ? this.#timing.quickMs : 0;
  }

  /** Looks whether the node that was exchanged answers by now. */
  async #stillStarts(): Promise<boolean> {
    const starting = this.#starting;
    if (starting === undefined) return false;
    const outdated = this.#outdated.signal;
    const seen = await this.#observe("quick", this.#timing.nodeMs.quick, undefined);
    if (outdated.aborted) return true;
    const starts = performance.now() < starting.untilMs && !answering(seen).includes(starting.node);
    if (!starts) {
      this.#starting = undefined;
      this.#nudged = true;
    }
    return starts;
  }

  /** Once for each press; a moment is not worth saying. */
  async #sayWait(asked: readonly WatchedChapter[], waitMs: number): Promise<void> {
    const presses = asked.map(({ key, askedAt }) => `${key} ${askedAt?.toISOString()}`).join();
    if (waitMs < WAIT_SAID_MS || presses === this.#waitSaid) return;
    this.#waitSaid = presses;
    await this.#options.waits?.(asked, waitMs);
  }

  /** Calls that a look at everything costs a node, logs not included. */
  #wholeCalls(fresh: boolean): number {
    return CHECK_CALLS + (fresh ? FULL_CALLS : 0) + callsFor(this.#needs);
  }

  /** Milliseconds until everything may be looked at, with room for a log: it alone tells how a migration went. */
  #waitForWhole(fresh: boolean, asked: boolean): number {
    return this.#budget.waitFor(this.#wholeCalls(fresh) + 1 + (asked ? 0 : CHEAP_KEPT));
  }

  /**
   * Calls that a cheap look leaves: those of a press with its logs always, those of a nudge beside it as far as they are
   * within two thirds of all. When nothing was seen for long, none: a look then matters more.
   */
  #keptFromCheap(): number {
    if (performance.now() - this.#lookedAtMs >= this.#timing.blindMs) return 0;
    const wholeCalls = this.#wholeCalls(false);
    const press = wholeCalls + LOGS_MAX;
    return Math.max(press, Math.min(press + wholeCalls, (this.#timing.callsPerMinute * 2) / 3));
  }

  async #whole(
    chapters: readonly WatchedChapter[],
    asked: readonly WatchedChapter[],
    fresh: readonly WatchedChapter[],
  ): Promise<void> {
    const waiting = [...new Set([...asked, ...fresh])];
    if (waiting.length > 0) await this.#options.busy(waiting, true);
    try {
      const nodeMs = asked.length > 0 ? this.#timing.nodeMs.asked : this.#timing.nodeMs.whole;
      const baseline = await this.#options.baseline(chapters);
      const seen = await this.#observe(fresh.length > 0 ? "full" : "check", nodeMs, baseline);
      this.#wholeAtMs = performance.now();
      this.#state = stateOf(seen);
      this.#answering = answering(seen).length;
      this.#silentLooks = 0;
      await this.#options.judged(seen, chapters);
    } finally {
      if (waiting.length > 0) await this.#options.busy(waiting, false).catch(() => {});
    }
  }

  async #observe(
    depth: Observation["depth"],
    perNodeMs: number,
    baseline: Observation | undefined,
  ): Promise<Observation> {
    let description: LabDescription;
    const outdated = this.#outdated.signal;
    try {
      description = await this.#options.reach();
    } catch (cause) {
      outdated.throwIfAborted();
      if (this.#reachable) this.#options.log(`lab ${this.#options.labId} cannot be reached`, cause);
      this.#reachable = false;
      const nothing = this.#unreachable(depth, cause);
      this.#options.seen?.(nothing);
      return nothing;
    }
    outdated.throwIfAborted();
    this.#reachable = true;
    this.#clients ??= openLabClients(description, (node) => this.#budget.note(node));
    const ping = this.#needs.pings.length > 0 && ((await this.#options.mayPing?.()) ?? false);
    this.#pings.want(ping ? this.#needs.pings : [], description.nodes);
    const seen = await observe(description, {
      depth,
      clients: this.#clients,
      budget: {
        perNodeMs,
        logs: Math.max(0, Math.min(LOGS_MAX, this.#budget.left() - this.#wholeCalls(depth === "full"))),
      },
      needs: this.#needs,
      pings: this.#pings.seen,
      signal: AbortSignal.any([this.#stop.signal, outdated]),
      ...(baseline && { baseline }),
    });
    this.#lookedAtMs = performance.now();
    this.#options.seen?.(seen);
    return seen;
  }

  /** The lab as a whole is out of reach: that is what is known of each of its nodes. */
  #unreachable(depth: Observation["depth"], cause: unknown): Observation {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const trouble = { kind: "no-connection", reason } as const;
    return {
      format: 1,
      lab: this.#options.labId,
      takenAt: new Date().toISOString(),
      depth,
      nodes: this.#options.nodes.map((name) => ({
        name,
        reached: { answered: false, trouble },
        tookMs: 0,
        calls: 0,
      })),
    };
  }

  async #pause(ms: number): Promise<void> {
    if (this.#stop.signal.aborted || ms <= 0) return;
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
    // A nudge that came during the round is not slept over.
    if (this.#nudged && this.#waitForWhole(false, false) === 0) return;
    await sleep(ms, undefined, { signal: this.#wake.signal, ref: false }).catch(() => {});
  }
}

function answering({ nodes }: Observation): string[] {
  return nodes.filter((node) => node.status?.read).map((node) => node.name);
}
