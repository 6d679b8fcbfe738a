/** Words: quotes, `$` expansions, backquotes, extended patterns and tildes. */
import type {
  AssignmentNode,
  CommandSubstitutionPart,
  InnerParameterOperation,
  ParameterExpansionPart,
  ParameterOperation,
  ScriptNode,
  WordNode,
  WordPart,
} from "../syntax-tree.ts";
import { decodeAnsi } from "./ansi-quotes.ts";
import { type Source, Unfinished } from "./source.ts";

/** How quotes and backslashes are read. */
type Mode =
  /** As in a command. */
  | "plain"
  /** The same without process substitution: subscripts and arithmetic. */
  | "bare"
  /** Between double quotes. */
  | "double"
  /** In a here-document. */
  | "here"
  /** The word of `${x:-word}` between double quotes. */
  | "brace-in-double"
  /** The same in a here-document, where double quotes stay. */
  | "brace-in-here";

type Stop = (char: string) => boolean;

/** What reads the commands that stand inside words. */
export interface CommandReader {
  /** Up to the `)` that ends a substitution, and over it. */
  substitution(): ScriptNode;
  /** The text between backquotes. */
  backquoted(text: string, line: number): Pick<CommandSubstitutionPart, "body" | "mistake">;
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const METACHARACTERS = " \t\n|&;()<>";

/** What neither ends anything nor means anything: in any mode, between double quotes and in here-documents. */
const ORDINARY = /[\w.,%^=\x00-\x08\x0b-\x1f\x7f-\uffff-]+/y;
const ORDINARY_QUOTED = /[^$`\\"]+/y;
const ORDINARY_HERE = /[^$`\\]+/y;
const ordinaryIn = (mode: Mode) => (mode === "double" ? ORDINARY_QUOTED : mode === "here" ? ORDINARY_HERE : ORDINARY);

const never: Stop = () => false;

export class Words {
  readonly #source: Source;
  readonly #commands: CommandReader;
  extglob: boolean;
  /** `$( )` that have been read, by their places. */
  #substitutions: { start: number; end: number; body: ScriptNode }[] = [];
  /**
   * What a `$` has been read as, by place and mode: text that turns out to be no subscript, no arithmetic or no operation
   * is read once more, and what stands inside it must not be read twice at each level.
   */
  #expansions = new Map<string, { end: number; part: WordPart; edition: number }>();

  constructor(source: Source, commands: CommandReader, extglob: boolean) {
    this.#source = source;
    this.#commands = commands;
    this.extglob = extglob;
  }

  /** The word that begins here; undefined where none does. */
  word(): WordNode | undefined {
    const start = this.#source.at;
    const parts = this.#wordParts();
    if (this.#source.at === start) return undefined;
    return this.#finished(parts, start);
  }

  /** A word of a pattern in `[[ ]]`, where extended patterns are always known. */
  patternWord(): WordNode | undefined {
    const held = this.extglob;
    this.extglob = true;
    try {
      return this.word();
    } finally {
      this.extglob = held;
    }
  }

  /** The right side of `=~`, which may hold parentheses and bars. */
  regexWord(): WordNode | undefined {
    const { at: start } = this.#source;
    let depth = 0;
    const parts = this.#parts("plain", (char) => {
      if (char === "(") depth++;
      else if (char === ")") return depth-- === 0;
      else if (" \t\n".includes(char)) return depth === 0;
      else return depth === 0 && "&;<>".includes(char);
      return false;
    });
    if (this.#source.at === start) return undefined;
    return this.#placed(parts, start);
  }

