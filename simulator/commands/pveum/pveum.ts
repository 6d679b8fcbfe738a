/** pveum: users, tokens, roles and rights. @source recordings 10, 32; pve-access-control PVE/CLI/pveum.pm */
import { inRandomOrder, type Json } from "../../api/answer.ts";
import { callAsRoot, refusalText } from "../../api/in-process.ts";
import type { Method } from "../../api/request.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { type PrintOptions, printResult, takeFormatOptions } from "../pve-cli/print-result.ts";
import { columnsOf } from "../pve-cli/result-columns.ts";
import { chooseCommand, readArguments } from "../pve-cli/run-command.ts";
import { type Column, tableText } from "../pve-cli/text-table.ts";
import { type CommandDefinition, FORMAT_OPTIONS, type OptionDefinition, usageLine } from "../pvecm/arguments.ts";
import { InputLines, readPassword } from "../pvecm/prompt.ts";

interface Command extends CommandDefinition {
  method: Method;
  /** `{userid}` is taken from the arguments. */
  path: string;
  /** Arguments by the API's names, where they differ. */
  rename?: Record<string, string>;
  /** Ask twice for this parameter when it was given without a value, or always. */
  asksPassword?: true;
}

const text: OptionDefinition = { type: "string" };
const flag: OptionDefinition = { type: "boolean" };
const list: OptionDefinition = { type: "string", list: true };
const number: OptionDefinition = { type: "integer", minimum: 0 };
const output = FORMAT_OPTIONS;
const userFacts = {
  comment: text,
  email: text,
  enable: flag,
  expire: number,
  firstname: text,
  groups: list,
  keys: text,
  lastname: text,
};
const tokenFacts = { comment: text, expire: number, privsep: flag };
const rights = {
  groups: list,
  propagate: flag,
  roles: { ...list, optional: false, checkedLater: true } as OptionDefinition,
  tokens: list,
  users: list,
};

function command(
  words: string,
  method: Method,
  path: string,
  fixed: string[],
  options: Record<string, OptionDefinition> = {},
  more: Partial<Command> = {},
): [string, Command] {
  const all = { ...options, ...Object.fromEntries(fixed.map((name) => [name, text])) };
  return [words, { name: `pveum ${words}`, method, path, fixed, options: all, ...more }];
}

const COMMANDS = new Map<string, Command>([
  command("acl delete", "PUT", "/access/acl", ["path"], rights),
  command("acl list", "GET", "/access/acl", [], output),
  command("acl modify", "PUT", "/access/acl", ["path"], rights),
  command("group add", "POST", "/access/groups", ["groupid"], { comment: text }),
  command("group delete", "DELETE", "/access/groups/{groupid}", ["groupid"]),
  command("group modify", "PUT", "/access/groups/{groupid}", ["groupid"], { comment: text }),
  command("group list", "GET", "/access/groups", [], output),
  command("passwd", "PUT", "/access/password", ["userid"], { "confirmation-password": text }, { asksPassword: true }),
  command("pool add", "POST", "/pools", ["poolid"], { comment: text }),
  command("pool delete", "DELETE", "/pools/{poolid}", ["poolid"]),
  command("pool list", "GET", "/pools", [], output),
  command("pool modify", "PUT", "/pools", ["poolid"], {
    "allow-move": flag,
    comment: text,
    delete: flag,
    storage: list,
    vms: list,
  }),
  command("realm list", "GET", "/access/domains", [], output),
  command("role add", "POST", "/access/roles", ["roleid"], { privs: text }),
  command("role delete", "DELETE", "/access/roles/{roleid}", ["roleid"]),
  command("role list", "GET", "/access/roles", [], output),
  command("role modify", "PUT", "/access/roles/{roleid}", ["roleid"], { append: flag, privs: text }),
  command("user add", "POST", "/access/users", ["userid"], { ...userFacts, password: text }),
  command("user delete", "DELETE", "/access/users/{userid}", ["userid"]),
  command("user list", "GET", "/access/users", [], { enabled: flag, full: flag, ...output }),
  command("user modify", "PUT", "/access/users/{userid}", ["userid"], { ...userFacts, append: flag }),
  command("user permissions", "GET", "/access/permissions", ["userid"], { path: text, ...output }),
  command("user token add", "POST", "/access/users/{userid}/token/{tokenid}", ["userid", "tokenid"], {
    ...tokenFacts,
    ...output,
  }),
  command("user token list", "GET", "/access/users/{userid}/token", ["userid"], output),
  command("user token modify", "PUT", "/access/users/{userid}/token/{tokenid}", ["userid", "tokenid"], {
    ...tokenFacts,
    ...output,
  }),
  command("user token permissions", "GET", "/access/permissions", ["userid", "tokenid"], { path: text, ...output }),
  command("user token delete", "DELETE", "/access/users/{userid}/token/{tokenid}", ["userid", "tokenid"]),
]);

