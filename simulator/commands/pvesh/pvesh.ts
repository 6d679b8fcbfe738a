/** pvesh: the API at the command line. @source recordings 05, 06, 32, 33, 41, 55; pve-manager PVE/CLI/pvesh.pm */
import { inRandomOrder, type Json } from "../../api/answer.ts";
import { callAsRoot, findLocalEndpoint, type LocalAnswer, refusalText } from "../../api/in-process.ts";
import { isKnown } from "../../api/known-paths.ts";
import { declaredType } from "../../api/parameters.ts";
import type { Method } from "../../api/request.ts";
import { unmodelledParameters } from "../../api/unmodelled-parameters.ts";
import { parseUpid } from "../../cluster/tasks/upid.ts";
import { isTrue } from "../../cluster/truth.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { printResult, takeFormatOptions } from "../pve-cli/print-result.ts";
import { columnsOf } from "../pve-cli/result-columns.ts";
import { chooseCommand } from "../pve-cli/run-command.ts";
import {
  type CommandDefinition,
  FORMAT_OPTIONS,
  type OptionDefinition,
  optionTexts,
  parseArguments,
  usageLine,
  type Values,
} from "../pvecm/arguments.ts";
import { followTask } from "../pvecm/follow-task.ts";
import { childrenOf } from "./api-tree.ts";

const METHODS: Record<string, Method> = { get: "GET", set: "PUT", create: "POST", delete: "DELETE" };
const flag: OptionDefinition = { type: "boolean" };

const command = (verb: string, options: Record<string, OptionDefinition> = {}): CommandDefinition => ({
  name: `pvesh ${verb}`,
  fixed: ["api_path"],
  options:
    verb === "usage"
      ? { command: { type: "string", values: Object.keys(METHODS) }, returns: flag, verbose: flag }
      : { ...options, noproxy: flag, ...FORMAT_OPTIONS },
});

const COMMANDS = ["create", "delete", "get", "ls", "set", "usage"].map((verb) => command(verb));

export async function pvesh(context: ProgramContext): Promise<number> {
  // Before the command, these two are for Proxmox's own scripts.
  const leading = context.argv.slice(1).findIndex((word) => word !== "--noproxy" && word !== "--nooutput");
  const words = context.argv.slice(1 + Math.max(leading, 0));
  const silent = context.argv.slice(1, 1 + Math.max(leading, 0)).includes("--nooutput");
  const [verb = "", path = ""] = words;
  const method = Object.hasOwn(METHODS, verb) ? METHODS[verb] : undefined;
  // Looked up before anything else is read.
  if (method && path !== "" && !findLocalEndpoint(method, normal(path))) {
    await context.stderr.write(
      isKnown(method, path) ? notModelled("pvesh", `${verb} ${path}`) : `No '${verb}' handler defined for '${path}'\n`,
    );
    return 1;
  }
  const argv = [context.argv[0]!, ...words];
  const chosen = await chooseCommand({ ...context, argv }, { program: "pvesh", commands: COMMANDS });
  if (typeof chosen === "number") return chosen;
  const known =
    method && path !== "" ? { ...command(verb, optionsOf(method, normal(path))), ofPath: true } : chosen.command;
  const parsed = parseArguments(known, chosen.args);
  if ("refusal" in parsed) return fail(context, parsed.refusal);
  const run = { context, command: known, values: parsed.values };
  if (chosen.command.name === "pvesh usage") return describe(run);
  if (chosen.command.name === "pvesh ls") return list(run);
  return call(run, verb, method!, silent);
}

interface Run {
  context: ProgramContext;
  command: CommandDefinition;
  values: Values;
}

/** As the API's own search for a handler reads a path. */
function normal(path: string): string {
  return `/${path.split("/").filter(Boolean).join("/")}`;
}

/** Parameters of an endpoint as options: also those that are refused later because they are not modelled. */
function optionsOf(method: Method, path: string): Record<string, OptionDefinition> {
  const found = findLocalEndpoint(method, path);
  if (!found) return {};
  const { endpoint } = found;
  const options: Record<string, OptionDefinition> = {};
  for (const name of unmodelledParameters(endpoint.method, endpoint.path)) {
    if (name.endsWith("[n]")) for (let n = 0; n < 8; n++) options[name.replace("[n]", String(n))] = { type: "string" };
    else options[name] = { type: "string" };
  }
  for (const [name, rule] of Object.entries(endpoint.parameters ?? {})) {
    const { type, enum: values, minimum, maximum } = declaredType(rule);
    options[name] = {
      type,
      optional: rule.optional ?? false,
      checkedLater: true,
      ...(values && { values }),
      ...(minimum !== undefined && minimum > -(2 ** 31) && { minimum }),
      ...(maximum !== undefined && maximum < 2 ** 31 - 1 && { maximum }),
    };
  }
  return options;
}

