/** `[[ ]]` and `test`: what can be asked of texts, numbers and files. */
import { boundedExpression } from "./bounded-expression.ts";
import { evaluateText, expandPattern, expandRegex, expandText } from "./expansion.ts";
import { FileError, type FileStat } from "./node-files.ts";
import { EXECUTE, mayAccess, READ, WRITE } from "./node-user.ts";
import { worthOf } from "./parameters.ts";
import { matchesPattern } from "./pattern.ts";
import type { SetOption, Shell } from "./shell.ts";
import type { ConditionalExpressionNode } from "./syntax-tree.ts";
import { trace } from "./tracing.ts";
import { ShellError } from "./variables.ts";

/** Evaluate the expression of `[[ ]]`. @throws ShellError */
export async function conditionHolds(
  shell: Shell,
  node: ConditionalExpressionNode,
  inverted = false,
): Promise<boolean> {
  /** `set -x` shows each question as it is asked. */
  const show = async (...words: string[]) => {
    await trace(shell, () => `[[ ${inverted ? "! " : ""}${words.map((word) => word || "''").join(" ")} ]]`);
  };
  switch (node.type) {
    case "CondAnd":
      return (await conditionHolds(shell, node.left)) && conditionHolds(shell, node.right);
    case "CondOr":
      return (await conditionHolds(shell, node.left)) || conditionHolds(shell, node.right);
    case "CondNot":
      return !(await conditionHolds(shell, node.operand, !inverted));
    case "CondGroup":
      return conditionHolds(shell, node.expression);
    case "CondUnary": {
      const operand = await expandText(shell, node.operand);
      await show(node.operator, operand);
      return unaryHolds(shell, node.operator, operand);
    }
    case "CondBinary": {
      const left = await expandText(shell, node.left);
      if (shell.options.has("xtrace")) await show(left, node.operator, await tracedRight(shell, node));
      const ignoreCase = shell.shopts.has("nocasematch");
      switch (node.operator) {
        case "=":
        case "==":
          return matchesPattern(left, await expandPattern(shell, node.right), { ignoreCase, extglob: true });
        case "!=":
          return !matchesPattern(left, await expandPattern(shell, node.right), { ignoreCase, extglob: true });
        case "=~":
          return matchesRegex(shell, left, await expandRegex(shell, node.right), ignoreCase);
        case "-eq":
        case "-ne":
        case "-lt":
        case "-le":
        case "-gt":
        case "-ge": {
          const right = await expandText(shell, node.right);
          return compareNumbers(node.operator, await numberOf(shell, left), await numberOf(shell, right));
        }
        default:
          return binaryHolds(shell, left, node.operator, await expandText(shell, node.right));
      }
    }
  }
}

async function numberOf(shell: Shell, text: string): Promise<bigint> {
  try {
    return await evaluateText(shell, text);
  } catch (error) {
    if (error instanceof ShellError && !error.fatal) throw new ShellError(`[[: ${error.message}`);
    throw error;
  }
}

/** The right side as `set -x` shows it: quoted letters of a pattern each with a backslash. */
async function tracedRight(
  shell: Shell,
  { operator, right }: Extract<ConditionalExpressionNode, { type: "CondBinary" }>,
): Promise<string> {
  if (!["=", "==", "!="].includes(operator)) return expandText(shell, right);
  const quoted = right.parts.every((part) => part.type === "DoubleQuoted" || part.type === "SingleQuoted");
  return quoted ? (await expandText(shell, right)).replace(/./gsu, "\\$&") : expandPattern(shell, right);
}

function matchesRegex(shell: Shell, text: string, source: string, ignoreCase: boolean): boolean {
  const named: Record<string, string> = {
    alpha: "a-zA-Z",
    digit: "0-9",
    alnum: "a-zA-Z0-9",
    space: "\\s",
    upper: "A-Z",
    lower: "a-z",
    xdigit: "0-9a-fA-F",
    punct: "!-/:-@\\[-`{-~",
    blank: " \\t",
  };
  const javascript = source.replace(/\[:(\w+):\]/g, (whole, name: string) => named[name] ?? whole);
  let expression: RegExp;
  try {
    expression = boundedExpression(javascript, ignoreCase ? "is" : "s");
  } catch {
    // bash 5.2 says nothing of it.
    const refused = new ShellError("invalid regular expression", { status: 2 });
    refused.told = true;
    throw refused;
  }
  const found = expression.exec(text);
  shell.variables.setArray(
    "BASH_REMATCH",
    (found ?? []).map((value, index) => [String(index), value ?? ""]),
  );
  return found !== null;
}

function compareNumbers(operator: string, left: bigint, right: bigint): boolean {
  switch (operator) {
    case "-eq":
      return left === right;
    case "-ne":
      return left !== right;
    case "-lt":
      return left < right;
    case "-le":
      return left <= right;
    case "-gt":
      return left > right;
    default:
      return left >= right;
  }
}

async function binaryHolds(shell: Shell, left: string, operator: string, right: string): Promise<boolean> {
  if (operator === "<") return left < right;
  if (operator === ">") return left > right;
  const [a, b] = [await statOf(shell, left), await statOf(shell, right)];
  if (operator === "-nt") return (a?.mtimeMs ?? Number.NEGATIVE_INFINITY) > (b?.mtimeMs ?? Number.NEGATIVE_INFINITY);
  if (operator === "-ot") return (a?.mtimeMs ?? Number.NEGATIVE_INFINITY) < (b?.mtimeMs ?? Number.NEGATIVE_INFINITY);
  return a !== undefined && b !== undefined && a.inode === b.inode;
}