/** The lock's refusal leaves EACCES behind as the exit status. @source recording 32 */
const NO_LOCK_EXIT = 13;

export async function pveum(context: ProgramContext): Promise<number> {
  const chosen = await chooseCommand(context, {
    program: "pveum",
    commands: [...COMMANDS.values()],
  });
  if (typeof chosen === "number") return chosen;
  const parsed = await readArguments(context, chosen.command, chosen.args);
  if (typeof parsed === "number") return parsed;
  return runCommand(context, chosen.command, parsed.values);
}

async function runCommand(context: ProgramContext, command: Command, values: Record<string, string>): Promise<number> {
  const format = takeFormatOptions(values);
  const params = paramsOf(command, values);
  if (command.asksPassword) {
    const read = await newPassword(context);
    if ("reason" in read) {
      await context.stderr.write(`${read.reason}\n`);
      return 255;
    }
    params.password = read.password;
  }
  const answer = await callAsRoot({
    lab: context.lab,
    node: context.node,
    signal: context.signal,
    method: command.method,
    path: command.path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? ""),
    params,
    note: async (line) => context.stderr.write(`${line}\n`),
  });
  if (answer.kind === "answered" && command.path === "/access/permissions" && format.format === "text") {
    if (!format.quiet) await context.stdout.write(permissionsText(answer.data as Permissions, format));
    return 0;
  }
  if (answer.kind === "answered") {
    await printResult(
      context.stdout,
      inRandomOrder(answer.data, Math.random) as Json,
      format,
      columnsOf(answer.template),
    );
    return 0;
  }
  if (answer.kind !== "refused") {
    await context.stderr.write("no such command in this simulated node\n");
    return 255;
  }
  const isParameter = answer.status === 400;
  await context.stderr.write(`${refusalText(answer)}${isParameter ? `${usageLine(command)}\n` : ""}`);
  return /cfs-lock '.*' error: /.test(answer.message) ? NO_LOCK_EXIT : 255;
}

function paramsOf(command: Command, values: Record<string, string>): Record<string, string> {
  const inPath = new Set([...command.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
  const params = Object.fromEntries(
    Object.entries(values).filter(([name]) => !inPath.has(name) && !Object.hasOwn(FORMAT_OPTIONS, name)),
  );
  if (command.name.endsWith("acl delete")) params.delete = "1";
  if (command.path === "/access/permissions" && params.tokenid !== undefined) {
    params.userid = `${params.userid}!${params.tokenid}`;
    delete params.tokenid;
  }
  return params;
}

type Permissions = Record<string, Record<string, number>>;

/** Privileges below one another in a cell. @source pve-access-control PVE/CLI/pveum.pm print_perm_result (no recording) */
function permissionsText(all: Permissions, options: PrintOptions): string {
  const rows = Object.keys(all)
    .sort()
    .map((path) => ({
      path,
      permissions: Object.keys(all[path]!)
        .sort()
        .map((privilege) => `${privilege}${all[path]![privilege] ? " (*)" : ""}`)
        .join("\n"),
    }));
  const columns: Column[] = [
    { name: "path", kind: "text", title: "ACL path" },
    { name: "permissions", kind: "text", title: "Permissions" },
  ];
  const table = rows.length > 0 ? tableText(rows, columns, options) : "";
  return `${table}Permissions marked with '(*)' have the 'propagate' flag set.\n`;
}

/** Asked twice. @source pve-access-control PVE/CLI/pveum.pm (unverified) */
async function newPassword(context: ProgramContext): Promise<{ password: string } | { reason: string }> {
  const lines = new InputLines(context);
  const first = await readPassword(context, lines, "Enter new password: ");
  if ("reason" in first) return first;
  const second = await readPassword(context, lines, "Retype new password: ");
  if ("reason" in second) return second;
  return first.password === second.password ? first : { reason: "Passwords do not match" };
}
