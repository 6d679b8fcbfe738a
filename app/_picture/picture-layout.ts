/** Where nodes and cables stand in the drawing, in percent of its width and height. */
import type { Surroundings } from "../../gateway/protocol.ts";

export interface Place {
  x: number;
  y: number;
}

export type Link = Surroundings["links"][number];

export interface DrawnLink {
  link: Link;
  /** Unique in the drawing. */
  key: string;
  from: Place;
  to: Place;
  /** Where its mark stands. */
  mark: Place;
  /** Pixels to the side, for a second network between the same two: never along the cable. */
  aside: Place;
}

/** Two, three and four as everybody draws them; more on an ellipse, the first at the top. */
export function nodePlaces(count: number): Place[] {
  if (count === 1) return [{ x: 50, y: 50 }];
  if (count === 2) return [across(22, 50), across(78, 50)];
  if (count === 3) return [across(22, 22), across(78, 22), across(50, 78)];
  if (count === 4) return [across(22, 22), across(78, 22), across(78, 78), across(22, 78)];
  return Array.from({ length: count }, (_, at) => {
    const angle = (2 * Math.PI * at) / count - Math.PI / 2;
    return across(50 + 38 * Math.cos(angle), 50 + 40 * Math.sin(angle));
  });
}

const across = (x: number, y: number): Place => ({ x: Math.round(x * 10) / 10, y: Math.round(y * 10) / 10 });

/** Cables between nodes that are drawn; the marks of two that cross never stand on each other. */
export function drawnLinks(nodes: readonly string[], links: readonly Link[]): DrawnLink[] {
  const places = nodePlaces(nodes.length);
  const networks = [...new Set(links.map(({ network }) => network))].sort();
  return links.flatMap((link) => {
    const [a, b] = link.between.map((name) => nodes.indexOf(name)).sort((one, other) => one - other);
    const from = places[a ?? -1];
    const to = places[b ?? -1];
    if (!from || !to || a === undefined || b === undefined) return [];
    const lane = networks.indexOf(link.network) - (networks.length - 1) / 2;
    const neighbours = b - a === 1 || b - a === nodes.length - 1;
    // Away from the middle, where the cables of nodes that are not neighbours cross; networks one after the other.
    const share = (neighbours ? 0.5 : 0.36) + lane * 0.24;
    const mark = across(from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share);
    const key = `${nodes[a]} ${nodes[b]} ${link.network}`;
    const falls = (to.x - from.x) * (to.y - from.y) > 0;
    return [{ link, key, from, to, mark, aside: { x: lane * 6, y: lane * (falls ? -6 : 6) } }];
  });
}
