/** Which machines a node has, by the best view there is: its own, or that of a node that answers. */
import type { GuestPicture, LabPicture } from "../../labs/lab-picture.ts";

export interface DrawnGuest extends GuestPicture {
  /** A migration of it is going on. */
  moving: boolean;
}

/** Task types that take a machine to another node. */
const MOVES = new Set(["qmigrate", "vzmigrate", "hamigrate"]);

export function guestsOn(picture: LabPicture | undefined, node: string): DrawnGuest[] {
  const own = picture?.nodes.find(({ name }) => name === node);
  const others = picture?.nodes.filter(({ state, cluster, guests }) => state === "answers" && cluster && guests) ?? [];
  // Who is in the majority knows better than who is cut off.
  const view = own?.state === "answers" ? own : (others.find(({ cluster }) => cluster?.quorate) ?? others[0] ?? own);
  const going = new Set(
    picture?.nodes.flatMap(({ tasks }) =>
      tasks.flatMap(({ type, id, outcome }) => (outcome === "running" && MOVES.has(type) ? [id] : [])),
    ),
  );
  return (view?.guests ?? [])
    .filter((guest) => guest.node === node)
    .map((guest) => ({ ...guest, moving: going.has(String(guest.vmid)) }))
    .sort((a, b) => a.vmid - b.vmid);
}
