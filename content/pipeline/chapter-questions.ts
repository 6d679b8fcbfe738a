/**
 * Questions in a chapter's text: what is right and why is taken out of the page and kept for the server, which judges.
 *
 * `Question` holds `Choice`s, or asks for a number. With `after` it is a prediction: the learner says what the lab will
 * do, and is told only when the lab has done it.
 */
import type { Node, Parent } from "unist";
import type { VFile } from "vfile";

/** Never sent to a browser before the learner has answered. */
export type QuestionKey = {
  id: string;
  /** For the page, the instructor and exports. */
  title: string;
  /** A step of the chapter: a prediction, judged when that step has passed. */
  after?: string;
} & (
  | { kind: "one" | "several"; choices: { text: string; right: boolean; why: string }[] }
  | { kind: "number"; answer: number; tolerance: number; unit: string; why: string; whyNot: string }
);

export interface BlockAttribute {
  type: string;
  name?: string;
  value?: unknown;
}

export interface BlockElement extends Parent {
  type: "mdxJsxFlowElement" | "mdxJsxTextElement";
  name: string | null;
  attributes: BlockAttribute[];
}

const SECRET = ["right", "why", "whyNot", "answer", "tolerance"];

/** Judge one `<Question>`, strip its key from the tree, and return it. @throws by `file.fail` at the mistake's place */
export function takeQuestion(node: BlockElement, steps: readonly string[], file: VFile): QuestionKey {
  const id = required(node, "id", file);
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id))
    file.fail(`<Question id="${id}">: lower-case words with hyphens`, node);
  const title = required(node, "title", file);
  const after = text(node, "after");
  if (after !== undefined && !steps.includes(after)) {
    file.fail(`<Question after="${after}">: the chapter's steps are ${steps.join(", ")}`, node);
  }
  const common = { id, title, ...(after !== undefined && { after }) };
  const answer = text(node, "answer");
  const choices = choicesIn(node);
  const key = answer === undefined ? choiceKey(common, choices, node, file) : numberKey(common, answer, node, file);
  if (answer !== undefined && choices.length > 0) file.fail("a question has an answer or choices, not both", node);
  strip(node);
  choices.forEach((choice, index) => {
    strip(choice);
    choice.attributes.push({ type: "mdxJsxAttribute", name: "index", value: String(index) });
    choice.attributes.push({ type: "mdxJsxAttribute", name: "question", value: id });
  });
  node.attributes.push({ type: "mdxJsxAttribute", name: "kind", value: key.kind });
  return key;
}

function choiceKey(
  common: { id: string; title: string; after?: string },
  choices: BlockElement[],
  node: BlockElement,
  file: VFile,
): QuestionKey {
  if (choices.length < 2) file.fail(`question ${common.id} needs two choices, or answer="..."`, node);
  const judged = choices.map((choice) => ({
    text: plain(choice).trim(),
    right: choice.attributes.some(({ name }) => name === "right"),
    why: required(choice, "why", file),
  }));
  const right = judged.filter((choice) => choice.right).length;
  if (right === 0) file.fail(`question ${common.id} has no choice that is right`, node);
  return { ...common, kind: right === 1 && text(node, "several") === undefined ? "one" : "several", choices: judged };
}

function numberKey(
  common: { id: string; title: string; after?: string },
  answer: string,
  node: BlockElement,
  file: VFile,
): QuestionKey {
  const tolerance = text(node, "tolerance") ?? "0";
  for (const [name, value] of Object.entries({ answer, tolerance })) {
    if (!/^-?\d+(\.\d+)?$/.test(value)) file.fail(`<Question ${name}="${value}">: expected a number`, node);
  }
  return {
    ...common,
    kind: "number",
    answer: Number(answer),
    tolerance: Number(tolerance),
    unit: text(node, "unit") ?? "",
    why: required(node, "why", file),
    whyNot: required(node, "whyNot", file),
  };
}

function choicesIn(node: Parent): BlockElement[] {
  return node.children.flatMap((child) => {
    if ((child as BlockElement).name === "Choice") return [child as BlockElement];
    return "children" in child ? choicesIn(child as Parent) : [];
  });
}

function strip(node: BlockElement): void {
  node.attributes = node.attributes.filter(({ name }) => name === undefined || !SECRET.includes(name));
}

function text(node: BlockElement, name: string): string | undefined {
  const found = node.attributes.find((candidate) => candidate.name === name)?.value;
  return typeof found === "string" ? found : undefined;
}

function required(node: BlockElement, name: string, file: VFile): string {
  const found = text(node, name);
  if (found !== undefined && found !== "") return found;
  return file.fail(`<${node.name}> needs ${name}="..."`, node);
}

function plain(node: Node): string {
  const { value } = node as Node & { value?: string };
  return value ?? ((node as Parent).children ?? []).map(plain).join("");
}
