/**
 * One lab that is awake: the model in motion, its files, and for each node a terminal's door and an API's door.
 */
import { connect } from "node:net";
import type { LabDescription } from "../../labs/lab-description.ts";
import { type ApiDoor, startApiDoor } from "../api/api-door.ts";
import { invariant } from "../cluster/invariant.ts";
import { pathOf } from "../cluster/network.ts";
import { Refusal } from "../cluster/refusal.ts";
import type { LabState, Power } from "../cluster/state.ts";
import { processTableOf } from "../shell/node-process.ts";
import { type SshDoor, startSshDoor } from "../ssh/ssh-door.ts";
import { Activity } from "./activity.ts";
import { issueCertificates } from "./certificate-office.ts";
import { ControlRefusal, type LabControl, type LabSurroundingsState } from "./control-api.ts";
import { freshLab } from "./fresh-lab.ts";
import type { LabIdentity } from "./lab-identity.ts";
import { type ClockMode, LabRunner } from "./lab-runner.ts";
import { type LabStore, LabUnreadable, type Restored } from "./lab-store.ts";
import { giveMissingHostKeys } from "./node-host-keys.ts";

export interface HostLog {
  info(message: string): void;
  error(message: string, error: unknown): void;
  /** A shell of a lab met a command that a simulated node does not have. */
  unknownCommand?(lab: string, name: string): void;
}

interface NodeDoors {
  name: string;
  ssh: SshDoor;
  api: ApiDoor;
  hostKeySha256: string;
}

const SAVE_NEW_AFTER_MS = 200;
/** At most so much of a lab's past is missing after its process was killed. */
const MARK_EVERY_MS = 1_000;

export class OpenLab {
  readonly control: LabControl;
  /** Resolves when the lab is no longer open, by `close` or by a fault of ours. */
  readonly ended: Promise<void>;
  readonly #identity: LabIdentity;
  readonly #store: LabStore | undefined;
  readonly #log: HostLog;
  readonly #runner: LabRunner;
  readonly #activity = new Activity();
  readonly #closing = new AbortController();
  #doors: NodeDoors[] = [];
  #end: () => void = () => {};
  #unsaved = false;
  /** An input could not be written: the files are behind until a whole snapshot is. */
  #incomplete = false;
  /** Nothing of a new lab is on disk yet. */
  #baseMissing = false;
  #failed = false;
  #markTimer: NodeJS.Timeout | undefined;
  #usedAtMs = performance.now();

