/**
 * The remark plugin that knows our own blocks: it checks them against `chapter.yaml`, collects the outline, and turns
 * what is written inside `Run` and `{cluster}` placeholders into data.
 *
 * A mistake is told at its line and column; nothing is left to fail in front of a learner.
 */
import type { Node, Parent } from "unist";
import { visit } from "unist-util-visit";
import type { VFile } from "vfile";
import { type BlockElement, type QuestionKey, takeQuestion } from "./chapter-questions.ts";
import { hasColumns, partOf, type ShownOutput } from "./shown-output.ts";

/** Ids that a chapter's text may and must name. */
export interface ChapterIds {
  steps: { id: string; checks: { id: string }[] }[];
}

/** What stands where in a text, in reading order. */
export interface Outline {
  sections: { id: string; title: string }[];
  steps: string[];
  hints: string[];
  /** With what is right: for the server alone. */
  questions: QuestionKey[];
  /** Of the text that everybody reads: without hints and folded pages. */
  words: number;
  /** Pages for those who want to know more, folded in the text. */
  pages: { id: string; title: string; words: number }[];
  /** Where the text's links lead: another chapter's id, and a place in it; judged when all chapters are there. */
  links: { chapter: string; anchor: string; line: number }[];
}

/** Places in a text that a link may name. */
export function anchorsOf(outline: Outline): string[] {
  return [
    ...outline.sections.map(({ id }) => id),
    ...outline.steps.map((id) => `step-${id}`),
    ...outline.pages.map(({ id }) => `page-${id}`),
    "summary",
  ];
}

type JsxElement = BlockElement;

/** Figures take nothing: what they show is theirs. */
export const FIGURES = [
  "PartitionExplorer",
  "Precopy",
  "SplitBrain",
  "SharedDisk",
  "Fencing",
  "TokenRing",
  "Alternatives",
  "Availability",
] as const;

const COMPONENTS = [
  ...["Step", "Check", "Run", "Output", "Hint", "Note", "Summary", "Value", "Power", "Cable", "Exercise"],
  ...["Question", "Choice", "Term", "Page"],
  ...FIGURES,
];
const PLACEHOLDER = /^[a-z][\w]*(\.[\w-]+)?$/;

