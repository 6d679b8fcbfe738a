/** Prompts: the backslash escapes of PS1, PS2 and PS4. */
import { localOfInstant } from "../cluster/node-settings/zone-time.ts";
import { zoneOfShell } from "./process-zone.ts";
import type { Shell } from "./shell.ts";

/** Decode a prompt's escapes; `$` expansions are made by the caller afterwards. */
export function decodePrompt(shell: Shell, text: string): string {
  const wall = () => new Date(localOfInstant(zoneOfShell(shell), shell.wallMs()));
  const home = shell.variables.get("HOME") ?? "/root";
  const short =
    shell.cwd === home ? "~" : shell.cwd.startsWith(`${home}/`) ? `~${shell.cwd.slice(home.length)}` : shell.cwd;
  return text.replace(/\\(\d{3}|x[0-9a-f]{2}|[\s\S])/gi, (whole, code: string) => {
    if (/^\d{3}$/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
    switch (code) {
      case "u":
        return shell.process.user.name;
      case "h":
        return shell.hostName.split(".")[0]!;
      case "H":
        return shell.hostName;
      case "w":
        return short;
      case "W":
        return short === "~" || short === "/" ? short : short.slice(short.lastIndexOf("/") + 1);
      case "$":
        return shell.process.user.uid === 0 ? "#" : "$";
      case "s":
        return shell.name;
      case "v":
        return "5.2";
      case "V":
        return "5.2.15";
      case "l":
        return shell.process.tty.replace(/^.*\//, "");
      case "j":
        return String(shell.jobs.jobs.length);
      case "!":
        return String(shell.around.history.lines.length + shell.around.history.dropped + 1);
      case "#":
        return String(shell.commandNumber);
      case "t":
        return wall().toISOString().slice(11, 19);
      case "A":
        return wall().toISOString().slice(11, 16);
      case "d":
        return wall().toUTCString().slice(0, 11).replace(",", "");
      case "n":
        return "\n";
      case "r":
        return "\r";
      case "e":
        return "\x1b";
      case "a":
        return "\x07";
      case "\\":
        return "\\";
      case "[":
      case "]":
        // Readline needs to know what is invisible; the line editor finds escape sequences by itself.
        return "";
      default:
        return whole;
    }
  });
}
