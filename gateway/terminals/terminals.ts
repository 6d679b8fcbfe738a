/**
 * All terminals of this gateway: who has which, and how many.
 */

import type { Person } from "../../classroom/person.ts";
import type { LabNode } from "../../labs/lab-description.ts";
import type { Labs } from "../../labs/labs.ts";
import type { Message, OpenTerminal } from "../protocol.ts";
import { Refused } from "../refused.ts";
import type { LastScreens } from "./last-screens.ts";
import { OpenGate } from "./open-gate.ts";
import { type Screens, startScreens } from "./screens.ts";
import { type SessionRecording, TerminalSession } from "./terminal-session.ts";
import type { WatchAct } from "./watching.ts";

/** Key exchanges at once with one node: a class of 30 arriving together waits some seconds instead of being dropped. */
const OPENING_PER_NODE = 4;

/** For the last screens, when the gateway stops. */
const KEEPING_MS = 2_000;
/** Keys are noted at most this often for each terminal and person. */
const TYPED_EVERY_MS = 30_000;

export interface TerminalLimits {
  /** Shells one person may have: three nodes, several tabs each. A screen costs up to 2 MB. */
  sessionsPerPerson: number;
  /** A reload opens three; somebody opening one a second is a program. */
  opensPerMinute: number;
  /** How long a shell stays that nobody looks at. */
  detachedMs: number;
  /** How long a shell stays in which nothing is typed and nothing printed, even on screen: one forgotten over the night. */
  idleMs: number;
  /** How long any shell stays: what is older was left in a tab of another week. */
  lifetimeMs: number;
}

export const terminalLimits: TerminalLimits = {
  sessionsPerPerson: 24,
  opensPerMinute: 60,
  detachedMs: 2 * 60 * 60 * 1000,
  idleMs: 12 * 60 * 60 * 1000,
  lifetimeMs: 7 * 24 * 60 * 60 * 1000,
};

export interface TerminalRecord {
  id: string;
  personId: string;
  labId: string;
  node: string;
  slot: string;
}

/** The database's table of terminals, which says which gateway holds which, and the audit log. */
export interface TerminalRecords {
  opened(terminal: TerminalRecord, by: Person): Promise<void>;
  ended(terminal: TerminalRecord, reason: Message): Promise<void>;
  /** Keys came from this person's browser; told at most twice a minute. */
  typed(terminal: TerminalRecord, by: Person): Promise<void>;
  watched(terminal: TerminalRecord, act: WatchAct, watcher: Person, by: Person | undefined): Promise<void>;
}

export interface TerminalsOptions {
  labs: Pick<Labs, "reach">;
  records: TerminalRecords;
  limits: TerminalLimits;
  lastScreens: LastScreens | undefined;
  /** Where a terminal's recording goes; undefined where it is not recorded. */
  recording: (terminal: TerminalRecord) => Promise<SessionRecording | undefined>;
  /** The thread with the screens died. */
  onFailure: (cause: Error) => void;
  /** A record could not be written; the shell goes on. */
  onRecordFailure: (cause: unknown) => void;
}

export class Terminals {
  readonly #options: TerminalsOptions;
  readonly #screens: Screens;
  readonly #gate = new OpenGate(OPENING_PER_NODE);
  readonly #byId = new Map<string, TerminalSession>();
  /** Live ones only, by person, lab, node and slot: what makes a reload or another device find the same shell. */
  readonly #byPlace = new Map<string, TerminalSession>();
  readonly #opens = new Map<string, number[]>();
  /** By session: when it was last noted of a person that they type. */
  readonly #typed = new WeakMap<TerminalSession, Map<string, number>>();

  constructor(options: TerminalsOptions) {
    this.#options = options;
    this.#screens = startScreens(options.onFailure);
  }

  get size(): number {
    return this.#byPlace.size;
  }

  get all(): Iterable<TerminalSession> {
    return this.#byId.values();
  }

  get(sessionId: string): TerminalSession | undefined {
    return this.#byId.get(sessionId);
  }

