/**
 * `dpkg --compare-versions`: relations, and what is wrong with a version.
 *
 * @source dpkg 1.21.22, its own output; deb-version(7)
 */
import { compareVersions } from "../../node-view/packages/package-table.ts";
import type { ProgramContext } from "../../shell/process.ts";

const HOLDS = new Map<string, (order: number) => boolean>([
  ["lt", (order) => order < 0],
  ["le", (order) => order <= 0],
  ["eq", (order) => order === 0],
  ["ne", (order) => order !== 0],
  ["ge", (order) => order >= 0],
  ["gt", (order) => order > 0],
]);

const SIGNS = new Map(
  Object.entries({ "<<": "lt", "<=": "le", "<": "le", "=": "eq", ">=": "ge", ">": "ge", ">>": "gt" }),
);

/** @param help follows where the program is called in a wrong way */
export async function compare(ctx: ProgramContext, words: readonly string[], help: string): Promise<number> {
  const [a, relation, b] = words;
  if (a === undefined || relation === undefined || b === undefined || words.length > 3) {
    await ctx.stderr.write(
      `dpkg: error: --compare-versions takes three arguments: <version> <relation> <version>\n${help}`,
    );
    return 2;
  }
  const word = SIGNS.get(relation) ?? relation;
  const noneIsLater = /^(?:lt|le|ge|gt)-nl$/.test(word);
  const holds = HOLDS.get(noneIsLater ? word.slice(0, 2) : word);
  if (!holds) {
    await ctx.stderr.write(`dpkg: error: --compare-versions bad relation\n${help}`);
    return 2;
  }
  if (/^[<>]$/.test(relation)) {
    await ctx.stderr.write(`dpkg: warning: --compare-versions used with obsolete relation operator '${relation}'\n`);
  }
  const isNone = (version: string) => version === "" || version === "<unknown>";
  for (const version of [a, b]) {
    const trouble = isNone(version) ? undefined : troubleOf(version);
    if (!trouble) continue;
    await ctx.stderr.write(`dpkg: ${trouble.kind}: version '${version}' has bad syntax: ${trouble.why}\n`);
    if (trouble.kind === "error") return 2;
  }
  if (isNone(a) || isNone(b)) {
    const order = Number(isNone(b)) - Number(isNone(a));
    return holds(noneIsLater ? -order : order) ? 0 : 1;
  }
  return holds(compareVersions(trimmed(a), trimmed(b))) ? 0 : 1;
}

const trimmed = (version: string) => version.replace(/^[ \t]+|[ \t]+$/g, "");

const EPOCH_MAX = 2 ** 31 - 1;

function troubleOf(text: string): { kind: "error" | "warning"; why: string } | undefined {
  const error = (why: string) => ({ kind: "error" as const, why });
  const warning = (why: string) => ({ kind: "warning" as const, why });
  const version = trimmed(text);
  if (version === "") return error("version string is empty");
  if (/[ \t]/.test(version)) return error("version string has embedded spaces");
  const colon = version.indexOf(":");
  if (colon >= 0) {
    const epoch = version.slice(0, colon);
    if (!/^[+-]?\d/.test(epoch)) return error("epoch in version is empty");
    if (!/^[+-]?\d+$/.test(epoch)) return error("epoch in version is not number");
    if (Number(epoch) < 0) return error("epoch in version is negative");
    if (Number(epoch) > EPOCH_MAX) return error("epoch in version is too big");
    if (colon === version.length - 1) return error("nothing after colon in version number");
  }
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf("-");
  const [upstream, revision] = dash < 0 ? [rest, ""] : [rest.slice(0, dash), rest.slice(dash + 1)];
  if (dash >= 0 && revision === "") return error("revision number is empty");
  if (upstream === "") return error("version number is empty");
  if (!/^\d/.test(upstream)) return warning("version number does not start with digit");
  if (/[^\dA-Za-z.+~:-]/.test(upstream)) return warning("invalid character in version number");
  if (/[^\dA-Za-z.+~]/.test(revision)) return warning("invalid character in revision number");
  return undefined;
}
