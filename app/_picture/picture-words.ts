/** The picture in words: how a node stands, what a cable is, what happened. */
import type { Surroundings } from "../../gateway/protocol.ts";
import type { ClusterSeen, LabPicture, NodePicture, PictureEvent } from "../../labs/lab-picture.ts";
import type { Words } from "../_words/catalogue.ts";
import type { DrawnGuest } from "./guests-on.ts";
import type { Link } from "./picture-layout.ts";

export type Power = Surroundings["nodes"][number]["power"];

export type StorageServer = NonNullable<Surroundings["storage"]>[number];

export type Standing = "quorate" | "not-quorate" | "no-cluster" | "silent" | "unclear" | "off" | "frozen" | "unseen";

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
export function votesLine(words: Words, node: NodePicture | undefined, standing: Standing): string {
  if (!node?.cluster || (standing !== "quorate" && standing !== "not-quorate")) return "";
  if (countsNone(node.cluster)) return words("picture.votes-none");
  return words(node.device === true ? "picture.votes-device" : "picture.votes", node.cluster.votes);
}

/**
 * It lists a majority, and is not quorate: with corosync stopped pmxcfs goes on listing whom it saw last
 * (recorded), and with `wait_for_all` a majority does not do.
 */
function countsNone({ quorate, votes }: ClusterSeen): boolean {
  return !quorate && votes.present > votes.expected / 2;
}

/** What the node itself says, in sentences. */
export function nodeSentence(
  words: Words,
  name: string,
  node: NodePicture | undefined,
  power: Power | undefined,
): string {
  const standing = standingOf(node, power);
  if (standing === "silent" && power === "on") return words("node.powered-silent", { node: name });
  if (standing !== "quorate" && standing !== "not-quorate") return words(`node.${standing}`, { node: name });
  const { cluster } = node as NodePicture & { cluster: NonNullable<NodePicture["cluster"]> };
  const missing = cluster.configured.filter((other) => !cluster.members.includes(other));
  return [
    words(`node.${standing}`, { node: name, name: cluster.name }),
    words(countsNone(cluster) ? "node.counts-none" : "node.sees", { nodes: cluster.members, ...cluster.votes }),
    ...(node?.device === undefined ? [] : [words(node.device ? "node.device-votes" : "node.device-silent")]),
    ...(missing.length > 0 ? [words("node.misses", { nodes: missing })] : []),
  ].join(" ");
}

/** One line for the whole lab, that makes sense when nothing else is shown. */
export function summary(
  words: Words,
  picture: LabPicture | undefined,
  names: readonly string[],
  power: Map<string, Power>,
): string {
  const nodes = names.map((name) => picture?.nodes.find((node) => node.name === name));
  const groups = Map.groupBy(names, (name, at) => standingOf(nodes[at], power.get(name)));
  if (groups.size === 1 && groups.has("unseen")) return words("picture.first-look");
  const clusters = [
    ...new Set(nodes.flatMap((node) => (node?.state === "answers" && node.cluster ? [node.cluster.name] : []))),
  ];
  const parts = [...groups].map(([standing, members]) => `${words(`standing.${standing}`)}: ${members.join(", ")}`);
  return [...(clusters.length === 1 ? [words("picture.cluster", { name: clusters[0]! })] : []), ...parts].join(" · ");
}

/** @param several the lab has more than one network, so that its name matters */
export function linkSentence(words: Words, link: Link, several: boolean): string {
  return words(linkState(link), {
    cable: cableName(words, link, several),
    ms: link.latencyMs,
    percent: link.lossPercent,
  });
}

function cableName(words: Words, { between, network }: Pick<Link, "between" | "network">, several: boolean): string {
  return words(several ? "link.net-cable" : "link.cable", { nodes: [...between], network });
}

/** Something goes through it, late or not whole. */
export function isDisturbed(link: Link): boolean {
  return link.up && linkState(link) !== "link.in";
}

function linkState({ up, latencyMs, lossPercent }: Link) {
  if (!up) return "link.pulled";
  if (latencyMs > 1) return lossPercent > 0 ? "link.slow-lossy" : "link.slow";
  return lossPercent > 0 ? "link.lossy" : "link.in";
}

/** Whether a node that lost its lock is reset. */
export function watchdogSentence(words: Words, present: boolean): string {
  return words(present ? "watchdog.work" : "watchdog.away");
}

export function storageSentence(words: Words, { address, up, cutFrom }: StorageServer): string {
  return words(up ? (cutFrom.length > 0 ? "server.cut" : "server.on") : "server.off", { address, nodes: cutFrom });
}

/** `Machines on it: 221 shop (running, HA started, moving).` */
export function guestsSentence(words: Words, guests: readonly DrawnGuest[]): string {
  if (guests.length === 0) return words("guest.none");
  const each = guests.map(({ vmid, name, status, ha, moving }) => {
    const said = status === "running" || status === "stopped" ? words(`guest.${status}`) : status;
    const about = [said, ...(ha ? [`HA ${ha}`] : []), ...(moving ? [words("guest.moving")] : [])];
    return `${vmid}${name ? ` ${name}` : ""} (${about.join(", ")})`;
  });
  return words("guest.on-it", { guests: each });
}

export function eventSentence(words: Words, { kind, nodes, about }: PictureEvent): string {
  const [vmid = "", to = ""] = about;
  return words(`event.${kind}`, { nodes, about, task: about.filter((word) => word !== "").join(" "), vmid, to });
}

/** What changed around the nodes between two looks, in sentences. */
export function surroundingsChanges(words: Words, before: Surroundings, now: Surroundings): string[] {
  const several = new Set(now.links.map(({ network }) => network)).size > 1;
  const power = now.nodes.flatMap(({ name: node, power }) => {
    const was = before.nodes.find(({ name }) => name === node)?.power;
    if (was === undefined || was === power) return [];
    if (power === "on") return [words(was === "hung" ? "event.runs-again" : "event.powered-on", { node })];
    return [words(power === "off" ? "event.lost-power" : "event.froze", { node })];
  });
  const cables = now.links.flatMap((link) => {
    const was = before.links.find((other) => sameCable(other, link));
    if (!was || was.up === link.up) return [];
    return [words(link.up ? "event.cable-back" : "event.cable-pulled", { cable: cableName(words, link, several) })];
  });
  const watchdog =
    before.watchdog === now.watchdog || before.watchdog === undefined || now.watchdog === undefined
      ? []
      : [words(now.watchdog ? "watchdog.given" : "watchdog.taken")];
  const storage = (now.storage ?? []).flatMap((server) => {
    const was = before.storage?.find(({ address }) => address === server.address);
    if (!was) return [];
    const lost = server.cutFrom.filter((node) => !was.cutFrom.includes(node));
    const found = was.cutFrom.filter((node) => !server.cutFrom.includes(node));
    return [
      ...(was.up === server.up ? [] : [words(server.up ? "server.was-on" : "server.was-off")]),
      ...(lost.length > 0 ? [words("server.lost", { nodes: lost })] : []),
      ...(found.length > 0 ? [words("server.found", { nodes: found })] : []),
    ];
  });
  return [...power, ...cables, ...watchdog, ...storage];
}

export function sameCable(a: Link, b: Link): boolean {
  return a.network === b.network && a.between.join(" ") === b.between.join(" ");
}