  /** The shell that is there, or a new one. The caller has asked `may()`. @throws Refused at a limit */
  open(person: Person, request: OpenTerminal): TerminalSession {
    const personId = person.id;
    const slot = request.slot ?? "1";
    const place = JSON.stringify([personId, request.labId, request.node, slot]);
    const there = this.#byPlace.get(place);
    if (there) {
      there.retryNow();
      return there;
    }
    this.#countOpen(personId);
    const { labId, node, columns, rows } = request;
    const record = { personId, labId, node, slot };
    const session: TerminalSession = new TerminalSession({
      ...{ personId, labId, node, slot, columns, rows },
      screens: this.#screens,
      reach: () => this.reach(labId, node),
      gate: (door, work) => this.gate(door, work),
      times: this.#options.limits,
      place,
      lastScreens: this.#options.lastScreens,
      recording: () => this.#options.recording({ ...record, id: session.id }),
      onScreenFailure: this.#options.onRecordFailure,
      onEnded: (ended, reason) => {
        this.#byPlace.delete(place);
        this.#options.records.ended({ ...record, id: ended.id }, reason).catch(this.#options.onRecordFailure);
      },
      onWatchAct: ({ id }, act, watcher, by) => {
        this.#options.records.watched({ ...record, id }, act, watcher, by).catch(this.#options.onRecordFailure);
      },
      onForgotten: (forgotten) => this.#byId.delete(forgotten.id),
    });
    this.#byPlace.set(place, session);
    this.#byId.set(session.id, session);
    this.#options.records.opened({ ...record, id: session.id }, person).catch(this.#options.onRecordFailure);
    return session;
  }

  /** Keys were passed on. Costs a look into a map, except twice a minute. */
  typed(session: TerminalSession, by: Person): void {
    const nowMs = performance.now();
    const noted = this.#typed.get(session) ?? new Map<string, number>();
    if (nowMs - (noted.get(by.id) ?? Number.NEGATIVE_INFINITY) < TYPED_EVERY_MS) return;
    this.#typed.set(session, noted.set(by.id, nowMs));
    const { personId, labId, node, slot } = session.options;
    const record = { id: session.id, personId, labId, node, slot };
    this.#options.records.typed(record, by).catch(this.#options.onRecordFailure);
  }

  async stop(): Promise<void> {
    const kept = Promise.all(
      [...this.#byPlace.values()].map((session) => Promise.all([session.keepScreen(), session.endRecording(true)])),
    );
    await Promise.race([kept, new Promise((resolve) => setTimeout(resolve, KEEPING_MS).unref())]);
    for (const session of [...this.#byId.values()]) session.close({ id: "gateway-stopping" });
    await this.#screens.stop();
  }

  /** One more SSH connection to the node, when there is room for it. */
  gate<T>({ ssh }: LabNode, work: () => Promise<T>): Promise<T> {
    return this.#gate.pass(`${ssh.host}:${ssh.port}`, work);
  }

  /** @throws Refused, LabUnavailable */
  async reach(labId: string, name: string): Promise<LabNode> {
    const lab = await this.#options.labs.reach(labId);
    const node = lab.nodes.find((candidate) => candidate.name === name);
    if (!node) throw new Refused("not-found", { id: "node-unknown", values: { node: name } });
    return node;
  }

  #countOpen(personId: string): void {
    const { sessionsPerPerson, opensPerMinute } = this.#options.limits;
    let held = 0;
    for (const session of this.#byPlace.values()) if (session.options.personId === personId) held += 1;
    if (held >= sessionsPerPerson) {
      throw new Refused("limit", { id: "limit-sessions", values: { limit: sessionsPerPerson } });
    }
    const now = performance.now();
    const recent = (this.#opens.get(personId) ?? []).filter((at) => now - at < 60_000);
    if (recent.length >= opensPerMinute) {
      throw new Refused("limit", { id: "limit-opens", values: { limit: opensPerMinute } }, { retry: true });
    }
    recent.push(now);
    this.#opens.set(personId, recent);
  }
}
