/** From patterns to seats and nodes: every placeholder filled in, every default laid under. */
import type { SshDoor, SshPath } from "../lab-description.ts";
import { NO_KEY } from "../ssh-client.ts";
import {
  type InventoryApi,
  type InventoryCommands,
  type InventoryFile,
  InventoryProblems,
  type InventorySsh,
} from "./inventory-file.ts";

export interface InventoryNode {
  name: string;
  /** By which the nodes know each other. */
  address: string;
  /** `hostKeySha256` is `NO_KEY` while the instructor has not trusted one yet. */
  ssh: SshPath;
  api: {
    host: string;
    port: number;
    throughSsh: boolean;
    user: string;
    password?: string;
    token?: string;
    certSha256?: string;
    caPem?: string;
  };
  web?: string;
}

export interface InventorySeat {
  name: string;
  nodes: InventoryNode[];
}

export interface Inventory {
  name: string;
  seats: InventorySeat[];
  commands: InventoryCommands;
  probe: boolean;
}

const SEATS_MAX = 300;
const NODES_MAX = 32;

/** @throws InventoryProblems when a placeholder is unknown, a node cannot be logged in to, or names collide */
export function expandInventory(file: InventoryFile): Inventory {
  const problems: string[] = [];
  const seats = file.seats.flatMap((entry): InventorySeat[] => {
    const list = entry.groups
      ? range(entry.groups).map((group) => ({ seat: entry.name ?? "group {group}", values: { group: String(group) } }))
      : entry.names!.map((name) => ({ seat: name, values: {} as Record<string, string> }));
    return list.map(({ seat, values }) => {
      const seatName = fill(seat, values, problems);
      const nodes = entry.nodes.flatMap((node) => {
        const numbers = node.n === undefined ? [undefined] : typeof node.n === "string" ? range(node.n) : node.n;
        return numbers.map((n): InventoryNode => {
          const own = { ...values, seat: seatName, ...(n !== undefined && { n: String(n) }) };
          const name = fill(node.name, own, problems);
          const where = `${seatName}, ${name}`;
          const text = (value: string) => fill(value, { ...own, node: name }, problems);
          const password = (value: string) => fill(value, { ...own, node: name }, problems, `${where}, its password`);
          return nodeOf(file, { name, where, node, text, password, problems });
        });
      });
      if (nodes.length > NODES_MAX) problems.push(`${seatName} has more than ${NODES_MAX} nodes`);
      for (const twice of doubles(nodes.map(({ name }) => name))) problems.push(`${seatName} has two nodes ${twice}`);
      return { name: seatName, nodes };
    });
  });
  for (const twice of doubles(seats.map(({ name }) => name))) problems.push(`there are two seats called ${twice}`);
  // Behind jump hosts of their own, the groups' nodes may all have the same addresses.
  const doors = seats.flatMap(({ nodes }) =>
    nodes.map(({ ssh }) => [...(ssh.via ?? []), ssh].map(({ host, port }) => `${host}:${port}`).join(", then ")),
  );
  for (const twice of doubles(doors)) problems.push(`two nodes have the SSH address ${twice}`);
  if (seats.length > SEATS_MAX) problems.push(`there are more than ${SEATS_MAX} seats`);
  if (problems.length > 0) throw new InventoryProblems([...new Set(problems)]);
  return { name: file.inventory, seats, commands: file.commands ?? {}, probe: file.probe };
}

interface Place {
  name: string;
  where: string;
  node: {
    ssh?: InventorySsh | undefined;
    api?: InventoryApi | undefined;
    address?: string | undefined;
    web?: string | undefined;
  };
  text(value: string): string;
  /** The same for what no message may show. */
  password(value: string): string;
  problems: string[];
}

