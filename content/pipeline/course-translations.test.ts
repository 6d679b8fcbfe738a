import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readCourseWords, refuseOtherStages } from "./course-translations.ts";

async function folder(files: Record<string, string>): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "quorate-words-"));
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
  expect(glossary.es).toEqual([{ id: "node", term: "Nodo", chapter: "your-lab", text: "Un ordenador." }]);
  expect(commands.es).toEqual([{ command: "qm start", form: "qm start ID", changes: true, does: "La enciende." }]);
});

it("a translation that lacks a word, or has one of its own, is refused by its file", async () => {
  const lacks = await folder({ ...english, "glossary.es.yaml": "[]\n" });
  await expect(readCourseWords(lacks)).rejects.toThrow(/glossary\.es\.yaml.*there is nothing for node/);
  const adds = await folder({ ...english, "commands.es.yaml": "- { command: qm stop, does: La para. }\n" });
  await expect(readCourseWords(adds)).rejects.toThrow(/commands\.es\.yaml.*there is nothing for qm start/);
});

it("every state that a chapter begins with has its title in the translation, and no other", () => {
  const titled = (stages: Record<string, string>) => ({ es: { title: "Curso", summary: "Un curso.", stages } });
  expect(() => refuseOtherStages("c", titled({}), ["busy-node"])).toThrow("stages: there is nothing for busy-node");
  expect(() => refuseOtherStages("c", titled({ gone: "nada" }), [])).toThrow("stages: the course has no gone");
  expect(() => refuseOtherStages("c", titled({ "busy-node": "un nodo" }), ["busy-node"])).not.toThrow();
});
