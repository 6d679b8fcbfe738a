/** vim's patterns and replacements as JavaScript's, and the time that they may take. */
import { BoundReached } from "../../../shell/bound.ts";
import { boundedExpression } from "../../../shell/bounded-expression.ts";
import type { ViState } from "./state.ts";

/** A pattern as vim reads it; undefined for one that it cannot be. `\c` in it: capitals and small letters alike. */
export function expressionOf(vi: ViState, pattern: string, flags: string): RegExp | undefined {
  const { options } = vi;
  const smart = options.has("smartcase") && /[A-Z]/.test(pattern);
  const alike = (/\\c/.test(pattern) || (options.has("ignorecase") && !smart)) && !flags.includes("i") ? "i" : "";
  try {
    return boundedExpression(fromVim(pattern.replace(/\\[cC]/g, "")), `u${flags}${alike}`);
  } catch {
    return undefined;
  }
}

/** What expressions answer, or nothing and a message when they take too long. */
export function withinBounds<T>(vi: ViState, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof BoundReached)) throw error;
    vi.message = error.message;
    return undefined;
  }
}

/** Vim's basic patterns as a RegExp's source: `\(`, `\|`, `\+` are special with the backslash and plain without. */
function fromVim(pattern: string): string {
  return pattern.replace(/\\(.)|([(){}|+?/-])/gsu, (_all, escaped: string | undefined, plain: string | undefined) => {
    if (plain) return plain === "-" || plain === "/" ? plain : `\\${plain}`;
    if (/[(){}|+?]/.test(escaped!)) return escaped!;
    if (escaped === "<" || escaped === ">") return "\\b";
    if (/[wdsWDSbnt.*[\]^$\\]/.test(escaped!)) return `\\${escaped}`;
    return escaped!;
  });
}

/** What stands behind the pattern as JavaScript reads it: `&`, `\1`, `\n`, `\r`. */
export function replacementOf(by: string): string {
  return by
    .replace(/\$/g, "$$$$")
    .replace(/\\([0-9])|(?<!\\)&|\\([\s\S])/g, (_all, group?: string, escaped?: string) => {
      if (group) return group === "0" ? "$&" : `$${group}`;
      if (escaped === undefined) return "$&";
      return escaped === "r" || escaped === "n" ? "\n" : escaped === "t" ? "\t" : escaped;
    });
}
