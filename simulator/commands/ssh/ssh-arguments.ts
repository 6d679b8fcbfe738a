/** Command lines of ssh and scp. @source ssh(1), scp(1) of OpenSSH 9.2 */
import type { SshOptions, SshTarget } from "./ssh-client.ts";

const SSH_USAGE = `usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy] [-B bind_interface]
           [-b bind_address] [-c cipher_spec] [-D [bind_address:]port]
           [-E log_file] [-e escape_char] [-F configfile] [-I pkcs11]
           [-i identity_file] [-J [user@]host[:port]] [-L address]
           [-l login_name] [-m mac_spec] [-O ctl_cmd] [-o option] [-p port]
           [-Q query_option] [-R address] [-S ctl_path] [-W host:port]
           [-w local_tun[:remote_tun]] destination [command [argument ...]]
`;

const WITH_VALUE = "BbcDEeFIiJLlmOoPpQRSWw";

export interface SshCommandLine {
  target: SshTarget;
  options: SshOptions;
  /** Undefined: a shell. */
  command: string | undefined;
  /** `-t`: a terminal for a command, too; `-T`: none at all. */
  terminal: "auto" | "always" | "never";
  noInput: boolean;
}

/** Read ssh's arguments. @returns the usage text when they are none */
export function parseSsh(args: string[]): SshCommandLine | { usage: string } {
  const options: SshOptions = { port: 22, settings: new Map(), quiet: false };
  let user = "root";
  let terminal: SshCommandLine["terminal"] = "auto";
  let noInput = false;
  let at = 0;
  let destination: string | undefined;
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
        if (value === undefined) return { usage: `option requires an argument -- ${option}\n${SSH_USAGE}` };
        if (option === "p") options.port = Number(value);
        else if (option === "l") user = value;
        else if (option === "o") takeSetting(options, value);
        break;
      }
      if (!"46AaCfGgKkMNnqsTtVvXxYy".includes(option)) return { usage: `unknown option -- ${option}\n${SSH_USAGE}` };
      if (option === "t") terminal = "always";
      else if (option === "T") terminal = "never";
      else if (option === "n") noInput = true;
      else if (option === "q") options.quiet = true;
    }
  }
  if (destination === undefined) return { usage: SSH_USAGE };
  const target = parseDestination(destination, user);
  const command = at < args.length ? args.slice(at).join(" ") : undefined;
  return { target, options, command, terminal, noInput };
}

/** `Name=value` or `Name value`. */
export function takeSetting(options: SshOptions, text: string): void {
  const [name, ...rest] = text.split(/[=\s]+/);
  options.settings.set(name!.toLowerCase(), rest.join(" "));
  if (name!.toLowerCase() === "port") options.port = Number(rest[0]);
}

export function parseDestination(text: string, user = "root"): SshTarget {
  const plain = text.replace(/^ssh:\/\//, "");
  const at = plain.lastIndexOf("@");
  return at < 0 ? { user, host: plain } : { user: plain.slice(0, at), host: plain.slice(at + 1) };
}
