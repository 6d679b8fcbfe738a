import { expect, it } from "vitest";
import type { LabPicture, NodePicture } from "../../labs/lab-picture.ts";
import { guestsOn } from "./guests-on.ts";

const shop = (node: string, status = "running") => ({ vmid: 221, name: "shop", node, status });

function member(name: string, members: string[], guests: NodePicture["guests"], more: Partial<NodePicture> = {}) {
  const votes = { present: members.length, expected: 3 };
  const configured = ["pve1", "pve2", "pve3"];
  const cluster = { name: "lab", quorate: members.length > 1, members, configured, votes };
  return { name, state: "answers", cluster, guests, tasks: [], ...more } satisfies NodePicture;
}
const picture = (...nodes: NodePicture[]): LabPicture => ({ format: 1, takenAtMs: 1, nodes, events: [] });
const brief = (list: ReturnType<typeof guestsOn>) => list.map(({ vmid, status, moving }) => [vmid, status, moving]);

it("a node that answers is believed about itself, also when it is cut off", () => {
  const seen = picture(
    member("pve1", ["pve1"], [shop("pve1")]),
    member("pve2", ["pve2", "pve3"], [shop("pve1", "unknown")]),
  );
  expect(brief(guestsOn(seen, "pve1"))).toEqual([[221, "running", false]]);
});

it("of a node that is silent the others tell, those with quorum first", () => {
  const seen = picture(
    member("pve1", ["pve1", "pve2"], [shop("pve1")], { state: "silent" }),
    member("pve2", ["pve2"], [shop("pve1", "unknown")]),
    member("pve3", ["pve3", "pve2"], []),
  );
  expect(guestsOn(seen, "pve1")).toEqual([]);
});

it("a machine on its way is marked, whoever runs the task", () => {
  const task = { upid: "UPID:1", type: "qmigrate", id: "221", startTime: 1, outcome: "running" as const };
  const seen = picture(member("pve1", ["pve1", "pve2"], [shop("pve1")], { tasks: [task] }));
  expect(brief(guestsOn(seen, "pve1"))).toEqual([[221, "running", true]]);
});

it("nothing is known before the first look at everything", () => {
  expect(guestsOn(undefined, "pve1")).toEqual([]);
  expect(guestsOn(picture({ name: "pve1", state: "answers", cluster: null, tasks: [] }), "pve1")).toEqual([]);
});