/** @throws by `file.fail` with the place of the mistake */
export function chapterBlocks(options: {
  ids: ChapterIds;
  nodes: string[];
  values: string[];
  /** What the worked solution's commands printed, in their order. */
  outputs: readonly ShownOutput[];
  /** Ids of the course's glossary. */
  terms: readonly string[];
  outline: Outline;
}) {
  const { ids, outline } = options;
  return (tree: Node, file: VFile): void => {
    const seenSteps = new Set<string>();
    const seenChecks = new Set<string>();
    const seenHints = new Set<string>();
    const checksOf = new Map(ids.steps.map((step) => [step.id, new Set(step.checks.map((check) => check.id))]));

    const walk = (node: Node, stepId: string | undefined): void => {
      let inside = stepId;
      if (isElement(node)) {
        const name = node.name;
        if (name === null || !/^[A-Z]/.test(name)) file.fail(`<${name ?? ""}> is not a block of a chapter`, node);
        if (!COMPONENTS.includes(name)) {
          file.fail(`<${name}> is unknown; the blocks are ${COMPONENTS.join(", ")}`, node);
        }
        if (name === "Step") inside = step(node);
        if (name === "Check") check(node, stepId);
        if (name === "Hint") hint(node, stepId);
        if (name === "Run") {
          run(node);
          return;
        }
        if (name === "Output") {
          output(node);
          return;
        }
        if (name === "Question") question(node);
        if (name === "Choice" && !inQuestion(node)) file.fail("<Choice> stands outside of a <Question>", node);
        if (name === "Term") term(node);
        if (name === "Page") page(node);
        if (name === "Power") knownNode("node", node);
        if (name === "Cable") {
          knownNode("from", node);
          knownNode("to", node);
        }
        if (name === "Value") value(attribute(node, "name", file), node);
      }
      for (const child of (node as Parent).children ?? []) walk(child, inside);
    };

    const step = (node: JsxElement): string => {
      const id = attribute(node, "id", file);
      if (!checksOf.has(id)) {
        file.fail(`<Step id="${id}"> is not in chapter.yaml, which has ${[...checksOf.keys()].join(", ")}`, node);
      }
      if (seenSteps.has(id)) file.fail(`<Step id="${id}"> stands twice in the text`, node);
      seenSteps.add(id);
      outline.steps.push(id);
      return id;
    };

    const check = (node: JsxElement, stepId: string | undefined): void => {
      const id = attribute(node, "id", file);
      if (stepId === undefined) {
        file.fail(`<Check id="${id}"> stands outside of a <Step>`, node);
        return;
      }
      const known = checksOf.get(stepId) ?? new Set<string>();
      if (!known.has(id)) {
        file.fail(`<Check id="${id}"> is not a check of step ${stepId}, which has ${[...known].join(", ")}`, node);
      }
      const key = `${stepId}/${id}`;
      if (seenChecks.has(key)) file.fail(`<Check id="${id}"> stands twice in step ${stepId}`, node);
      seenChecks.add(key);
      node.attributes.push({ type: "mdxJsxAttribute", name: "step", value: stepId });
    };

    const hint = (node: JsxElement, stepId: string | undefined): void => {
      if (stepId === undefined) file.fail("<Hint> stands outside of a <Step>", node);
      const level = attribute(node, "level", file);
      if (!/^[1-3]$/.test(level)) file.fail(`<Hint level="${level}">: a level is 1, 2 or 3`, node);
      const id = `${stepId}/hint-${level}`;
      if (seenHints.has(id)) file.fail(`<Hint level="${level}"> stands twice in step ${stepId}`, node);
      seenHints.add(id);
      outline.hints.push(id);
      node.attributes.push({ type: "mdxJsxAttribute", name: "id", value: id });
    };

    /** The command is kept as it was typed: no Markdown rule applies to it. */
    const run = (node: JsxElement): void => {
      knownNode("on", node);
      const source = String(file.value).slice(node.position?.start.offset, node.position?.end.offset);
      const command = /^<Run\b[^>]*>([\s\S]*)<\/Run>$/.exec(source)?.[1]?.trim();
      if (command === undefined || command === "") {
        file.fail('<Run> holds no command: write <Run on="pve1">pvecm status</Run>', node);
        return;
      }
      for (const [, name] of command.matchAll(/(?<!\$)\{([\w.-]+)\}/g)) value(name ?? "", node);
      node.attributes.push({ type: "mdxJsxAttribute", name: "command", value: command });
      node.children = [];
    };

    const inQuestion = (node: JsxElement): boolean => node.attributes.some(({ name }) => name === "question");

    const question = (node: JsxElement): void => {
      const key = takeQuestion(
        node,
        ids.steps.map(({ id }) => id),
        file,
      );
      if (outline.questions.some(({ id }) => id === key.id)) file.fail(`a second question ${key.id}`, node);
      outline.questions.push(key);
    };

    const page = (node: JsxElement): void => {
      const id = attribute(node, "id", file);
      if (!/^[a-z][a-z0-9-]*$/.test(id)) file.fail(`<Page id="${id}">: lower-case words with hyphens`, node);
      if (outline.pages.some((one) => one.id === id)) file.fail(`a second page ${id}`, node);
      outline.pages.push({ id, title: attribute(node, "title", file), words: wordsIn(node) });
    };

    const term = (node: JsxElement): void => {
      const id = attribute(node, "id", file);
      if (!options.terms.includes(id)) file.fail(`<Term id="${id}"> is not in glossary.en.yaml`, node);
    };

    /** Becomes a block of plain code with what the command really printed. */
    const output = (node: JsxElement): void => {
      knownNode("on", node);
      const on = attribute(node, "on", file);
      const of = attribute(node, "of", file);
      const nth = Number(optional(node, "nth") ?? "1");
      const from = optional(node, "from");
      const to = optional(node, "to");
      const said = options.outputs.filter(({ node: where, command }) => where === on && command === of)[nth - 1];
      if (said === undefined) {
        file.fail(
          `nothing is known of what ${on} prints for ${of}; npm run prove -- COURSE/CHAPTER --write-outputs`,
          node,
        );
        return;
      }
      const part = partOf(said.text, { ...(from !== undefined && { from }), ...(to !== undefined && { to }) });
      if (part === undefined) file.fail(`the output of ${of} has no part from "${from ?? ""}" to "${to ?? ""}"`, node);
      const data = part !== undefined && hasColumns(part) ? { hProperties: { "data-columns": "" } } : undefined;
      Object.assign(node, { type: "code", lang: null, value: part, data, attributes: undefined, children: undefined });
    };

    const knownNode = (attributeName: string, node: JsxElement): void => {
      const name = attribute(node, attributeName, file);
      if (!options.nodes.includes(name)) {
        const lab = `the lab's nodes are ${options.nodes.join(", ")}`;
        file.fail(`<${node.name} ${attributeName}="${name}">: ${lab}`, node);
      }
    };

    const value = (name: string, node: Node): void => {
      if (!PLACEHOLDER.test(name) || !options.values.includes(name)) {
        file.fail(`{${name}} is not a value of the learner's; there are ${options.values.join(", ")}`, node);
      }
    };

    walk(tree, undefined);

    for (const { id, checks } of ids.steps) {
      if (!seenSteps.has(id)) file.fail(`step ${id} of chapter.yaml has no <Step id="${id}"> in the text`);
      for (const { id: checkId } of checks) {
        if (!seenChecks.has(`${id}/${checkId}`)) {
          file.fail(`check ${checkId} of step ${id} has no <Check id="${checkId}" /> in the text`);
        }
      }
    }

    codeHasNoPlaceholders(tree, file, options.values);
    placeholdersBecomeValues(tree, value);
    titleSections(tree, outline);
    linksLeadSomewhere(tree, file, outline);
    outline.words = wordsIn(tree, ["Hint", "Page"]);
  };
}

