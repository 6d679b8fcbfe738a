/**
 * The labs that live in one thread: opened when they are asked for, saved as they change, closed when told.
 */
import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { LabDescription } from "../../labs/lab-description.ts";
import { generateHostKey } from "../keys/host-key.ts";
import { ControlRefusal, type LabControl } from "./control-api.ts";
import type { LabIdentity } from "./lab-store.ts";
import { LabStore } from "./lab-store.ts";
import { type HostLog, OpenLab } from "./open-lab.ts";

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
  /** Close the lab and delete its files. */
  remove(lab: string): Promise<void>;
  stop(): Promise<void>;
}

/** Labs' ids become folder names. */
const LAB_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

export class LocalLabHouse implements LabHouse {
  readonly #directory: string;
  readonly #log: HostLog;
  /** A promise, so that two who ask at once open it once. */
  readonly #open = new Map<string, Promise<OpenLab>>();
  #stopping = false;

  constructor(options: { directory: string; log: HostLog }) {
    this.#directory = options.directory;
    this.#log = options.log;
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
      clock: async () => (await get()).control.clock(),
      setClock: async (change) => (await get()).control.setClock(change),
      advance: async (ms) => (await get()).control.advance(ms),
    };
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

  #get(lab: string): Promise<OpenLab> {
    if (this.#stopping) throw new ControlRefusal(503, "the simulator is stopping");
    const present = this.#open.get(lab);
    if (present) return present;
    const store = this.#store(lab);
    if (!existsSync(join(this.#directory, lab))) throw new ControlRefusal(404, `there is no lab ${lab}`);
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
