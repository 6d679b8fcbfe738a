/**
 * `reboot`, `poweroff`, `halt` and `shutdown`: they tell the node's systemd and are done; the model goes on alone.
 *
 * Texts of systemd 252 from memory, unverified (docs/fidelity/shell.md).
 */

import { instantOfLocal, localOfInstant } from "../../cluster/node-settings/zone-time.ts";
import { Refusal } from "../../cluster/refusal.ts";
import { wallOffsetOf } from "../../cluster/wall-clock.ts";
import { processTableOf } from "../../shell/node-process.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { formatTime } from "../../shell/time-text.ts";
import { wallMs } from "../coreutils/node-facts.ts";

const MINUTE_MS = 60_000;

export const reboot: Program = (ctx) => atOnce(ctx, true);
export const poweroff: Program = (ctx) => atOnce(ctx, false);
/** A halted machine does nothing and answers nobody: here it is off. */
export const halt: Program = (ctx) => atOnce(ctx, false);

async function atOnce(ctx: ProgramContext, restart: boolean): Promise<number> {
  let forced = 0;
  for (const word of ctx.argv.slice(1)) {
    if (/^-f+$/.test(word)) forced += word.length - 1;
    else if (word === "--force") forced++;
    else if (word === "--reboot") restart = true;
    else if (word === "--poweroff" || word === "-p" || word === "--halt") restart = false;
    else if (!["--no-wall", "-d", "-w", "-n", "-i", "--no-block"].includes(word)) {
      await ctx.stderr.write(`${ctx.argv[0]}: unrecognized option '${word}'\n`);
      return 1;
    }
  }
  return switchOff(ctx, { reboot: restart, forced });
}

/** Also what `systemctl reboot` and `systemctl poweroff` do. @param options.forced 2: the power goes at once */
export async function switchOff(
  ctx: ProgramContext,
  options: { reboot: boolean; forced?: number; delayMs?: number; message?: string; silent?: boolean },
): Promise<number> {
  const { delayMs = 0, forced = 0 } = options;
  try {
    ctx.lab.act("power/shutdown", {
      node: ctx.node,
      reboot: options.reboot,
      delayMs,
      // One -f skips the services' own ways to stop; the model knows no half of it.
      ...(forced > 0 && { force: true }),
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await ctx.stderr.write(`Failed to ${options.reboot ? "reboot" : "power off"}: ${error.message}\n`);
    return 1;
  }
  if (delayMs === 0 && forced === 0 && !options.silent) await broadcast(ctx, options.reboot, options.message);
  return 0;
}

async function broadcast(ctx: ProgramContext, restart: boolean, message = ""): Promise<void> {
  if (!ctx.tty) return;
  const tty = processTableOf(ctx.lab, ctx.node).get(ctx.pid)?.tty ?? "pts/0";
  const at = wallMs(ctx);
  const said = message ? `${message}\n` : "";
  await ctx.tty.write(
    `\nBroadcast message from root@${ctx.node} on ${tty} (${formatTime("%a %F %T %Z", at, zoneOfProgram(ctx))}):\n\n${said}The system will ${restart ? "reboot" : "power off"} now!\n\n`,
  );
}

export const shutdown: Program = async (ctx) => {
  let [restart, cancelled, show] = [false, false, false];
  const operands: string[] = [];
  for (const word of ctx.argv.slice(1)) {
    if (word === "--reboot") restart = true;
    else if (["--poweroff", "--halt", "--no-wall"].includes(word)) continue;
    else if (word === "--show") show = true;
    else if (/^-[rhPHck]+$/.test(word)) {
      restart ||= word.includes("r");
      cancelled ||= word.includes("c");
    } else if (/^-(?!\d)/.test(word)) {
      await ctx.stderr.write(`shutdown: unrecognized option '${word}'\n`);
      return 1;
    } else operands.push(word);
  }
  const planned = ctx.lab.read((lab) => lab.nodes[ctx.node]?.shutdown);
  if (show) {
    if (!planned) {
      await ctx.stdout.write("No scheduled shutdown.\n");
      return 1;
    }
    const verb = planned.reboot ? "Reboot" : "Shutdown";
    await ctx.stdout.write(`${verb} scheduled for ${whenText(ctx, planned.atMs)}, use 'shutdown -c' to cancel.\n`);
    return 0;
  }
  if (cancelled) {
    ctx.lab.act("power/shutdown-cancel", { node: ctx.node });
    return 0;
  }
  const [time = "+1", ...message] = operands;
  const delayMs = delayOf(ctx, time);
  if (delayMs === undefined) {
    await ctx.stderr.write(`Failed to parse time specification: ${time}\n`);
    return 1;
  }
  const status = await switchOff(ctx, { reboot: restart, delayMs, message: message.join(" ") });
  if (status === 0 && delayMs > 0) {
    const at = ctx.lab.read((lab) => lab.nowMs) + delayMs;
    await ctx.stderr.write(
      `${restart ? "Reboot" : "Shutdown"} scheduled for ${whenText(ctx, at)}, use 'shutdown -c' to cancel.\n`,
    );
  }
  return status;
};

/** `now`, `+5`, `5`, `23:00`. @returns model milliseconds from now */
function delayOf(ctx: ProgramContext, time: string): number | undefined {
  if (time === "now") return 0;
  const minutes = /^\+?(\d{1,5})$/.exec(time)?.[1];
  if (minutes !== undefined) return Number(minutes) * MINUTE_MS;
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(time);
  if (!clock) return undefined;
  const zone = zoneOfProgram(ctx);
  const nowMs = wallMs(ctx);
  const localMs = localOfInstant(zone, nowMs);
  const dayMs = 1_440 * MINUTE_MS;
  const today = localMs - (localMs % dayMs) + (Number(clock[1]) * 60 + Number(clock[2])) * MINUTE_MS;
  return instantOfLocal(zone, today < localMs ? today + dayMs : today) - nowMs;
}

function whenText(ctx: ProgramContext, atMs: number): string {
  return formatTime(
    "%a %F %T %Z",
    ctx.lab.read((lab) => atMs + wallOffsetOf(lab, ctx.node)),
    zoneOfProgram(ctx),
  );
}
