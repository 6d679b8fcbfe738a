/**
 * The passages of a chapter's text that a search finds: what stands under each heading and in each step, as plain words.
 *
 * Hints, questions and their answers stay out: a search is no way around them.
 */
import type { Node, Parent } from "unist";

export interface Passage {
  /** The element of the page: a section's id or `step-ID`; empty for what stands above the first heading. */
  anchor: string;
  /** Of a section; a step's is in `chapter.yaml`. */
  title: string;
  text: string;
}

const HIDDEN = ["Hint", "Question", "Check"];
/** A break in the page is one in the words. */
const BLOCKS = ["paragraph", "heading", "listItem", "tableCell", "code", "mdxJsxFlowElement"];

type Attributes = { name?: string | null; attributes?: { name: string; value?: unknown }[] };

/** The remark plugin; it runs after `chapterBlocks`, which gives sections their ids and commands their attribute. */
export function chapterPassages(options: { passages: Passage[] }) {
  return (tree: Node): void => {
    const { passages } = options;
    let passage: Passage = { anchor: "", title: "", text: "" };
    passages.push(passage);

    const walk = (node: Node): void => {
      const { name, attributes } = node as Node & Attributes;
      const attribute = (wanted: string) => attributes?.find((one) => one.name === wanted)?.value;
      if (name && HIDDEN.includes(name)) return;
      if (name === "Step" || name === "Page") {
        const around = passage;
        passage =
          name === "Step"
            ? { anchor: `step-${attribute("id")}`, title: "", text: "" }
            : { anchor: `page-${attribute("id")}`, title: String(attribute("title")), text: "" };
        passages.push(passage);
        for (const child of (node as Parent).children) walk(child);
        passage = around;
        return;
      }
      const id = (node.data as { hProperties?: { id?: string } } | undefined)?.hProperties?.id;
      if (node.type === "heading" && id !== undefined) {
        passage = { anchor: id, title: plainText(node), text: "" };
        passages.push(passage);
        return;
      }
      if (BLOCKS.includes(node.type)) passage.text += " ";
      const command = attribute("command");
      if (typeof command === "string") passage.text += command;
      const { value } = node as Node & { value?: string };
      if (value !== undefined && !node.type.startsWith("mdx")) passage.text += value;
      for (const child of (node as Partial<Parent>).children ?? []) walk(child);
    };

    walk(tree);
    for (const one of passages) one.text = one.text.replace(/\s+/g, " ").trim();
    const kept = passages.filter(
      ({ title, text, anchor }) => title !== "" || text !== "" || anchor.startsWith("step-"),
    );
    passages.splice(0, passages.length, ...kept);
  };
}

function plainText(node: Node): string {
  const { value } = node as Node & { value?: string };
  return value ?? ((node as Partial<Parent>).children ?? []).map(plainText).join("");
}
