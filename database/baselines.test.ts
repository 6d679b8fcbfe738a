import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "./testing/test-database.ts";

let test: TestDatabase;
beforeAll(async () => {
  test = await startTestDatabase();
});
afterAll(() => test.stop());

const [EXERCISE, OTHER] = ["course/exercise", "course/other"];
/** An instant that the database keeps apart from what came before and what comes after. */
async function later(): Promise<Date> {
  await setTimeout(5);
  const now = new Date();
  await setTimeout(5);
  return now;
}

async function lab() {
  const { labs, people, baselines } = test.database;
  const person = await people.localLearner();
  const { lab } = await labs.findOrCreate({ personId: person.id, courseId: crypto.randomUUID(), nodes: ["pve1"] });
  const taken = async (chapterKey: string, look: string) => {
    await baselines.save({ labId: lab.id, chapterKey, contentHash: "x", observation: { look } });
    return later();
  };
  const counts = async (chapterKey: string) => (await baselines.get(lab.id, chapterKey))?.observation;
  return { labId: lab.id, taken, counts };
}

describe("baselines", () => {
  it("count no more once the whole lab is in another state, and go on when one node is exchanged", async () => {
    const { labId, taken, counts } = await lab();
    await taken(EXERCISE, "broken");
    await test.database.baselines.nodeChanged(labId, "pve1");
    expect(await counts(EXERCISE)).toEqual({ look: "broken" });
    await test.database.baselines.retire(labId);
    expect(await counts(EXERCISE)).toBeUndefined();
  });

  it("count again when the lab goes back to a state in which they did, each for its own state", async () => {
    const { baselines } = test.database;
    const { labId, taken, counts } = await lab();
    const inExercise = await taken(EXERCISE, "broken");
    await baselines.retire(labId);
    const inOther = await taken(OTHER, "prepared");
    expect(await counts(EXERCISE)).toBeUndefined();

    await baselines.goBack(labId, inExercise);
    expect(await counts(EXERCISE)).toEqual({ look: "broken" });
    expect(await counts(OTHER)).toBeUndefined();
    const again = await later();

    await baselines.goBack(labId, inOther);
    expect(await counts(EXERCISE)).toBeUndefined();
    expect(await counts(OTHER)).toEqual({ look: "prepared" });

    await baselines.goBack(labId, again);
    expect(await counts(EXERCISE)).toEqual({ look: "broken" });
    expect(await counts(OTHER)).toBeUndefined();
  });

  it("of a state before any look leave the chapter without one", async () => {
    const { labId, taken, counts } = await lab();
    const before = await later();
    await taken(EXERCISE, "broken");
    await test.database.baselines.goBack(labId, before);
    expect(await counts(EXERCISE)).toBeUndefined();
  });

  it("are not taken from a look at the state before", async () => {
    const { baselines } = test.database;
    const { labId, taken, counts } = await lab();
    await taken(EXERCISE, "broken");
    const observedAt = await later();
    await baselines.goBack(labId, new Date(0));
    const late = { labId, chapterKey: OTHER, contentHash: "x", observation: { look: "late" }, observedAt };
    expect(await baselines.save(late)).toBeUndefined();
    expect(await counts(OTHER)).toBeUndefined();
  });
});
