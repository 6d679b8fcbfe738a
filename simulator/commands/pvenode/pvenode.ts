/** pvenode: a node's tasks and configuration. @source recordings 29, 32, 50; pve-manager PVE/CLI/pvenode.pm */
import { callAsRoot, refusalText } from "../../api/in-process.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { startPerl } from "../pve-cli/no-pmxcfs.ts";
import { type PrintOptions, printResult, takeFormatOptions } from "../pve-cli/print-result.ts";
import { usageOf } from "../pve-cli/run-command.ts";
import type { Column } from "../pve-cli/text-table.ts";
import { type CommandDefinition, type OptionDefinition, parseArguments, usageLine } from "../pvecm/arguments.ts";

const text: OptionDefinition = { type: "string" };
const flag: OptionDefinition = { type: "boolean" };
const number: OptionDefinition = { type: "integer", minimum: 0 };
const output = { "output-format": text, noborder: flag, noheader: flag, quiet: flag, "human-readable": flag };

type Values = Record<string, string>;

interface Command extends CommandDefinition {
  /** Below `/nodes/NODE`. */
  path(values: Values): string;
  print(context: ProgramContext, data: unknown, format: PrintOptions): Promise<void>;
}

/** @source recordings 29, 50 */
const TASK_COLUMNS: Column[] = [
  { name: "upid", kind: "text", title: "UPID" },
  { name: "type", kind: "text", title: "Type" },
  { name: "id", kind: "text", title: "ID" },
  { name: "user", kind: "text", title: "User" },
  { name: "starttime", kind: "integer", title: "Starttime" },
  { name: "endtime", kind: "integer", title: "Endtime" },
  { name: "status", kind: "text", title: "Status" },
];

const asObject: Command["print"] = (context, data, format) => printResult(context.stdout, data, format);

const COMMANDS: Record<string, Command> = {
  "config get": {
    name: "pvenode config get",
    fixed: [],
    options: { property: text, ...output },
    path: () => "config",
    print: asObject,
  },
  "task list": {
    name: "pvenode task list",
    fixed: [],
    options: {
      errors: flag,
      limit: number,
      since: number,
      source: text,
      start: number,
      statusfilter: text,
      typefilter: text,
      until: number,
      userfilter: text,
      vmid: text,
      ...output,
    },
    path: () => "tasks",
    print: (context, data, format) =>
      printResult(context.stdout, (data as Values[]).map(shownTask), format, TASK_COLUMNS),
  },
  "task log": {
    name: "pvenode task log",
    fixed: ["upid"],
    options: { upid: text, start: number, limit: number, download: flag },
    path: (values) => `tasks/${values.upid}/log`,
    async print(context, data) {
      await context.stdout.write((data as { t: string }[]).map((line) => `${line.t}\n`).join(""));
    },
  },
  "task status": {
    name: "pvenode task status",
    fixed: ["upid"],
    options: { upid: text, ...output },
    path: (values) => `tasks/${values.upid}/status`,
    print: asObject,
  },
};

const NOT_MODELLED = ["acme", "cert", "config set", "migrateall", "startall", "stopall", "wakeonlan"];

/** How it ended in one word, whatever the format. @source recordings 29, 32 */
function shownTask(task: Values): Values {
  const { status = "" } = task;
  if (status === "OK" || status === "RUNNING") return task;
  return { ...task, status: status.startsWith("WARNINGS") ? "WARNINGS" : "ERROR" };
}

export async function pvenode(context: ProgramContext): Promise<number> {
  const args = context.argv.slice(1);
  const failed = await startPerl(context);
  if (failed !== undefined) return failed;
  const name = args.slice(0, 2).join(" ");
  if (args[0] === "help") {
    await context.stdout.write(usage());
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    const known = NOT_MODELLED.some((words) => name === words || args[0] === words);
    const wrong = args.length === 0 ? "ERROR: no command specified\n" : `ERROR: unknown command 'pvenode ${name}'\n`;
    await context.stderr.write(known ? notModelled("pvenode", name) : `${wrong}${usage()}`);
    return known ? 1 : 255;
  }
  const parsed = parseArguments(command, args.slice(2));
  if ("refusal" in parsed) {
    await context.stderr.write(parsed.refusal);
    return 255;
  }
  const format = takeFormatOptions(parsed.values);
  if ("wrong" in format) {
    await context.stderr.write(format.wrong);
    return 255;
  }
  const kept = Object.entries(parsed.values).filter(([key]) => !Object.hasOwn(output, key) && key !== "upid");
  const params: Values = Object.fromEntries(kept);
  // The command prints the whole log; the API would stop at 50 lines.
  if (command.name === "pvenode task log") params.limit ??= "0";
  const { lab, node, signal } = context;
  const path = `/nodes/${node}/${command.path(parsed.values)}`;
  const answer = await callAsRoot({ lab, node, signal, method: "GET", path, params });
  if (answer.kind === "answered") {
    await command.print(context, answer.data, format);
    return 0;
  }
  const refused = answer.kind === "refused" ? refusalText(answer) : `no such resource '${path}'\n`;
  const isParameter = answer.kind === "refused" && answer.status === 400;
  await context.stderr.write(`${refused}${isParameter ? `${usageLine(command)}\n` : ""}`);
  return 255;
}

function usage(): string {
  return `${usageOf("pvenode", Object.values(COMMANDS))}\n       pvenode help [<extra-args>] [OPTIONS]\n`;
}
