/** Who was logged in, and who tried: `last`, `lastlog`, `lastb`. Forms of util-linux 2.38 and shadow 4.13. */
import { type LoginRecord, loginsAt } from "../../cluster/accounts/logins.ts";
import type { Zone } from "../../cluster/node-settings/zone-time.ts";
import type { LabState } from "../../cluster/state.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import { KERNEL } from "../../shell/kernel-name.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { formatTime } from "../../shell/time-text.ts";
import { readAccounts } from "../accounts/account-files.ts";
import { complain } from "../coreutils/arguments.ts";
import { BadOption, getopt } from "../getopt.ts";
import { notModelled } from "../printed.ts";

interface Entry {
  user: string;
  line: string;
  from: string;
  atMs: number;
  /** What stands behind the start: when and how it ended. */
  end: string;
}

interface Shown {
  limit: number;
  only: string[];
}

export const last: Program = (ctx) =>
  list(ctx, "wtmp", (lab, zone) => {
    const boots = bootsOf(lab, ctx.node);
    const present = lab.nodes[ctx.node]!.bootCount;
    const nowMs = wallNowMs(lab, ctx.node);
    const ended = (atMs: number, untilMs: number, word?: string) =>
      ` - ${word ?? formatTime("%H:%M", untilMs, zone)}  (${spanText(untilMs - atMs)})`;
    const logins = loginsAt(lab, ctx.node).map((one): Entry => {
      const { user, tty: line, from, wallMs: atMs, endedWallMs } = one;
      const over = endedWallMs ?? (one.boot === present ? undefined : (boots.get(one.boot)?.lastMs ?? atMs));
      const lost = endedWallMs === undefined && one.boot !== present;
      const end = over === undefined ? "   still logged in" : ended(atMs, over, lost ? "crash" : undefined);
      return { user, line, from, atMs, end };
    });
    const starts = [...boots].map(([boot, { firstMs, lastMs }]): Entry => {
      const end = boot === present ? "   still running" : ended(firstMs, lastMs);
      return { user: "reboot", line: "system boot", from: KERNEL.release, atMs: firstMs, end };
    });
    return [...logins, ...starts].filter((one) => one.atMs <= nowMs).sort((a, b) => b.atMs - a.atMs);
  });

/** What sshd refused, as its journal has it. */
export const lastb: Program = async (ctx) => {
  if (ctx.user.uid !== 0) {
    await complain(ctx, "cannot open /var/log/btmp: Permission denied");
    return 1;
  }
  return list(ctx, "btmp", (lab, zone) =>
    lab.nodes[ctx.node]!.journal.flatMap((line): Entry[] => {
      const found = /^Failed password for (?:invalid user )?(\S+) from (\S+)/.exec(line.text);
      if (line.identifier !== "sshd" || !found) return [];
      const end = ` - ${formatTime("%H:%M", line.wallMs, zone)}  (00:00)`;
      return [{ user: found[1]!, line: "ssh:notty", from: found[2]!, atMs: line.wallMs, end }];
    }).toReversed(),
  );
};

/** Boots of which the journal has lines, by their number. */
function bootsOf(lab: Readonly<LabState>, node: string): Map<number, { firstMs: number; lastMs: number }> {
  const { journal, bootCount, bootedAtMs } = lab.nodes[node]!;
  const boots = new Map<number, { firstMs: number; lastMs: number }>();
  for (const { boot, wallMs } of journal) {
    const known = boots.get(boot);
    if (known) known.lastMs = wallMs;
    else boots.set(boot, { firstMs: wallMs, lastMs: wallMs });
  }
  const firstMs = Math.floor(bootedAtMs + lab.wallOffsetMs);
  boots.set(bootCount, { firstMs, lastMs: boots.get(bootCount)?.lastMs ?? firstMs });
  return boots;
}

