/**
 * Fresh nodes with their certificates issued, ready before somebody asks for a lab: issuing takes ten times as long as
 * everything else that a new lab needs.
 *
 * A spare belongs to nobody: no two labs share a key. What belongs to one lab alone, its chances and its root password,
 * is put in when it is taken. A new lab's identity is written before its nodes are asked for, so it is promised a spare
 * by being given that spare's host keys.
 */

import { seedRandom } from "../cluster/random.ts";
import type { LabState } from "../cluster/state.ts";
import { act } from "../cluster/stepping.ts";
import { generateHostKey } from "../keys/host-key.ts";
import { issueCertificate } from "./certificate-office.ts";
import { freshLab } from "./fresh-lab.ts";
import { type LabIdentity, newIdentity } from "./lab-identity.ts";
import { giveHostKeys } from "./node-host-keys.ts";

/** Spares of one set of nodes; more than this one thread never needs at once without being busy anyway. */
const SPARES_MAX = 2;
/** Sets of node names that spares are kept for: those asked for last. */
const SHAPES_MAX = 3;
/** New labs that were promised a spare and have not asked for it yet; more were broken off on the way. */
const PROMISED_MAX = 8;
/** A spare's certificates begin a day before it was made; one that lay about for longer than this is made anew. */
const FRESH_FOR_MS = 12 * 3_600_000;

interface Spare {
  lab: LabState;
  /** Of the nodes' terminals, in the nodes' order; they lie on the nodes' disks. */
  hostKeys: string[];
  madeAtMs: number;
}

export class SpareLabs {
  /** By node names; in the order in which they were last asked for. */
  readonly #shapes = new Map<string, Spare[]>();
  /** Spares whose host keys a new lab's identity got; by the first of them. */
  readonly #promised = new Map<string, Spare>();
  #making: Promise<void> = Promise.resolve();
  /** Nothing is made before, on the clock of `performance.now()`. */
  #restsUntilMs = 0;
  #ended = false;

  /** Fresh nodes for a lab, if some are ready; others are made meanwhile. */
  take(identity: LabIdentity): LabState | undefined {
    const firstKey = identity.nodes[0]!.hostKey;
    const promised = this.#promised.get(firstKey);
    if (promised) {
      this.#promised.delete(firstKey);
      return given(promised.lab, identity);
    }
    const spare = this.#shift(identity.nodes.map((node) => node.name));
    if (spare) giveHostKeys(spare.lab, identity);
    return spare && given(spare.lab, identity);
  }

  /** Host keys for the nodes of a new lab, one a call: those of a spare, which is kept for that lab, if one is ready. */
  hostKeysFor(names: string[]): () => string {
    const spare = this.#shift(names);
    if (!spare) return generateHostKey;
    this.#promised.set(spare.hostKeys[0]!, spare);
    for (const oldest of [...this.#promised.keys()].slice(0, -PROMISED_MAX)) this.#promised.delete(oldest);
    let next = 0;
    return () => spare.hostKeys[next++]!;
  }

  /** Fresh nodes for a lab, with all certificates, waited for where none are ready. */
  async taken(identity: LabIdentity): Promise<LabState> {
    return this.take(identity) ?? given(await made(identity), identity);
  }

  /** Somebody opens a lab: what is made for later lets them go first. */
  rest(): void {
    this.#restsUntilMs = performance.now() + REST_MS;
  }

  /** Make spares of these nodes when the thread has nothing else to do. @returns when they are made */
  prepare(names: string[]): Promise<void> {
    this.#making = this.#making.then(async () => {
      while (!this.#ended && this.#of(names).length < SPARES_MAX) {
        await this.#rested();
        if (this.#ended) return;
        const identity = newIdentity({ lab: "spare", seed: "spare", nodes: names });
        const lab = await made(identity, () => this.#rested());
        const hostKeys = identity.nodes.map((node) => node.hostKey);
        this.#shapes.get(names.join())?.push({ lab, hostKeys, madeAtMs: Date.now() });
      }
    });
    this.#making.catch(() => undefined);
    return this.#making;
  }

  async #rested(): Promise<void> {
    for (;;) {
      const leftMs = this.#restsUntilMs - performance.now();
      if (leftMs <= 0 || this.#ended) return;
      await new Promise((resolve) => setTimeout(resolve, leftMs).unref());
    }
  }

  end(): void {
    this.#ended = true;
  }

  /** The first spare of these nodes that is fresh enough; another one is made meanwhile. */
  #shift(names: string[]): Spare | undefined {
    const spares = this.#of(names).filter((spare) => Date.now() - spare.madeAtMs < FRESH_FOR_MS);
    const spare = spares.shift();
    this.#shapes.set(names.join(), spares);
    void this.prepare(names);
    return spare;
  }

  #of(names: string[]): Spare[] {
    const key = names.join();
    const spares = this.#shapes.get(key) ?? [];
    this.#shapes.delete(key);
    this.#shapes.set(key, spares);
    for (const oldest of [...this.#shapes.keys()].slice(0, -SHAPES_MAX)) this.#shapes.delete(oldest);
    return spares;
  }
}

/** From the opening of a lab to its first prompt, and some more. */
const REST_MS = 150;

/** @param between waited for before each certificate, which holds the thread for milliseconds */
async function made(identity: LabIdentity, between?: () => Promise<void>): Promise<LabState> {
  const lab = freshLab(identity);
  while (lab.pki.requests[0]) {
    await between?.();
    act(lab, "pki/issued", await issueCertificate(lab.pki.requests[0]));
  }
  return lab;
}

function given(lab: LabState, identity: LabIdentity): LabState {
  lab.seed = identity.seed;
  lab.rng = seedRandom(identity.seed);
  lab.wallOffsetMs = Date.now() - lab.nowMs;
  for (const node of Object.values(lab.nodes)) node.accounts.rootPassword = identity.password;
  return lab;
}
