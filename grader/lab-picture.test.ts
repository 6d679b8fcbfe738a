import { describe, expect, it } from "vitest";
import type { LabPicture } from "../labs/lab-picture.ts";
import { LabPainter } from "./lab-painter.ts";
import { pictureAfter, samePicture } from "./lab-picture.ts";
import type { NodeObservation, Observation } from "./observation.ts";

const all = ["pve1", "pve2", "pve3"];

/** A node that sees `online` of a cluster of three. */
function member(name: string, online: string[], more: Partial<NodeObservation> = {}): NodeObservation {
  const quorate = online.length > 1;
  const nodes = all.map((node, at) => ({
    ...{ name: node, nodeId: at + 1 },
    ...{ online: online.includes(node), local: node === name },
  }));
  const cluster = { name: "lab", quorate, configuredNodes: 3, configVersion: 3 };
  const status = { read: true, value: { cluster, nodes } } as const;
  return { name, reached: { answered: true }, tookMs: 1, calls: 1, status, ...more };
}

function alone(name: string): NodeObservation {
  const nodes = [{ name, nodeId: 0, online: true, local: true }];
  const status = { read: true, value: { cluster: null, nodes } } as const;
  return { name, reached: { answered: true }, tookMs: 1, calls: 1, status };
}

function silent(name: string): NodeObservation {
  const trouble = { kind: "no-connection", reason: "refused" } as const;
  return { name, reached: { answered: false, trouble }, tookMs: 1, calls: 1 };
}

function at(second: number, nodes: NodeObservation[]): Observation {
  return { format: 1, lab: "lab", takenAt: new Date(second * 1_000).toISOString(), depth: "quick", nodes };
}

const whole = all.map((name) => member(name, all));
const events = (picture: LabPicture) =>
  picture.events.map(({ kind, nodes, about }) => `${nodes} ${kind} ${about}`.trim());

