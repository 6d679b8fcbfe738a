/** Reading the keys of a command in vi's normal and visual mode. */

export interface ViCommand {
  /** The letter behind `"`. */
  register: string | undefined;
  count: number | undefined;
  /** `d`, `c`, `y`, `>`, `<`, `=`, `!`, `g~`, `gu`, `gU`. */
  operator: string | undefined;
  /** A motion, a text object (behind an operator), the operator again for lines, or a command, with its argument. */
  command: string;
}

const OPERATORS = ["d", "c", "y", ">", "<", "=", "!", "g~", "gu", "gU"];
/** Commands that another key belongs to. */
const WITH_ARGUMENT = /^(?:[fFtTrm'`@Z[\]gz]|q)$/;

/**
 * @param keys what has been typed, by name
 * @param visual operators take what is selected and wait for nothing
 * @param recording `q` ends the recording and wants no name
 * @returns undefined while more keys are needed
 */
export function readCommand(keys: readonly string[], visual: boolean, recording: boolean): ViCommand | undefined {
  let at = 0;
  let register: string | undefined;
  let count: number | undefined;
  const number = () => {
    let digits = "";
    while (/^\d$/.test(keys[at] ?? "") && (digits !== "" || keys[at] !== "0")) digits += keys[at++];
    if (digits !== "") count = Math.min(99_999, (count ?? 1) * Number(digits));
  };
  /** The command at hand with its argument; undefined when it is not whole. */
  const take = (): string | undefined => {
    const key = keys[at];
    if (key === undefined) return undefined;
    if (!WITH_ARGUMENT.test(key) || (key === "q" && recording)) {
      at++;
      return key;
    }
    const next = keys[at + 1];
    if (next === undefined) return undefined;
    at += 2;
    return key + next;
  };
  number();
  if (keys[at] === '"') {
    register = keys[at + 1];
    if (register === undefined) return undefined;
    at += 2;
    number();
  }
  const first = take();
  if (first === undefined) return undefined;
  const command = (operator: string | undefined, word: string): ViCommand => ({
    register,
    count,
    operator,
    command: word,
  });
  const objects = (key: string): ViCommand | undefined | "none" => {
    if (key !== "i" && key !== "a") return "none";
    const letter = keys[at];
    return letter === undefined ? undefined : command(visual ? undefined : first, key + letter);
  };
  if (visual) {
    const object = objects(first);
    return object === "none" ? command(undefined, first) : object;
  }
  if (!OPERATORS.includes(first)) return command(undefined, first);
  number();
  const second = take();
  if (second === undefined) return undefined;
  const object = objects(second);
  if (object !== "none") return object;
  // `gUU` and `gugu` as `guu`.
  const again = second === first || (first.length === 2 && second === first[1]);
  return command(first, again ? first : second);
}
