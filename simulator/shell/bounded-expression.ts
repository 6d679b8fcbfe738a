/**
 * Regular expressions that a learner wrote, on text that a learner chose: backtracking may not hold the thread.
 *
 * JavaScript's engine tries alternatives one after the other, and `(a+)+$` on sixty letters would not end today. An
 * expression that could take long on its text runs with a deadline; when it passes, a linear engine (RE2's algorithm,
 * which prefers the same match) answers from then on. What that engine cannot read, such as a back reference, is refused,
 * and so is what takes even that engine too long: thousands of states on millions of letters.
 */
import { createContext, Script } from "node:vm";
import { RE2JS } from "re2js";
import { BoundReached } from "./bound.ts";

/** What one attempt may take, milliseconds: longer than a turn of the shells, far below what a typist notices. */
const DEADLINE_MS = 25;

/** What the linear engine may take for one match, milliseconds: all other shells of the worker wait meanwhile. */
const LINEAR_DEADLINE_MS = 400;

/** Steps below which no deadline is set, which costs 0.1 ms each time: about a third of a second at the very worst. */
const HARMLESS_STEPS = 1e8;

const call = new Script("work()");
const room = createContext({ work: undefined as (() => unknown) | undefined });

export class ExpressionTooCostly extends BoundReached {
  override name = "ExpressionTooCostly";
  constructor(source: string) {
    super(`regular expression \`${source.slice(0, 60)}' takes too long on this text in this simulated node`);
  }
}

/** A `RegExp` like any other, but for the bound. @throws SyntaxError as `RegExp` does */
export function boundedExpression(source: string, flags = ""): RegExp {
  return new BoundedExpression(source, flags);
}

// Every method of RegExp and String that searches comes to `exec`.
class BoundedExpression extends RegExp {
  #repeats: number | undefined;
  #linear: RE2JS | undefined;

  override exec(text: string): RegExpExecArray | null {
    if (this.#linear) return this.#execLinear(text);
    this.#repeats ??= repeatsOf(this.source);
    const harmless = text.length ** (this.#repeats + 1) < HARMLESS_STEPS;
    const from = this.lastIndex;
    const search = () => untilTooLarge(() => super.exec(text));
    const answer = harmless ? search() : within(DEADLINE_MS, search);
    if (answer !== "too-long") return answer;
    // It may have found something just before it was stopped.
    this.lastIndex = from;
    return this.#execLinear(text);
  }

  #execLinear(text: string): RegExpExecArray | null {
    const answer = within(LINEAR_DEADLINE_MS, () => {
      this.#linear ??= linearOf(this);
      const linear = this.#linear;
      return untilTooLarge(() => this.#searchLinear(linear, text));
    });
    if (answer !== "too-long") return answer;
    // The engine was stopped in its midst and is not asked again.
    this.#linear = undefined;
    throw new ExpressionTooCostly(this.source);
  }

  #searchLinear(expression: RE2JS, text: string): RegExpExecArray | null {
    const moves = this.global || this.sticky;
    const from = moves ? this.lastIndex : 0;
    const matcher = expression.matcher(text);
    const found = from <= text.length && matcher.find(from) && (!this.sticky || matcher.start() === from);
    if (!found) {
      if (moves) this.lastIndex = 0;
      return null;
    }
    if (moves) this.lastIndex = matcher.end();
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, at) => matcher.group(at) ?? undefined);
    return Object.assign(groups, { index: matcher.start(), input: text }) as unknown as RegExpExecArray;
  }
}

/** An engine whose own stack or program is too small for an expression of thousands of groups says so when it is asked. */
function untilTooLarge<T>(search: () => T): T | "too-long" {
  try {
    return search();
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) return "too-long";
    throw error;
  }
}

/** Do something that holds the thread, for so long at most. */
function within<T>(deadlineMs: number, work: () => T): T | "too-long" {
  room.work = work;
  try {
    return call.runInContext(room, { timeout: deadlineMs }) as T;
  } catch (error) {
    // Made in the room of the script: an error of that realm and not of this.
    if ((error as { code?: unknown }).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    return "too-long";
  } finally {
    room.work = undefined;
  }
}

/** Many matches in one piece, such as those of `${x//a*b/c}`: together they hold the thread no longer than one may. */
export function boundedMatching<T>(pattern: string, work: () => T): T {
  const answer = within(LINEAR_DEADLINE_MS, work);
  if (answer === "too-long") throw new ExpressionTooCostly(pattern);
  return answer;
}

/** Repetitions that may have to be tried against each other; without end when one stands inside another. */
function repeatsOf(source: string): number {
  const plain = source.replace(/\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]/g, (found) =>
    /^\\[1-9]/.test(found) ? "\\1" : "x",
  );
  const repeats = plain.match(/[*+]|\{\d*,?\d*\}/g)?.length ?? 0;
  // A group that is repeated and has a choice inside, or a group caught and asked for again.
  const nested = /\)(?:[*+]|\{)/.test(plain) && (repeats > 1 || plain.includes("|") || plain.includes("?"));
  return nested || (repeats > 0 && plain.includes("\\1")) ? Number.POSITIVE_INFINITY : repeats;
}

function linearOf(expression: RegExp): RE2JS {
  const flags =
    (expression.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) |
    (expression.multiline ? RE2JS.MULTILINE : 0) |
    (expression.dotAll ? RE2JS.DOTALL : 0);
  try {
    return RE2JS.compile(expression.source.replaceAll("[^]", "(?s:.)"), flags);
  } catch {
    throw new ExpressionTooCostly(expression.source);
  }
}