async function call(run: Run, verb: string, method: Method, silent: boolean): Promise<number> {
  const { context, values } = run;
  const { api_path: path, noproxy: _noproxy, ...given } = values;
  const format = takeFormatOptions(given);
  const params = Object.fromEntries(Object.entries(given).filter(([name]) => !Object.hasOwn(FORMAT_OPTIONS, name)));
  const answer = await callAsRoot({
    lab: context.lab,
    node: context.node,
    signal: context.signal,
    method,
    path: normal(path!),
    params,
    note: async (line) => context.stderr.write(`${line}\n`),
  });
  if (answer.kind === "no-handler") return fail(context, `no '${verb}' handler for '${path}'\n`);
  if (answer.kind !== "answered") {
    await context.stderr.write(refusalOf(answer, run.command));
    // Without a cluster an errno is left over from looking for its file (recording 01).
    return answer.kind === "refused" && answer.status === 424 ? 2 : 255;
  }
  if (typeof answer.data === "string" && parseUpid(answer.data)) {
    await followTask({ ...context, node: answer.node }, answer.data);
  }
  if (silent) return 0;
  const data = inRandomOrder(answer.data, Math.random) as Json;
  await printResult(context.stdout, data, { ...format, width: widthOf(context) }, columnsOf(answer.template));
  return 0;
}

/** Tables end at the terminal's edge; into a pipe they are whole. */
export function widthOf(context: ProgramContext): number | undefined {
  return context.isTty.stdout ? context.tty?.columns : undefined;
}

function refusalOf(
  answer: Exclude<LocalAnswer, { kind: "answered" } | { kind: "no-handler" }>,
  command: CommandDefinition,
): string {
  if (answer.kind === "unreachable") return `${answer.text}\n`;
  return `${refusalText(answer)}${answer.status === 400 ? `${usageLine(command)}\n` : ""}`;
}

async function fail(context: ProgramContext, text: string): Promise<number> {
  await context.stderr.write(text);
  return 255;
}

/** `pvesh ls`: names below a path with what may be done to each. */
async function list({ context, command, values }: Run): Promise<number> {
  const { api_path: path = "" } = values;
  const children = await childrenOf(context, normal(path));
  switch (children.kind) {
    case "no-resource":
      return fail(context, `no such resource '${path}'\n`);
    case "no-links":
      return fail(context, `resource '${path}' does not define child links\n`);
    case "not-modelled":
      await context.stderr.write(notModelled("pvesh", `ls ${path}`));
      return 1;
    case "refused":
      return fail(context, refusalOf(children.answer, command));
    case "children": {
      const format = takeFormatOptions({ noborder: "1", noheader: "1", ...values });
      const columns = [
        { name: "capabilities", kind: "text" },
        { name: "name", kind: "text" },
      ] as const;
      await printResult(context.stdout, children.list, { ...format, sortKey: "name" }, [...columns]);
      return 0;
    }
  }
}

/** `pvesh usage`: the parameters of each method of a path. */
async function describe({ context, values }: Run): Promise<number> {
  const { api_path: path = "", command: only } = values;
  const verbs = Object.entries(METHODS).filter(([verb]) => only === undefined || verb === only);
  const known = verbs.filter(([, method]) => isKnown(method, normal(path)));
  if (known.length === 0) {
    return fail(context, only === undefined ? `no such resource '${path}'\n` : `no '${only}' handler for '${path}'\n`);
  }
  let missing = "";
  for (const [verb, method] of known) {
    if (!findLocalEndpoint(method, normal(path))) {
      missing += notModelled("pvesh", `${verb} ${path}`);
      continue;
    }
    const definition = { name: `pvesh ${verb} ${path}`, fixed: [], options: optionsOf(method, normal(path)) };
    await context.stdout.write(`USAGE: ${usageLine(definition)}\n`);
    if (isTrue(values.verbose)) await context.stdout.write(`\n${optionTexts(definition)}`);
  }
  if (isTrue(values.returns)) missing += notModelled("pvesh", "usage --returns");
  await context.stderr.write(missing);
  return missing === "" ? 0 : 1;
}
