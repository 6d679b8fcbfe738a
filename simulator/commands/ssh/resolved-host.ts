/** What a connection is to be like, after the command line and the files. @source ssh_config(5) of OpenSSH 9.2 */

import { SSH_VERSION } from "../../node-view/ssh-version.ts";
import { ERRNO_TEXT, FileError } from "../../shell/node-files.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { type ClientConfig, filledPath, readConfigFiles } from "./client-config.ts";
import type { SshOptions, SshTarget } from "./ssh-arguments.ts";

export interface ResolvedHost {
  /** As it was typed. */
  typed: string;
  hostname: string;
  user: string;
  port: number;
  userFiles: string[];
  systemFiles: string[];
  config: ClientConfig;
  quiet: boolean;
  /** The first word of a setting. */
  setting(name: string): string | undefined;
  /** Whether a setting of yes and no is on. */
  isSet(name: string): boolean;
  debug(text: string): Promise<void>;
  /** What is told from `-v` on without a number. */
  inform(text: string): Promise<void>;
}

/** Debian's system-wide file, and ssh's own, where nobody says otherwise. */
const ON_BY_DEFAULT = new Set(["passwordauthentication", "pubkeyauthentication", "kbdinteractiveauthentication"]);

/** @throws BadConfig with what to print when a file is wrong */
export async function resolveHost(
  context: ProgramContext,
  target: SshTarget,
  options: SshOptions,
): Promise<ResolvedHost> {
  const config: ClientConfig = new Map([...options.config].map(([name, words]) => [name, [...words]]));
  await takeIdentities(context, config, options.identities);
  const level = config.get("loglevel")?.[0]?.toLowerCase();
  const loud = options.verbose > 0 || /^debug/.test(level ?? "");
  const inform = async (text: string) => {
    if (loud || level === "verbose") await context.stderr.write(`${text}\n`);
  };
  const debug = async (text: string) => {
    if (loud) await context.stderr.write(`debug1: ${text}\n`);
  };
  if (loud) await context.stderr.write(`${SSH_VERSION}\n`);
  await readConfigFiles(context, config, { host: target.host, user: target.user, file: options.file, debug });
  const setting = (name: string) => config.get(name)?.[0];
  const user = target.user ?? setting("user") ?? context.user.name;
  const hostname = (setting("hostname") ?? "%h").replaceAll("%h", target.host).replaceAll("%%", "%");
  const port = Number(setting("port") ?? 22);
  const about = { host: hostname, typed: target.host, user, port, local: context.user };
  const files = (name: string, usual: string) =>
    (config.get(name) ?? usual.split(" ")).map((path) => filledPath(path, about));
  return {
    typed: target.host,
    hostname: hostname.toLowerCase(),
    user,
    port,
    config,
    quiet: options.quiet || level === "quiet",
    userFiles: files("userknownhostsfile", "~/.ssh/known_hosts ~/.ssh/known_hosts2"),
    systemFiles: files("globalknownhostsfile", "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"),
    setting,
    isSet: (name) => {
      const value = setting(name)?.toLowerCase();
      return value === undefined ? ON_BY_DEFAULT.has(name) : /^(?:yes|true|unbound|host-bound)$/.test(value);
    },
    debug,
    inform,
  };
}

/** Key files of the command line; one that is not there is told of and left out. @source ssh.c of OpenSSH 9.2 */
async function takeIdentities(context: ProgramContext, config: ClientConfig, names: string[]): Promise<void> {
  for (const name of names) {
    const path = name.replace(/^~(?=\/|$)/, context.user.home);
    try {
      await context.files.stat(path.startsWith("/") ? path : `${context.cwd}/${path}`);
      config.set("identityfile", [...(config.get("identityfile") ?? []), path]);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      await context.stderr.write(`Warning: Identity file ${path} not accessible: ${ERRNO_TEXT[error.code]}.\n`);
    }
  }
}
