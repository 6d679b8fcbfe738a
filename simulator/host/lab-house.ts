/**
 * The labs that live in one thread: woken when they are asked for, saved as they change, put to sleep when nobody is
 * there, closed when told.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { LabDescription } from "../../labs/lab-description.ts";
import { isInCluster } from "../cluster/replace-node.ts";
import { toPresentFormat } from "../cluster/saved-format.ts";
import type { LabState } from "../cluster/state.ts";
import { ControlRefusal, type LabControl } from "./control-api.ts";
import { freshLab } from "./fresh-lab.ts";
import { type LabIdentity, newIdentity } from "./lab-identity.ts";
import { type LabNotice, LabStore } from "./lab-store.ts";
import { giveHostKeys, giveMissingHostKeys } from "./node-host-keys.ts";
import { type HostLog, OpenLab } from "./open-lab.ts";
import { type RestorePoint, RestorePoints } from "./restore-points.ts";
import { readSnapshot } from "./snapshot-file.ts";
import { SpareLabs } from "./spare-labs.ts";
import { Stages } from "./stages.ts";

export interface NewLab {
  lab: string;
  seed: string;
  /** Node names, `pve1` first. */
  nodes: string[];
  /**
   * For a lab in which a stage is made: time jumps from the start, and its nodes' clocks are behind by so much. Time that
   * jumps runs ahead of the clock; what is made there would lie in the future of the lab that is put into the stage.
   */
  clocksBehindMs?: number | undefined;
}