function nodeOf(file: InventoryFile, place: Place): InventoryNode {
  const { name, where, node, text, problems } = place;
  const ssh = { ...file.defaults?.ssh, ...node.ssh };
  const api = { ...file.defaults?.api, ...node.api };
  const address = ssh.host ?? node.address;
  if (address === undefined) problems.push(`${where}: ssh.host is missing`);
  if (ssh.password === undefined && ssh.privateKey === undefined) {
    problems.push(`${where}: ssh needs a password or a privateKey`);
  }
  const sshHost = text(address ?? "missing");
  const jumps = ssh.jump === undefined ? [] : typeof ssh.jump === "string" ? [ssh.jump] : ssh.jump;
  const via = jumps.map(text).flatMap((jump) => {
    const hop = file.jumpHosts?.[jump];
    if (hop) return [{ ...doorOf(hop, place), host: text(hop.host) }];
    problems.push(`${where}: there is no jump host ${jump} in jumpHosts`);
    return [];
  });
  const password = api.password ?? (api.token === undefined ? ssh.password : undefined);
  if (password === undefined && api.token === undefined) problems.push(`${where}: api needs a password or a token`);
  if (api.password === undefined && api.token === undefined && api.user !== undefined && api.user !== "root@pam") {
    problems.push(`${where}: api.user is ${api.user}, but its password is missing`);
  }
  const apiHost = text(api.host ?? (api.through === "ssh" ? "127.0.0.1" : (address ?? "missing")));
  const apiPort = api.port ?? 8006;
  const certificate = api.certificate ?? "learn-over-ssh";
  const web = node.web ?? (api.through === "ssh" ? "none" : `https://${bracketed(apiHost)}:${apiPort}`);
  return {
    name,
    address: text(node.address ?? address ?? "missing"),
    ssh: { ...doorOf(ssh, place), host: sshHost, ...(via.length > 0 && { via }) },
    api: {
      host: apiHost,
      port: apiPort,
      throughSsh: api.through === "ssh",
      user: api.user ?? api.token?.split("!")[0] ?? "root@pam",
      ...(password !== undefined && { password: place.password(password) }),
      ...(api.token !== undefined && { token: api.token }),
      ...(typeof certificate === "object" &&
        "fingerprint" in certificate && {
          certSha256: certificate.fingerprint.toUpperCase(),
        }),
      ...(typeof certificate === "object" && "ca" in certificate && { caPem: certificate.ca }),
    },
    ...(web !== "none" && { web: text(web) }),
  };
}

function doorOf(ssh: Omit<InventorySsh, "host" | "jump">, place: Place): Omit<SshDoor, "host"> {
  const { hostKey = "trust-on-first-use" } = ssh;
  return {
    port: ssh.port ?? 22,
    user: ssh.user ?? "root",
    ...(ssh.password !== undefined && { password: place.password(ssh.password) }),
    ...(ssh.privateKey !== undefined && { privateKey: ssh.privateKey }),
    ...(ssh.algorithms !== undefined && { algorithms: ssh.algorithms }),
    hostKeySha256: hostKey === "trust-on-first-use" ? NO_KEY : hostKey,
  };
}

const PLACEHOLDERS = ["group", "n", "seat", "node"];

/**
 * `{name}` becomes its value, `{{name}}` the text `{name}`; a password may hold braces of its own: only known names are
 * placeholders.
 *
 * @param shown what a message says instead of the text
 */
function fill(text: string, values: Record<string, string>, problems: string[], shown = text): string {
  return text.replace(/\{\{(\w+)\}\}|\{(\w+)\}/g, (whole, literal: string | undefined, name: string | undefined) => {
    if (literal !== undefined) return PLACEHOLDERS.includes(literal) ? `{${literal}}` : whole;
    const value = name === undefined ? undefined : values[name];
    if (value !== undefined) return value;
    if (name !== undefined && PLACEHOLDERS.includes(name)) {
      problems.push(`${shown}: nothing is known about {${name}} here; {{${name}}} writes the braces themselves`);
    }
    return whole;
  });
}

function range(text: string): number[] {
  const [from, to] = text.split("-").map(Number) as [number, number];
  return Array.from({ length: Math.max(0, Math.min(to - from + 1, 1_000)) }, (_, index) => from + index);
}

function doubles(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
