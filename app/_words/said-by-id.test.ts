/** A lint over the syntax trees of the pages that a student meets: what they say stands in a catalogue, and is said. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { parseAst } from "vitest/node";
import { signInWordsEn } from "../../classroom/sign-in-words.ts";
import { interfaceEn } from "./interface.en.ts";
import { pagesEn } from "./pages.en.ts";

const app = fileURLToPath(new URL("..", import.meta.url));
/** In English alone: what only instructors meet, figures (a text's, not the interface's), and addresses that show nothing. */
const ENGLISH_ONLY =
  /^(api|classes|instructors|inventories|_figures)\/|^learn\/\[course\]\/notes\/|^_class\/(watched-terminal|qr-code)\.tsx$/;
/** Attributes that are read out or shown. */
const SPOKEN = new Set([
  "aria-label",
  "aria-description",
  "aria-valuetext",
  "title",
  "alt",
  "placeholder",
  "label",
  "hint",
]);
/** The same in every language: names, units and keys. */
const NAMES = /^(Quorate|\(?UTC\)?|px|Ctrl(\+.*)?|&nbsp;)$/;
/** What is in these is typed, not read. */
const TYPED = new Set(["code", "pre", "kbd"]);
const WORD = /\p{L}{2,}/u;

interface Node {
  type: string;
  [key: string]: unknown;
}

it("no text in the JSX of a student's pages stands there itself", async () => {
  const found: string[] = [];
  for (const file of (await sources()).filter((name) => name.endsWith(".tsx") && !ENGLISH_ONLY.test(name))) {
    for (const text of unworded(await parsed(file))) found.push(`${file}: ${text}`);
  }
  expect(found).toEqual([]);
});

it("every id of the interface is used", async () => {
  const used: RegExp[] = [];
  const literal = new Set<string>();
  for (const file of (await sources()).filter((name) => !/^_words\/(interface|pages)\./.test(name))) {
    walk(await parsed(file), (node) => {
      if (node.type === "Literal" && typeof node.value === "string") literal.add(node.value);
      if (node.type === "TemplateLiteral") used.push(patternOf(node));
    });
  }
  const ids = [...Object.keys(interfaceEn), ...Object.keys(pagesEn)].filter((id) => !Object.hasOwn(signInWordsEn, id));
  expect(ids.filter((id) => !literal.has(id) && !used.some((pattern) => pattern.test(id)))).toEqual([]);
});

it("the lint sees text, spoken attributes and words that an expression chooses, and no class names or ids", () => {
  const source = `const a = (b: boolean) => <p className="big text" aria-label="Close it">
    Hello {b ? "there" : words("page.start")} {\`\${b} times\`} <i title={words("x")}>·</i> {b && "maybe"}<code>npm start</code></p>;`;
  expect(unworded(parseAst(source, { lang: "tsx" }) as unknown as Node)).toEqual([
    "Hello",
    "there",
    "times",
    "maybe",
    "Close it",
  ]);
});

function unworded(tree: Node): string[] {
  const found: string[] = [];
  const note = (text: unknown) => {
    const said = typeof text === "string" ? text.trim() : "";
    if (WORD.test(said) && !NAMES.test(said)) found.push(said);
  };
  walk(tree, (node) => {
    if (node.type === "JSXAttribute" && SPOKEN.has((node.name as Node).name as string))
      shownBy(node.value as Node, note);
    if (node.type !== "JSXElement" && node.type !== "JSXFragment") return;
    const tag = ((node.openingElement as Node | undefined)?.name as Node | undefined)?.name;
    if (TYPED.has(tag as string)) return;
    for (const child of node.children as Node[]) shownBy(child, note);
  });
  return found;
}

/** The strings that an expression may come to; what a call returns is not looked into. */
function shownBy(node: Node | null, note: (text: unknown) => void): void {
  switch (node?.type) {
    case "Literal":
    case "JSXText":
      note(node.value);
      return;
    case "TemplateLiteral":
      for (const quasi of node.quasis as Node[]) note((quasi.value as { cooked: string }).cooked);
      return;
    case "JSXExpressionContainer":
      shownBy(node.expression as Node, note);
      return;
    case "ConditionalExpression":
      shownBy(node.consequent as Node, note);
      shownBy(node.alternate as Node, note);
      return;
    case "LogicalExpression":
    case "BinaryExpression":
      if (node.operator === "+" || node.type === "LogicalExpression") shownBy(node.right as Node, note);
  }
}

/** `hand.${id}-1` as what may come of it. */
function patternOf(node: Node): RegExp {
  const parts = (node.quasis as Node[]).map((quasi) => (quasi.value as { cooked: string }).cooked);
  // One without a prefix would stand for everything.
  if (!/^[a-z-]+\./.test(parts[0] ?? "")) return /^$/;
  return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("[^.]+")}$`);
}

async function sources(): Promise<string[]> {
  const names = await readdir(app, { recursive: true });
  return names.filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name)).sort();
}

async function parsed(file: string): Promise<Node> {
  return parseAst(await readFile(join(app, file), "utf8"), { lang: "tsx" }) as unknown as Node;
}

function walk(node: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(node)) for (const one of node) walk(one, visit);
  else if (node !== null && typeof node === "object") {
    if (typeof (node as Node).type === "string") visit(node as Node);
    for (const value of Object.values(node)) walk(value, visit);
  }
}
