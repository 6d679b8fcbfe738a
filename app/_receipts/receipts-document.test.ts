import { describe, expect, it } from "vitest";
import type { Course } from "../../content/pipeline/courses.ts";
import type { KeptPass } from "../../database/step-passes.ts";
import { lab } from "../../grader/checks/sample-lab.ts";
import { receiptOf } from "../../grader/receipt.ts";
import { receiptsDocument, shownReceipts } from "./receipts-document.ts";

const chapter = {
  ...{ id: "first", number: 1, title: "First" },
  titles: { es: { title: "Primero", aim: "", steps: { one: "Paso uno", two: "Paso dos" } } },
  steps: [
    { id: "one", title: "Step one" },
    { id: "two", title: "Step two" },
  ],
};
const courses = [{ id: "course", chapters: [chapter] }] as unknown as Course[];
const receipt = receiptOf({
  lab: { backend: "simulated" },
  observation: lab({ pve1: "alone", pve2: "dead" }),
  graderVersion: "1+abc",
  verdicts: [
    {
      ...{ key: "course/first/two/k", weight: 1, outcome: "passed", message: { id: "check.broken" } },
      evidence: [{ node: "pve1", source: "cluster/status.quorate", value: true }],
    },
  ],
});
const pass = (step: string, more: Partial<KeptPass> = {}): KeptPass => ({
  ...{ stepKey: `course/${step}`, labId: "lab-1", score: 1, contentHash: "now", waivedFor: null },
  ...{ passedAt: new Date(0), classId: null, groupId: null, judgementId: null, judgedAgain: undefined },
  ...{ receipt, ...more },
});

describe("receipts", () => {
  it("say which nodes answered the look that was judged, when and in which kind of lab", () => {
    expect(receipt.nodes).toEqual([
      { name: "pve1", answered: true },
      { name: "pve2", answered: false },
    ]);
    expect(receipt).toMatchObject({ labBackend: "simulated", graderVersion: "1+abc" });
    expect(Date.parse(receipt.observedAt)).not.toBeNaN();
  });

  it("tell what later checks said, in words, and where what was seen can be had", () => {
    const again = { at: "2026-11-30T09:00:00.000Z", by: "Ina", contentHash: "later", graderVersion: "2+def" };
    const checks = [{ ...receipt.checks[0]!, outcome: "not-yet" as const }];
    const kept = pass("first/two", { judgementId: "j1", judgedAgain: { ...again, outcome: "not-yet", checks } });
    const [shown] = shownReceipts([kept], courses);
    expect(shown).toMatchObject({ judgement: "j1", judgedAgain: { by: "Ina", outcome: "not-yet" } });
    const document = receiptsDocument("Ada", [shown!], new Date(0));
    expect(document.passes[0]).toMatchObject({ judgedAgain: { checks: [{ sentence: expect.any(String) }] } });
  });

  it("come in the order of the course, a step that is gone last and by its key", () => {
    const shown = shownReceipts([pass("gone/s"), pass("first/two"), pass("first/one")], courses);
    expect(shown.map(({ title }) => title)).toEqual(["Step one", "Step two", "course/gone/s"]);
  });

  it("of a group name who is credited, and what an instructor corrected", () => {
    const credits = {
      ...{ labId: "lab-1", stepKey: "course/first/two", credited: [{ personId: "a", name: "Ana" }] },
      corrections: [{ personId: "b", name: "Ben", credited: false, reason: "was ill", at: new Date(0) }],
    };
    const [one, two] = shownReceipts([pass("first/one"), pass("first/two")], courses, [credits]);
    expect(one?.credits).toBeUndefined();
    expect(two?.credits).toEqual({
      credited: ["Ana"],
      corrections: [{ name: "Ben", credited: false, reason: "was ill", at: "1970-01-01T00:00:00.000Z" }],
    });
  });

  it("say why a step was waived, and stand on nothing that was seen", () => {
    const [waived] = shownReceipts([pass("first/two", { waivedFor: "ill", receipt: undefined })], courses);
    expect(waived).toMatchObject({ waivedFor: "ill", receipt: undefined });
  });

  it("are exported with sentence and evidence, and without a receipt where none was kept", () => {
    const shown = shownReceipts([pass("first/one", { receipt: undefined }), pass("first/two")], courses);
    const [without, whole] = receiptsDocument("Ana", shown, new Date(0)).passes;
    expect(without).not.toHaveProperty("receipt");
    expect(whole!.receipt!.checks[0]).toMatchObject({
      sentence: expect.stringMatching(/\S/),
      evidence: [{ node: "pve1", source: "cluster/status.quorate", value: true }],
    });
  });
});
