/** What a real corosync says of wrong files: `corosync -t`, a start, and a reload of the file into a daemon that runs. */
import { setTimeout as pause } from "node:timers/promises";
import type { Daemon } from "./hosts.ts";
import { RealHosts } from "./hosts.ts";
import { RIGHT_FILE, WRONG_FILES, type WrongFile } from "./wrong-files.ts";

const CONF = "/etc/corosync/corosync.conf";
const KEY = "/etc/corosync/authkey";
const KEY_BYTES = 256;
const READY = "ready to provide service";
/** A start that has neither ended nor come this far by then is kept as it is. */
const START_MS_MAX = 6_000;
/** After a reload: lines of the links come at once. */
const SETTLE_MS = 600;
/** Lines of the recorder's machine, which lets nobody lock memory or take a priority. */
const OF_THE_MACHINE = /RLIMIT_MEMLOCK|SCHED_RR|MAIN  \] .*priority|knet_handle|blackbox|\[QB    \] couldn't|^Aborted/;
/** Of a start that goes on all but these is what every start says. */
const COMPLAINTS = /^(?:warning|error|crit) +\[(?!KNET|WD)/;

export interface RecordedWrongFile {
  from: string;
  to: string;
  keyBytes?: number;
  /** `corosync -t`. */
  test: { exit: number; lines: string[] };
  /** `corosync -f`: all that it said before it ended; its complaints where it went on, and then no `exit`. */
  start: { exit?: number; signal?: string; lines: string[] };
  /** `corosync-cfgtool -R`, and what the daemon wrote; `ended` where it did not live through it. */
  reload: { exit: number; lines: string[]; journal: string[]; ended?: true };
}

/** @param jobs how many hosts record at once */
export async function recordWrongFiles(jobs: number, write: (recorded: RecordedWrongFile[]) => void): Promise<void> {
  const recorded: (RecordedWrongFile | undefined)[] = WRONG_FILES.map(() => undefined);
  let next = 0;
  const work = async () => {
    const hosts = await RealHosts.make([1, 2], 2);
    try {
      while (next < WRONG_FILES.length) {
        const index = next++;
        recorded[index] = await recordOne(hosts, WRONG_FILES[index]!);
        write(recorded.filter((one) => one !== undefined));
      }
    } finally {
      await hosts.close();
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
}

async function recordOne(hosts: RealHosts, [from, to, keyBytes]: WrongFile): Promise<RecordedWrongFile> {
  if (!RIGHT_FILE.includes(from)) throw new Error(`not in the right file: ${from}`);
  const file = RIGHT_FILE.replace(from, () => to);
  const wrong = () => write(hosts, file, keyBytes ?? KEY_BYTES);
  wrong();
  const tested = hosts.run(1, named(["sh", "-c", "corosync -t; exit $?"]));
  const start = await started(hosts);
  const ended = end(start);
  const goesOn = ended.exit === undefined && ended.signal === undefined;
  const said = lines(text(start)).filter((line) => !goesOn || COMPLAINTS.test(line));
  write(hosts, RIGHT_FILE, KEY_BYTES);
  const daemon = await started(hosts);
  if (!text(daemon).includes(READY)) throw new Error(`the right file does not start: ${text(daemon)}`);
  const before = lines(text(daemon)).length;
  wrong();
  const reloaded = hosts.run(1, named(["corosync-cfgtool", "-R"]));
  await pause(SETTLE_MS);
  const journal = lines(text(daemon)).slice(before);
  const { exit, signal } = end(daemon);
  const lives = exit === undefined && signal === undefined;
  return {
    from: from === RIGHT_FILE ? "" : from,
    to,
    ...(keyBytes !== undefined && { keyBytes }),
    test: { exit: tested.exit, lines: lines(tested.output) },
    start: { ...ended, lines: said },
    reload: { exit: reloaded.exit, lines: lines(reloaded.output), journal, ...(!lives && { ended: true as const }) },
  };
}

/** @param keyBytes -1: there is no key */
function write(hosts: RealHosts, file: string, keyBytes: number): void {
  hosts.write(1, CONF, file);
  if (keyBytes < 0) hosts.run(1, ["rm", "-f", KEY]);
  else hosts.write(1, KEY, Buffer.alloc(keyBytes, "key of the ring"));
}

/** corosync goes by the host's name before it looks at addresses. */
function named(command: readonly string[]): string[] {
  return ["unshare", "-u", "sh", "-c", 'hostname pve1 && exec "$0" "$@"', ...command];
}

async function started(hosts: RealHosts): Promise<Daemon> {
  // One that was killed leaves what its clients shared with it.
  hosts.run(1, ["sh", "-c", "rm -rf /dev/shm/qb-*"]);
  const daemon = hosts.start(1, named(["corosync", "-f"]));
  const untilMs = Date.now() + START_MS_MAX;
  const over = () => daemon.child.exitCode !== null || daemon.child.signalCode !== null || text(daemon).includes(READY);
  while (!over() && Date.now() < untilMs) await pause(50);
  await pause(100);
  return daemon;
}

/** How it ended by itself; one that runs is killed. */
function end({ child }: Daemon): { exit?: number; signal?: string } {
  if (child.exitCode !== null) return { exit: child.exitCode };
  if (child.signalCode !== null) return { signal: child.signalCode };
  child.kill("SIGKILL");
  return {};
}

function text({ written }: Daemon): string {
  return written.map((part) => part.text).join("");
}

function lines(output: string): string[] {
  return output
    .split("\n")
    .map((line) => line.replace(/^\w{3} +\d+ [\d:.]+ /, ""))
    .filter((line) => line !== "" && !OF_THE_MACHINE.test(line));
}
