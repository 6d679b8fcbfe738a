import { describe, expect, it } from "vitest";
import { drawnLinks, type Link, nodePlaces } from "./picture-layout.ts";

const names = (count: number) => Array.from({ length: count }, (_, at) => `pve${at + 1}`);

function mesh(nodes: string[], networks = ["lan"]): Link[] {
  return networks.flatMap((network) =>
    nodes.flatMap((one, at) =>
      nodes.slice(at + 1).map((other): Link => {
        return { between: [one, other], network, up: true, latencyMs: 0, lossPercent: 0 };
      }),
    ),
  );
}

describe("the drawing's layout", () => {
  it.each([1, 2, 3, 4, 5, 7, 9])("gives each of %i nodes a place of its own inside the drawing", (count) => {
    const places = nodePlaces(count);
    expect(new Set(places.map(({ x, y }) => `${x} ${y}`)).size).toBe(count);
    for (const { x, y } of places) {
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(10);
      expect(Math.max(x, y)).toBeLessThanOrEqual(90);
    }
  });

  it.each([3, 4, 5])("never puts two marks of %i nodes' cables on each other, also with two networks", (count) => {
    const nodes = names(count);
    const marks = drawnLinks(nodes, mesh(nodes, ["lan", "ring"])).map(({ mark }) => mark);
    for (const [at, one] of marks.entries()) {
      for (const other of marks.slice(at + 1)) {
        expect(Math.hypot(one.x - other.x, one.y - other.y)).toBeGreaterThan(2);
      }
    }
  });

  it.each([2, 3, 4, 5])("draws two networks of %i nodes side by side, not one on the other", (count) => {
    const nodes = names(count);
    const drawn = drawnLinks(nodes, mesh(nodes, ["lan", "ring"]));
    for (const { from, to, aside } of drawn) {
      const along = Math.hypot(to.x - from.x, to.y - from.y);
      const across = ((to.x - from.x) * aside.y - (to.y - from.y) * aside.x) / along;
      expect(Math.abs(across)).toBeGreaterThanOrEqual(2);
    }
  });

  it("draws a cable the same whichever end is named first, and none to a node that is not there", () => {
    const nodes = names(3);
    const turned = mesh(nodes).map((link): Link => ({ ...link, between: [link.between[1], link.between[0]] }));
    const shape = (links: Link[]) => drawnLinks(nodes, links).map(({ key, from, to, mark }) => [key, from, to, mark]);
    expect(shape(turned)).toEqual(shape(mesh(nodes)));
    expect(drawnLinks(names(2), mesh(nodes))).toHaveLength(1);
  });
});
