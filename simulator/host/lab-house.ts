/**
 * The labs that live in one thread: opened when they are asked for, saved as they change, closed when told.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { LabDescription } from "../../labs/lab-description.ts";
import type { LabState } from "../cluster/state.ts";
import { generateHostKey } from "../keys/host-key.ts";
import { ControlRefusal, type LabControl } from "./control-api.ts";
import type { LabIdentity } from "./lab-store.ts";
import { LabStore } from "./lab-store.ts";
import { type HostLog, OpenLab } from "./open-lab.ts";
import { type RestorePoint, RestorePoints } from "./restore-points.ts";
import { Stages } from "./stages.ts";

export interface NewLab {
  lab: string;
  seed: string;
  /** Node names, `pve1` first. */
  nodes: string[];
}

/** What may be asked of labs, wherever they live; every answer is plain data. */
export interface LabHouse {
  /** Make a lab; one that exists already stays as it is. */
  create(lab: NewLab): Promise<void>;
  /** Addresses and credentials; opens the lab. */
  describe(lab: string): Promise<LabDescription>;
  control(lab: string): LabControl;
  /** By node: the address by which the nodes know each other; asking does not open the lab. */
  addresses(lab: string): Promise<Record<string, string>>;
  /** States that the lab can be returned to, newest first. */
  restorePoints(lab: string): Promise<RestorePoint[]>;
  /** Put the lab into another state; the present one is kept first. Sessions end. */
  change(lab: string, change: LabChange): Promise<void>;
  /** Keep the lab's present state as a stage for other labs. */
  saveStage(hash: string, lab: string): Promise<void>;
  /** Close the lab and delete its files. */
  remove(lab: string): Promise<void>;
  stop(): Promise<void>;
}

/** Where a lab goes, and what the state it leaves is called in the list of restore points. */
export type LabChange = { label: string } & (
  | { to: "fresh" }
  | { to: "stage"; hash: string }
  | { to: "restore-point"; id: string }
);

/** Labs' ids become folder names. */
const LAB_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** Beside the labs' folders; no lab's id begins with a dot. */
const STAGES_FOLDER = ".stages";

export class LocalLabHouse implements LabHouse {
  readonly #directory: string;
  readonly #log: HostLog;
  readonly #stages: Stages;
  /** Labs that are being put into another state: who asks for one meanwhile waits. */
  readonly #changing = new Map<string, Promise<void>>();
  /** A promise, so that two who ask at once open it once. */
  readonly #open = new Map<string, Promise<OpenLab>>();
  #stopping = false;

  constructor(options: { directory: string; log: HostLog }) {
    this.#directory = options.directory;
    this.#log = options.log;
    this.#stages = new Stages(join(options.directory, STAGES_FOLDER));
  }

  async create(lab: NewLab): Promise<void> {
    const store = this.#store(lab.lab);
    if (!store.exists()) store.create(newIdentity(lab));
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

  async change(lab: string, change: LabChange): Promise<void> {
    const store = this.#existing(lab);
    const before = this.#changing.get(lab) ?? Promise.resolve();
    const done = before.then(() => this.#change(lab, store, change));
    const settled = done.catch(() => undefined);
    this.#changing.set(lab, settled);
    try {
      await done;
    } finally {
      if (this.#changing.get(lab) === settled) this.#changing.delete(lab);
    }
  }

  async saveStage(hash: string, lab: string): Promise<void> {
    this.#stages.save(hash, (await this.#get(lab)).copyOfState());
  }

  async #change(lab: string, store: LabStore, change: LabChange): Promise<void> {
    const points = this.#points(lab);
    // What it becomes is read before anything is closed or kept: a refusal leaves the lab as it is.
    let stage: LabState | undefined;
    if (change.to === "stage") {
      stage = this.#stages.load(change.hash, store.readIdentity());
      if (!stage) throw new ControlRefusal(404, `the stage ${change.hash} has not been made yet`);
    }
    if (change.to === "restore-point" && !points.has(change.id)) {
      throw new ControlRefusal(404, "this restore point is gone: only the last three are kept");
    }
    const open = this.#open.get(lab);
    if (open) await (await open).close();
    else foldInputs(store);
    this.#open.delete(lab);
    const wanted = change.to === "restore-point" ? readFileSync(points.snapshotPath(change.id), "utf8") : undefined;
    if (existsSync(store.snapshotPath)) points.keep(store.snapshotPath, change.label, Date.now());
    if (wanted !== undefined) store.replaceBySnapshotText(wanted);
    else store.replace(stage);
  }

  async remove(lab: string): Promise<void> {
    const open = this.#open.get(lab);
    if (open) await (await open).close();
    this.#open.delete(lab);
    this.#store(lab);
    rmSync(join(this.#directory, lab), { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.allSettled([...this.#open.values()].map(async (open) => (await open).close()));
    this.#open.clear();
  }

  #store(lab: string): LabStore {
    if (!LAB_ID.test(lab)) throw new ControlRefusal(400, `${JSON.stringify(lab)} is not a lab's id`);
    return new LabStore(join(this.#directory, lab));
  }

  #points(lab: string): RestorePoints {
    return new RestorePoints(join(this.#directory, lab));
  }

  /** @throws ControlRefusal when there is no such lab */
  #existing(lab: string): LabStore {
    const store = this.#store(lab);
    if (!store.exists()) throw new ControlRefusal(404, `there is no lab ${lab}`);
    return store;
  }

  async #get(lab: string): Promise<OpenLab> {
    await this.#changing.get(lab);
    return this.#getUnchanging(lab);
  }

  #getUnchanging(lab: string): Promise<OpenLab> {
    if (this.#stopping) throw new ControlRefusal(503, "the simulator is stopping");
    const present = this.#open.get(lab);
    if (present) return present;
    const store = this.#existing(lab);
    const opening = OpenLab.open({ identity: store.readIdentity(), store, mode: "real", log: this.#log }).then(
      (open) => {
        // A lab that stops by a fault of ours is opened again from its files when it is next asked for.
        void open.ended.then(() => {
          if (this.#open.get(lab) === opening) this.#open.delete(lab);
        });
        return open;
      },
    );
    opening.catch(() => this.#open.delete(lab));
    this.#open.set(lab, opening);
    return opening;
  }
}

/** A lab that sleeps after its process was killed has inputs beside its snapshot; a restore point holds them, too. */
function foldInputs(store: LabStore): void {
  const lab = store.restore();
  if (lab) store.snapshot(lab);
}

/** Who a new lab is: its password, its nodes' addresses and the host keys of their terminals. */
export function newIdentity(lab: NewLab): LabIdentity {
  return {
    lab: lab.lab,
    seed: lab.seed,
    password: readablePassword(),
    nodes: lab.nodes.map((name, index) => ({ name, address: `10.10.10.${11 + index}`, hostKey: generateHostKey() })),
  };
}

/** Twelve letters and digits without those that look alike: it is read off a screen and typed. */
function readablePassword(): string {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789";
  const bytes = randomBytes(12);
  const text = [...bytes].map((byte) => letters[byte % letters.length]).join("");
  return `${text.slice(0, 4)}-${text.slice(4, 8)}-${text.slice(8)}`;
}