describe("a lab's picture", () => {
  it("keeps what each node says apart from what the others say", () => {
    const half = [member("pve1", ["pve1"]), member("pve2", ["pve2", "pve3"]), member("pve3", ["pve2", "pve3"])];
    const { nodes } = pictureAfter(undefined, at(1, half));
    expect(nodes.map(({ cluster }) => [cluster?.quorate, cluster?.votes.present])).toEqual([
      [false, 1],
      [true, 2],
      [true, 2],
    ]);
  });

  it("keeps machines where each node lists them, with their HA state, while looks read less or the node is silent", () => {
    const value = [
      { id: "qemu/221", type: "qemu", vmid: 221, name: "shop", node: "pve1", status: "running", haState: "started" },
      { id: "storage/pve1/local", type: "storage", node: "pve1", status: "available" },
    ];
    const seen = member("pve1", all, { resources: { read: true, value } });
    const first = pictureAfter(undefined, at(1, [seen]));
    const shop = { vmid: 221, name: "shop", node: "pve1", status: "running", ha: "started" };
    expect(first.nodes[0]?.guests).toEqual([shop]);
    const second = pictureAfter(first, at(2, [member("pve1", all)]));
    expect(pictureAfter(second, at(3, [silent("pve1")])).nodes[0]?.guests).toEqual([shop]);
    const moved = { ...seen, resources: { read: true as const, value: [{ ...value[0]!, node: "pve2" }] } };
    expect(samePicture(first, pictureAfter(first, at(2, [moved])))).toBe(false);
  });

  it("counts votes as the node's own configuration has them, also in later looks that do not read it", () => {
    const configNodes = {
      read: true as const,
      value: all.map((name, at) => ({ name, nodeId: at + 1, votes: at === 0 ? 2 : 1 })),
    };
    const first = pictureAfter(undefined, at(1, [member("pve1", all, { configNodes })]));
    const second = pictureAfter(first, at(2, [member("pve1", ["pve1", "pve2"])]));
    expect(second.nodes[0]?.cluster?.votes).toEqual({ present: 3, expected: 4 });
  });

  it("keeps whether a QDevice votes for a node, also in later looks that do not ask, until it is said to be gone", () => {
    const device = (castsVote: boolean) => ({ read: true as const, value: { state: "Connected", castsVote } });
    const first = pictureAfter(undefined, at(1, [member("pve1", all, { qdevice: device(true) })]));
    const second = pictureAfter(first, at(2, [member("pve1", all)]));
    expect([first, second].map(({ nodes }) => nodes[0]?.device)).toEqual([true, true]);
    const refused = pictureAfter(second, at(3, [member("pve1", all, { qdevice: device(false) })]));
    expect([refused.nodes[0]?.device, samePicture(second, refused)]).toEqual([false, false]);
    const gone = pictureAfter(refused, at(4, [member("pve1", all, { qdevice: { read: true, value: null } })]));
    expect(gone.nodes[0]?.device).toBeUndefined();
  });

  it("tells of a lab that was put into another state that alone, and not what differs in it", () => {
    const first = pictureAfter(undefined, at(1, whole));
    const other = pictureAfter(first, at(2, [alone("pve1"), alone("pve2"), alone("pve3")]), true);
    expect(events(other)).toEqual(["lab-changed"]);
    expect(events(pictureAfter(other, at(3, whole)))).toContain("pve1,pve2,pve3 in-cluster lab");
  });

  it("tells nothing at the first look, and nothing while nothing changes", () => {
    const first = pictureAfter(undefined, at(1, whole));
    expect(events(first)).toEqual([]);
    const second = pictureAfter(first, at(2, whole));
    expect(events(second)).toEqual([]);
    expect(samePicture(first, second)).toBe(true);
  });

  it("tells a pulled plug and its return as the nodes see them, those that agree in one line", () => {
    const first = pictureAfter(undefined, at(1, whole));
    const left = ["pve1", "pve2"];
    const off = pictureAfter(first, at(2, [member("pve1", left), member("pve2", left), silent("pve3")]));
    expect(events(off)).toEqual(["pve3 silent", "pve1,pve2 misses pve3"]);
    expect(samePicture(first, off)).toBe(false);
    expect(events(pictureAfter(off, at(3, whole))).slice(2)).toEqual(["pve3 answers", "pve1,pve2 sees pve3"]);
  });

  it("tells a lost quorum after what lost it", () => {
    const first = pictureAfter(undefined, at(1, whole));
    const off = pictureAfter(first, at(2, [member("pve1", ["pve1"]), silent("pve2"), silent("pve3")]));
    expect(events(off)).toEqual(["pve2,pve3 silent", "pve1 misses pve2,pve3", "pve1 not-quorate lab"]);
  });

  it("tells a cluster that is made, and one that is left", () => {
    const first = pictureAfter(undefined, at(1, [alone("pve1")]));
    const made = pictureAfter(first, at(2, [member("pve1", ["pve1", "pve2"])]));
    expect(events(made)).toEqual(["pve1 in-cluster lab", "pve1 sees pve2", "pve1 quorate lab"]);
    const left = pictureAfter(made, at(3, [alone("pve1")]));
    expect(events(left).slice(3)).toEqual(["pve1 out-of-cluster lab"]);
  });

  it("tells a task when it begins and when it ends, and no task that is older than those known", () => {
    const task = (n: number, outcome: "running" | "ok") => ({
      ...{ upid: `UPID:${n}`, type: "clusterjoin", id: "", user: "root@pam", startTime: n, outcome },
    });
    const tasks = (...value: ReturnType<typeof task>[]) => ({ tasks: { read: true as const, value } });
    const first = pictureAfter(undefined, at(1, [member("pve1", all, tasks(task(10, "ok")))]));
    const begun = pictureAfter(first, at(2, [member("pve1", all, tasks(task(20, "running"), task(10, "ok")))]));
    expect(events(begun)).toEqual(["pve1 task-started clusterjoin,"]);
    const ended = pictureAfter(
      begun,
      at(3, [member("pve1", all, tasks(task(20, "ok"), task(10, "ok"), task(5, "ok")))]),
    );
    expect(events(ended).slice(1)).toEqual(["pve1 task-ok clusterjoin,"]);
  });

  it("tells what HA does with a machine, and where it is afterwards", () => {
    const seen = (second: number, node: string, haState?: string) => {
      const shop = { id: "qemu/221", type: "qemu", vmid: 221, node, status: "running", ...(haState && { haState }) };
      const resources = { read: true as const, value: [shop] };
      return at(second, [
        member("pve1", ["pve1", "pve2"], { resources }),
        member("pve2", ["pve1", "pve2"], { resources }),
      ]);
    };
    let picture = pictureAfter(undefined, seen(1, "pve3"));
    picture = pictureAfter(picture, seen(2, "pve3", "started"));
    picture = pictureAfter(picture, seen(3, "pve3", "fence"));
    picture = pictureAfter(picture, at(4, [member("pve1", ["pve1", "pve2"])]));
    picture = pictureAfter(picture, seen(5, "pve1", "started"));
    picture = pictureAfter(picture, seen(6, "pve1"));
    expect(events(picture).filter((event) => /ha-|guest/.test(event))).toEqual([
      "pve1,pve2 ha-state 221,started",
      "pve1,pve2 ha-state 221,fence",
      "pve1 ha-state 221,started",
      "pve1 guest-moved 221,pve1",
      "pve1,pve2 ha-ends 221",
    ]);
  });

  it("keeps the latest hundred events, whose numbers go on", () => {
    let picture = pictureAfter(undefined, at(0, whole));
    for (let second = 1; second <= 150; second++) {
      picture = pictureAfter(picture, at(second, second % 2 ? [silent("pve1")] : [member("pve1", all)]));
    }
    expect(picture.events).toHaveLength(100);
    expect(picture.events.at(-1)?.seq).toBe(150);
  });
});

