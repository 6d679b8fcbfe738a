/** The picture in words: how a node stands, what a cable is, what happened. */
import type { Surroundings } from "../../gateway/protocol.ts";
import type { LabPicture, NodePicture, PictureEvent } from "../../labs/lab-picture.ts";
import type { Link } from "./picture-layout.ts";

export type Power = Surroundings["nodes"][number]["power"];

export type StorageServer = NonNullable<Surroundings["storage"]>[number];

export type Standing = "quorate" | "not-quorate" | "no-cluster" | "silent" | "unclear" | "off" | "frozen" | "unseen";

export const standingWords: Record<Standing, string> = {
  quorate: "Quorate",
  "not-quorate": "Not quorate",
  "no-cluster": "No cluster",
  silent: "No answer",
  unclear: "Cannot say",
  off: "Off",
  frozen: "Frozen",
  unseen: "Not seen yet",
};

/** Power is known before a node falls silent, so it comes first. */
export function standingOf(node: NodePicture | undefined, power: Power | undefined): Standing {
  if (power === "off") return "off";
  if (power === "hung") return "frozen";
  if (!node) return "unseen";
  if (node.state !== "answers") return node.state;
  if (!node.cluster) return "no-cluster";
  return node.cluster.quorate ? "quorate" : "not-quorate";
}

/** The small line under the standing; empty where there is nothing to count. */
export function votesLine(node: NodePicture | undefined, standing: Standing): string {
  if (!node?.cluster || (standing !== "quorate" && standing !== "not-quorate")) return "";
  return `${node.cluster.votes.present} of ${node.cluster.votes.expected} votes`;
}

/** What the node itself says, in sentences. */
export function nodeSentence(name: string, node: NodePicture | undefined, power: Power | undefined): string {
  const standing = standingOf(node, power);
  switch (standing) {
    case "off":
      return `${name} is powered off.`;
    case "frozen":
      return `${name} is frozen: it has power, but runs nothing and answers nobody.`;
    case "unseen":
      return `Nobody has looked at ${name} yet.`;
    case "silent":
      return power === "on"
        ? `${name} has power and does not answer: it may be starting.`
        : `${name} does not answer: it may be off, starting or cut off.`;
    case "unclear":
      return `${name} answers, and does not say how its cluster stands: its services may be starting.`;
    case "no-cluster":
      return `${name} is in no cluster.`;
  }
  const { cluster } = node as NodePicture & { cluster: NonNullable<NodePicture["cluster"]> };
  const { present, expected } = cluster.votes;
  const missing = cluster.configured.filter((other) => !cluster.members.includes(other));
  return [
    `${name} says: cluster ${cluster.name} is ${cluster.quorate ? "quorate" : "not quorate"}.`,
    `It sees ${list(cluster.members)}: ${present} of ${expected} votes.`,
    ...(missing.length > 0 ? [`It does not see ${list(missing)}.`] : []),
  ].join(" ");
}

/** One line for the whole lab, that makes sense when nothing else is shown. */
export function summary(picture: LabPicture | undefined, names: readonly string[], power: Map<string, Power>): string {
  const nodes = names.map((name) => picture?.nodes.find((node) => node.name === name));
  const groups = Map.groupBy(names, (name, at) => standingOf(nodes[at], power.get(name)));
  if (groups.size === 1 && groups.has("unseen")) return "Waiting for the first look at the nodes";
  const clusters = [
    ...new Set(nodes.flatMap((node) => (node?.state === "answers" && node.cluster ? [node.cluster.name] : []))),
  ];
  const parts = [...groups].map(([standing, members]) => `${standingWords[standing]}: ${members.join(", ")}`);
  return [...(clusters.length === 1 ? [`Cluster ${clusters[0]}`] : []), ...parts].join(" · ");
}

/** @param several the lab has more than one network, so that its name matters */
export function linkSentence(link: Link, several: boolean): string {
  const name = `The cable between ${list(link.between)}${several ? ` (network ${link.network})` : ""}`;
  if (!link.up) return `${name} is pulled.`;
  const slow = link.latencyMs > 1 ? [`takes ${link.latencyMs} ms`] : [];
  const lossy = link.lossPercent > 0 ? [`loses ${link.lossPercent} % of the packets`] : [];
  return `${name} is in${slow.length + lossy.length > 0 ? `, ${[...slow, ...lossy].join(" and ")}` : ""}.`;
}

