/** Labs on real nodes: the same contract as simulated ones, from a sealed inventory. */
import type { Database } from "../../database/database.ts";
import type { LearntKeys } from "../../database/inventories.ts";
import type { LabDescription, LabNode } from "../lab-description.ts";
import { type Capability, type Fault, type LabChange, type LabSurroundings, LabUnavailable } from "../labs.ts";
import { NO_KEY } from "../ssh-client.ts";
import type { Inventory, InventoryNode } from "./expand-inventory.ts";
import { runInventoryCommand } from "./inventory-commands.ts";
import type { InventoryCommand } from "./inventory-file.ts";
import { unseal } from "./seal.ts";

export interface InventorySource {
  database: Pick<Database, "inventories">;
  /** The text of `secrets/inventory-key`. */
  key: string;
}

interface Place {
  inventory: Inventory;
  seat: string;
  nodes: InventoryNode[];
  learnt: LearntKeys;
}

export class InventoryLabs {
  readonly #source: InventorySource;
  /** Unsealed inventories by name and time of change: unsealing at each look would cost more than the look. */
  readonly #open = new Map<string, { at: number; inventory: Inventory }>();
  /** What was done last with power and cables, where no command tells. */
  readonly #power = new Map<string, "on" | "off" | "hung">();
  readonly #cut = new Set<string>();

  constructor(source: InventorySource) {
    this.#source = source;
  }