/** What may be asked of labs, wherever they live; every answer is plain data. */
export interface LabHouse {
  /** Make a lab, or wake the one that exists already, and say where it is: who makes a lab goes there next. */
  create(lab: NewLab): Promise<LabDescription>;
  /** Addresses and credentials; wakes the lab. */
  describe(lab: string): Promise<LabDescription>;
  control(lab: string): LabControl;
  /** By node: the address by which the nodes know each other; asking does not wake the lab. */
  addresses(lab: string): Promise<Record<string, string>>;
  /** States that the lab can be returned to, newest first. */
  restorePoints(lab: string): Promise<RestorePoint[]>;
  /** What the lab's owner must know about its saved state; undefined for nothing. */
  notice(lab: string): Promise<LabNotice | undefined>;
  /**
   * Put the lab, or one node of it, into another state; the present one is kept first. Sessions end, of one node those
   * of that node alone.
   */
  change(lab: string, change: LabChange): Promise<void>;
  /** Make another lab in the same state, with keys and a password of its own. */
  copy(lab: string, to: { lab: string; seed: string }): Promise<void>;
  /** Keep the lab's present state as a stage for other labs. */
  saveStage(hash: string, lab: string): Promise<void>;
  /** Save the lab and end its sockets and sessions; it is woken when it is next asked for. */
  sleep(lab: string): Promise<void>;
  /** Close the lab and delete its files. */
  remove(lab: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Where a lab goes, and what the state it leaves is called in the list of restore points. With `node`, that node alone
 * goes there, as if its disks were exchanged; the others notice that it was away.
 */
export type LabChange = { label: string; node?: string } & (
  | { to: "fresh" }
  | { to: "stage"; hash: string }
  | { to: "restore-point"; id: string }
);

/** Labs' ids become folder names. */
const LAB_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** Beside the labs' folders; no lab's id begins with a dot. */
const STAGES_FOLDER = ".stages";

/** A lab that nobody is connected to and nobody asks for sleeps after this time, milliseconds. */
const SLEEP_AFTER_MS = 10 * 60_000;
/** The same while something that a learner left behind still runs in it (`nohup ... &`), which sleep would end. */
const SLEEP_AFTER_WITH_PROCESSES_MS = 60 * 60_000;

export interface HouseOptions {
  directory: string;
  log: HostLog;
  /** Told when a lab woke up (`true`) or is no longer open. */
  onAwake?(lab: string, awake: boolean): void;
  /** Shorter in tests; 0 for labs that stay awake. */
  sleepAfterMs?: number;
}

export class LocalLabHouse implements LabHouse {
  readonly #options: HouseOptions;
  readonly #stages: Stages;
  readonly #spares = new SpareLabs();
  /** Labs that are being put into another state or to sleep: who asks for one meanwhile waits. */
  readonly #changing = new Map<string, Promise<void>>();
  /** Of labs in which stages are made. */
  readonly #clocksBehindMs = new Map<string, number>();
  /** A promise, so that two who ask at once wake it once. */
  readonly #open = new Map<string, Promise<OpenLab>>();
  readonly #sweep: NodeJS.Timeout;
  #stopping = false;

  constructor(options: HouseOptions) {
    this.#options = options;
    this.#stages = new Stages(join(options.directory, STAGES_FOLDER));
    const everyMs = Math.min(15_000, Math.max(20, this.#sleepAfterMs / 4));
    this.#sweep = setInterval(() => this.#putIdleToSleep(), everyMs).unref();
  }

  get #sleepAfterMs(): number {
    return this.#options.sleepAfterMs ?? SLEEP_AFTER_MS;
  }

  async create(lab: NewLab): Promise<LabDescription> {
    const store = this.#store(lab.lab);
    if (!store.exists()) store.create(newIdentity(lab, this.#spares.hostKeysFor(lab.nodes)));
    if (lab.clocksBehindMs !== undefined) this.#clocksBehindMs.set(lab.lab, lab.clocksBehindMs);
    return this.describe(lab.lab);
  }

  async describe(lab: string): Promise<LabDescription> {
    return (await this.#get(lab)).description();
  }

  control(lab: string): LabControl {
    const get = () => this.#get(lab);
    return {
      state: async () => (await get()).control.state(),
      setLink: async (between, change) => (await get()).control.setLink(between, change),
      setPower: async (node, change) => (await get()).control.setPower(node, change),
      happen: async (event) => (await get()).control.happen(event),
      clock: async () => (await get()).control.clock(),
      setClock: async (change) => (await get()).control.setClock(change),
      advance: async (ms) => (await get()).control.advance(ms),
    };
  }

  async addresses(lab: string): Promise<Record<string, string>> {
    const { nodes } = this.#existing(lab).readIdentity();
    return Object.fromEntries(nodes.map((node) => [node.name, node.address]));
  }

  async restorePoints(lab: string): Promise<RestorePoint[]> {
    this.#existing(lab);
    return this.#points(lab).list();
  }

  async notice(lab: string): Promise<LabNotice | undefined> {
    return this.#existing(lab).readNotice();
  }

  async change(lab: string, change: LabChange): Promise<void> {
    const store = this.#existing(lab);
    await this.#alone(lab, () => this.#change(lab, store, change));
  }

  async copy(lab: string, to: { lab: string; seed: string }): Promise<void> {
    const { nodes } = this.#existing(lab).readIdentity();
    const target = this.#store(to.lab);
    if (target.exists()) throw new ControlRefusal(409, `there is a lab ${to.lab} already`);
    const state = await this.#stateOf(lab);
    const identity = newIdentity({ ...to, nodes: nodes.map((node) => node.name) });
    target.create(identity);
    if (!state) return;
    // Its chances are its own from here on, and so are the password and the keys that its terminals and its nodes have.
    giveHostKeys(state, identity);
    state.seed = identity.seed;
    for (const node of Object.values(state.nodes)) node.accounts.rootPassword = identity.password;
    target.replace(state);
  }

  async saveStage(hash: string, lab: string): Promise<void> {
    this.#stages.save(hash, (await this.#get(lab)).copyOfState());
  }

  async sleep(lab: string): Promise<void> {
    this.#existing(lab);
    await this.#alone(lab, () => this.#close(lab));
  }

  /** A lab at whose waking the thread dies: what is saved of it is kept aside unread, and it begins anew. */
  async giveUp(lab: string): Promise<void> {
    const store = this.#existing(lab);
    await this.#alone(lab, async () => {
      const kept = store.setAside("stops the simulator whenever it is woken", undefined);
      this.#options.log.error(`lab ${lab}`, kept);
    });
  }

  async remove(lab: string): Promise<void> {
    await this.#alone(lab, async () => {
      await this.#close(lab);
      this.#clocksBehindMs.delete(lab);
      this.#store(lab);
      rmSync(join(this.#options.directory, lab), { recursive: true, force: true });
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#sweep);
    this.#spares.end();
    await Promise.allSettled([...this.#open.values()].map(async (open) => (await open).close()));
    this.#open.clear();
  }

  async #change(lab: string, store: LabStore, change: LabChange): Promise<void> {
    const identity = store.readIdentity();
    const points = this.#points(lab);
    // What it becomes is read before anything is closed or kept: a refusal leaves the lab as it is.
    const wanted = this.#wanted(change, identity, points);
    if (change.node !== undefined) {
      if (!identity.nodes.some(({ name }) => name === change.node)) {
        throw new ControlRefusal(404, `there is no node ${change.node} in this lab`);
      }
      if (change.to === "stage" && wanted && isInCluster(wanted, change.node)) {
        const way = "put the whole lab into this state, or install the node anew and join it";
        throw new ControlRefusal(409, `in this state ${change.node} is a member of another cluster: ${way}`);
      }
    }
    if (change.node !== undefined) {
      const from = wanted ?? (await this.#spares.taken(identity));
      const open = await this.#getUnchanging(lab);
      open.saveWhole();
      points.keep(store.snapshotPath, change.label, Date.now());
      return open.replaceNode(change.node, from);
    }
    await this.#close(lab);
    foldInputs(store);
    if (existsSync(store.snapshotPath)) points.keep(store.snapshotPath, change.label, Date.now());
    store.replace(wanted);
  }

  /** The state that a change leads to; undefined for fresh nodes. @throws ControlRefusal when it cannot be had */
  #wanted(change: LabChange, identity: LabIdentity, points: RestorePoints): LabState | undefined {
    if (change.to === "fresh") return undefined;
    if (change.to === "stage") {
      const stage = this.#stages.load(change.hash, identity);
      if (!stage) throw new ControlRefusal(404, `the stage ${change.hash} has not been made yet`);
      return stage;
    }
    if (!points.has(change.id)) {
      throw new ControlRefusal(404, "this restore point is gone: only the last three are kept");
    }
    try {
      const point = toPresentFormat(readSnapshot(points.snapshotPath(change.id)).lab);
      giveMissingHostKeys(point, identity);
      return point;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new ControlRefusal(409, `this restore point cannot be read by this version: it ${why}`);
    }
  }

  /** The lab's state as it is, awake or not; undefined for one that was never woken. */
  async #stateOf(lab: string): Promise<LabState | undefined> {
    await this.#changing.get(lab);
    const open = this.#open.get(lab);
    return open ? (await open).copyOfState() : this.#existing(lab).restore()?.lab;
  }

  /** Do something with a lab while nobody else can; one after another. */
  async #alone(lab: string, work: () => Promise<void>): Promise<void> {
    const before = this.#changing.get(lab) ?? Promise.resolve();
    const done = before.then(work);
    const settled = done.catch(() => undefined);
    this.#changing.set(lab, settled);
    try {
      await done;
    } finally {
      if (this.#changing.get(lab) === settled) this.#changing.delete(lab);
    }
  }

  async #close(lab: string): Promise<void> {
    const open = this.#open.get(lab);
    if (open) await open.then((one) => one.close()).catch(() => undefined);
    this.#open.delete(lab);
  }

  #putIdleToSleep(): void {
    if (this.#sleepAfterMs === 0) return;
    for (const [lab, opening] of this.#open) {
      void opening.then(
        (open) => {
          if (this.#stopping || this.#changing.has(lab) || this.#open.get(lab) !== opening) return;
          const idleMs = open.idleForMs();
          const enough = open.hasProcesses
            ? Math.max(this.#sleepAfterMs, SLEEP_AFTER_WITH_PROCESSES_MS)
            : this.#sleepAfterMs;
          if (idleMs < enough) return;
          void this.#alone(lab, () => this.#close(lab)).catch((error: unknown) =>
            this.#options.log.error(`lab ${lab} could not be put to sleep`, error),
          );
        },
        () => undefined,
      );
    }
  }

  #store(lab: string): LabStore {
    if (!LAB_ID.test(lab)) throw new ControlRefusal(400, `${JSON.stringify(lab)} is not a lab's id`);
    return new LabStore(join(this.#options.directory, lab));
  }

  #points(lab: string): RestorePoints {
    return new RestorePoints(join(this.#options.directory, lab));
  }

  /** @throws ControlRefusal when there is no such lab */
  #existing(lab: string): LabStore {
    const store = this.#store(lab);
    if (!store.exists()) throw new ControlRefusal(404, `there is no lab ${lab}`);
    return store;
  }

  async #get(lab: string): Promise<OpenLab> {
    for (let changing = this.#changing.get(lab); changing; changing = this.#changing.get(lab)) await changing;
    const open = await this.#getUnchanging(lab);
    open.used();
    return open;
  }

  #getUnchanging(lab: string): Promise<OpenLab> {
    if (this.#stopping) throw new ControlRefusal(503, "the simulator is stopping");
    const present = this.#open.get(lab);
    if (present) return present;
    const store = this.#existing(lab);
    const identity = store.readIdentity();
    this.#spares.rest();
    const behindMs = this.#clocksBehindMs.get(lab);
    const fresh = () =>
      behindMs === undefined ? this.#spares.take(identity) : freshLab(identity, Date.now() - behindMs);
    const mode = behindMs === undefined ? "real" : "fast";
    const opening = OpenLab.open({ identity, store, mode, log: this.#options.log, fresh }).then((open) => {
      this.#options.onAwake?.(lab, true);
      // A lab that stops by a fault of ours is opened again from its files when it is next asked for.
      void open.ended.then(() => {
        this.#options.onAwake?.(lab, false);
        if (this.#open.get(lab) === opening) this.#open.delete(lab);
      });
      return open;
    });
    opening.catch(() => this.#open.delete(lab));
    this.#open.set(lab, opening);
    return opening;
  }
}

/** A lab that sleeps after its process was killed has inputs beside its snapshot; a restore point holds them, too. */
function foldInputs(store: LabStore): void {
  const restored = store.restore();
  if (restored?.logged) store.snapshot(restored.lab);
}
