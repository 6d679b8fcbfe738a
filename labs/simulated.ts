/** Labs of the simulator, reached over its control address; nothing of the simulator's code is known here. */
import { z } from "zod";
import { controlRequest } from "./control-request.ts";
import { type LabDescription, labDescription } from "./lab-description.ts";
import {
  type Capability,
  type Fault,
  type LabChange,
  type LabNotice,
  type LabSurroundings,
  LabUnavailable,
  type RestorePoint,
} from "./labs.ts";

/** A simulator that is busy opening labs answers late; one that is silent for this long is not there. */
const ANSWER_TIMEOUT_MS = 30_000;

const surroundings = z.object({
  nodes: z.array(z.object({ name: z.string(), power: z.enum(["on", "off", "hung"]) })),
  links: z.array(
    z.object({
      between: z.tuple([z.string(), z.string()]),
      network: z.string(),
      up: z.boolean(),
      latencyMs: z.number(),
      lossPercent: z.number(),
    }),
  ),
  watchdog: z.boolean(),
  storage: z.array(z.object({ address: z.string(), up: z.boolean(), cutFrom: z.array(z.string()) })),
});

const notice = z.object({
  notice: z.object({ kind: z.enum(["fresh", "inputs-lost"]), keptIn: z.string(), atMs: z.number() }).nullable(),
});

const restorePoints = z.array(z.object({ id: z.string(), label: z.string(), keptAtMs: z.number() }));

/** More than the nodes live through while any stage of the course is made: 70 s are the most that was measured. */
const STAGE_TAKES_MS = 180_000;

/** The simulator answered, and refused. */
class Refused extends LabUnavailable {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class SimulatedLabs {
  readonly #controlUrl: string;
  readonly #making = new Map<string, Promise<void>>();

  constructor(controlUrl: string) {
    this.#controlUrl = controlUrl;
  }

  /** Make the lab and wake it; one that exists already stays as it is. */
  async create(lab: {
    labId: string;
    nodes: string[];
    seed: string;
    /** See `NewLab` of the simulator's host. */
    clocksBehindMs?: number;
  }): Promise<LabDescription> {
    const { labId, ...rest } = lab;
    const asked = { lab: labId, ...rest };
    return labDescription.parse(await this.#request("POST", "/labs", asked));
  }

  async reach(labId: string): Promise<LabDescription> {
    return labDescription.parse(await this.#request("GET", `/labs/${labId}`));
  }

  async capabilities(): Promise<Capability[]> {
    return ["power", "cables", "latency", "stages", "probe", "resetNode", "watchdog", "storage"];
  }

  async surroundings(labId: string): Promise<LabSurroundings> {
    return surroundings.parse(await this.#request("GET", `/labs/${labId}/state`));
  }

  async apply(labId: string, fault: Fault): Promise<undefined> {
    if (fault.kind === "power") {
      await this.#request("PUT", `/labs/${labId}/nodes/${fault.node}/power`, { state: fault.state });
    } else if (fault.kind === "watchdog") {
      await this.#request("PUT", `/labs/${labId}/watchdog`, { present: fault.present });
    } else if (fault.kind === "storage") {
      const { kind: _kind, address, ...change } = fault;
      await this.#request("PUT", `/labs/${labId}/storage/${address}`, change);
    } else {
      const { kind: _kind, between, ...change } = fault;
      await this.#request("PUT", `/labs/${labId}/links/${between.join("-")}`, change);
    }
  }

  async addresses(labId: string): Promise<Record<string, string>> {
    return z.record(z.string(), z.string()).parse(await this.#request("GET", `/labs/${labId}/addresses`));
  }

  async restorePoints(labId: string): Promise<RestorePoint[]> {
    return restorePoints.parse(await this.#request("GET", `/labs/${labId}/restore-points`));
  }

  async change(labId: string, change: LabChange): Promise<undefined> {
    if (change.to !== "stage") {
      await this.#request("POST", `/labs/${labId}/change`, change);
      return;
    }
    const { make, ...stage } = change;
    const put = () => this.#request("POST", `/labs/${labId}/change`, stage);
    try {
      await put();
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404) throw error;
      await this.#makeStage(labId, change.hash, make);
      await put();
    }
  }

  /** Make a stage in a lab of its own; two who want the same one at once wait for one making. */
  async #makeStage(
    like: string,
    hash: string,
    make: (lab: LabDescription, apply: (fault: Fault) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const making =
      this.#making.get(hash) ??
      (async () => {
        const nodes = (await this.surroundings(like)).nodes.map((node) => node.name);
        const lab = `stage-${hash.slice(0, 16)}`;
        await this.remove(lab);
        const description = await this.create({ labId: lab, nodes, seed: hash, clocksBehindMs: STAGE_TAKES_MS });
        try {
          await make(description, (fault) => this.apply(lab, fault));
          await this.#request("PUT", `/labs/${lab}/stage`, { hash });
        } finally {
          await this.remove(lab);
        }
      })().finally(() => this.#making.delete(hash));
    this.#making.set(hash, making);
    await making;
  }

  async notice(labId: string): Promise<LabNotice | undefined> {
    return notice.parse(await this.#request("GET", `/labs/${labId}/notice`)).notice ?? undefined;
  }

  async copy(labId: string, to: { labId: string; seed: string }): Promise<void> {
    await this.#request("POST", `/labs/${labId}/copy`, { lab: to.labId, seed: to.seed });
  }

  async remove(labId: string): Promise<void> {
    await this.#request("DELETE", `/labs/${labId}`);
  }

  async #request(method: string, path: string, body?: unknown): Promise<unknown> {
    let status: number;
    let answer: unknown;
    try {
      const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
      ({ status, answer } = await controlRequest(this.#controlUrl + path, { method, signal, body }));
    } catch (cause) {
      throw new LabUnavailable(
        "The simulated lab does not answer. It is started again by itself; try again in a moment.",
        { cause },
      );
    }
    if (status < 200 || status > 299) {
      throw new Refused(status, (answer as { error?: string }).error ?? `the simulator answered ${status}`);
    }
    return answer;
  }
}
