/** Options of systemctl: the letters and long names that getopt knows, and what each of them sets. */
import type { ProgramContext } from "../../shell/process.ts";
import { wholeNumber } from "../getopt.ts";
import { notModelled } from "../printed.ts";
import { JOURNAL_FORMATS } from "./journal-text.ts";
import { SYSTEMD_VERSION } from "./unit-files.ts";
import type { ListOptions } from "./unit-lists.ts";
import type { ReportOptions } from "./unit-report.ts";

const TYPES = "service mount swap socket target device automount timer path slice scope".split(" ");
const LOAD_STATES = "stub loaded not-found bad-setting error merged masked".split(" ");
const ACTIVE_STATES = "active reloading inactive failed activating deactivating maintenance".split(" ");

/** Letters of getopt; capitals beyond systemctl's own stand for long names. */
export const LONG_NAMES: Record<string, string> = {
  all: "a",
  after: "A",
  before: "B",
  failed: "F",
  force: "f",
  full: "l",
  help: "h",
  legend: "L",
  lines: "n",
  "no-ask-password": "_",
  "no-block": "N",
  "no-legend": "G",
  "no-pager": "j",
  "no-reload": "_",
  "no-wall": "_",
  now: "O",
  output: "o",
  plain: "D",
  property: "p",
  quiet: "q",
  recursive: "r",
  reverse: "R",
  runtime: "U",
  signal: "s",
  state: "S",
  "show-types": "_",
  system: "_",
  type: "t",
  value: "V",
  version: "v",
  wait: "_",
  "with-dependencies": "_",
  "kill-who": "K",
  "kill-whom": "K",
  message: "E",
  "job-mode": "J",
  host: "H",
  machine: "M",
  user: "W",
};
export const LETTERS = "aABFfhjlL:n:_NGOo:Dp:P:qrRUs:S:t:VvK:E:J:H:M:WiTC:";

export interface Options extends ListOptions, ReportOptions {
  now: boolean;
  noBlock: boolean;
  quiet: boolean;
  reverse: boolean;
  forced: number;
  properties: string[];
  valueOnly: boolean;
  signal: string;
  noPager: boolean;
  full: boolean;
}

/** Take one option in. @returns the exit status when the command ends with it */
export async function readOption(
  context: ProgramContext,
  options: Options,
  option: string,
  value: string,
): Promise<number | undefined> {
  const { stdout, stderr } = context;
  switch (option) {
    case "a":
      options.all = true;
      return undefined;
    case "F":
      options.states.push("failed");
      return undefined;
    case "f":
      options.forced += 1;
      return undefined;
    case "G":
      options.legend = false;
      return undefined;
    case "L":
      options.legend = !/^(?:no|false|0|off|n|f)$/i.test(value);
      return undefined;
    case "n": {
      const lines = wholeNumber(value, 0);
      if (lines === undefined) {
        await stderr.write(`Failed to parse lines '${value}'\n`);
        return 1;
      }
      options.lines = lines;
      return undefined;
    }
    case "N":
      options.noBlock = true;
      return undefined;
    case "O":
      options.now = true;
      return undefined;
    case "o":
      if (!Object.hasOwn(JOURNAL_FORMATS, value)) {
        await stderr.write(`Unknown output '${value}'.\n`);
        return 1;
      }
      options.format = value;
      return undefined;
    case "j":
      options.noPager = true;
      return undefined;
    case "l":
      options.full = true;
      return undefined;
    case "D":
      options.plain = true;
      return undefined;
    case "P":
    case "p":
      options.properties.push(...value.split(",").filter(Boolean));
      options.valueOnly ||= option === "P";
      return undefined;
    case "q":
      options.quiet = true;
      return undefined;
    case "R":
      options.reverse = true;
      return undefined;
    case "s":
      options.signal = value;
      return undefined;
    case "V":
      options.valueOnly = true;
      return undefined;
    case "v":
      await stdout.write(`systemd 252 (${SYSTEMD_VERSION})\n`);
      return 0;
    case "S":
    case "t": {
      if (value === "help") {
        const list = (name: string, words: string[]) => `Available ${name}:\n${words.join("\n")}\n`;
        await stdout.write(
          option === "t"
            ? list("unit types", TYPES)
            : `${list("unit load states", LOAD_STATES)}\n${list("unit active states", ACTIVE_STATES)}`,
        );
        return 0;
      }
      const wanted = value.split(",").filter(Boolean);
      if (option === "S") {
        options.states.push(...wanted);
        return undefined;
      }
      const unknown = wanted.find((word) => !TYPES.includes(word) && !LOAD_STATES.includes(word));
      if (unknown !== undefined) {
        await stderr.write(
          `Unknown unit type or load state '${unknown}'.\nUse -t help to see a list of allowed values.\n`,
        );
        return 1;
      }
      options.types.push(...wanted);
      return undefined;
    }
    case "h":
      await stdout.write(
        "systemctl [OPTIONS...] COMMAND ...\n\nQuery or send control commands to the system manager.\n\nSee the systemctl(1) man page for details.\n",
      );
      return 0;
    case "A":
    case "B":
    case "U":
    case "H":
    case "M":
    case "W":
      await stderr.write(
        notModelled(
          "systemctl",
          { A: "--after", B: "--before", U: "--runtime", H: "-H", M: "-M", W: "--user" }[option],
        ),
      );
      return 1;
    default:
      return undefined;
  }
}
