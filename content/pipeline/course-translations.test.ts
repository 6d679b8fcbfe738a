import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readCourseWords, refuseOtherStages } from "./course-translations.ts";
import { loadCourses } from "./load-chapter.ts";

async function folder(files: Record<string, string>): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "quorate-words-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(made, name), text);
  return made;
}

const english = {
  "glossary.en.yaml": "- { id: node, term: Node, chapter: your-lab, text: A computer. }\n",
  "commands.en.yaml": "- { command: qm start, form: qm start ID, changes: true, does: Starts it. }\n",
};

it("a translated word keeps its chapter, a translated command what it changes and its form", async () => {
  const { glossary, commands, titles } = await readCourseWords(
    await folder({
      ...english,
      "course.es.yaml": "title: Curso\nsummary: Un curso.\n",
      "glossary.es.yaml": "- { id: node, term: Nodo, text: Un ordenador. }\n",
      "commands.es.yaml": "- { command: qm start, does: La enciende. }\n",
    }),
  );
  expect(titles.es?.title).toBe("Curso");
  const language = "es";
  expect(glossary.es).toEqual([{ id: "node", term: "Nodo", chapter: "your-lab", text: "Un ordenador.", language }]);
  expect(commands.es).toEqual([
    { command: "qm start", form: "qm start ID", changes: true, does: "La enciende.", language },
  ]);
});

it("what nobody has translated is there in English, and says so", async () => {
  const { glossary, commands } = await readCourseWords(
    await folder({ ...english, "glossary.es.yaml": "[]\n", "commands.es.yaml": "[]\n" }),
  );
  expect(glossary.es).toMatchObject([{ id: "node", term: "Node", language: "en" }]);
  expect(commands.es).toMatchObject([{ command: "qm start", does: "Starts it.", language: "en" }]);
});

it("a translation of what the English course has not is refused by its file", async () => {
  const adds = await folder({ ...english, "commands.es.yaml": "- { command: qm stop, does: La para. }\n" });
  await expect(readCourseWords(adds)).rejects.toThrow(/commands\.es\.yaml.*the English course has no qm stop/);
  const titled = (stages: Record<string, string>) => ({ es: { title: "Curso", summary: "Un curso.", stages } });
  expect(() => refuseOtherStages("c", titled({ gone: "nada" }), [])).toThrow("stages: the English course has no gone");
  expect(() => refuseOtherStages("c", titled({}), ["busy-node"])).not.toThrow();
});

it("this repository's course has all its words in Spanish", async () => {
  for (const { folder: where, chapters } of await loadCourses()) {
    const { titles, glossary, commands } = await readCourseWords(where);
    const open = [...(glossary.es ?? []), ...(commands.es ?? [])].filter(({ language }) => language !== "es");
    expect(open).toEqual([]);
    const stages = new Set(chapters.map(({ chapter }) => chapter.stage).filter((stage) => stage !== "fresh"));
    expect(Object.keys(titles.es?.stages ?? {}).sort()).toEqual([...stages].sort());
  }
});
