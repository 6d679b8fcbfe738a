/** pvenode: a node's tasks and configuration. @source recordings 29, 32, 50; pve-manager PVE/CLI/pvenode.pm */
import { callAsRoot, refusalText } from "../../api/in-process.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { type PrintOptions, printResult, takeFormatOptions } from "../pve-cli/print-result.ts";
import { chooseCommand } from "../pve-cli/run-command.ts";
import type { Column } from "../pve-cli/text-table.ts";
import {
  type CommandDefinition,
  FORMAT_OPTIONS,
  type OptionDefinition,
  parseArguments,
  usageLine,
} from "../pvecm/arguments.ts";

const text: OptionDefinition = { type: "string" };
const flag: OptionDefinition = { type: "boolean" };
const number: OptionDefinition = { type: "integer", minimum: 0 };
const output = FORMAT_OPTIONS;

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

const ELSEWHERE = ["cert delete", "cert set", "config set", "migrateall", "startall", "stopall", "wakeonlan"]
  .concat(["deactivate", "info", "list", "register", "update"].map((verb) => `acme account ${verb}`))
  .concat(["order", "renew", "revoke"].map((verb) => `acme cert ${verb}`))
  .concat(["add", "config", "list", "remove", "set"].map((verb) => `acme plugin ${verb}`));

/** How it ended in one word, whatever the format. @source recordings 29, 32 */
function shownTask(task: Values): Values {
  const { status = "" } = task;
  if (status === "OK" || status === "RUNNING") return task;
  return { ...task, status: status.startsWith("WARNINGS") ? "WARNINGS" : "ERROR" };
}

export async function pvenode(context: ProgramContext): Promise<number> {
  const chosen = await chooseCommand(context, {
    program: "pvenode",
    commands: Object.values(COMMANDS),
    elsewhere: ELSEWHERE,
  });
  if (typeof chosen === "number") return chosen;
  const { command } = chosen;
  const parsed = parseArguments(command, chosen.args);
  if ("refusal" in parsed) {
    await context.stderr.write(parsed.refusal);
    return 255;
  }
  const format = takeFormatOptions(parsed.values);
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
