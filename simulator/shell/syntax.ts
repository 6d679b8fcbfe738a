/** Reading command lines: just-bash's parser, with what it leaves open (unfinished input, bash's words for errors). */
import { parse, type ScriptNode, type StatementNode, type WordNode } from "just-bash";
import { hideArithmetic, rewriteKeywords, showArithmetic } from "./source-rewriting.ts";

export type ParsedLine =
  | { kind: "complete"; script: ScriptNode }
  /** More lines are needed: an open quote, a loop without `done`, a here-document without its end. */
  | { kind: "incomplete"; message: string; line: number }
  /** `script` holds what stands before the mistake and is run first, as bash does line by line. */
  | { kind: "error"; message: string; line: number; script: ScriptNode };

const EMPTY: ScriptNode = { type: "Script", statements: [] };

/** Parse one command line or a whole script. Never throws. @param firstLine its first line's number, for messages */
export function parseScript(source: string, firstLine = 1): ParsedLine {
  const parsed = parseText(source);
  if (firstLine === 1) return parsed;
  if (parsed.kind !== "incomplete") moveLines(parsed.script, firstLine - 1);
  return parsed.kind === "complete" ? parsed : { ...parsed, line: parsed.line + firstLine - 1 };
}

function moveLines(node: unknown, by: number): void {
  if (typeof node !== "object" || node === null) return;
  const record = node as Record<string, unknown>;
  for (const [name, value] of Object.entries(record)) {
    if (name === "line" && typeof value === "number") record[name] = value + by;
    else moveLines(value, by);
  }
}

function parseText(source: string): ParsedLine {
  const text = source.endsWith("\n") ? source : `${source}\n`;
  const lines = text.split("\n").length - 1;
  if (/(^|[^\\])(\\\\)*\\\n$/.test(text) && !/#[^\n]*\n$/.test(text)) {
    return { kind: "incomplete", message: "unexpected end of file", line: lines };
  }
  let script: ScriptNode;
  try {
    script = readTree(text);
  } catch (error) {
    const rewritten = rewriteKeywords(text);
    if (rewritten !== text) {
      try {
        return checked(text, readTree(rewritten), lines);
      } catch (other) {
        return misread(rewritten, other, lines);
      }
    }
    return misread(text, error, lines);
  }
  return checked(text, script, lines);
}

/** @throws what the parser throws */
function readTree(text: string): ScriptNode {
  const { text: shown, hidden } = hideArithmetic(text);
  const script = parse(shown);
  showArithmetic(script, hidden);
  return script;
}

function checked(text: string, script: ScriptNode, lines: number): ParsedLine {
  const deferred = script.statements.findIndex((statement) => statement.deferredError);
  if (deferred >= 0) {
    const token = script.statements[deferred]!.deferredError!.token;
    const line = lineOf(script.statements[deferred - 1]) ?? 1;
    const before = script.statements.slice(0, deferred).filter((statement) => (lineOf(statement) ?? 0) < line);
    return { kind: "error", message: unexpected(token), line, script: { ...script, statements: before } };
  }
  if (/<</.test(text) && hasOpenHereDocument(script)) {
    return { kind: "incomplete", message: "here-document delimited by end-of-file", line: lines };
  }
  if (hasEmptyCommand(script)) {
    if (/(&&|\|\||\|&?)\s*$/.test(text)) {
      return { kind: "incomplete", message: "syntax error: unexpected end of file", line: lines };
    }
    const token = /(?:&&|\|\||\||;|&)\s*(&&|\|\||\||;;|;|&|\))/.exec(text)?.[1];
    if (token) return { kind: "error", message: unexpected(token), line: 1, script: EMPTY };
  }
  return { kind: "complete", script };
}

