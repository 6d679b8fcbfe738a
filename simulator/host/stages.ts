/**
 * Prepared states of labs, known by the hash of everything they are made from: made once, put into any lab.
 *
 * A stage is a whole lab's state. What belongs to one lab alone, its chances, its root password and its host keys, is
 * put in when the stage is.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { invariant } from "../cluster/invariant.ts";
import { seedRandom } from "../cluster/random.ts";
import { toPresentFormat } from "../cluster/saved-format.ts";
import type { LabState } from "../cluster/state.ts";
import { ControlRefusal } from "./control-api.ts";
import type { LabIdentity } from "./lab-identity.ts";
import { giveHostKeys } from "./node-host-keys.ts";
import { writeWhole } from "./whole-file.ts";

/** Stages' names become file names. */
const STAGE_HASH = /^[a-z0-9]{8,128}$/;

export class Stages {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Keep a lab's state as a stage. */
  save(hash: string, lab: LabState): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    writeWhole(this.#path(hash), JSON.stringify(lab));
  }

  /**
   * The stage as a state of the given lab.
   *
   * @returns undefined when it has not been made yet, or by a version whose labs this one cannot read
   * @throws ControlRefusal when the stage has other nodes than the lab
   */
  load(hash: string, identity: LabIdentity): LabState | undefined {
    const path = this.#path(hash);
    if (!existsSync(path)) return undefined;
    const lab = readable(readFileSync(path, "utf8"));
    if (!lab) return undefined;
    const nodes = identity.nodes.map((node) => node.name).join(", ");
    const here = Object.keys(lab.nodes).join(", ");
    if (nodes !== here) throw new ControlRefusal(409, `the stage has the nodes ${here}, this lab has ${nodes}`);
    giveHostKeys(lab, identity);
    for (const node of Object.values(lab.nodes)) node.accounts.rootPassword = identity.password;
    if (lab.qnetd) lab.qnetd.rootPassword = identity.password;
    lab.seed = identity.seed;
    lab.rng = seedRandom(identity.seed);
    invariant(lab.pki.requests.length === 0, "a stage was saved while a certificate was being issued");
    return lab;
  }

  #path(hash: string): string {
    if (!STAGE_HASH.test(hash)) throw new ControlRefusal(400, `${JSON.stringify(hash)} is not a stage's hash`);
    return join(this.#directory, `${hash}.json`);
  }
}

/** A stage that cannot be read is made again. */
function readable(text: string): LabState | undefined {
  try {
    return toPresentFormat(JSON.parse(text));
  } catch {
    return undefined;
  }
}