  /** All of the text as one word of an assignment: quotes are removed, nothing ends it. */
  wholeText(): WordNode {
    return { type: "Word", parts: tildes(this.#parts("bare", never), true) };
  }

  /** All of the text as in a here-document. */
  hereText(): WordNode {
    return { type: "Word", parts: this.#parts("here", never) };
  }

  /** `name=value`, `name[subscript]+=value`, `name=(list)`, if that is what begins here. */
  assignment(): { node: AssignmentNode; raw: string } | undefined {
    const source = this.#source;
    const start = source.at;
    const name = source.match(NAME);
    if (!name) return undefined;
    source.at += name.length;
    const line = source.lineAt();
    const target = source.peek() === "[" ? this.#subscripted() : name;
    if (target === undefined) throw source.unclosed("]", line);
    const sign = source.match(/\+?=/y);
    if (sign === undefined) {
      source.at = start;
      return undefined;
    }
    const whole = target === name ? name : name + target;
    source.at += sign.length;
    const node: AssignmentNode = { type: "Assignment", name: whole, append: sign === "+=", value: null, array: null };
    if (source.peek() === "(" && target === name) node.array = source.nested(() => this.#list());
    else node.value = this.#valueWord();
    return { node, raw: source.text.slice(start, source.at) };
  }

  #valueWord(): WordNode {
    const start = this.#source.at;
    return this.#placed(tildes(this.#wordParts(), true), start);
  }

  /** `[...]` here, brackets and all; undefined when it does not end or the text behind it is not wanted. */
  #subscripted(): string | undefined {
    const { at: start } = this.#source;
    const closed = this.#skipSubscript();
    return closed ? this.#source.text.slice(start, this.#source.at) : undefined;
  }

  /** Over a `[`, what it holds and its `]`. @returns false at the end of the text */
  #skipSubscript(): boolean {
    const source = this.#source;
    source.at++;
    let depth = 0;
    this.#parts("bare", (char) => {
      if (char === "[") depth++;
      return char === "]" && depth-- === 0;
    });
    if (source.ended) return false;
    source.at++;
    return true;
  }

  /** The words between the parentheses of `name=( )`. */
  #list(): WordNode[] {
    const source = this.#source;
    const line = source.lineAt();
    source.at++;
    const words: WordNode[] = [];
    for (;;) {
      const blank = source.match(/(?:[ \t\n]|\\\n)+/y);
      if (blank) source.at += blank.length;
      const comment = source.peek() === "#" ? source.match(/#[^\n]*/y) : undefined;
      if (comment) {
        source.at += comment.length;
        continue;
      }
      if (source.ended) throw source.unclosed(")", line);
      if (source.peek() === ")") {
        source.at++;
        return words;
      }
      const word = this.#keyed() ?? this.word();
      if (!word) throw this.#listMistake();
      words.push(word);
    }
  }

  #listMistake(): Error {
    return new ListMistake(this.#source.match(/;;&|;;|;&|&&|\|\||\|&|&>>|&>|[;&|()<>]/y) ?? this.#source.peek());
  }

