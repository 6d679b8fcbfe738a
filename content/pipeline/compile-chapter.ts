/**
 * A chapter's text, from MDX to the code that the page renders: compiled ahead of requests, cached by content hash.
 *
 * The code is what `mdx-bundler` makes, a function body over `React`, `ReactDOM` and `_jsx_runtime`; it is evaluated in
 * the web process (`app/_course/chapter-text.tsx`) and never in a browser.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleMDX } from "mdx-bundler";
import remarkGfm from "remark-gfm";
import { VFile } from "vfile";
import { type ChapterIds, chapterBlocks, type Outline } from "./chapter-blocks.ts";
import { chapterPassages, type Passage } from "./chapter-passages.ts";
import { ContentError } from "./content-error.ts";
import { highlight } from "./highlight.ts";
import type { ShownOutput } from "./shown-output.ts";

export interface CompiledText {
  /** SHA-256 of everything the code was made from, in hex. */
  hash: string;
  code: string;
  outline: Outline;
  /** What a search finds, in reading order. */
  passages: Passage[];
}

/** Folders in which compiled texts lie under the hash of all that they are made from. */
export interface TextCache {
  /** Read, and what is compiled is written to it. */
  cacheDirectory: string;
  /** What a build of the clone has compiled; read alone, and need not be there. */
  builtDirectory?: string | undefined;
}

export interface TextToCompile extends TextCache {
  /** Path of `text.en.mdx`; errors name it as it is given here. */
  file: string;
  ids: ChapterIds;
  /** Names of the lab's nodes, which `Run` may name. */
  nodes: string[];
  /** Names of the learner's own values, which text and `Run` may use in braces. */
  values: string[];
  /** What the worked solution's commands printed; none unless said. */
  outputs?: readonly ShownOutput[];
  /** Ids of the glossary; none unless said. */
  terms?: readonly string[];
}

/** Raise when the same source would compile to something else. */
const PIPELINE_FILES = [
  "compile-chapter.ts",
  "chapter-blocks.ts",
  "chapter-passages.ts",
  "chapter-questions.ts",
  "shown-output.ts",
  "highlight.ts",
];

/** @throws ContentError with file, line and column of the first mistake */
export async function compileChapter(options: TextToCompile): Promise<CompiledText> {
  const source = await readFile(options.file, "utf8").catch((cause: unknown) => {
    throw new ContentError({ file: options.file }, "the chapter has no text", { cause });
  });
  const { ids, nodes, values, outputs = [], terms = [] } = options;
  const hash = createHash("sha256")
    .update(JSON.stringify([await pipelineHash(), source, ids, nodes, values, outputs, terms]))
    .digest("hex");
  const cacheFile = join(options.cacheDirectory, `${hash}.json`);
  const kept =
    (await readCompiled(cacheFile)) ??
    (options.builtDirectory === undefined
      ? undefined
      : await readCompiled(join(options.builtDirectory, `${hash}.json`)));
  if (kept) return kept;
  const compiled = { hash, ...(await compile(source, options)) };
  await mkdir(options.cacheDirectory, { recursive: true });
  const half = `${cacheFile}.${randomUUID()}.half`;
  await writeFile(half, JSON.stringify(compiled));
  await rename(half, cacheFile);
  return compiled;
}

/** @returns undefined where there is none, or a torn one from a full disk, which is compiled anew and replaced */
async function readCompiled(file: string): Promise<CompiledText | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as CompiledText;
  } catch {
    return undefined;
  }
}

async function compile(source: string, options: TextToCompile): Promise<Omit<CompiledText, "hash">> {
  const outline: Outline = { sections: [], steps: [], hints: [], questions: [], words: 0, pages: [], links: [] };
  const passages: Passage[] = [];
  const { ids, nodes, values, outputs = [], terms = [] } = options;
  try {
    const { code } = await bundleMDX({
      source: new VFile({ value: source, path: "text.mdx", cwd: process.cwd() }),
      // Front matter is not ours: it would shift every line number.
      grayMatterOptions: (gray) => ({ ...gray, delimiters: ["<no front matter>", "<no front matter>"] }),
      mdxOptions: (mdx) => ({
        ...mdx,
        development: false,
        remarkPlugins: [
          remarkGfm,
          [chapterBlocks, { ids, nodes, values, outputs, terms, outline }],
          [chapterPassages, { passages }],
        ],
        rehypePlugins: [highlight],
      }),
      esbuildOptions: (esbuild) => ({
        ...esbuild,
        logLevel: "silent",
        minify: true,
        define: { "process.env.NODE_ENV": '"production"' },
      }),
    });
    return { code, outline, passages };
  } catch (error) {
    throw placed(error, options.file);
  }
}

/** esbuild and MDX tell the place in their own ways; the reader sees one. */
function placed(error: unknown, file: string): ContentError {
  const [first] = (error as { errors?: EsbuildError[] }).errors ?? [];
  if (first !== undefined) {
    const reason = first.text.replace(/^Cannot process MDX file with esbuild:\s+\S+?:[\d:-]+:?\s*/, "").trim();
    return new ContentError({ file, ...placeOf(first.location, reason) }, reason, { cause: error });
  }
  return new ContentError({ file }, error instanceof Error ? error.message : String(error), { cause: error });
}

/** Of a tag that is never closed MDX tells the place in its words alone; of something missing there is none. */
function placeOf(location: EsbuildError["location"], reason: string): { line?: number; column?: number } {
  // esbuild counts columns from 0.
  if (location !== null && location.line > 0) return { line: location.line, column: location.column + 1 };
  const [, line, column] = /\((\d+):(\d+)-/.exec(reason) ?? [];
  return line === undefined ? {} : { line: Number(line), column: Number(column) };
}

interface EsbuildError {
  text: string;
  location: { line: number; column: number } | null;
}

let ownHash: Promise<string> | undefined;

function pipelineHash(): Promise<string> {
  ownHash ??= (async () => {
    const hash = createHash("sha256");
    for (const name of PIPELINE_FILES) hash.update(await readFile(fileURLToPath(new URL(name, import.meta.url))));
    return hash.digest("hex");
  })();
  return ownHash;
}
