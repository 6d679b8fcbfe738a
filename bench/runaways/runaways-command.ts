/**
 * `npm run bench:runaways [-- --json FILE] [-- NUMBER...] [-- FIRST-LAST]`: what one learner's runaways cost another one.
 *
 * Each command of `nasty-commands.ts` is typed in one lab while somebody types in another lab of the same worker. Told is
 * the longest wait of that person for a key's echo, how long ^C takes, whether the shell lives on, and what it said.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startHostProcess } from "../../simulator/host/testing/host-process.ts";
import { type NodeShell, openShellOn, type SshDoorAddress } from "../../simulator/host/testing/node-shell.ts";
import { round } from "../figures.ts";
import { NASTY_COMMANDS, type NastyCommand } from "./nasty-commands.ts";

/** A command that has not ended by itself is left after so long. */
const RUNS_MS = 3_000;
/** How long what comes before it, and its end, may take before it counts as stuck. */
const STUCK_AFTER_MS = 20_000;
/** The same for what goes on behind ^C, tens of thousands of commands. */
const GOES_ON_MS_MAX = 600_000;
const BETWEEN_KEYS_MS = 15;
/** What a person calls slow. */
const ECHO_MS_MAX = 500;
const STOP_MS_MAX = 1_000;

interface Outcome {
  typed: string;
  /** The longest wait for a key's echo in the other lab. */
  echoMs: number;
  /** What one thread computed meanwhile: what the wait would have been on a machine with nothing else to do. */
  busyMs: number;
  /** From ^C to the next command's output; undefined when it had ended by itself. */
  stopMs: number | undefined;
  end: "by itself" | "stopped" | "STUCK" | "SHELL GONE";
  /** The last thing that was shown, for whoever reads the table. */
  said: string;
  /** Memory of the host behind it, MiB. */
  residentMib: number;
}

const { values, positionals } = parseArgs({ options: { json: { type: "string" } }, allowPositionals: true });
/** Which ones, by number: `9 16-30`. */
const wanted = positionals.map((range) => range.split("-").map(Number));
const isWanted = (number: number) =>
  wanted.length === 0 || wanted.some(([first = 0, last = first]) => first <= number && number <= last);

const dataDirectory = mkdtempSync(join(tmpdir(), "quorate-runaways-"));
const host = await startHostProcess({ dataDirectory, workers: 1 });
const NODES = ["pve1", "pve2", "pve3"];
const newLab = async (lab: string) => (await host.create({ lab, seed: lab, nodes: NODES })).nodes[0]!.ssh;

const wait = (ms: number) => new Promise<"late">((resolve) => setTimeout(() => resolve("late"), ms));

