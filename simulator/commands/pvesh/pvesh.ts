/** pvesh: the API at the command line. @source recordings 05, 06, 32, 33, 41, 55; pve-manager PVE/CLI/pvesh.pm */
import { inRandomOrder, type Json } from "../../api/answer.ts";
import { callAsRoot, findLocalEndpoint, type LocalAnswer, refusalText } from "../../api/in-process.ts";
import { boolean } from "../../api/parameters.ts";
import type { Method } from "../../api/request.ts";
import { parseUpid } from "../../cluster/tasks/upid.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { startPerl } from "../pve-cli/no-pmxcfs.ts";
import { printResult, takeFormatOptions } from "../pve-cli/print-result.ts";
import { columnsOf } from "../pve-cli/result-columns.ts";
import { followTask } from "../pvecm/follow-task.ts";
import { childrenOf, methodsOf } from "./api-tree.ts";

const METHODS: Record<string, Method> = { get: "GET", set: "PUT", create: "POST", delete: "DELETE" };
const FORMAT_OPTIONS = ["output-format", "human-readable", "noborder", "noheader", "quiet", "noproxy"];
const FLAGS = new Set(["human-readable", "noborder", "noheader", "quiet", "noproxy", "verbose", "returns"]);

const USAGE = `USAGE: pvesh <COMMAND> [ARGS] [OPTIONS]

       pvesh create <api_path> [OPTIONS] [FORMAT_OPTIONS]
       pvesh delete <api_path> [OPTIONS] [FORMAT_OPTIONS]
       pvesh get <api_path> [OPTIONS] [FORMAT_OPTIONS]
       pvesh ls <api_path> [OPTIONS] [FORMAT_OPTIONS]
       pvesh set <api_path> [OPTIONS] [FORMAT_OPTIONS]
       pvesh usage <api_path> [OPTIONS]

       pvesh help [<extra-args>] [OPTIONS]
`;

export async function pvesh(context: ProgramContext): Promise<number> {
  const [command, ...args] = context.argv.slice(1);
  const failed = await startPerl(context);
  if (failed !== undefined) return failed;
  if (command === undefined) {
    await context.stderr.write(`ERROR: no command specified\n${USAGE}`);
    return 255;
  }
  if (command === "help" || command === "--help") {
    await context.stdout.write(USAGE);
    return 0;
  }
  const method = METHODS[command];
  if (!method && command !== "ls" && command !== "usage") {
    await context.stderr.write(`ERROR: unknown command 'pvesh ${command}'\n${USAGE}`);
    return 255;
  }
  const usage = `pvesh ${command} <api_path> [OPTIONS]${command === "usage" ? "" : " [FORMAT_OPTIONS]"}\n`;
  const [given, ...options] = args;
  if (given === undefined || given.startsWith("-")) return fail(context, `400 not enough arguments\n${usage}`);
  const path = `/${given.split("/").filter(Boolean).join("/")}`;
  const parsed = parseOptions(options, (name) => takesNoValue(method, path, name));
  if ("refusal" in parsed) return fail(context, parsed.refusal + usage);
  if (command === "usage") return describe(context, path, parsed.values.command);
  const format = takeFormatOptions(parsed.values);
  if ("wrong" in format) return fail(context, format.wrong);
  const params = Object.fromEntries(Object.entries(parsed.values).filter(([name]) => !FORMAT_OPTIONS.includes(name)));
  if (command === "ls") return list(context, path);
  const answer = await callAsRoot({
    lab: context.lab,
    node: context.node,
    signal: context.signal,
    method: method!,
    path,
    params,
    note: async (line) => context.stderr.write(`${line}\n`),
  });
  if (answer.kind !== "answered") {
    await context.stderr.write(refusalOf(answer, command, path));
    // Without a cluster an errno is left over from looking for its file (recording 01).
    return answer.kind === "refused" && answer.status === 424 ? 2 : 255;
  }
  if (typeof answer.data === "string" && parseUpid(answer.data)) {
    await followTask({ ...context, node: answer.node }, answer.data);
  }
  const data = inRandomOrder(answer.data, Math.random) as Json;
  await printResult(context.stdout, data, format, columnsOf(answer.template));
  return 0;
}

function refusalOf(answer: Exclude<LocalAnswer, { kind: "answered" }>, command: string, path: string): string {
  if (answer.kind === "no-handler") return `No '${command}' handler defined for '${path}'\n`;
  return answer.kind === "unreachable" ? `${answer.text}\n` : refusalText(answer);
}

async function fail(context: ProgramContext, text: string): Promise<number> {
  await context.stderr.write(text);
  return 255;
}

function takesNoValue(method: Method | undefined, path: string, name: string): boolean {
  if (FLAGS.has(name)) return true;
  const found = method && findLocalEndpoint(method, path);
  return found?.endpoint.parameters?.[name]?.check === boolean;
}

/** `--name value`, `-name value`, `--name=value`; a boolean may stand alone. */
function parseOptions(
  args: string[],
  isFlag: (name: string) => boolean,
): { values: Record<string, string> } | { refusal: string } {
  const values: Record<string, string> = {};
  for (let at = 0; at < args.length; at++) {
    const option = /^--?([a-zA-Z][\w-]*)(?:=([\s\S]*))?$/.exec(args[at]!);
    if (!option) return { refusal: "400 too many arguments\n" };
    const name = option[1]!;
    const next = args[at + 1];
    if (option[2] !== undefined) values[name] = option[2];
    else if (isFlag(name)) {
      values[name] = /^(?:0|1|yes|no|on|off|true|false)$/i.test(next ?? "") ? args[++at]! : "1";
    } else if (next === undefined)
      return { refusal: `Option ${name} requires an argument\n400 unable to parse option\n` };
    else values[name] = args[++at]!;
  }
  return { values };
}

/** `pvesh ls`: names below a path with what may be done to each. */
async function list(context: ProgramContext, path: string): Promise<number> {
  const children = await childrenOf(context, path);
  if (children === undefined) {
    return fail(
      context,
      findLocalEndpoint("GET", path)
        ? `resource '${path}' does not define child links\n`
        : `no such resource '${path}'\n`,
    );
  }
  const lines = children.sort().map((name) => {
    const below = path === "/" ? `/${name}` : `${path}/${name}`;
    return `${methodsOf(below)}        ${name}\n`;
  });
  await context.stdout.write(lines.join(""));
  return 0;
}

/** `pvesh usage`: the parameters of each method of a path. */
async function describe(context: ProgramContext, path: string, only: string | undefined): Promise<number> {
  const texts = Object.entries(METHODS).flatMap(([command, method]) => {
    const found = findLocalEndpoint(method, path);
    if (!found || (only !== undefined && only !== command)) return [];
    const rules = Object.entries(found.endpoint.parameters ?? {});
    const needed = rules.filter(([, rule]) => !rule.optional).map(([name]) => ` --${name} <value>`);
    const more = rules.some(([, rule]) => rule.optional) ? " [OPTIONS]" : "";
    return [`USAGE: pvesh ${command} ${path}${needed.join("")}${more}\n`];
  });
  if (texts.length === 0) return fail(context, `no such resource '${path}'\n`);
  await context.stdout.write(texts.join("\n"));
  return 0;
}