describe("painting", () => {
  function painting() {
    const saved: LabPicture[] = [];
    const pictures = {
      get: async () => saved.at(-1),
      save: async (_labId: string, picture: LabPicture) => void saved.push(picture),
    };
    const painter = new LabPainter(pictures, "lab", (cause) => {
      throw cause;
    });
    return { saved, painter };
  }

  it("writes what changed, not what stays, and says now and then that it is still so", async () => {
    const { saved, painter } = painting();
    for (let second = 0; second <= 12; second += 3) painter.paint(at(second, whole));
    painter.paint(at(15, [silent("pve1")]));
    await painter.done();
    expect(saved.map(({ takenAtMs }) => takenAtMs)).toEqual([0, 12_000, 15_000]);
  });

  it("tells once that the lab was put into another state, at the look after it", async () => {
    const { saved, painter } = painting();
    painter.paint(at(1, whole));
    painter.renew();
    painter.paint(at(2, [alone("pve1")]));
    painter.paint(at(3, [member("pve1", ["pve1"])]));
    await painter.done();
    expect(events(saved.at(-1)!)).toEqual(["lab-changed", "pve1 in-cluster lab", "pve1 not-quorate lab"]);
  });

  it("goes on after a write that failed", async () => {
    const saved: LabPicture[] = [];
    let fail = true;
    const pictures = {
      get: async () => undefined,
      save: async (_labId: string, picture: LabPicture) => {
        if (!fail) saved.push(picture);
        else throw new Error("the database is away");
      },
    };
    const failures: unknown[] = [];
    const painter = new LabPainter(pictures, "lab", (cause) => failures.push(cause));
    painter.paint(at(1, whole));
    await painter.done();
    fail = false;
    painter.paint(at(2, whole));
    await painter.done();
    expect([failures.length, saved.length]).toEqual([1, 1]);
  });
});
