/**
 * Seldom used text tools (`jq`, `strings`, ...): just-bash's commands over the node's files, one command at a
 * time, each in one piece over all of its input, which is therefore small. What is used in pipes streams and is ours
 * (`sed.ts`, `awk/`, `cutting.ts`, `counting.ts`, `sorting.ts`).
 */
import { Bash, type CommandName } from "just-bash";
import type { Program, ProgramEntry } from "../../shell/process.ts";
import { complain } from "./arguments.ts";
import { justBashFiles, TOOLS_DIRECTORY } from "./just-bash-files.ts";
import { collect } from "./streams.ts";

interface Tool {
  name: CommandName;
  /** Short options that take a value as the next argument. */
  valued: string;
  /** Operands that are no files, before the files. */
  leading: number;
  /** Options that stand for the leading operands (`sed -e`, `awk -f`). */
  instead?: string[];
}

const TOOLS: Tool[] = [
  { name: "jq", valued: "", leading: 1 },
  { name: "strings", valued: "nt", leading: 0 },
  { name: "unexpand", valued: "t", leading: 0 },
];

/** What one of them may read and may take, so that none holds the thread for long: 1 MiB are some tens of milliseconds. */
const LIMITS = {
  maxInputBytes: 1 << 20,
  maxOutputSize: 8 << 20,
  maxExecutionTimeMs: 1_000,
};

export const textTools: Record<string, ProgramEntry> = Object.fromEntries(
  TOOLS.map((tool) => [tool.name, { program: programOf(tool), path: `/usr/bin/${tool.name}` }]),
);

function programOf(tool: Tool): Program {
  return async (ctx) => {
    const input = readsInput(tool, ctx.argv) ? await collect(ctx, ctx.stdin) : Buffer.alloc(0);
    if (input.length > LIMITS.maxInputBytes) {
      await complain(
        ctx,
        `input of more than ${LIMITS.maxInputBytes >> 20} MiB is not modelled in this simulated node`,
      );
      return 2;
    }
    const bash = new Bash({
      fs: justBashFiles(ctx.files),
      cwd: ctx.cwd,
      env: { ...Object.fromEntries(ctx.env), PATH: TOOLS_DIRECTORY },
      commands: [tool.name],
      executionLimits: LIMITS,
      defenseInDepth: false,
    });
    const result = await bash.exec(tool.name, {
      args: ctx.argv.slice(1),
      stdin: input.toString("latin1"),
      stdinKind: "bytes",
      signal: ctx.signal,
      rawScript: true,
    });
    const bytes = result.stdoutKind === "bytes" || result.stdoutEncoding === "binary";
    await ctx.stdout.write(Buffer.from(result.stdout, bytes ? "latin1" : "utf8"));
    await ctx.stderr.write(result.stderr.replaceAll("bash: ", ""));
    return result.exitCode;
  };
}

/** Whether it reads standard input: no file among its operands, or `-`. */
function readsInput(tool: Tool, argv: readonly string[]): boolean {
  if (argv.includes("--help") || argv.includes("--version")) return false;
  let operands = 0;
  let leading = tool.leading;
  for (let at = 1; at < argv.length; at++) {
    const arg = argv[at]!;
    if (arg === "-") return true;
    if (arg === "--") {
      operands += argv.length - at - 1;
      break;
    }
    if (!arg.startsWith("-")) {
      operands++;
      continue;
    }
    if (tool.instead?.some((option) => arg.startsWith(option))) leading = 0;
    if (!arg.startsWith("--") && arg.length === 2 && tool.valued.includes(arg[1]!)) at++;
  }
  if (tool.name === "tr") return true;
  return operands <= leading;
}
