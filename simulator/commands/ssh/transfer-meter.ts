/** The line that stays when a file is through. @source progressmeter.c of OpenSSH 9.2 */
import type { ProgramContext } from "../../shell/process.ts";

/** @param columns of the terminal @param rate bytes a second, which nothing here measures */
export function meterLine(name: string, bytes: number, columns: number, rate: number): string {
  const width = Math.max(1, columns - 35);
  return `${name.slice(0, width).padEnd(width)} 100% ${sized(bytes)} ${rated(rate)}/s   00:00    \n`;
}

/** Print it where somebody looks. Speed is nothing in a lab: a small file takes two milliseconds. */
export async function showMeter(context: ProgramContext, name: string, bytes: number): Promise<void> {
  if (!context.isTty.stdout) return;
  await context.stdout.write(meterLine(name, bytes, context.tty?.columns ?? 80, Math.max(bytes * 500, 0)));
}

const UNITS = [" ", "K", "M", "G", "T"];

function sized(bytes: number): string {
  let [value, at] = [bytes, 0];
  for (; value >= 10_000 && at < UNITS.length - 1; at++) value = (value + 512) / 1024;
  return `${String(Math.floor(value)).padStart(4)}${UNITS[at]}${at > 0 ? "B" : " "}`;
}

function rated(bytes: number): string {
  let value = bytes * 100;
  let at = 0;
  for (; value >= 100 * 1000 && at < UNITS.length - 1; at++) value = (value + 512) / 1024;
  if (at === 0) {
    at++;
    value = (value + 512) / 1024;
  }
  const [whole, tenth] = [Math.floor((value + 5) / 100), Math.floor(((value + 5) / 10) % 10)];
  return `${String(whole).padStart(3)}.${tenth}${UNITS[at]}B`;
}