/** Code in running text is shown as it stands: a value in it would reach the learner as its name. */
function codeHasNoPlaceholders(tree: Node, file: VFile, values: readonly string[]): void {
  visit(tree, "inlineCode", (node: Node) => {
    const name = /\{([\w.-]+)\}/.exec((node as Node & { value: string }).value)?.[1];
    if (name === undefined || !values.includes(name)) return;
    file.fail(`\`{${name}}\` is shown as it stands; write {${name}} without the backticks`, node);
  });
}

/** `{cluster}` in running text is short for `<Value name="cluster" />`. */
function placeholdersBecomeValues(tree: Node, check: (name: string, node: Node) => void): void {
  visit(tree, ["mdxTextExpression", "mdxFlowExpression"], (node: Node) => {
    const expression = (node as Node & { value: string }).value.trim();
    if (expression.startsWith("/*")) return;
    check(expression, node);
    Object.assign(node, {
      type: node.type === "mdxFlowExpression" ? "mdxJsxFlowElement" : "mdxJsxTextElement",
      name: "Value",
      attributes: [{ type: "mdxJsxAttribute", name: "name", value: expression }],
      children: [],
    });
  });
}

function titleSections(tree: Node, outline: Outline): void {
  visit(tree, "heading", (node: Node) => {
    const heading = node as Parent & { depth: number };
    if (heading.depth !== 2) return;
    const title = plainText(heading);
    const id = title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-|-$/g, "");
    heading.data = { ...heading.data, hProperties: { id } } as typeof heading.data;
    outline.sections.push({ id, title });
  });
}

/** A link stays in the course: other books are named by their titles, which live longer and need no internet. */
function linksLeadSomewhere(tree: Node, file: VFile, outline: Outline): void {
  visit(tree, ["link", "image", "definition"], (node: Node) => {
    const { url } = node as Node & { url: string };
    const [, chapter, anchor = ""] = /^([a-z0-9-]*)(?:#([\p{L}\p{N}-]+))?$/u.exec(url) ?? [];
    if (node.type !== "link" || chapter === undefined || url === "") {
      file.fail(
        `${url}: a link names a chapter by its id, or a place (#step-create); other books stand by title`,
        node,
      );
    }
    if (chapter === "" && !anchorsOf(outline).includes(anchor)) file.fail(`there is no place #${anchor} here`, node);
    if (chapter) outline.links.push({ chapter, anchor, line: node.position?.start.line ?? 1 });
  });
}

function isElement(node: Node): node is JsxElement {
  return node.type === "mdxJsxFlowElement" || node.type === "mdxJsxTextElement";
}

function attribute(node: JsxElement, name: string, file: VFile): string {
  const found = node.attributes.find((candidate) => candidate.name === name)?.value;
  if (typeof found === "string" && found !== "") return found;
  return file.fail(`<${node.name}> needs ${name}="..."`, node);
}

function optional(node: JsxElement, name: string): string | undefined {
  const found = node.attributes.find((candidate) => candidate.name === name)?.value;
  return typeof found === "string" ? found : undefined;
}

function plainText(node: Node): string {
  const { value } = node as Node & { value?: string };
  return value ?? ((node as Parent).children ?? []).map(plainText).join("");
}

function wordsIn(node: Node, without: readonly string[] = []): number {
  if (isElement(node) && node.name !== null && without.includes(node.name)) return 0;
  const own = node.type === "text" ? words((node as Node & { value: string }).value) : 0;
  return ((node as Partial<Parent>).children ?? []).reduce((sum, child) => sum + wordsIn(child, without), own);
}

function words(text: string): number {
  return text.split(/\s+/).filter(Boolean).length;
}