/** Whether a node that lost its lock is reset. */
export function watchdogSentence(present: boolean): string {
  return present
    ? "The watchdogs work: a node with an active LRM that loses its quorum is reset."
    : "The watchdogs are taken away: no node is reset, and HA may start a machine that still runs elsewhere.";
}

export function storageSentence({ address, up, cutFrom }: StorageServer): string {
  if (!up) return `The storage server ${address} is off. Whoever touches what lies on it waits.`;
  if (cutFrom.length > 0) return `The storage server ${address} is on; ${list(cutFrom)} cannot reach it.`;
  return `The storage server ${address} is on, and every node reaches it.`;
}

export function eventSentence({ kind, nodes, about }: PictureEvent): string {
  const who = list(nodes);
  const s = nodes.length === 1 ? "s" : "";
  const does = nodes.length === 1 ? "does" : "do";
  const are = nodes.length === 1 ? "is" : "are";
  const what = list(about);
  const task = about.filter((word) => word !== "").join(" ");
  switch (kind) {
    case "silent":
      return `${who} ${does} not answer any more.`;
    case "answers":
      return `${who} answer${s} again.`;
    case "in-cluster":
      return `${who} ${are} in cluster ${what}.`;
    case "out-of-cluster":
      return `${who} ${are} no longer in cluster ${what}.`;
    case "quorate":
      return `${who} say${s}: quorate.`;
    case "not-quorate":
      return `${who} say${s}: not quorate.`;
    case "sees":
      return `${who} see${s} ${what}.`;
    case "misses":
      return `${who} ${does} not see ${what} any more.`;
    case "task-started":
      return `Task ${task} began on ${who}.`;
    case "task-ok":
      return `Task ${task} on ${who} ended well.`;
    case "task-warnings":
      return `Task ${task} on ${who} ended with warnings.`;
    case "task-failed":
      return `Task ${task} on ${who} failed.`;
  }
}

/** What changed around the nodes between two looks, in sentences. */
export function surroundingsChanges(before: Surroundings, now: Surroundings): string[] {
  const several = new Set(now.links.map(({ network }) => network)).size > 1;
  const power = now.nodes.flatMap(({ name, power }) => {
    const was = before.nodes.find((node) => node.name === name)?.power;
    if (was === undefined || was === power) return [];
    if (power === "on") return [was === "hung" ? `${name} runs again.` : `${name} was powered on.`];
    return [power === "off" ? `${name} lost its power.` : `${name} froze.`];
  });
  const cables = now.links.flatMap((link) => {
    const was = before.links.find((other) => sameCable(other, link));
    if (!was || was.up === link.up) return [];
    const where = `between ${list(link.between)}${several ? ` (network ${link.network})` : ""}`;
    return [link.up ? `The cable ${where} was put back.` : `The cable ${where} was pulled.`];
  });
  const watchdog =
    before.watchdog === now.watchdog || before.watchdog === undefined || now.watchdog === undefined
      ? []
      : [now.watchdog ? "The watchdogs were given back." : "The watchdogs were taken away."];
  const storage = (now.storage ?? []).flatMap((server) => {
    const was = before.storage?.find(({ address }) => address === server.address);
    if (!was) return [];
    const lost = server.cutFrom.filter((node) => !was.cutFrom.includes(node));
    const found = was.cutFrom.filter((node) => !server.cutFrom.includes(node));
    return [
      ...(was.up === server.up
        ? []
        : [server.up ? "The storage server was switched on." : "The storage server was switched off."]),
      ...(lost.length > 0
        ? [`${list(lost)} ${lost.length === 1 ? "was" : "were"} cut off from the storage server.`]
        : []),
      ...(found.length > 0 ? [`${list(found)} reach${found.length === 1 ? "es" : ""} the storage server again.`] : []),
    ];
  });
  return [...power, ...cables, ...watchdog, ...storage];
}

export function sameCable(a: Link, b: Link): boolean {
  return a.network === b.network && a.between.join(" ") === b.between.join(" ");
}

/** `pve1, pve2 and pve3`. */
export function list(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? "nobody";
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
