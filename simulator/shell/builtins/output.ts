/** `echo` and `printf`. */
import { bytesOfText, decodeEscapes } from "../escape-text.ts";
import { assignText } from "../parameters.ts";
import { formatAll } from "../printf-format.ts";
import { zoneOfShell } from "../process-zone.ts";
import { type Builtin, complain, print } from "./builtin.ts";
import { refuseUse } from "./usage.ts";

export const echo: Builtin = async (shell, argv) => {
  let at = 1;
  let newline = true;
  let escapes = shell.shopts.has("xpg_echo");
  for (; at < argv.length && /^-[neE]+$/.test(argv[at]!); at++) {
    for (const letter of argv[at]!.slice(1)) {
      if (letter === "n") newline = false;
      else escapes = letter === "e";
    }
  }
  let text = argv.slice(at).join(" ");
  if (escapes) {
    const decoded = decodeEscapes(text);
    text = decoded.text;
    if (decoded.stop) newline = false;
  }
  return print(shell, "echo", bytesOfText(newline ? `${text}\n` : text));
};

export const printf: Builtin = async (shell, argv) => {
  let at = 1;
  let variable: string | undefined;
  if (argv[at] === "-v") {
    variable = argv[at + 1];
    if (variable === undefined) return refuseUse(shell, "printf", "-v: option requires an argument");
    if (!/^[A-Za-z_]\w*(\[.+\])?$/s.test(variable))
      return complain(shell, "printf", `\`${variable}': not a valid identifier`, 2);
    at += 2;
  }
  if (argv[at] === "--") at++;
  const format = argv[at];
  if (format === undefined) return refuseUse(shell, "printf", "");
  const result = formatAll(format, argv.slice(at + 1), shell.wallMs(), zoneOfShell(shell));
  for (const problem of result.problems) await complain(shell, "printf", problem);
  if (variable !== undefined) await assignText(shell, variable, bytesOfText(result.text).toString("utf8"));
  else {
    const status = await print(shell, "printf", bytesOfText(result.text));
    if (status !== 0) return status;
  }
  return result.problems.some((problem) => !problem.startsWith("warning: ")) ? 1 : 0;
};
