/** `man`, `apropos` and `whatis` over the pages of `manual-pages.ts`. */
import type { Program, ProgramContext } from "../../shell/process.ts";
import { page as showPage } from "../coreutils/less/less.ts";
import { type ManualPage, manualPages } from "./manual-pages.ts";

const PAGES = manualPages();

export const man: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  if (words[0] === "-k" || words[0] === "--apropos") return search(ctx, words.slice(1));
  if (words[0] === "-f" || words[0] === "--whatis") return tell(ctx, words.slice(1));
  const section = /^[1-9]$/.test(words[0] ?? "") && words.length > 1 ? Number(words.shift()) : undefined;
  const names = words.filter((word) => !word.startsWith("-"));
  if (names.length === 0) {
    await ctx.stderr.write("What manual page do you want?\nFor example, try 'man man'.\n");
    return 1;
  }
  let status = 0;
  for (const name of names) {
    const page = PAGES.get(name);
    if (!page || (section !== undefined && page.section !== section)) {
      await ctx.stderr.write(`No manual entry for ${name}${section === undefined ? "" : ` in section ${section}`}\n`);
      status = 16;
      continue;
    }
    await showPage(ctx, render(name, page, ctx.tty?.columns ?? 80), { flags: new Set(["F"]) });
  }
  return status;
};

export const apropos: Program = (ctx) => search(ctx, ctx.argv.slice(1));
export const whatis: Program = (ctx) => tell(ctx, ctx.argv.slice(1));

function line(name: string, page: ManualPage): string {
  return `${`${name} (${page.section})`.padEnd(20)} - ${page.title}\n`;
}

async function search(ctx: ProgramContext, words: string[]): Promise<number> {
  const wanted = words.map((word) => word.toLowerCase());
  const found = [...PAGES].filter(([name, page]) =>
    wanted.some((word) => `${name} ${page.title}`.toLowerCase().includes(word)),
  );
  if (found.length === 0) {
    await ctx.stderr.write(`${words.join(" ")}: nothing appropriate.\n`);
    return 16;
  }
  await ctx.stdout.write(
    found
      .toSorted()
      .map(([name, page]) => line(name, page))
      .join(""),
  );
  return 0;
}

async function tell(ctx: ProgramContext, words: string[]): Promise<number> {
  let status = 0;
  for (const word of words) {
    const page = PAGES.get(word);
    if (page) await ctx.stdout.write(line(word, page));
    else {
      await ctx.stderr.write(`${word}: nothing appropriate.\n`);
      status = 16;
    }
  }
  return status;
}

function render(name: string, page: ManualPage, columns: number): string {
  const width = Math.min(Math.max(columns, 40), 100);
  const head = `${name.toUpperCase()}(${page.section})`;
  const middle = "Manual of a simulated node";
  const gap = " ".repeat(Math.max(2, Math.floor((width - head.length * 2 - middle.length) / 2)));
  const title = `${head}${gap}${middle}${gap}${head}`;
  const wrapped = (text: string) => {
    const lines: string[] = [];
    let row = "";
    for (const word of text.split(" ")) {
      if (row !== "" && row.length + word.length + 8 > width) {
        lines.push(row);
        row = "";
      }
      row += row === "" ? word : ` ${word}`;
    }
    return [...lines, row];
  };
  return [
    title,
    "",
    "NAME",
    `       ${name} - ${page.title}`,
    "",
    "SYNOPSIS",
    ...page.synopsis.map((text) => `       ${text}`),
    "",
    ...(page.text ? ["DESCRIPTION", ...wrapped(page.text).map((text) => `       ${text}`), ""] : []),
    "NOTES",
    ...wrapped(
      "A short page of this simulated node: what is modelled. The real manual of Debian and Proxmox VE tells more.",
    ).map((text) => `       ${text}`),
    "",
  ].join("\n");
}