/** A shell in the lab where somebody types, once a new worker has it. */
async function openAgain(): Promise<NodeShell> {
  for (;;) {
    try {
      const shell = await openShellOn((await host.describe("watched")).nodes[0]!.ssh);
      await shell.shows(/# $/);
      return shell;
    } catch {
      await wait(200);
    }
  }
}

/** By thread of the host: how long it has been on a processor, milliseconds. */
function threadTimes(): Map<string, number> {
  const times = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${host.child.pid}/task`)) {
    try {
      const onProcessorNs = readFileSync(`/proc/${host.child.pid}/task/${thread}/schedstat`, "utf8").split(" ")[0];
      times.set(thread, Number(onProcessorNs) / 1e6);
    } catch {
      // It has ended.
    }
  }
  return times;
}

function busiestSince(before: ReadonlyMap<string, number>): number {
  return Math.max(0, ...[...threadTimes()].map(([thread, ms]) => ms - (before.get(thread) ?? 0)));
}

/** Somebody who types all the time in a lab of their own. */
async function startTypist(door: SshDoorAddress) {
  let longest = { echoMs: 0, busyMs: 0 };
  let sent: { at: number; times: Map<string, number> } | undefined;
  let over = false;
  let shell = await openShellOn(door);
  await shell.shows(/# $/);
  const look = () => {
    if (!sent) return;
    const echoMs = performance.now() - sent.at;
    if (echoMs > longest.echoMs) longest = { echoMs, busyMs: busiestSince(sent.times) };
  };
  const type = async () => {
    for (let key = 0; !over; key++) {
      const letter = String.fromCharCode(97 + (key % 26));
      sent = { at: performance.now(), times: threadTimes() };
      try {
        shell.write(key % 60 === 59 ? `\x15${letter}` : letter);
        await shell.shows(new RegExp(letter));
      } catch {
        // The worker was replaced: the wait goes on until the new one answers.
        if (over) return;
        shell = await openAgain();
      }
      look();
      sent = undefined;
      await wait(BETWEEN_KEYS_MS);
    }
  };
  void type();
  return {
    /** The longest wait since the last call. */
    longest() {
      look();
      const most = longest;
      longest = { echoMs: 0, busyMs: 0 };
      return most;
    },
    stop() {
      over = true;
    },
  };
}

const within = (ms: number, what: Promise<unknown>) => Promise.race([what.then(() => "in time" as const), wait(ms)]);

async function run(command: NastyCommand, name: string): Promise<Outcome> {
  const shell: NodeShell = await openShellOn(await newLab(name));
  if ((await within(STUCK_AFTER_MS, shell.shows(/# $/))) === "late") throw new Error(`no prompt for ${name}`);
  if (command.before) {
    shell.write(`${command.before}\recho rea''dy\r`);
    if ((await within(STUCK_AFTER_MS, shell.shows(/\nready\r\n[\s\S]*# $/))) === "late")
      throw new Error(`stuck before ${name}`);
  }
  typist.longest();
  let end: Outcome["end"] = "by itself";
  let stopMs: number | undefined;
  let gone = false;
  void shell.ended.then(() => {
    gone = true;
  });
  const said = shell.follow();
  // What is typed behind it waits until it has ended.
  shell.write(`${command.typed}\r`);
  const first = shell.shows(/\nov-1-er\r\n/);
  first.catch(() => undefined);
  if (!command.leave) shell.write("echo ov-$((1))-er\r");
  if ((await within(RUNS_MS, first)) === "late" && !gone) {
    end = "stopped";
    const began = performance.now();
    shell.write(command.leave ?? "\x03");
    // Keys ahead of ^C are thrown away with it.
    await wait(100);
    const second = shell.shows(/\nov-2-er\r\n/);
    second.catch(() => undefined);
    shell.write("echo ov-$((2))-er\r");
    if ((await within(command.goesOn ? GOES_ON_MS_MAX : STUCK_AFTER_MS, second)) === "late") end = "STUCK";
    stopMs = performance.now() - began - 100;
  }
  if (gone) end = "SHELL GONE";
  const longest = typist.longest();
  const text = said();
  shell.close();
  await host.ask("DELETE", `/labs/${name}`);
  return { typed: shortened(command.typed), ...longest, stopMs, end, said: text, residentMib: residentMib() };
}

function residentMib(): number {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${host.child.pid}/status`, "utf8"))?.[1];
  return Number(kib ?? 0) / 1024;
}

function shortened(text: string): string {
  const shown = JSON.stringify(text).slice(1, -1);
  return shown.length > 90 ? `${shown.slice(0, 80)}... (${text.length})` : shown;
}

const typist = await startTypist(await newLab("watched"));
const outcomes: Outcome[] = [];
for (const [at, command] of NASTY_COMMANDS.entries()) {
  if (!isWanted(at + 1)) continue;
  let outcome: Outcome;
  try {
    outcome = await run(command, `busy-${at + 1}`);
  } catch (error) {
    outcome = {
      typed: shortened(command.typed),
      ...typist.longest(),
      stopMs: undefined,
      end: "SHELL GONE",
      said: String(error).slice(0, 200),
      residentMib: residentMib(),
    };
  }
  outcomes.push(outcome);
  // What the host itself has to say: a worker that was replaced takes every shell in it along.
  for (const line of host.log.splice(0)) if (!/^info/.test(line)) console.log(`${" ".repeat(8)}host: ${line}`);
  const isBad =
    outcome.busyMs > ECHO_MS_MAX ||
    ((outcome.stopMs ?? 0) > STOP_MS_MAX && !command.goesOn) ||
    /[A-Z]/.test(outcome.end);
  console.log(
    `${isBad ? "!" : " "} ${String(at + 1).padStart(3)} echo ${String(Math.round(outcome.echoMs)).padStart(5)} ms  busy ${String(Math.round(outcome.busyMs)).padStart(5)} ms  ${outcome.stopMs === undefined ? "          " : `^C ${String(Math.round(outcome.stopMs)).padStart(5)} ms`}  ${outcome.end.padEnd(10)} ${String(Math.round(outcome.residentMib)).padStart(5)} MiB  ${outcome.typed}\n${" ".repeat(8)}${outcome.said}`,
  );
}
const slow = outcomes.filter(({ busyMs }) => busyMs > ECHO_MS_MAX).length;
const longest = Math.max(...outcomes.map(({ busyMs }) => busyMs));
console.log(
  `\n${outcomes.length} commands; ${slow} held another lab's echo for more than ${ECHO_MS_MAX} ms of computing, the longest for ${round(longest)} ms`,
);
if (values.json) writeFileSync(values.json, `${JSON.stringify(outcomes, undefined, 1)}\n`);
typist.stop();
await host.stop();
rmSync(dataDirectory, { recursive: true, force: true });
process.exit(0);
