/** pvenode: a node's tasks and configuration. @source recordings 29, 32, 50; pve-manager PVE/CLI/pvenode.pm */
import { configText } from "../../api/endpoints/node-config.ts";
import { callAsRoot, findLocalEndpoint, refusalText } from "../../api/in-process.ts";
import { declaredType } from "../../api/parameters.ts";
import type { Method } from "../../api/request.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { type PrintOptions, printResult, takeFormatOptions } from "../pve-cli/print-result.ts";
import { chooseCommand, readArguments } from "../pve-cli/run-command.ts";
import { type Column, cellText, tableText } from "../pve-cli/text-table.ts";
import { type CommandDefinition, FORMAT_OPTIONS, type OptionDefinition, usageLine } from "../pvecm/arguments.ts";
import { followTask } from "../pvecm/follow-task.ts";

const text: OptionDefinition = { type: "string" };
const flag: OptionDefinition = { type: "boolean" };
const number: OptionDefinition = { type: "integer", minimum: 0 };
const output = FORMAT_OPTIONS;

type Values = Record<string, string>;

interface Command extends CommandDefinition {
  /** Absent: GET. */
  method?: Method;
  /** Below `/nodes/NODE`, or from the root. */
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
  "cert info": {
    name: "pvenode cert info",
    fixed: [],
    options: output,
    path: () => "certificates/info",
    print: printCertificates,
  },
  "config get": {
    name: "pvenode config get",
    fixed: [],
    options: optionsOf("GET", "config"),
    path: () => "config",
    // The lines of the file, whatever is asked of it.
    print: async (context, data) => context.stdout.write(configText(Object.entries(data as Values))),
  },
  "config set": {
    name: "pvenode config set",
    fixed: [],
    options: optionsOf("PUT", "config"),
    method: "PUT",
    path: () => "config",
    print: async () => undefined,
  },
  migrateall: bulk("migrateall", ["target"]),
  startall: bulk("startall"),
  stopall: bulk("stopall"),
  wakeonlan: {
    name: "pvenode wakeonlan",
    fixed: ["node"],
    options: { node: text },
    method: "POST",
    path: () => "wakeonlan",
    print: async (context, data) => context.stdout.write(`Wake on LAN packet send for '${data}'\n`),
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

/** Guests all at once, by a task that is followed. */
function bulk(action: string, fixed: string[] = []): Command {
  return {
    name: `pvenode ${action}`,
    fixed,
    options: optionsOf("POST", action),
    method: "POST",
    path: () => action,
    print: (context, data) => followTask(context, String(data)),
  };
}

/** Parameters of an endpoint below `/nodes/NODE` as options; whether their values are right the API says. */
function optionsOf(method: Method, path: string): Record<string, OptionDefinition> {
  const { endpoint } = findLocalEndpoint(method, `/nodes/NODE/${path}`)!;
  return Object.fromEntries(
    Object.entries(endpoint.parameters ?? {}).map(([name, rule]) => {
      const { type, enum: values } = declaredType(rule);
      return [name, { type, optional: rule.optional ?? false, checkedLater: true, ...(values && { values }) }];
    }),
  );
}

/** A table for each file. @source pve-manager PVE/CLI/pvenode.pm print_cert_info (no recording) */
async function printCertificates(context: ProgramContext, data: unknown, format: PrintOptions): Promise<void> {
  const list = [...(data as Record<string, unknown>[])].sort((a, b) =>
    String(a.filename) < String(b.filename) ? -1 : 1,
  );
  if (format.format !== "text") return printResult(context.stdout, list, format);
  const pair: Column[] = [
    { name: "key", kind: "text" },
    { name: "value", kind: "text" },
  ];
  for (const one of list) {
    const rows = CERTIFICATE_KEYS.filter((key) => one[key] !== undefined).map((key) => ({
      key,
      value: shown(key, one[key]),
    }));
    if (!format.quiet) await context.stdout.write(tableText(rows, pair, { ...format, header: false }));
  }
}

const CERTIFICATE_KEYS =
  "filename fingerprint subject issuer notbefore notafter public-key-type public-key-bits san".split(" ");

function shown(key: string, value: unknown): string {
  if (key === "san") {
    const names = value as string[];
    // As YAML, which quotes what begins with a colon.
    return names.length === 0 ? "[]" : names.map((name) => `- ${name.startsWith(":") ? `'${name}'` : name}`).join("\n");
  }
  return key.startsWith("not") ? cellText(value, "timestamp") : String(value);
}

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
  });
  if (typeof chosen === "number") return chosen;
  const { command } = chosen;
  const parsed = await readArguments(context, command, chosen.args);
  if (typeof parsed === "number") return parsed;
  const format = takeFormatOptions(parsed.values);
  const kept = Object.entries(parsed.values).filter(
    ([key]) => !Object.hasOwn(output, key) && key !== "upid" && key !== "node",
  );
  const params: Values = Object.fromEntries(kept);
  // The command prints the whole log; the API would stop at 50 lines.
  if (command.name === "pvenode task log") params.limit ??= "0";
  const { lab, node, signal } = context;
  const path = `/nodes/${parsed.values.node ?? node}/${command.path(parsed.values)}`;
  const answer = await callAsRoot({ lab, node, signal, method: command.method ?? "GET", path, params });
  if (answer.kind === "answered") {
    await command.print(context, answer.data, format);
    return 0;
  }
  const refused = answer.kind === "refused" ? refusalText(answer) : `no such resource '${path}'\n`;
  const isParameter = answer.kind === "refused" && answer.status === 400;
  await context.stderr.write(`${refused}${isParameter ? `${usageLine(command)}\n` : ""}`);
  return refused.includes("\nupid: no such task\n") ? NO_TASK_EXIT : 255;
}

/** ENOENT is what Perl saw last. @source pve-manager 8.4.21, typed */
const NO_TASK_EXIT = 2;
