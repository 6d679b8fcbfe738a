/** `bash` and `sh` as programs: their words, and what they read their commands from. */
import { SHOPTS } from "./builtins/variables.ts";
import { endOf } from "./child-shell.ts";
import { beInteractive, LOGIN_FILES, rcFiles } from "./interactive.ts";
import { ERRNO_TEXT, FileError } from "./node-files.ts";
import { runFromInput, runShellScript, runSource } from "./script-run.ts";
import { SET_OPTIONS, type SetOption, type Shell } from "./shell.ts";
import { parseScript } from "./syntax.ts";

interface Words {
  /** Of `-c`. */
  command?: string;
  wantsCommand: boolean;
  fromInput: boolean;
  interactive: boolean;
  login: boolean;
  /** False with `--norc`. */
  rc: boolean;
  rcFile?: string;
  profile: boolean;
  operands: string[];
}

const LONG_OPTIONS =
  "debug debugger dump-po-strings dump-strings help init-file login noediting noprofile norc posix pretty-print rcfile restricted verbose version".split(
    " ",
  );
const USAGE = `Usage:\tbash [GNU long option] [option] ...
\tbash [GNU long option] [option] script-file ...
GNU long options:
${LONG_OPTIONS.map((name) => `\t--${name}\n`).join("")}Shell options:
\t-ilrsD or -c command or -O shopt_option\t\t(invocation only)
\t-abefhkmnptuvxBCEHPT or -o option
`;

/** `bash [options] [-c text [name [args...]] | file [args...]]` */
export async function runShellCommand(shell: Shell, argv: string[]): Promise<number> {
  const name = argv[0]!;
  const base = name.slice(name.lastIndexOf("/") + 1).replace(/^-/, "");
  shell.dash = base === "sh" || base === "dash";
  shell.name = name;
  const words = readWords(shell, argv);
  if (typeof words === "string") {
    await shell.write(2, words);
    return 2;
  }
  if (argv.includes("--version") && words.operands.length === 0) {
    await shell.write(
      1,
      "GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu), as modelled in this simulated node\n",
    );
    return 0;
  }
  shell.login = words.login || name.startsWith("-");
  const [file, ...args] = words.operands;
  const readsInput = !words.wantsCommand && (words.fromInput || file === undefined || file === "-");
  if (readsInput) {
    shell.positional = words.fromInput ? words.operands : args;
    const typed = [0, 2].every((fd) => shell.descriptors.get(fd)?.kind === "tty");
    if (!typed && !(words.interactive && shell.descriptors.get(0)?.kind === "tty"))
      return endOf(shell, async () => {
        if (shell.login) await readFirst(shell, words);
        return runFromInput(shell);
      });
    const startFiles = shell.dash ? [] : shell.login ? (words.profile ? LOGIN_FILES : []) : rcFiles(words.rcFile);
    return beInteractive(shell, words.rc || shell.login ? { startFiles } : {});
  }
  if (words.wantsCommand) {
    if (file === undefined) {
      await shell.write(2, `${name}: -c: option requires an argument\n`);
      return 2;
    }
    shell.name = args[0] ?? name;
    shell.positional = args.slice(1);
    if (words.interactive && !shell.dash) shell.shopts.add("expand_aliases");
    return endOf(shell, async () => {
      await readFirst(shell, words);
      return runSource(shell, file, { origin: "-c: ", read: true });
    });
  }
  try {
    const text = Buffer.from(await shell.around.files.readFile(shell.resolve(file!))).toString("utf8");
    if (shell.options.has("noexec")) return await onlyRead(shell, file!, text);
    await endOf(shell, () => readFirst(shell, words));
    return await runShellScript(shell, file!, text, args);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    await shell.write(2, `${name}: ${file}: ${ERRNO_TEXT[error.code]}\n`);
    return error.code === "ENOENT" ? 127 : 126;
  }
}

/** `bash -n`: what is wrong with a script, which is not run. */
async function onlyRead(shell: Shell, file: string, text: string): Promise<number> {
  const parsed = parseScript(text, { final: true });
  if (parsed.kind === "complete") return 0;
  shell.name = file;
  await shell.complainOfMistake(parsed, "");
  return 2;
}

/** What `bash -lc` reads before its command, and `$BASH_ENV`. */
async function readFirst(shell: Shell, words: Words): Promise<number> {
  if (shell.dash) return 0;
  const rc = words.interactive && words.rc ? rcFiles(words.rcFile)!.flat() : [];
  const environment = shell.variables.get("BASH_ENV");
  const files = shell.login
    ? words.profile
      ? ["/etc/profile", "~/.bash_profile", "~/.profile"]
      : []
    : words.interactive
      ? rc
      : environment
        ? [environment]
        : [];
  for (const named of files) {
    const path = shell.resolve(named.replace(/^~/, shell.variables.get("HOME") ?? "/root"));
    const text = await shell.around.files.readFile(path).catch(() => undefined);
    if (!text) continue;
    shell.sourceDepth++;
    try {
      await runSource(shell, Buffer.from(text).toString("utf8"));
    } finally {
      shell.sourceDepth--;
    }
    if (named === "~/.bash_profile") break;
  }
  return 0;
}

/** @returns the message when a word is none that bash knows */
function readWords(shell: Shell, argv: string[]): Words | string {
  const words: Words = {
    wantsCommand: false,
    fromInput: false,
    interactive: false,
    login: false,
    rc: true,
    profile: true,
    operands: [],
  };
  let at = 1;
  for (; at < argv.length; at++) {
    const arg = argv[at]!;
    if (arg === "--" || arg === "-") {
      at++;
      break;
    }
    if (arg.startsWith("--")) {
      const long = arg.slice(2);
      if (long === "norc") words.rc = false;
      else if (long === "noprofile") words.profile = false;
      else if (long === "login") words.login = true;
      else if (long === "rcfile" || long === "init-file") words.rcFile = argv[++at] ?? "";
      else if (long === "posix") shell.options.add("posix");
      else if (!LONG_OPTIONS.includes(long)) return `${argv[0]}: ${arg}: invalid option\n${USAGE}`;
      continue;
    }
    if (!/^[-+]./.test(arg)) break;
    const on = arg[0] === "-";
    for (const letter of arg.slice(1)) {
      if (letter === "c") words.wantsCommand = true;
      else if (letter === "s") words.fromInput = true;
      else if (letter === "i") words.interactive = true;
      else if (letter === "l") words.login = true;
      else if (letter === "o" || letter === "O") {
        const option = argv[++at] ?? "";
        const known = letter === "o" ? setOption(shell, option, on) : setShopt(shell, option, on);
        if (!known) return `${argv[0]}: ${option}: invalid ${letter === "o" ? "" : "shell "}option name\n`;
      } else {
        const option = (Object.keys(SET_OPTIONS) as SetOption[]).find((name) => SET_OPTIONS[name] === letter);
        if (!option) return `${argv[0]}: ${arg.slice(0, 1)}${letter}: invalid option\n${USAGE}`;
        setOption(shell, option, on);
      }
    }
  }
  words.operands = argv.slice(at);
  return words;
}

function setOption(shell: Shell, name: string, on: boolean): boolean {
  if (!(name in SET_OPTIONS)) return false;
  if (on) shell.options.add(name as SetOption);
  else shell.options.delete(name as SetOption);
  return true;
}

function setShopt(shell: Shell, name: string, on: boolean): boolean {
  if (!SHOPTS.includes(name)) return false;
  if (on) shell.shopts.add(name);
  else shell.shopts.delete(name);
  return true;
}
