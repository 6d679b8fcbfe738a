import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  CONTENT_DIRECTORY,
  findChapter,
  loadCourses,
  loadProofs,
  seatVariables,
  selfPacedVariables,
} from "./load-chapter.ts";

let directory: string;
const chapterFolder = () => join(directory, "vm-migration-and-clustering", "05-create-a-cluster");

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "quorate-content-"));
  const course = "vm-migration-and-clustering";
  await cp(join(CONTENT_DIRECTORY, course), join(directory, course), { recursive: true });
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function change(file: string, from: string, to: string): Promise<void> {
  const path = join(chapterFolder(), file);
  const text = await readFile(path, "utf8");
  expect(text).toContain(from);
  await writeFile(path, text.replace(from, to));
}

const KEY = "vm-migration-and-clustering/create-a-cluster";

describe("loading the courses", () => {
  it("finds the first chapter with its number, and what proves it", async () => {
    const chapter = findChapter(await loadCourses(directory), KEY)!;
    expect(chapter.number).toBe(5);
    const proofs = await loadProofs(chapter);
    expect(proofs.solve.length).toBeGreaterThan(3);
    expect(proofs.wrong.map((state) => state.name)).toContain("third-node-created-own-cluster-of-same-name");
    expect(proofs.stage.actions).toEqual([]);
  });

  it("gives a learner who is alone and a seat in a class different values", async () => {
    const { chapter } = findChapter(await loadCourses(directory), KEY)!;
    expect(selfPacedVariables(chapter)).toEqual({ clusterName: "lab" });
    expect(seatVariables(chapter, "k7dm")).toEqual({ clusterName: "lab-k7dm" });
  });

  it("hashes what is read and judged, not the worked solution", async () => {
    const hash = async () => findChapter(await loadCourses(directory), KEY)!.contentHash;
    const before = await hash();
    await change("solve.yaml", "exit: 0", "exit: 0 # as it should");
    expect(await hash()).toBe(before);
    await change("chapter.yaml", "minutes: 20", "minutes: 26");
    expect(await hash()).not.toBe(before);
  });

  it("finds a renamed chapter under its old id", async () => {
    await change("chapter.yaml", "id: create-a-cluster", "id: first-cluster\nwas: [create-a-cluster]");
    const found = findChapter(await loadCourses(directory), KEY);
    expect(found?.chapter.id).toBe("first-cluster");
  });

  it("refuses a second chapter with the same id and a retired one", async () => {
    await cp(chapterFolder(), join(directory, "vm-migration-and-clustering", "06-again"), { recursive: true });
    await expect(loadCourses(directory)).rejects.toThrow(/06-again.*create-a-cluster is also the id of .*05-create/);
  });

  it("refuses a wrong state that forgets a check or names an unknown one", async () => {
    await change("wrong/only-two-joined.yaml", "agree/three-votes: not-yet", "agree/four-votes: not-yet");
    const chapter = findChapter(await loadCourses(directory), KEY)!;
    const message = await loadProofs(chapter).then(String, (error: Error) => error.message);
    expect(message).toMatch(/only-two-joined\.yaml: verdicts\.agree\/four-votes: the chapter has no such check/);
    expect(message).toMatch(/only-two-joined\.yaml: verdicts: says nothing about agree\/three-votes/);
  });

  it("makes a stage from another one and refuses a circle", async () => {
    const stages = join(directory, "vm-migration-and-clustering", "stages");
    const stage = (from: string) => `title: x\nfrom: ${from}\ndo: [{ on: pve1, run: "true" }]\n`;
    await cp(join(chapterFolder(), "wrong"), stages, { recursive: true });
    await writeFile(join(stages, "one.yaml"), stage("fresh"));
    await writeFile(join(stages, "two.yaml"), stage("one"));
    await change("chapter.yaml", "stage: fresh", "stage: two");
    const load = async () => loadProofs(findChapter(await loadCourses(directory), KEY)!);
    expect((await load()).stage.actions).toHaveLength(2);
    await writeFile(join(stages, "one.yaml"), stage("two"));
    await expect(load()).rejects.toThrow(/two starts from itself/);
  });
});
