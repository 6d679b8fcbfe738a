/**
 * YAML files held against a schema; every refusal names file, line, column and the path inside the file.
 *
 * Authors read these messages, so each says what was found and what is allowed. The whole file is judged at once:
 * ten mistakes are ten lines, not ten runs.
 */
import { readFile } from "node:fs/promises";
import { isNode, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { ContentError } from "./content-error.ts";

/** One thing wrong in one content file. */
export interface ContentProblem {
  file: string;
  /** 1-based; absent where the file as a whole is meant. */
  line?: number;
  column?: number;
  /** `steps[1].checks[0].weight`; empty at the top. */
  path: string;
  message: string;
}

/** Everything that is wrong with some files at once; `problems` has one entry for each thing to mend. */
export class ContentProblems extends ContentError {
  override name = "ContentProblems";
  readonly problems: ContentProblem[];
  constructor(problems: ContentProblem[]) {
    const [first, ...rest] = problems as [ContentProblem, ...ContentProblem[]];
    super(placeOf(first), [reasonOf(first), ...rest.map(describeProblem)].join("\n"));
    this.problems = problems;
  }
}

/** `content/x/chapter.yaml:12:7: steps[1].id: expected ...`, the form that editors turn into a link. */
export function describeProblem(problem: ContentProblem): string {
  return new ContentError(placeOf(problem), reasonOf(problem)).message;
}

function placeOf(problem: ContentProblem): { file: string; line?: number; column?: number } {
  const { file, line, column } = problem;
  return { file, ...(line !== undefined && { line }), ...(column !== undefined && { column }) };
}

function reasonOf(problem: ContentProblem): string {
  return problem.path === "" ? problem.message : `${problem.path}: ${problem.message}`;
}

/** Read and judge one file. @throws ContentProblems when it is missing, is not YAML or does not fit the schema */
export async function readYamlFile<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const message = missing ? "the file is missing" : `cannot be read: ${(cause as Error).message}`;
    throw new ContentProblems([{ file, path: "", message }]);
  }
  return parseYaml(text, file, schema);
}

/** The same for text at hand; `file` is only named in messages. @throws ContentProblems */
export function parseYaml<T>(text: string, file: string, schema: z.ZodType<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new ContentProblems(
      document.errors.map((error) => ({ file, ...at(lines, error.pos[0]), path: "", message: error.message })),
    );
  }
  const result = schema.safeParse(document.toJS());
  if (result.success) return result.data;
  throw new ContentProblems(
    result.error.issues.flatMap(leafIssues).map((issue) => {
      const range = rangeOf(document, issue.path);
      return {
        file,
        ...(range === undefined ? {} : at(lines, range)),
        path: pathText(issue.path),
        message: issue.message,
      };
    }),
  );
}

interface Leaf {
  path: PropertyKey[];
  message: string;
}

/** A union reports one issue for all its branches: the branch that came furthest is the one the author meant. */
function leafIssues(issue: z.core.$ZodIssue): Leaf[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: "there is no such field here" }));
  }
  const missing = /^Invalid input: expected (.+), received undefined$/.exec(issue.message);
  if (missing) return [{ path: issue.path, message: `is missing; it is to be a ${missing[1]}` }];
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const depth = (branch: z.core.$ZodIssue[]) => Math.max(0, ...branch.map((inner) => inner.path.length));
  const best = issue.errors.reduce((kept, branch) =>
    depth(branch) > depth(kept) || (depth(branch) === depth(kept) && branch.length < kept.length) ? branch : kept,
  );
  return best.flatMap(leafIssues).map((leaf) => ({ path: [...issue.path, ...leaf.path], message: leaf.message }));
}

/** Offset of the nearest enclosing thing that exists in the file: a missing field points at its parent. */
function rangeOf(document: ReturnType<typeof parseDocument>, path: PropertyKey[]): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}

function at(lines: LineCounter, offset: number): { line: number; column: number } {
  const position = lines.linePos(offset);
  return { line: Math.max(1, position.line), column: Math.max(1, position.col) };
}

function pathText(path: PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}
