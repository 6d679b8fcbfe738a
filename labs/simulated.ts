/** Labs of the simulator, reached over its control address; nothing of the simulator's code is known here. */
import { z } from "zod";
import { type LabDescription, labDescription } from "./lab-description.ts";
import { type Capability, type Fault, type LabSurroundings, LabUnavailable } from "./labs.ts";

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
});

export class SimulatedLabs {
  readonly #controlUrl: string;

  constructor(controlUrl: string) {
    this.#controlUrl = controlUrl;
  }

  /** Make the lab; one that exists already stays as it is. */
  async create(lab: { labId: string; nodes: string[]; seed: string }): Promise<void> {
    await this.#request("POST", "/labs", { lab: lab.labId, nodes: lab.nodes, seed: lab.seed });
  }

  async reach(labId: string): Promise<LabDescription> {
    return labDescription.parse(await this.#request("GET", `/labs/${labId}`));
  }

  async capabilities(): Promise<Capability[]> {
    return ["power", "cables", "latency"];
  }

  async surroundings(labId: string): Promise<LabSurroundings> {
    return surroundings.parse(await this.#request("GET", `/labs/${labId}/state`));
  }

  async apply(labId: string, fault: Fault): Promise<void> {
    if (fault.kind === "power") {
      await this.#request("PUT", `/labs/${labId}/nodes/${fault.node}/power`, { state: fault.state });
    } else {
      const { kind: _kind, between, ...change } = fault;
      await this.#request("PUT", `/labs/${labId}/links/${between.join("-")}`, change);
    }
  }

  async remove(labId: string): Promise<void> {
    await this.#request("DELETE", `/labs/${labId}`);
  }

  async #request(method: string, path: string, body?: unknown): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(this.#controlUrl + path, {
        method,
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
        ...(body !== undefined && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
    } catch (cause) {
      throw new LabUnavailable(
        "The simulated lab does not answer. It is started again by itself; try again in a moment.",
        { cause },
      );
    }
    const answer = (await response.json().catch(() => ({}))) as { error?: string };
    if (!response.ok) throw new LabUnavailable(answer.error ?? `the simulator answered ${response.status}`);
    return answer;
  }
}
