/** Options of one letter as getopt(3) reads them: for tools written in C, whose refusals are its own. */

/** What getopt says on standard error, without the line's end. */
export class BadOption extends Error {
  override name = "BadOption";
}

export interface GivenOption {
  option: string;
  /** Of an option that takes one. */
  value: string;
}

/**
 * Options in the order in which they stand, also behind words; `--` ends them.
 *
 * @param args without the program's name
 * @param known letters, those with a colon behind them take a value: `sn:o:`
 * @param long long names that stand for a letter; a name of their own is handed on as it is; a tool that has none takes
 *   the second hyphen for a letter
 * @param words filled with what is no option
 * @throws BadOption at the first that is unknown or lacks its value; the ones before it have been handed out
 */
export function* getopt(
  program: string,
  args: readonly string[],
  known: string,
  long: Record<string, string> = {},
  words: string[] = [],
): Generator<GivenOption> {
  const queue = [...args];
  const argumentOf = (option: string, rest: string) => {
    const value = rest || queue.shift();
    if (value === undefined) throw new BadOption(`${program}: option requires an argument -- '${option}'`);
    return value;
  };
  for (let arg = queue.shift(); arg !== undefined && arg !== "--"; arg = queue.shift()) {
    if (arg.startsWith("--") && Object.keys(long).length > 0) {
      const [name = "", given] = arg.slice(2).split(/=(.*)/s);
      const option = long[name];
      if (option === undefined) throw new BadOption(`${program}: unrecognized option '${arg}'`);
      yield { option, value: known.includes(`${option}:`) ? argumentOf(option, given ?? "") : "" };
      continue;
    }
    if (!/^-./.test(arg)) {
      words.push(arg);
      continue;
    }
    for (let at = 1; at < arg.length; at++) {
      const option = arg[at]!;
      if (option === ":" || !known.includes(option)) throw new BadOption(`${program}: invalid option -- '${option}'`);
      if (!known.includes(`${option}:`)) {
        yield { option, value: "" };
        continue;
      }
      yield { option, value: argumentOf(option, arg.slice(at + 1)) };
      break;
    }
  }
  words.push(...queue);
}

/** A whole number from `least` to 2^32 - 1; undefined for anything else. */
export function wholeNumber(text: string, least: number): number | undefined {
  return /^\d+$/.test(text) && Number(text) >= least && Number(text) <= 0xff_ff_ff_ff ? Number(text) : undefined;
}