  /** Whether this lab stands on an inventory. */
  async has(labId: string): Promise<boolean> {
    return (await this.#source.database.inventories.ofLab(labId)) !== undefined;
  }

  /** Take a seat for the lab; one that has a seat keeps it. */
  async create({ labId, inventory, nodes }: { labId: string; inventory: string; nodes: string[] }): Promise<void> {
    const seat = await this.#source.database.inventories.claim(labId, inventory);
    if (seat === undefined) {
      throw new LabUnavailable(
        `All seats of the inventory ${inventory} are taken. Your instructor can free one, or add nodes to it.`,
      );
    }
    const { nodes: there } = await this.#place(labId);
    const missing = nodes.filter((name) => !there.some((node) => node.name === name));
    if (missing.length > 0) {
      throw new LabUnavailable(
        `The seat ${seat} has no node called ${missing.join(", ")}, which this chapter works with. Your instructor can add it to the inventory.`,
      );
    }
  }

  async acceptHostKey(labId: string, name: string, hostKeySha256: string): Promise<void> {
    const place = await this.#place(labId);
    nodeNamed(place, name);
    const key = `${place.seat}/${name}`;
    const known = { ...place.learnt[key], acceptedHostKeySha256: hostKeySha256 };
    await this.#source.database.inventories.learn(place.inventory.name, { [key]: known });
  }

  async reach(labId: string): Promise<LabDescription> {
    const { nodes, learnt, seat } = await this.#place(labId);
    return { lab: labId, nodes: nodes.map((node) => describeNode(node, learnt[`${seat}/${node.name}`])) };
  }

  async capabilities(labId: string): Promise<Capability[]> {
    const { commands, probe } = (await this.#place(labId)).inventory;
    return [
      ...(commands.power ? (["power"] as const) : []),
      ...(commands.cables ? (["cables"] as const) : []),
      ...(commands.reset ? (["resetNode"] as const) : []),
      ...(commands.stage ? (["stages"] as const) : []),
      ...(probe ? (["probe"] as const) : []),
    ];
  }

  async surroundings(labId: string): Promise<LabSurroundings> {
    const place = await this.#place(labId);
    const { power, cables } = place.inventory.commands;
    if (!power && !cables) {
      throw new LabUnavailable(
        "Power and cables of these nodes are in your own hands: nobody told how to switch them.",
      );
    }
    const nodes = await Promise.all(
      place.nodes.map(async (node) => {
        const known = this.#power.get(`${labId}/${node.name}`) ?? "on";
        if (!power?.state) return { name: node.name, power: known };
        const said = await this.#run(place, `Asking for the power of ${node.name}`, power.state, node).catch(
          () => known,
        );
        return { name: node.name, power: /\b(off|stopped|0)\b/i.test(said) ? ("off" as const) : ("on" as const) };
      }),
    );
    const links = place.nodes.flatMap((one, at) =>
      place.nodes.slice(at + 1).map((other) => ({
        between: [one.name, other.name] as [string, string],
        ...{ network: "net", up: !this.#cut.has(cableKey(labId, one.name, other.name)), latencyMs: 0, lossPercent: 0 },
      })),
    );
    return { nodes, links: cables ? links : [] };
  }

  async apply(labId: string, fault: Fault): Promise<string | undefined> {
    const place = await this.#place(labId);
    const { power, cables } = place.inventory.commands;
    if (fault.kind === "power") {
      const command = power?.[fault.state];
      if (!command) throw new LabUnavailable(`Switching ${fault.node} ${fault.state} is in your own hands.`);
      const node = nodeNamed(place, fault.node);
      const printed = await this.#run(place, `Switching ${fault.node} ${fault.state}`, command, node);
      this.#power.set(`${labId}/${fault.node}`, fault.state);
      return printed;
    }
    if (fault.kind === "watchdog") throw new LabUnavailable("Real nodes keep their watchdogs.");
    if (fault.kind === "storage") throw new LabUnavailable("Switching a storage server off is in your own hands.");
    if (!cables || fault.up === undefined || (fault.latencyMs ?? 0) > 0 || (fault.lossPercent ?? 0) > 0) {
      throw new LabUnavailable(
        "These nodes' cables can only be pulled and put back, and only where a command is given.",
      );
    }
    const [one, other] = fault.between;
    const what = `${fault.up ? "Mending" : "Cutting"} the cable between ${one} and ${other}`;
    const command = fault.up ? cables.mend : cables.cut;
    const printed = await this.#run(place, what, command, nodeNamed(place, one), { other });
    if (fault.up) this.#cut.delete(cableKey(labId, one, other));
    else this.#cut.add(cableKey(labId, one, other));
    return printed;
  }

  async addresses(labId: string): Promise<Record<string, string>> {
    return Object.fromEntries((await this.#place(labId)).nodes.map(({ name, address }) => [name, address]));
  }

  async change(labId: string, change: LabChange): Promise<string | undefined> {
    const place = await this.#place(labId);
    const { reset, stage } = place.inventory.commands;
    if (change.to === "restore-point") throw new LabUnavailable("Real nodes keep no earlier states.");
    if (change.to === "stage") {
      if (!stage) throw new LabUnavailable("These nodes are brought to a stage by hand; the chapter's page says how.");
      return this.#onEach(place, place.nodes, "The stage on", stage, { stage: change.hash });
    }
    if (!reset) throw new LabUnavailable("These nodes are made fresh by hand: roll back their snapshots.");
    const nodes = change.node === undefined ? place.nodes : [nodeNamed(place, change.node)];
    return this.#onEach(place, nodes, "Making fresh", reset);
  }

  /** One after the other. @returns what they printed, by node */
  async #onEach(
    place: Place,
    nodes: readonly InventoryNode[],
    what: string,
    command: InventoryCommand,
    more: Record<string, string> = {},
  ): Promise<string> {
    const printed: string[] = [];
    for (const node of nodes) {
      const said = await this.#run(place, `${what} ${node.name}`, command, node, more);
      if (said !== "") printed.push(`${node.name}: ${said}`);
    }
    return printed.join("\n");
  }

  /** What it prints is shown to whoever asked for it: without the seat's secrets. */
  #run(
    place: Place,
    what: string,
    command: InventoryCommand,
    node: InventoryNode,
    more: Record<string, string> = {},
  ): Promise<string> {
    const values = { node: node.name, host: node.ssh.host, seat: place.seat, ...more };
    return runInventoryCommand(what, command, values, secretsOf(place.nodes));
  }

  async #place(labId: string): Promise<Place> {
    const found = await this.#source.database.inventories.ofLab(labId);
    if (!found) throw new LabUnavailable("This lab has no seat of an inventory any more. Ask your instructor for one.");
    const { name, sealed, updatedAt, learnt } = found.inventory;
    const kept = this.#open.get(name);
    const inventory =
      kept?.at === updatedAt.getTime() ? kept.inventory : (unseal(sealed, this.#source.key) as Inventory);
    this.#open.set(name, { at: updatedAt.getTime(), inventory });
    const seat = inventory.seats.find((entry) => entry.name === found.seat);
    if (!seat) throw new LabUnavailable(`The inventory ${name} has no seat ${found.seat} any more.`);
    return { inventory, seat: seat.name, nodes: seat.nodes, learnt };
  }
}

/** With what was trusted on first use put in. @throws LabUnavailable while nobody has trusted the host key */
export function describeNode(node: InventoryNode, learnt: LearntKeys[string] | undefined): LabNode {
  const named = node.ssh.hostKeySha256 === NO_KEY ? learnt?.hostKeySha256 : node.ssh.hostKeySha256;
  const hostKeySha256 = learnt?.acceptedHostKeySha256 ?? named;
  const unknownJump = node.ssh.via?.find((hop) => hop.hostKeySha256 === NO_KEY);
  if (hostKeySha256 === undefined || unknownJump) {
    throw new LabUnavailable(
      unknownJump
        ? `The host key of the jump host ${unknownJump.host} must stand in the inventory.`
        : `Nobody has trusted the host key of ${node.name} yet. Your instructor does, by running the doctor.`,
    );
  }
  const { host, port, throughSsh, user, password, token, certSha256, caPem } = node.api;
  return {
    name: node.name,
    ssh: { ...node.ssh, hostKeySha256 },
    api: {
      url: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
      user,
      ...(password !== undefined && { password }),
      ...(token !== undefined && { token }),
      ...(certSha256 !== undefined && { certSha256 }),
      ...(caPem !== undefined && { caPem }),
      ...(throughSsh && { throughSsh }),
    },
    ...(node.web !== undefined && { web: node.web }),
  };
}

function secretsOf(nodes: readonly InventoryNode[]): string[] {
  return nodes
    .flatMap(({ ssh, api }) => [
      ...[ssh, ...(ssh.via ?? [])].flatMap(({ password, privateKey }) => [password, privateKey]),
      ...[api.password, api.token, api.token?.split("=")[1]],
    ])
    .filter((secret) => secret !== undefined && secret.length >= 4) as string[];
}

function nodeNamed({ nodes }: Place, name: string): InventoryNode {
  const node = nodes.find((entry) => entry.name === name);
  if (!node) throw new LabUnavailable(`This lab has no node called ${name}.`);
  return node;
}

function cableKey(labId: string, one: string, other: string): string {
  return [labId, ...[one, other].sort()].join("/");
}
