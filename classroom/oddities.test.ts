import { describe, expect, it } from "vitest";
import type { KeptPass } from "../database/step-passes.ts";
import type { PassReceipt } from "../grader/receipt.ts";
import { oddities } from "./oddities.ts";

const BASELINE = Date.parse("2026-11-28T10:00:00Z");
const upid = (node: string, atMs: number, pid = "00001A2B") =>
  `UPID:${node}:${pid}:00016901:${Math.floor(atMs / 1000)
    .toString(16)
    .toUpperCase()}:clustercreate:lab:root@pam:`;

interface Told {
  step?: string;
  lab?: string;
  minute?: number;
  tasks?: string[];
  receipt?: Partial<PassReceipt>;
}

function pass({ step = "c/one/a", lab = "lab-1", minute = 1, tasks = [], receipt }: Told = {}): KeptPass {
  return {
    ...{ stepKey: step, labId: lab, score: 1, contentHash: "h", waivedFor: null, classId: "c", groupId: null },
    ...{ judgementId: null, judgedAgain: undefined },
    passedAt: new Date(BASELINE + minute * 60_000),
    receipt: {
      ...{ format: 1, observedAt: "2026-11-28T10:01:00Z", baselineAt: new Date(BASELINE).toISOString() },
      ...{ labBackend: "inventory", graderVersion: "1+a", clusters: [] },
      nodes: [{ name: "pve1", answered: true, clockAheadMs: 0 }],
      checks: [
        {
          ...{ key: `${step}/k`, weight: 1, outcome: "passed", message: { id: "m" } },
          evidence: tasks.map((task) => ({ node: "pve1", source: `task ${task}`, value: "OK" })),
        },
      ],
      ...receipt,
    },
  };
}
const of = (personId: string, kept: KeptPass) => ({ ...kept, personId });

describe("a cluster of another seat", () => {
  const cluster = { name: "lab", addresses: ["10.0.0.1", "10.0.0.2"] };

  it("is asked about when two labs show the same task, once for each other person", () => {
    const task = upid("pve1", BASELINE + 30_000);
    const other = of("ben", pass({ lab: "lab-2", tasks: [task] }));
    const own = [pass({ tasks: [task] }), pass({ step: "c/one/b", tasks: [task], minute: 9 })];
    expect(oddities("ana", own, [other])).toEqual([
      { kind: "cluster-of-another-seat", step: "c/one/a", cluster: undefined, personId: "ben", task },
    ]);
  });

  it("is asked about when name and addresses are the same", () => {
    const receipt = { clusters: [cluster] };
    expect(oddities("ana", [pass({ receipt })], [of("ben", pass({ lab: "lab-2", receipt }))])).toMatchObject([
      { kind: "cluster-of-another-seat", cluster: "lab", personId: "ben" },
    ]);
  });

  it("is not seen in a name alone, in the lab that a group shares, in one's own, or in simulated labs", () => {
    const receipt = { clusters: [cluster] };
    const elsewhere = { clusters: [{ name: "lab", addresses: ["10.0.1.1", "10.0.1.2"] }] };
    const unknown = { clusters: [{ name: "lab", addresses: [] }] };
    expect(oddities("ana", [pass({ receipt })], [of("ben", pass({ lab: "lab-2", receipt: elsewhere }))])).toEqual([]);
    expect(
      oddities("ana", [pass({ receipt: unknown })], [of("ben", pass({ lab: "lab-2", receipt: unknown }))]),
    ).toEqual([]);
    expect(oddities("ana", [pass({ receipt })], [of("ben", pass({ receipt }))])).toEqual([]);
    expect(oddities("ana", [pass({ receipt })], [of("ana", pass({ lab: "lab-0", receipt }))])).toEqual([]);
    const simulated = pass({ receipt: { ...receipt, labBackend: "simulated" } });
    expect(oddities("ana", [simulated], [of("ben", pass({ lab: "lab-2", receipt }))])).toEqual([]);
  });
});

describe("a task before the baseline", () => {
  const early = upid("pve1", BASELINE - 60_000);

  it("is asked about once, with how long before", () => {
    expect(oddities("ana", [pass({ tasks: [early] }), pass({ step: "c/one/b", tasks: [early] })], [])).toEqual([
      { kind: "task-before-baseline", step: "c/one/a", task: early, node: "pve1", secondsBefore: 60 },
    ]);
  });

  it("is told by the node's clock set right: one that is slow does not make a task old, one that is fast not new", () => {
    const slow = { nodes: [{ name: "pve1", answered: true, clockAheadMs: -120_000 }] };
    expect(oddities("ana", [pass({ tasks: [early], receipt: slow })], [])).toEqual([]);
    const fast = { nodes: [{ name: "pve1", answered: true, clockAheadMs: 120_000 }] };
    const task = upid("pve1", BASELINE + 60_000);
    expect(oddities("ana", [pass({ tasks: [task], receipt: fast })], [])).toMatchObject([{ secondsBefore: 60 }]);
  });

  it("is not claimed of a node whose clock is not known, within the slack, or without a receipt", () => {
    const unknown = { nodes: [{ name: "pve1", answered: true }] };
    expect(oddities("ana", [pass({ tasks: [early], receipt: unknown })], [])).toEqual([]);
    expect(oddities("ana", [pass({ tasks: [upid("pve1", BASELINE - 4_000)] })], [])).toEqual([]);
    expect(oddities("ana", [{ ...pass(), receipt: undefined }], [])).toEqual([]);
  });
});

describe("all steps at once", () => {
  const steps = (minutes: number[]) => minutes.map((minute, at) => pass({ step: `c/one/s${at}`, minute }));

  it("is asked about from three steps on", () => {
    expect(oddities("ana", steps([1, 1, 1.2]), [])).toEqual([
      { kind: "all-at-once", chapter: "c/one", steps: 3, seconds: 12 },
    ]);
    expect(oddities("ana", steps([1, 1]), [])).toEqual([]);
  });

  it("is not seen in steps that took their time, in several chapters, or in waived ones", () => {
    expect(oddities("ana", steps([1, 1, 3]), [])).toEqual([]);
    expect(
      oddities("ana", [pass({ step: "c/one/a" }), pass({ step: "c/one/b" }), pass({ step: "c/two/a" })], []),
    ).toEqual([]);
    const waived = steps([1, 1, 1]).map((one) => ({ ...one, waivedFor: "ill" }));
    expect(oddities("ana", waived, [])).toEqual([]);
  });
});