  /** `[key]=value` in a list. */
  #keyed(): WordNode | undefined {
    const source = this.#source;
    if (source.peek() !== "[") return undefined;
    const start = source.at;
    const key = this.#subscripted();
    const sign = key === undefined ? undefined : source.match(/\+?=/y);
    if (key === undefined || sign === undefined) {
      source.at = start;
      return undefined;
    }
    source.at += sign.length;
    const value = this.#valueWord();
    const assignment: AssignmentNode = { type: "Assignment", name: key, append: sign === "+=", value, array: null };
    return { type: "Word", parts: [], raw: source.text.slice(start, source.at), assignment };
  }

  #wordParts(): WordPart[] {
    return this.#parts("plain", (char) => METACHARACTERS.includes(char));
  }

  #finished(parts: WordPart[], start: number): WordNode {
    const text = this.#source.text.slice(start, this.#source.at);
    return this.#placed(tildes(parts, ASSIGNING.test(text)), start);
  }

  /** A word with its text from a place up to here. */
  #placed(parts: WordPart[], start: number): WordNode {
    const { at, text: whole } = this.#source;
    const text = whole.slice(start, at);
    const raw = text.includes("\\\n") && !text.includes("'") ? text.replaceAll("\\\n", "") : text;
    // Those of an outer word that is not whole yet stand before.
    let first = this.#substitutions.length;
    while (first > 0 && this.#substitutions[first - 1]!.start >= start) first--;
    const inside = this.#substitutions.splice(first);
    if (inside.length === 0) return { type: "Word", parts, raw };
    const pieces: (string | ScriptNode)[] = [];
    let from = start;
    for (const one of inside.sort((a, b) => a.start - b.start)) {
      if (one.start < from || one.end > at) continue;
      pieces.push(whole.slice(from, one.start), one.body);
      from = one.end;
    }
    return { type: "Word", parts, raw, pieces: [...pieces, whole.slice(from, at)] };
  }

  #parts(mode: Mode, stop: Stop): WordPart[] {
    const source = this.#source;
    const parts: WordPart[] = [];
    const literal = (text: string) => {
      const last = parts.at(-1);
      if (last?.type === "Literal") last.value += text;
      else parts.push({ type: "Literal", value: text });
    };
    const quotes = mode === "plain" || mode === "bare";
    const ordinary = ordinaryIn(mode);
    while (!source.ended) {
      const run = source.match(ordinary);
      if (run) {
        literal(run);
        source.at += run.length;
        continue;
      }
      const char = source.peek();
      // What begins with a metacharacter may be part of the word all the same.
      const process = mode === "plain" && (char === "<" || char === ">") && source.peek(1) === "(";
      if (!process && stop(char)) break;
      if (process) {
        source.at += 2;
        const body = source.nested(() => this.#commands.substitution());
        parts.push({ type: "ProcessSubstitution", body, direction: char === "<" ? "input" : "output" });
      } else if (char === "\\") this.#escape(mode, parts, literal);
      else if (char === "'" && quotes) parts.push(this.#single());
      else if (char === '"' && (quotes || mode === "brace-in-double")) parts.push(this.#double());
      else if (char === "`") parts.push(this.#backquotes(mode));
      else if (char === "$") {
        const part = this.#expansion(mode);
        if (typeof part === "string") literal(part);
        else parts.push(part);
      } else if (this.extglob && mode === "plain" && "?*+@!".includes(char) && source.peek(1) === "(") {
        literal(`${char}(`);
        source.at += 2;
        for (const part of source.nested(() => this.#parts("plain", (next) => next === ")"))) {
          if (part.type === "Literal") literal(part.value);
          else parts.push(part);
        }
        if (source.ended) throw source.unclosed(")");
        source.at++;
        literal(")");
      } else {
        literal(char);
        source.at++;
      }
    }
    return parts;
  }

  #escape(mode: Mode, parts: WordPart[], literal: (text: string) => void): void {
    const source = this.#source;
    const next = source.peek(1);
    source.at += 2;
    if (next === "\n") return;
    if (next === "") {
      source.at = source.text.length;
      literal("\\");
      return;
    }
    const special =
      mode === "plain" ||
      mode === "bare" ||
      "$`\\".includes(next) ||
      (next === '"' && mode !== "here" && mode !== "brace-in-here") ||
      (next === "}" && mode.startsWith("brace"));
    if (special) parts.push({ type: "Escaped", value: next });
    else literal(`\\${next}`);
  }

  #single(): WordPart {
    const source = this.#source;
    const end = source.text.indexOf("'", source.at + 1);
    if (end < 0) throw source.unclosed("'", source.lineAt());
    const value = source.text.slice(source.at + 1, end);
    source.at = end + 1;
    return { type: "SingleQuoted", value };
  }

  #double(): WordPart {
    const source = this.#source;
    const line = source.lineAt();
    source.at++;
    const parts = source.nested(() => this.#parts("double", (char) => char === '"'));
    if (source.ended) throw source.unclosed('"', line);
    source.at++;
    return { type: "DoubleQuoted", parts };
  }

  #backquotes(mode: Mode): WordPart {
    const source = this.#source;
    const line = source.lineAt();
    let end = source.at + 1;
    while (end < source.text.length && source.text[end] !== "`") end += source.text[end] === "\\" ? 2 : 1;
    if (end >= source.text.length) throw source.unclosed("`", line);
    const quoted = mode === "double" || mode === "brace-in-double";
    const text = source.text.slice(source.at + 1, end).replace(quoted ? /\\([$`\\"])/g : /\\([$`\\])/g, "$1");
    source.at = end + 1;
    return { type: "CommandSubstitution", ...source.nested(() => this.#commands.backquoted(text, line)) };
  }

  /** What a `$` begins, or the text that it is: as it was read before, where it was. */
  #expansion(mode: Mode): WordPart | string {
    const source = this.#source;
    const start = source.at;
    if (!"({[".includes(source.peek(1) || " ")) return this.#dollar(mode);
    const key = `${start} ${mode}`;
    const known = this.#expansions.get(key);
    if (known?.edition === source.edition) {
      source.at = known.end;
      const { part } = known;
      if (part.type === "CommandSubstitution") this.#substitutions.push({ start, end: known.end, body: part.body });
      return part;
    }
    const part = this.#dollar(mode);
    if (typeof part !== "string") this.#expansions.set(key, { end: source.at, part, edition: source.edition });
    return part;
  }

  /** What a `$` begins, or the text that it is. */
  #dollar(mode: Mode): WordPart | string {
    const source = this.#source;
    const start = source.at;
    const next = source.peek(1);
    if (next === "(") {
      const expression = source.peek(2) === "(" ? this.#arithmetic(start + 3) : undefined;
      if (expression !== undefined) return { type: "ArithmeticExpansion", expression };
      source.at = start + 2;
      const body = this.#substitution(start);
      this.#substitutions.push({ start, end: source.at, body });
      return { type: "CommandSubstitution", body };
    }
    if (next === "{") return source.nested(() => this.#braced(mode));
    if (next === "[") {
      source.at++;
      const line = source.lineAt();
      const text = this.#subscripted();
      if (text === undefined) throw source.unclosed("]", line);
      return { type: "ArithmeticExpansion", expression: text.slice(1, -1) };
    }
    if (next === "'" && (mode === "plain" || mode === "bare")) return this.#ansi();
    if (next === '"' && (mode === "plain" || mode === "bare")) {
      source.at++;
      return this.#double();
    }
    source.at++;
    const name = source.match(NAME) ?? source.match(/[0-9@*#?$!-]/y);
    if (name === undefined) return "$";
    source.at += name.length;
    return { type: "ParameterExpansion", parameter: name, operation: null, raw: `$${name}` };
  }

  /** Of `$((` that turned out to be a subshell the end is missed where it began. */
  #substitution(start: number): ScriptNode {
    const source = this.#source;
    try {
      return source.nested(() => this.#commands.substitution());
    } catch (error) {
      if (error instanceof Unfinished && source.text.startsWith("$((", start))
        throw source.unclosed(")", source.lineAt(start));
      throw error;
    }
  }

  #ansi(): WordPart {
    const source = this.#source;
    const line = source.lineAt();
    let end = source.at + 2;
    while (end < source.text.length && source.text[end] !== "'") end += source.text[end] === "\\" ? 2 : 1;
    if (end >= source.text.length) throw source.unclosed("'", line);
    const value = decodeAnsi(source.text.slice(source.at + 2, end));
    source.at = end + 1;
    return { type: "SingleQuoted", value };
  }

  /** The text up to `))`, and over that; undefined when the parentheses turn out to be those of a subshell. */
  #arithmetic(from: number): string | undefined {
    const source = this.#source;
    source.at = from;
    const line = source.lineAt();
    let depth = 0;
    source.nested(() =>
      this.#parts("bare", (char) => {
        if (char === "(") depth++;
        return char === ")" && depth-- === 0;
      }),
    );
    if (source.ended) throw source.unclosed(")", line);
    if (source.peek(1) !== ")") return undefined;
    const text = source.text.slice(from, source.at);
    source.at += 2;
    return text;
  }

  /** The text of `(( ))` whose parentheses begin here; undefined for subshells. Moves behind it. */
  arithmeticCommand(): string | undefined {
    const start = this.#source.at;
    const text = this.#arithmetic(start + 2);
    if (text === undefined) this.#source.at = start;
    return text;
  }

  /** `${...}` */
  #braced(mode: Mode): ParameterExpansionPart {
    const source = this.#source;
    const start = source.at;
    const line = source.lineAt();
    source.at += 2;
    const read = this.#parameter(mode);
    if (source.ended) throw source.unclosed("}", line);
    if (read && source.peek() === "}") {
      source.at++;
      return { type: "ParameterExpansion", ...read, raw: source.text.slice(start, source.at) };
    }
    source.at = start + 2;
    this.#parts(mode === "plain" || mode === "bare" ? "bare" : mode, (char) => char === "}");
    if (source.ended) throw source.unclosed("}", line);
    source.at++;
    const raw = source.text.slice(start, source.at);
    return { type: "ParameterExpansion", parameter: "", operation: { type: "BadSubstitution" }, raw };
  }

  #parameter(mode: Mode): Pick<ParameterExpansionPart, "parameter" | "operation"> | undefined {
    const source = this.#source;
    const start = source.at;
    if (source.peek() === "#") {
      source.at++;
      const counted = this.#name();
      if (counted !== undefined && source.peek() === "}") return { parameter: counted, operation: { type: "Length" } };
      source.at = start;
    } else if (source.peek() === "!") {
      source.at++;
      const indirect = this.#indirect(mode);
      if (indirect) return indirect;
      source.at = start;
    }
    const parameter = this.#name();
    if (parameter === undefined) return undefined;
    const operation = source.peek() === "}" ? null : this.#operation(mode);
    return operation === undefined ? undefined : { parameter, operation };
  }

  /** Behind `${!`. */
  #indirect(mode: Mode): Pick<ParameterExpansionPart, "parameter" | "operation"> | undefined {
    const source = this.#source;
    const prefix = source.match(/[A-Za-z_][A-Za-z0-9_]*(?=[*@]\})/y);
    if (prefix) {
      source.at += prefix.length + 1;
      const star = source.peek(-1) === "*";
      return { parameter: prefix, operation: { type: "VarNamePrefix", prefix, star } };
    }
    const parameter = this.#name();
    if (parameter === undefined || /^[-?=+]$/.test(parameter)) return undefined;
    const all = /^([A-Za-z_]\w*)\[([@*])\]$/.exec(parameter);
    if (all && source.peek() === "}") {
      return { parameter, operation: { type: "ArrayKeys", array: all[1]!, star: all[2] === "*" } };
    }
    const inner = source.peek() === "}" ? null : this.#operation(mode);
    return inner === undefined ? undefined : { parameter, operation: { type: "Indirection", inner } };
  }

  /** A parameter's name with its subscript. */
  #name(): string | undefined {
    const source = this.#source;
    const plain = source.match(NAME);
    if (plain === undefined) {
      const other = source.match(/[0-9]+|[@*#?$!_-]/y);
      if (other !== undefined) source.at += other.length;
      return other;
    }
    source.at += plain.length;
    if (source.peek() !== "[") return plain;
    const subscript = this.#subscripted();
    return subscript === undefined ? undefined : plain + subscript;
  }

  #operation(mode: Mode): InnerParameterOperation | undefined {
    const source = this.#source;
    const sign = source.match(/:?[-=?+]/y);
    if (sign !== undefined) {
      source.at += sign.length;
      const type = ({ "-": "Default", "=": "Assign", "?": "Error", "+": "Alternative" } as const)[
        sign.at(-1) as "-" | "=" | "?" | "+"
      ];
      const inner =
        mode === "double" || mode === "brace-in-double"
          ? "brace-in-double"
          : mode.endsWith("here")
            ? "brace-in-here"
            : "bare";
      return { type, word: this.#until(inner, "}"), checkEmpty: sign.length === 2 };
    }
    const char = source.peek();
    source.at++;
    const doubled = source.peek() === char;
    switch (char) {
      case ":": {
        const offset = this.#expressionText(":}");
        if (source.peek() !== ":") return { type: "Substring", offset, length: null };
        source.at++;
        return { type: "Substring", offset, length: this.#expressionText("}") };
      }
      case "#":
      case "%":
        if (doubled) source.at++;
        return {
          type: "PatternRemoval",
          side: char === "#" ? "prefix" : "suffix",
          greedy: doubled,
          pattern: this.#until("plain", "}"),
        };
      case "/":
        return this.#replacement(doubled);
      case "^":
      case ",":
      case "~": {
        if (doubled) source.at++;
        const pattern = this.#until("plain", "}");
        return {
          type: "CaseModification",
          direction: char === "^" ? "upper" : char === "," ? "lower" : "toggle",
          all: doubled,
          pattern: pattern.parts.length > 0 ? pattern : null,
        };
      }
      case "@": {
        const operator = source.match(/[A-Za-z](?=\})/y);
        if (operator === undefined) return undefined;
        source.at++;
        return { type: "Transform", operator };
      }
    }
    return undefined;
  }

  #replacement(all: boolean): ParameterOperation & { type: "PatternReplacement" } {
    const source = this.#source;
    if (all) source.at++;
    const anchored = !all && (source.peek() === "#" ? "start" : source.peek() === "%" ? "end" : null);
    if (anchored) source.at++;
    // A slash that comes first belongs to the pattern.
    const slash = source.peek() === "/" && !anchored && all;
    if (slash) source.at++;
    const pattern = this.#until("plain", "/}");
    if (slash) pattern.parts.unshift({ type: "Literal", value: "/" });
    let replacement: WordNode | null = null;
    if (source.peek() === "/") {
      source.at++;
      replacement = this.#until("bare", "}");
    }
    return { type: "PatternReplacement", pattern, replacement, all, anchor: anchored || null };
  }

  #until(mode: Mode, ends: string): WordNode {
    const start = this.#source.at;
    const parts = this.#source.nested(() => this.#parts(mode, (char) => ends.includes(char)));
    return { type: "Word", parts: tildes(parts, false), raw: this.#source.text.slice(start, this.#source.at) };
  }

  /** An offset or a length, up to one of the characters outside of parentheses and of `? :`. */
  #expressionText(ends: string): string {
    const start = this.#source.at;
    let [depth, questions] = [0, 0];
    this.#parts("bare", (char) => {
      if (char === "(") depth++;
      else if (char === ")") depth--;
      else if (char === "?" && depth === 0) questions++;
      else if (char === ":" && depth === 0 && questions > 0) questions--;
      else return char === "}" || (depth === 0 && ends.includes(char));
      return false;
    });
    return this.#source.text.slice(start, this.#source.at);
  }
}

