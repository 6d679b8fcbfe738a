/** Transcripts of a real cluster: command, output, exit status. */
import { readFileSync } from "node:fs";

export interface RecordedRun {
  node: string;
  command: string;
  output: string;
  exit: number;
}

/** A recording under a folder of simulator/recordings/pve as it is. */
export function recordingText(file: string, folder = "commands"): string {
  return readFileSync(new URL(`../../recordings/pve/${folder}/${file}`, import.meta.url), "utf8");
}

/** Every command of a recording under a folder of simulator/recordings/pve. */
export function recordedRuns(file: string, folder = "commands"): RecordedRun[] {
  const text = recordingText(file, folder);
  const runs: RecordedRun[] = [];
  let current: RecordedRun | undefined;
  for (const line of text.split("\n")) {
    const start = /^root@(\w+):~# (.*)$/.exec(line);
    const end = /^\[exit (-?\d+)\]/.exec(line);
    if (start) current = { node: start[1]!, command: start[2]!, output: "", exit: 0 };
    else if (end && current) {
      current.exit = Number(end[1]);
      runs.push(current);
      current = undefined;
    } else if (current) current.output += `${line}\n`;
  }
  return runs;
}

/** The nth recorded run of a command on a node. */
export function recorded(file: string, node: string, command: string, nth = 0): RecordedRun {
  const run = recordedRuns(file).filter((one) => one.node === node && one.command === command)[nth];
  if (!run) throw new Error(`${file} has no run ${nth} of "${command}" on ${node}`);
  return run;
}

/**
 * What differs from one cluster and moment to the next: dates, certificates, epochs. The recorder shows a typed answer
 * as `yes^J`; a terminal shows it with a line's end.
 */
export function comparable(text: string): string {
  return text
    .replaceAll(/\^J/g, "\n")
    .replaceAll(/^Date: .*$/gm, "Date:             DATE")
    .replaceAll(/(?:[0-9A-F]{2}:){31}[0-9A-F]{2}/g, "FINGERPRINT")
    .replaceAll(/config-\d+\.sql\.gz/g, "config-EPOCH.sql.gz")
    .replaceAll(/: \*+$/gm, ": STARS");
}

/** Numbers that are each run's own: rings, versions of files and the configuration, processes, instants. */
export function withoutOwnNumbers(text: string): string {
  return comparable(text)
    .replaceAll(/^Ring ID: .*$/gm, "Ring ID:          RING")
    .replaceAll(/config_version: \d+/g, "config_version: N")
    .replaceAll(/^Config Version: .*$/gm, "Config Version:   N")
    .replaceAll(/"version": ?\d+/g, '"version": N')
    .replaceAll(/\(version = \d+\)/g, "(version = N)")
    .replaceAll(/tmp\.\d+/g, "tmp.PID")
    .replaceAll(/SHA256:\S+\./g, "SHA256:KEY.")
    .replaceAll(/^\w{3} \d\d \d\d:\d\d:\d\d (\w+ \w+)\[\d+\]/gm, "TIME $1[PID]")
    .replaceAll(/formed\w*|\(\d\.[0-9a-f]+\)/g, "RING")
    .trimEnd();
}