async function unaryHolds(shell: Shell, operator: string, operand: string): Promise<boolean> {
  switch (operator) {
    case "-z":
      return operand === "";
    case "-n":
      return operand !== "";
    case "-v": {
      const worth = await worthOf(shell, operand);
      return worth.kind === "list" ? worth.values.length > 0 : worth.value !== undefined;
    }
    case "-R":
      return shell.variables.target(operand) !== operand;
    case "-o":
      return shell.options.has(operand as SetOption);
    case "-t":
      return shell.descriptors.get(Number(operand))?.kind === "tty";
    case "-h":
    case "-L":
      return (await statOf(shell, operand, false))?.type === "symlink";
  }
  const stat = await statOf(shell, operand);
  if (!stat) return false;
  switch (operator) {
    case "-f":
      return stat.type === "file";
    case "-d":
      return stat.type === "directory";
    case "-c":
      return stat.type === "device";
    case "-p":
      return isPipe(shell, operand);
    case "-b":
    case "-S":
    case "-k":
    case "-N":
      // When a file was read last is not kept.
      return false;
    case "-g":
      return (stat.mode & 0o2000) !== 0;
    case "-u":
      return (stat.mode & 0o4000) !== 0;
    case "-s":
      return stat.size > 0;
    case "-x":
      return mayAccess(shell.process.user, stat, EXECUTE);
    case "-r":
      return mayAccess(shell.process.user, stat, READ);
    case "-w":
      return mayAccess(shell.process.user, stat, WRITE);
    case "-O":
      return stat.owner === shell.process.user.name;
    case "-G":
      return stat.group === shell.process.user.groups[0];
    default:
      return true;
  }
}

function isPipe(shell: Shell, path: string): boolean {
  const fd = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path)?.[1] ?? { "/dev/stdin": "0", "/dev/stdout": "1" }[path];
  return fd !== undefined && shell.descriptors.get(Number(fd))?.kind === "pipe";
}

async function statOf(shell: Shell, path: string, follow = true): Promise<FileStat | undefined> {
  if (path === "") return undefined;
  const full = shell.resolve(path);
  if (/^\/dev\/(null|zero|full|tty|u?random|std(in|out|err)|fd\/\d+)$/.test(full)) {
    return { type: "device", mode: 0o666, owner: "root", group: "root", size: 0, mtimeMs: 0, inode: 1, links: 1 };
  }
  try {
    return await shell.around.files.stat(full, { follow });
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

const UNARY = /^-[abcdefghknoprstuvwxzGLNORS]$/;
const BINARY = new Set(["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"]);

/** Evaluate the arguments of `test` or `[`. @throws ShellError with `test`'s own words, status 2 */
export async function testHolds(shell: Shell, name: string, words: readonly string[]): Promise<boolean> {
  const fail = (text: string): never => {
    throw new ShellError(`${name}: ${text}`, { status: 2 });
  };
  let at = 0;
  const or = async (): Promise<boolean> => {
    let holds = await and();
    while (words[at] === "-o") {
      at++;
      const right = await and();
      holds ||= right;
    }
    return holds;
  };
  const and = async (): Promise<boolean> => {
    let holds = await primary();
    while (words[at] === "-a") {
      at++;
      const right = await primary();
      holds &&= right;
    }
    return holds;
  };
  const primary = async (): Promise<boolean> => {
    const word = words[at];
    if (word === undefined) return fail("argument expected");
    const [operator, right] = [words[at + 1], words[at + 2]];
    if (operator !== undefined && BINARY.has(operator) && right !== undefined) {
      at += 3;
      return compare(word, operator, right);
    }
    if (word === "!" && words.length - at > 1) {
      at++;
      return !(await primary());
    }
    if (word === "(" && words.length - at > 2) {
      at++;
      const holds = await or();
      if (words[at] !== ")") return fail("`)' expected");
      at++;
      return holds;
    }
    if (UNARY.test(word) && words.length - at > 1 && !(words.length - at === 3 && !UNARY.test(word))) {
      at += 2;
      return unaryHolds(shell, word, operator!);
    }
    at++;
    return word !== "";
  };
  const compare = async (left: string, operator: string, right: string): Promise<boolean> => {
    if (operator === "=" || operator === "==") return left === right;
    if (operator === "!=") return left !== right;
    if (!operator.startsWith("-") || ["-nt", "-ot", "-ef"].includes(operator))
      return binaryHolds(shell, left, operator, right);
    for (const side of [left, right]) {
      const whole = /^\s*[-+]?\d+\s*$/.test(side) && BigInt.asIntN(64, BigInt(side.trim().replace(/^\+/, "")));
      if (whole === false || whole.toString() !== BigInt(side.trim().replace(/^\+/, "")).toString())
        fail(`${side}: integer expression expected`);
    }
    return compareNumbers(operator, BigInt(left.trim().replace(/^\+/, "")), BigInt(right.trim().replace(/^\+/, "")));
  };
  if (words.length === 0) return false;
  if (words.length === 1) return words[0] !== "";
  const holds = await or();
  if (at < words.length) {
    if (words.length === 2) fail(`${words[0]}: unary operator expected`);
    if (words.length === 3) fail(`${words[1]}: binary operator expected`);
    fail("too many arguments");
  }
  return holds;
}