/** `00:05`, `2+03:10`. */
function spanText(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  const days = Math.floor(minutes / 1_440);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${days > 0 ? `${days}+` : ""}${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
}

async function list(
  ctx: ProgramContext,
  name: "wtmp" | "btmp",
  entriesOf: (lab: Readonly<LabState>, zone: Zone) => Entry[],
): Promise<number> {
  const shown = await readShown(ctx);
  if (typeof shown === "number") return shown;
  const zone = zoneOfProgram(ctx);
  const entries = ctx.lab.read((lab) => entriesOf(lab, zone));
  const rows = entries
    .filter(({ user, line }) => shown.only.length === 0 || shown.only.some((word) => [user, line].includes(word)))
    .slice(0, shown.limit)
    .map(
      ({ user, line, from, atMs, end }) =>
        `${user.slice(0, 8).padEnd(8)} ${line.padEnd(12)} ${from.slice(0, 16).padEnd(16)} ${formatTime("%a %b %e %H:%M", atMs, zone)}${end}\n`,
    );
  const beginMs = entries.at(-1)?.atMs ?? ctx.lab.read((lab) => wallNowMs(lab, ctx.node));
  await ctx.stdout.write(`${rows.join("")}\n${name} begins ${formatTime("%a %b %e %H:%M:%S %Y", beginMs, zone)}\n`);
  return 0;
}

async function readShown(ctx: ProgramContext): Promise<Shown | number> {
  const words: string[] = [];
  let limit = Number.POSITIVE_INFINITY;
  let systemRows = false;
  // A bare number behind a hyphen is a limit.
  const args = ctx.argv.slice(1).flatMap((word) => (/^-\d+$/.test(word) ? ["-n", word.slice(1)] : [word]));
  try {
    for (const { option, value } of getopt(ctx.argv[0]!, args, "n:aRFwixdf:t:s:p:", { limit: "n" }, words)) {
      if (option === "x") {
        systemRows = true;
        continue;
      }
      if (option === "a" || option === "R" || option === "F" || "idftsp".includes(option)) {
        await ctx.stderr.write(notModelled(ctx.argv[0]!, `-${option}`));
        return 1;
      }
      if (option !== "n") continue;
      if (!/^\d+$/.test(value)) {
        await complain(ctx, `failed to parse number: '${value}'`);
        return 1;
      }
      limit = Number(value) || limit;
    }
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await ctx.stderr.write(`${error.message}\nTry '${ctx.argv[0]} --help' for more information.\n`);
    return 1;
  }
  // Shutdowns and changes of the run level are not known; starts are.
  if (systemRows && words.join() !== "reboot") {
    await ctx.stderr.write(notModelled(ctx.argv[0]!, "-x"));
    return 1;
  }
  return { limit, only: words };
}

const DAY_MS = 86_400_000;

export const lastlog: Program = async (ctx) => {
  const words: string[] = [];
  const given = new Map<string, string>();
  try {
    const long = { user: "u", time: "t", before: "b", clear: "C", set: "S" };
    for (const { option, value } of getopt("lastlog", ctx.argv.slice(1), "u:t:b:CS", long, words)) {
      if (option === "C" || option === "S") {
        await ctx.stderr.write(notModelled("lastlog", `-${option}`));
        return 1;
      }
      given.set(option, value);
    }
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await ctx.stderr.write(`${error.message}\n`);
    return 1;
  }
  const { accounts } = await readAccounts(ctx);
  const name = given.get("u");
  const chosen = accounts.filter((one) => name === undefined || name === one.name || name === String(one.uid));
  if (chosen.length === 0 && name !== undefined) {
    await complain(ctx, `Unknown user or range: ${name}`);
    return 1;
  }
  const zone = zoneOfProgram(ctx);
  const { records, nowMs } = ctx.lab.read((lab) => ({
    records: [...loginsAt(lab, ctx.node)],
    nowMs: wallNowMs(lab, ctx.node),
  }));
  const daysAgo = (option: string) => (given.has(option) ? nowMs - Number(given.get(option)) * DAY_MS : undefined);
  const [sinceMs, untilMs] = [daysAgo("t"), daysAgo("b")];
  const rows = chosen.flatMap(({ name: login }) => {
    const record: LoginRecord | undefined = records.findLast((one) => one.user === login);
    const atMs = record?.wallMs ?? 0;
    if ((sinceMs !== undefined && atMs < sinceMs) || (untilMs !== undefined && atMs > untilMs)) return [];
    const when = record ? formatTime("%a %b %e %H:%M:%S %z %Y", atMs, zone) : "**Never logged in**";
    return [`${login.padEnd(16)} ${(record?.tty ?? "").padEnd(8)} ${(record?.from ?? "").padEnd(41)} ${when}\n`];
  });
  const head = `Username         Port     From${" ".repeat(39)}Latest\n`;
  await ctx.stdout.write(rows.length > 0 ? head + rows.join("") : "");
  return 0;
};