/** A token where a list between parentheses needs a word. */
export class ListMistake extends Error {
  readonly token: string;
  constructor(token: string) {
    super(token);
    this.token = token;
  }
}

const ASSIGNING = /^[A-Za-z_]\w*(\[[^\]]*\])?\+?=/;

/** Literal texts with the tildes that stand for a directory as parts of their own. */
function tildes(parts: WordPart[], assigning: boolean): WordPart[] {
  if (!parts.some((part) => part.type === "Literal" && part.value.includes("~"))) return parts;
  const out: WordPart[] = [];
  for (const [at, part] of parts.entries()) {
    if (part.type !== "Literal" || !part.value.includes("~")) {
      out.push(part);
      continue;
    }
    const { value } = part;
    const last = at === parts.length - 1;
    let from = 0;
    // Behind what may a tilde stand: the beginning of the word and, in an assignment, `=` and colons.
    const first = assigning ? value.indexOf("=") : -1;
    for (const found of value.matchAll(/~([A-Za-z0-9_.+-]*)(?=[/:]|$)/g)) {
      const { index } = found;
      const before = value[index - 1];
      const atStart = index === 0 && at === 0;
      const behind = assigning && (before === ":" || (index === first + 1 && before === "="));
      const end = index + found[0].length;
      if (!(atStart || behind) || index < from) continue;
      if (end === value.length && !last) continue;
      if (value[end] === ":" && !assigning) continue;
      if (index > from) out.push({ type: "Literal", value: value.slice(from, index) });
      out.push({ type: "TildeExpansion", user: found[1]! });
      from = end;
    }
    if (from < value.length) out.push({ type: "Literal", value: value.slice(from) });
  }
  return out;
}
