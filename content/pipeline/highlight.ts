/**
 * Code made ready while a chapter is compiled: fenced blocks coloured, so that no highlighter is sent to a browser, short
 * words kept on one line, and what scrolls sideways within reach of the keyboard.
 */
import type { Element, ElementContent, Root } from "hast";
import { createHighlighter } from "shiki";
import { visit } from "unist-util-visit";
import type { VFile } from "vfile";

/** Characters of code in a text that stay together, such as `ip -br a`; more may not fit beside others on a phone. */
const SHORT = 20;
const LANGUAGES = ["bash", "console", "ini", "yaml", "json", "log"] as const;

let highlighter: ReturnType<typeof createHighlighter> | undefined;

/** Rehype plugin. Colours are CSS variables, `--shiki-light` and `--shiki-dark`; the style sheet chooses. */
export function highlight() {
  return async (tree: Root, file: VFile): Promise<void> => {
    const blocks: { pre: Element; language: string; text: string }[] = [];
    visit(tree, "element", (node, _index, parent) => {
      if (node.tagName === "code" && !(parent?.type === "element" && parent.tagName === "pre")) {
        if (plainText(node).length <= SHORT) node.properties["data-short"] = "";
        return;
      }
      const code = node.tagName === "pre" ? node.children[0] : undefined;
      if (code?.type !== "element" || code.tagName !== "code") return;
      if ("data-columns" in code.properties) node.properties.tabIndex = 0;
      const language = classNames(code)
        .find((name) => name.startsWith("language-"))
        ?.slice("language-".length);
      if (language === undefined || language === "text") return;
      if (!LANGUAGES.some((known) => known === language)) {
        file.fail(`code block in "${language}"; known are text, ${LANGUAGES.join(", ")}`, node);
      }
      blocks.push({ pre: node, language, text: plainText(code).replace(/\n$/, "") });
    });
    if (blocks.length === 0) return;
    highlighter ??= createHighlighter({ langs: [...LANGUAGES], themes: ["github-light", "github-dark"] });
    const shiki = await highlighter;
    for (const { pre, language, text } of blocks) {
      const coloured = shiki.codeToHast(text, {
        lang: language,
        themes: { light: "github-light", dark: "github-dark" },
        defaultColor: false,
      });
      const result = coloured.children[0];
      if (result?.type === "element") {
        pre.properties = { className: ["shiki"], tabIndex: 0 };
        pre.children = result.children as ElementContent[];
      }
    }
  };
}

function classNames(node: Element): string[] {
  const names = node.properties.className;
  return Array.isArray(names) ? names.map(String) : [];
}

function plainText(node: ElementContent): string {
  if (node.type === "text") return node.value;
  return node.type === "element" ? node.children.map(plainText).join("") : "";
}