function misread(text: string, error: unknown, lines: number): ParsedLine {
  const {
    message = "",
    line = 1,
    token,
  } = error as { message?: string; line?: number; token?: { type: string; value: string } };
  const wanted = /unexpected EOF while looking for matching [`'](.)'/.exec(message)?.[1];
  if (wanted) {
    return { kind: "incomplete", message: `unexpected EOF while looking for matching \`${wanted}'`, line: lines };
  }
  if (/Expected variable name/.test(message)) {
    return { kind: "error", message: unexpected(token?.value ?? ""), line, script: beforeLine(text, line) };
  }
  if (token?.type === "EOF" || /unexpected end of file/i.test(message)) {
    return { kind: "incomplete", message: "syntax error: unexpected end of file", line: lines + 1 };
  }
  const shown = token
    ? unexpected(token.value)
    : /unexpected token [`'](.*)'/.exec(message)
      ? unexpected(/unexpected token [`'](.*)'/.exec(message)![1]!)
      : message.replace(/^(Parse error at \d+:\d+|line \d+): /, "");
  return { kind: "error", message: shown, line, script: beforeLine(text, line) };
}

/** What bash has run by the time it reads the line with the mistake. */
function beforeLine(text: string, line: number): ScriptNode {
  const all = text.split("\n");
  for (let end = line - 1; end > 0; end--) {
    try {
      return readTree(`${all.slice(0, end).join("\n")}\n`);
    } catch {
      // The mistake lies inside a construct that began earlier; nothing of that has run.
    }
  }
  return EMPTY;
}

function unexpected(token: string): string {
  return `syntax error near unexpected token \`${token === "\n" || token === "" ? "newline" : token}'`;
}

function lineOf(statement: StatementNode | undefined): number | undefined {
  return statement?.pipelines[0]?.commands[0]?.line;
}

function hasEmptyCommand(node: unknown): boolean {
  return anyNode(node, (found) => {
    if (found.type !== "Pipeline" || found.timed === true || found.negated === true) return false;
    return (found.commands as Record<string, unknown>[]).some(
      (command) =>
        command.type === "SimpleCommand" &&
        command.name === null &&
        (command.assignments as unknown[]).length === 0 &&
        (command.redirections as unknown[]).length === 0,
    );
  });
}

function hasOpenHereDocument(node: unknown): boolean {
  return anyNode(node, (found) => found.type === "HereDoc" && found.terminated === false);
}

function anyNode(node: unknown, wanted: (node: Record<string, unknown>) => boolean): boolean {
  if (Array.isArray(node)) return node.some((item) => anyNode(item, wanted));
  if (typeof node !== "object" || node === null) return false;
  const record = node as Record<string, unknown>;
  if (typeof record.type === "string" && wanted(record)) return true;
  return Object.values(record).some((value) => typeof value === "object" && anyNode(value, wanted));
}

const words = new Map<string, WordNode>();
const WORDS_MAX = 500;

/** Text with expansions as inside double quotes (prompts, arithmetic, subscripts), as a word. */
export function parseQuotedText(text: string): WordNode {
  return remembered(`q${text}`, () => {
    const mark = "END_OF_QUOTED_TEXT";
    const script = parse(`: <<${mark}\n${text}\n${mark}\n`);
    const command = script.statements[0]?.pipelines[0]?.commands[0];
    const target = command?.type === "SimpleCommand" ? command.redirections[0]?.target : undefined;
    if (target?.type !== "HereDoc") return { type: "Word", parts: [{ type: "Literal", value: text }] };
    const parts = [...target.content.parts];
    const last = parts.at(-1);
    // The here-document's own newline.
    if (last?.type === "Literal") parts[parts.length - 1] = { ...last, value: last.value.replace(/\n$/, "") };
    return { type: "Word", parts };
  });
}

/** Text as one word of an assignment (`x=TEXT`): quotes are removed, nothing is split. */
export function parseWordText(text: string): WordNode {
  return remembered(`w${text}`, () => {
    const command = parse(`_=${text}\n`).statements[0]?.pipelines[0]?.commands[0];
    const value = command?.type === "SimpleCommand" && !command.name ? command.assignments[0]?.value : undefined;
    return value ?? { type: "Word", parts: [{ type: "Literal", value: text }] };
  });
}

function remembered(key: string, make: () => WordNode): WordNode {
  let word = words.get(key);
  if (!word) {
    if (words.size >= WORDS_MAX) words.clear();
    word = make();
    words.set(key, word);
  }
  return word;
}
