/**
 * A chapter's verdicts over the page's connection: asks for them while the page is visible, and merges what changed.
 *
 * Knows no React, so that a test can drive it with a plain socket.
 */
import {
  type ChapterProgress,
  type Message,
  type Reply,
  type StepProgress,
  WATCH_RENEW_MS,
  type WatchChapter,
} from "../../gateway/protocol.ts";
import type { Connection } from "../_terminal/socket.ts";

export interface FeedState {
  steps: StepProgress[];
  looking: boolean;
  /** A check that was asked for and not yet answered. */
  checking: { step: string | undefined } | undefined;
  /** When that check has its turn, by this computer's clock; undefined when it does not wait. */
  turnAtMs: number | undefined;
  /** Why the last request was not done. */
  refusal: Message | undefined;
}

/** A pressed Check gives up waiting after this: a node may take 25 s to be given up, and the queue has its own. */
const CHECK_WAIT_MS = 60_000;

export class ChapterFeed {
  #state: FeedState;
  readonly #listeners = new Set<() => void>();
  readonly #socket: Connection["socket"];
  readonly #chapter: WatchChapter;
  #renewal: ReturnType<typeof setInterval> | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  /** A check is over when the grader was seen looking since it was asked for, or has judged later, and looks no more. */
  #lookedSinceAsked = false;
  #judgedBeforeMs = 0;
  /** A pressed Check of which the server has said nothing: asked again when the connection is back. */
  #unheard: { step?: string } | undefined;

  constructor(socket: Connection["socket"], chapter: WatchChapter, steps: StepProgress[]) {
    this.#socket = socket;
    this.#chapter = chapter;
    this.#state = { steps, looking: false, checking: undefined, turnAtMs: undefined, refusal: undefined };
  }

  get state(): FeedState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  start(): void {
    this.#socket.on("connect", this.#back);
    this.#socket.on("chapter:progress", this.#merge);
    this.#renewal = setInterval(this.#watch, WATCH_RENEW_MS);
    document.addEventListener("visibilitychange", this.#watch);
    this.#watch();
  }

  stop(): void {
    clearInterval(this.#renewal);
    clearTimeout(this.#patience);
    document.removeEventListener("visibilitychange", this.#watch);
    this.#socket.off("connect", this.#back);
    this.#socket.off("chapter:progress", this.#merge);
    if (this.#socket.connected) this.#socket.emit("chapter:unwatch", this.#chapter, () => {});
  }

  /** Ask the grader to look now. */
  check(step?: string): void {
    this.#lookedSinceAsked = false;
    // The server's own instants: the clock of this computer may be wrong.
    this.#judgedBeforeMs = lastJudgedMs(this.#state.steps);
    this.#set({ checking: { step }, turnAtMs: undefined, refusal: undefined });
    this.#unheard = { ...(step !== undefined && { step }) };
    if (this.#socket.connected) this.#ask();
  }

  #ask(): void {
    const asked = this.#unheard;
    this.#wait(CHECK_WAIT_MS);
    this.#socket.emit("chapter:check", { ...this.#chapter, ...asked }, (reply: Reply<object>) => {
      if (this.#unheard === asked) this.#unheard = undefined;
      if (!reply.ok) this.#set({ checking: undefined, refusal: reply.refusal.message });
    });
  }

  #wait(ms: number): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#set({ checking: undefined }), ms);
  }

  readonly #back = (): void => {
    this.#watch();
    if (this.#unheard) this.#ask();
  };

  readonly #watch = (): void => {
    if (!this.#socket.connected || document.visibilityState !== "visible") return;
    this.#socket.emit("chapter:watch", this.#chapter, (reply: Reply<ChapterProgress>) => {
      if (reply.ok) this.#merge(reply);
      else this.#set({ refusal: reply.refusal.message });
    });
  };

  readonly #merge = (news: ChapterProgress): void => {
    if (news.labId !== this.#chapter.labId || news.chapter !== this.#chapter.chapter) return;
    const steps = merged(this.#state.steps, news.steps);
    const { checking } = this.#state;
    if (checking !== undefined && news.looking) this.#lookedSinceAsked = true;
    const seen = this.#lookedSinceAsked || lastJudgedMs(steps) > this.#judgedBeforeMs;
    const answered = checking !== undefined && !news.looking && seen;
    const { turnInMs } = news;
    if (turnInMs !== undefined && checking !== undefined) this.#wait(turnInMs + CHECK_WAIT_MS);
    const turnAtMs = turnInMs === undefined ? undefined : Date.now() + turnInMs;
    const { looking } = news;
    this.#set({ steps, looking, turnAtMs, ...(answered && { checking: undefined }), refusal: undefined });
  };

  #set(change: Partial<FeedState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of [...this.#listeners]) listener();
  }
}

function lastJudgedMs(steps: StepProgress[]): number {
  return Math.max(0, ...steps.flatMap((step) => step.checks.map((check) => check.judgedAtMs)));
}

/** Steps that are told replace those known; checks that a step does not tell are kept. */
export function merged(known: StepProgress[], told: StepProgress[]): StepProgress[] {
  const byId = new Map(known.map((step) => [step.step, step]));
  for (const step of told) {
    const before = byId.get(step.step);
    const checks = new Map([...(before?.checks ?? []), ...step.checks].map((check) => [check.key, check]));
    byId.set(step.step, {
      step: step.step,
      passedAtMs: step.passedAtMs ?? before?.passedAtMs,
      checks: [...checks.values()],
    });
  }
  return [...byId.values()];
}