  private constructor(
    lab: LabState,
    options: { identity: LabIdentity; store?: LabStore; mode: ClockMode; log: HostLog },
  ) {
    this.#identity = options.identity;
    this.#store = options.store;
    this.#log = options.log;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#runner = new LabRunner({
      lab,
      mode: options.mode,
      activity: this.#activity,
      onInput: (atMs, kind, args) => {
        // Sessions that end with the lab still note it; the last snapshot has it, or nobody asks any more.
        if (this.#closing.signal.aborted) return;
        this.#saveBase();
        this.#save((store) => store.append(atMs, kind, args));
      },
      onChange: () => {
        this.#unsaved = true;
      },
      onFailure: (error) => {
        this.#failed = true;
        this.#log.error(`lab ${this.#identity.lab} stopped at a fault`, error);
        void this.close();
      },
    });
    this.control = this.#makeControl();
  }

  /**
   * Wake a lab: its saved state, or fresh stand-alone nodes when it has none.
   *
   * @param options.store absent for a lab that is not kept
   */
  static async open(options: {
    identity: LabIdentity;
    store?: LabStore;
    mode: ClockMode;
    log: HostLog;
    /** A new lab of this identity that somebody has ready; absent: it is made here. */
    fresh?: () => LabState | undefined;
  }): Promise<OpenLab> {
    const { identity, store, log } = options;
    let restored: Restored | undefined;
    try {
      restored = store?.restore();
      if (store?.lostInputs !== undefined) {
        log.error(`lab ${identity.lab} is back as of its last snapshot; its log cannot be replayed`, store.lostInputs);
      }
    } catch (error) {
      if (!(error instanceof LabUnreadable)) throw error;
      log.error(`lab ${identity.lab}`, error);
    }
    const lab = restored?.lab ?? options.fresh?.() ?? freshLab(identity);
    const keysCame = giveMissingHostKeys(lab, identity);
    const open = new OpenLab(lab, options);
    // A fresh start of the log, too: the last process may have been killed in the middle of a line. A lab that was put
    // to sleep properly is on disk as it is, and waking it writes nothing.
    if (restored?.logged || (restored && keysCame)) store?.snapshot(lab);
    else if (!restored) open.#saveBaseSoon();
    try {
      await open.#start();
    } catch (error) {
      await open.close();
      throw error;
    }
    return open;
  }

  /** Addresses and credentials of every node's doors. */
  async description(): Promise<LabDescription> {
    return {
      lab: this.#identity.lab,
      nodes: this.#doors.map((doors) => ({
        name: doors.name,
        ssh: {
          host: "127.0.0.1",
          port: doors.ssh.port,
          user: "root",
          password: this.#identity.password,
          hostKeySha256: doors.hostKeySha256,
        },
        api: {
          url: `https://127.0.0.1:${doors.api.port}`,
          certSha256: this.#fingerprint(doors.name),
          user: "root@pam",
          password: this.#identity.password,
        },
      })),
    };
  }

  /** The lab's state as it is now, apart from the lab itself. */
  copyOfState(): LabState {
    return this.#runner.port.read((lab) => structuredClone(lab) as LabState);
  }

  /** Save the lab as it is now. @throws when the disk has no room */
  saveWhole(): void {
    this.#store?.snapshot(this.copyOfState());
  }

  /** Exchange one node for its namesake in another lab; its sessions end, as at a loss of power. */
  replaceNode(name: string, from: LabState): void {
    this.#runner.act("lab/replace-node", { node: name, from });
    // The other's instants may lie ahead: time goes on from where it stands now.
    this.#runner.setMode(this.#runner.mode);
    const doors = this.#doors.find((one) => one.name === name);
    for (const power of ["off", "on"] as const) {
      doors?.ssh.setPower(power);
      doors?.api.setPower(power);
    }
    // The exchange stands in the log as a whole other lab; once is enough.
    this.#save((store) => store.snapshot(this.#runner.lab));
  }

  /** Somebody asks for the lab. */
  used(): void {
    this.#usedAtMs = performance.now();
  }

  /**
   * For how long nobody has been connected to a door or has asked for the lab, milliseconds; 0 while somebody is.
   *
   * A lab whose clock is stepped or fast belongs to a proof or a test, which ends it itself.
   */
  idleForMs(): number {
    if (this.#runner.mode !== "real" || this.#doors.some(({ ssh, api }) => ssh.connections + api.connections > 0)) {
      this.used();
    }
    return performance.now() - this.#usedAtMs;
  }

  /** Whether programs that sessions started still run on a node. */
  get hasProcesses(): boolean {
    return this.#doors.some(({ name }) => processTableOf(this.#runner.port, name).all().length > 0);
  }

  /** Save the lab and close its doors; sessions end. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return this.ended;
    const reason = new Error("the lab is closed");
    this.#closing.abort(reason);
    clearInterval(this.#markTimer);
    this.#runner.close(reason);
    await Promise.allSettled(this.#doors.flatMap((doors) => [doors.ssh.close(), doors.api.close()]));
    // After a fault the inputs since the last snapshot are the way to find it, and the state is not to be trusted.
    if (!this.#failed) this.#save((store) => store.snapshot(this.#runner.lab));
    this.#store?.close();
    this.#end();
  }

  async #start(): Promise<void> {
    const port = this.#runner.port;
    const signal = this.#closing.signal;
    issueCertificates({ port, activity: this.#activity, signal }).catch((error: unknown) => this.#background(error));
    await port.until((lab) => (lab.pki.requests.length === 0 ? true : undefined), { background: true, signal });
    this.#doors = await Promise.all(
      this.#identity.nodes.map(async ({ name, hostKey }) => {
        const opened: { apiPort?: number } = {};
        const ssh = await startSshDoor({
          node: name,
          openApiStream: () => connect({ host: "127.0.0.1", port: opened.apiPort ?? 0 }),
          port,
          host: "127.0.0.1",
          listenPort: 0,
          hostKey,
          password: this.#identity.password,
          activity: this.#activity,
          onUnknownCommand: (command) => this.#log.unknownCommand?.(this.#identity.lab, command),
          onFailure: (error) => this.#log.error(`a shell on ${name} in lab ${this.#identity.lab}`, error),
        });
        const api = await startApiDoor({
          node: name,
          port,
          host: "127.0.0.1",
          listenPort: 0,
          activity: this.#activity,
          onFailure: (error) => this.#log.error(`API of ${name} in lab ${this.#identity.lab}`, error),
        });
        opened.apiPort = api.port;
        this.#watchPower(name, ssh, api).catch((error: unknown) => this.#background(error));
        return { name, ssh, api, hostKeySha256: ssh.hostKeySha256 };
      }),
    );
    if (this.#store) this.#markTimer = setInterval(() => this.#mark(), MARK_EVERY_MS).unref();
  }

  /** Both doors follow the node's power; a door cannot see it by itself while nothing talks through it. */
  async #watchPower(name: string, ssh: SshDoor, api: ApiDoor): Promise<void> {
    let known: { power: Power; sessions: Power } = { power: "on", sessions: "on" };
    for (;;) {
      const seen = await this.#runner.port.until(
        (lab) => {
          const node = lab.nodes[name];
          if (!node) return undefined;
          // A node that shuts down ends its sessions first, and lets nobody in.
          const sessions = node.shutdown?.stage === "under-way" && node.power === "on" ? "off" : node.power;
          return node.power === known.power && sessions === known.sessions
            ? undefined
            : { power: node.power, sessions };
        },
        { background: true, signal: this.#closing.signal },
      );
      invariant(seen, "a wait without a time limit ended without a value");
      known = seen;
      ssh.setPower(seen.sessions);
      api.setPower(seen.power);
    }
  }

  /** A new lab is on disk within this time, or before anything happens in it: who waits for its prompt does not wait. */
  #saveBaseSoon(): void {
    this.#baseMissing = true;
    setTimeout(() => this.#saveBase(), SAVE_NEW_AFTER_MS).unref();
  }

  #saveBase(): void {
    if (!this.#baseMissing || this.#closing.signal.aborted) return;
    this.#baseMissing = false;
    this.#save((store) => store.snapshot(this.#runner.lab, { durable: false }));
  }

  /** Keep how far time has gone, once a second while anything happens. */
  #mark(): void {
    this.#saveBase();
    if (!this.#unsaved || !this.#store) return;
    this.#unsaved = false;
    // What could not be kept input by input is kept as a whole as soon as there is room again.
    if (this.#incomplete || this.#store.snapshotDue()) {
      const whole = this.#save((store) => store.snapshot(this.#runner.lab));
      if (whole && this.#incomplete) {
        this.#incomplete = false;
        this.#log.info(`lab ${this.#identity.lab} is saved again, nothing is missing`);
      }
      this.#unsaved = this.#incomplete;
    } else this.#save((store) => store.append(this.#runner.lab.nowMs));
  }

  /** Write to the lab's folder; on a full disk the lab goes on, and says that it is not being saved. */
  #save(write: (store: LabStore) => void): boolean {
    if (!this.#store) return true;
    try {
      write(this.#store);
      return true;
    } catch (error) {
      if (!this.#incomplete) {
        const what =
          "goes on, but cannot be saved; make room on the disk of the data folder, and it is saved by itself";
        this.#log.error(`lab ${this.#identity.lab} ${what}`, error);
      }
      this.#incomplete = true;
      this.#unsaved = true;
      return false;
    }
  }

  #background(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.#failed = true;
    this.#log.error(`lab ${this.#identity.lab}`, error);
    void this.close();
  }

  #fingerprint(node: string): string {
    const fingerprint = this.#runner.lab.pki.nodes[node]?.fingerprint;
    invariant(fingerprint, `node ${node} has no certificate`);
    return fingerprint;
  }

  #makeControl(): LabControl {
    const runner = this.#runner;
    const act: typeof runner.act = (kind, args) => {
      try {
        return runner.act(kind, args);
      } catch (error) {
        if (error instanceof Refusal) throw new ControlRefusal(409, error.message);
        throw error;
      }
    };
    return {
      state: async () => surroundings(runner.port.read((lab) => lab as LabState)),
      setLink: async ([from, to], change) => {
        act("network/set-path", { from, to, ...change });
      },
      setPower: async (node, { state }) => {
        if (!runner.lab.nodes[node]) throw new ControlRefusal(404, `there is no node ${node} in this lab`);
        act("power/set", { node, state });
      },
      happen: async (event) => {
        if (event.kind === "watchdog") act("ha/watchdog", { present: event.present });
        else if (event.kind === "workload") act("guests/workload", { vmid: event.vmid, ...event.change });
        else if ("up" in event.change) act("storage/server", { address: event.address, up: event.change.up });
        else act("storage/cut", { address: event.address, ...event.change });
      },
      clock: async () => {
        const nowMs = runner.port.read((lab) => lab.nowMs);
        return { mode: runner.mode, nowMs, wallMs: nowMs + runner.lab.wallOffsetMs };
      },
      setClock: async ({ mode }) => runner.setMode(mode),
      advance: async (ms) => {
        if (runner.mode !== "stepped") {
          throw new ControlRefusal(409, `the clock is in ${runner.mode} mode; PUT /clock {"mode": "stepped"} first`);
        }
        await runner.advance(ms);
      },
    };
  }
}

/** Power of every node, every link between two nodes on each network that both are on, watchdogs, storage servers. */
function surroundings(lab: LabState): LabSurroundingsState {
  const names = Object.keys(lab.nodes);
  const links: LabSurroundingsState["links"] = [];
  for (const network of Object.keys(lab.network.networks)) {
    const here = names.filter((name) =>
      lab.nodes[name]!.net.devices.some((device) => device.card?.network === network),
    );
    for (const [index, from] of here.entries()) {
      for (const to of here.slice(index + 1)) {
        const there = pathOf(lab, network, from, to);
        const back = pathOf(lab, network, to, from);
        links.push({
          between: [from, to],
          network,
          up: there.up && back.up,
          latencyMs: Math.max(there.latencyMs, back.latencyMs),
          lossPercent: Math.max(there.lossPercent, back.lossPercent),
        });
      }
    }
  }
  return {
    nodes: names.map((name) => ({ name, power: lab.nodes[name]!.power })),
    links,
    watchdog: lab.watchdogTaken !== true,
    storage: Object.values(lab.storage.servers).map(({ address, up, cutFrom }) => ({
      address,
      up,
      cutFrom: [...cutFrom],
    })),
  };
}
