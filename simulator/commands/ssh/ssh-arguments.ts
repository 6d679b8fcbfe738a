/** Command lines of ssh. @source ssh(1) of OpenSSH 9.2 */

import { SSH_VERSION } from "../../node-view/ssh-version.ts";
import { BadConfig, type ClientConfig, takeOption } from "./client-config.ts";

const SSH_USAGE = `usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy] [-B bind_interface]
           [-b bind_address] [-c cipher_spec] [-D [bind_address:]port]
           [-E log_file] [-e escape_char] [-F configfile] [-I pkcs11]
           [-i identity_file] [-J [user@]host[:port]] [-L address]
           [-l login_name] [-m mac_spec] [-O ctl_cmd] [-o option] [-p port]
           [-Q query_option] [-R address] [-S ctl_path] [-W host:port]
           [-w local_tun[:remote_tun]] destination [command [argument ...]]
`;

const WITH_VALUE = "BbcDEeFIiJLlmOoPpQRSWw";

export interface SshTarget {
  /** As it was typed, without a user. */
  host: string;
  user: string | undefined;
}

/** What every program of the family takes, before any file is read. */
export interface SshOptions {
  /** From the command line, by the names of settings. */
  config: ClientConfig;
  /** `-i`, as typed. */
  identities: string[];
  /** `-F`. */
  file: string | undefined;
  /** `-v`, so many times. */
  verbose: number;
  quiet: boolean;
}

export interface SshCommandLine {
  target: SshTarget;
  options: SshOptions;
  /** Undefined: a shell. */
  command: string | undefined;
  /** `-t`: a terminal for a command, too; `-tt`: in any case; `-T`: none at all. */
  terminal: "auto" | "always" | "force" | "never";
  noInput: boolean;
  /** `-N`: no command at all; `-G`: tell the configuration; `-s`: the command is a subsystem's name. */
  mode: "run" | "nothing" | "dump" | "subsystem";
  /** Options that are known and do nothing here but say so. */
  notModelled: string | undefined;
}

/** What is printed instead of a connection. */
export interface SshWords {
  text: string;
  status: number;
}

export function emptyOptions(): SshOptions {
  return { config: new Map(), identities: [], file: undefined, verbose: 0, quiet: false };
}

/** Read ssh's arguments. @returns what to print when they ask for no connection or are wrong */
export function parseSsh(args: string[]): SshCommandLine | SshWords {
  const options = emptyOptions();
  const line: Omit<SshCommandLine, "target" | "command"> = {
    options,
    terminal: "auto",
    noInput: false,
    mode: "run",
    notModelled: undefined,
  };
  let at = 0;
  let destination: string | undefined;
  const wrong = (text: string): SshWords => ({ text, status: 255 });
  try {
    for (; at < args.length; at++) {
      const arg = args[at]!;
      if (arg === "--") continue;
      if (!arg.startsWith("-") || arg === "-") {
        if (destination !== undefined) break;
        destination = arg;
        continue;
      }
      for (let letter = 1; letter < arg.length; letter++) {
        const option = arg[letter]!;
        if (WITH_VALUE.includes(option)) {
          const value = arg.slice(letter + 1) || args[++at];
          if (value === undefined) return wrong(`option requires an argument -- ${option}\n${SSH_USAGE}`);
          const words = takeValue(line, option, value);
          if (words) return words;
          break;
        }
        if (option === "V") return { text: `${SSH_VERSION}\n`, status: 0 };
        if (!"46AaCfGgKkMNnqsTtVvXxYy".includes(option)) return wrong(`unknown option -- ${option}\n${SSH_USAGE}`);
        takeFlag(line, option);
      }
    }
  } catch (error) {
    if (error instanceof BadConfig) return wrong(`${error.message}\n`);
    throw error;
  }
  if (destination === undefined) return wrong(SSH_USAGE);
  const target = parseDestination(destination, options);
  const command = at < args.length ? args.slice(at).join(" ") : undefined;
  return { ...line, target, command };
}

type Line = Omit<SshCommandLine, "target" | "command">;

function takeFlag(line: Line, option: string): void {
  if (option === "t") line.terminal = line.terminal === "auto" ? "always" : "force";
  else if (option === "T") line.terminal = "never";
  else if (option === "n") line.noInput = true;
  else if (option === "N") line.mode = "nothing";
  else if (option === "G") line.mode = "dump";
  else if (option === "s") line.mode = "subsystem";
  else if (option === "q") line.options.quiet = true;
  else if (option === "v") line.options.verbose += 1;
  else if ("fM".includes(option)) line.notModelled ??= `-${option}`;
}

function takeValue(line: Line, option: string, value: string): SshWords | undefined {
  const { options } = line;
  if (option === "p") {
    if (!(Number(value) >= 1 && Number(value) <= 65_535)) return { text: `Bad port '${value}'\n`, status: 255 };
    takeOption(options.config, `Port=${value}`);
  } else if (option === "l") takeOption(options.config, `User="${value}"`);
  else if (option === "o") takeOption(options.config, value);
  else if (option === "i") options.identities.push(value);
  else if (option === "J") takeOption(options.config, `ProxyJump=${value}`);
  else if (option === "F") options.file = value;
  else if (option === "Q")
    return { text: `ssh: '-Q' is not modelled in this simulated node yet (see fidelity page)\n`, status: 1 };
  else if ("DLRWwISO".includes(option)) line.notModelled ??= `-${option}`;
  return undefined;
}

/** `user@host`, `ssh://user@host:port`. */
export function parseDestination(text: string, options: SshOptions): SshTarget {
  const url = /^ssh:\/\/(?:([^@]*)@)?([^:/]+)(?::(\d+))?\/?$/.exec(text);
  if (url) {
    if (url[3] !== undefined) takeOption(options.config, `Port=${url[3]}`);
    return { user: url[1], host: url[2]! };
  }
  const at = text.lastIndexOf("@");
  return at < 0 ? { user: undefined, host: text } : { user: text.slice(0, at), host: text.slice(at + 1) };
}
