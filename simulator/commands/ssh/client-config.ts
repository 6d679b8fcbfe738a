/**
 * What ssh is told: on its command line, in the user's file and in the system's, the first word on a subject winning.
 *
 * @source ssh_config(5), readconf.c of OpenSSH 9.2
 */
import { ERRNO_TEXT, FileError } from "../../shell/node-files.ts";
import type { NodeUser } from "../../shell/node-user.ts";
import type { ProgramContext } from "../../shell/process.ts";

/** Settings by their names in small letters; each with what was given, the first word first. */
export type ClientConfig = Map<string, string[]>;

export class BadConfig extends Error {
  override name = "BadConfig";
}

const SYSTEM_CONFIG = "/etc/ssh/ssh_config";
const INCLUDES_MAX = 16;

const FLAGS = "yes no true false";
/** Settings whose value is one of a few words. */
const WORDS: Record<string, string> = {
  ...Object.fromEntries(
    `batchmode canonicalizefallbacklocal checkhostip clearallforwardings compression enableescapecommandline
    enablesshkeysign exitonforwardfailure forkafterauthentication forwardx11 forwardx11trusted gatewayports
    gssapiauthentication gssapidelegatecredentials hashknownhosts hostbasedauthentication identitiesonly
    kbdinteractiveauthentication challengeresponseauthentication nohostauthenticationforlocalhost passwordauthentication
    permitlocalcommand proxyusefdpass stdinnull streamlocalbindunlink tcpkeepalive visualhostkey`
      .split(/\s+/)
      .map((name) => [name, FLAGS] as const),
  ),
  addkeystoagent: `${FLAGS} ask confirm`,
  addressfamily: "any inet inet6",
  canonicalizehostname: `${FLAGS} always`,
  controlmaster: `${FLAGS} auto ask autoask`,
  fingerprinthash: "md5 sha256",
  loglevel: "quiet fatal error info verbose debug debug1 debug2 debug3",
  pubkeyauthentication: `${FLAGS} unbound host-bound`,
  requesttty: `${FLAGS} force auto`,
  sessiontype: "none subsystem default",
  stricthostkeychecking: `${FLAGS} off ask accept-new`,
  tunnel: `${FLAGS} ethernet point-to-point`,
  updatehostkeys: `${FLAGS} ask`,
  verifyhostkeydns: `${FLAGS} ask`,
};
const OTHERS = new Set(
  `bindaddress bindinterface canonicaldomains canonicalizemaxdots canonicalizepermittedcnames casignaturealgorithms
  certificatefile cipher ciphers connectionattempts connecttimeout controlpath controlpersist dynamicforward escapechar
  forwardagent forwardx11timeout globalknownhostsfile gssapikexalgorithms gssapikeyexchange gssapitrustdns
  gssapirenewalforcesrekey gssapiclientidentity gssapiserveridentity hostbasedacceptedalgorithms hostbasedkeytypes
  hostkeyalgorithms hostkeyalias hostname identityagent identityfile ignoreunknown ipqos kbdinteractivedevices kexalgorithms
  knownhostscommand localcommand localforward logverbose macs numberofpasswordprompts permitremoteopen pkcs11provider port
  preferredauthentications proxycommand proxyjump pubkeyacceptedalgorithms pubkeyacceptedkeytypes rekeylimit remotecommand
  remoteforward requiredrsasize revokedhostkeys securitykeyprovider sendenv serveralivecountmax serveraliveinterval setenv
  smartcarddevice streamlocalbindmask syslogfacility tunneldevice user userknownhostsfile xauthlocation usedns
  rhostsrsaauthentication rsaauthentication protocol useprivilegedport`.split(/\s+/),
);
/** Settings that add up instead. */
const MANY = new Set(["identityfile", "certificatefile", "sendenv", "setenv", "localforward", "remoteforward"]);

/** One line: its keyword in small letters and the words behind it, quotes gone. */
export function readLine(line: string): { keyword: string; words: string[] } | undefined {
  const found = /^\s*([^\s=#"]+)\s*=?\s*(.*?)\s*$/.exec(line);
  if (!found || line.trim().startsWith("#")) return undefined;
  const words: string[] = [];
  for (const [whole, quoted] of (found[2] ?? "").matchAll(/"([^"]*)"|[^\s"]+/g)) {
    if (whole.startsWith("#")) break;
    words.push(quoted ?? whole);
  }
  return { keyword: found[1]!.toLowerCase(), words };
}

/** Take a setting if nothing was said on its subject before. @throws BadConfig for a name or a value that is none */
export function take(config: ClientConfig, keyword: string, words: string[], place: string): void {
  const known = Object.hasOwn(WORDS, keyword) ? WORDS[keyword]! : OTHERS.has(keyword) ? "" : undefined;
  if (known === undefined)
    throw new BadConfig(`${place.replace(/ line /, ": line ")}: Bad configuration option: ${keyword}`);
  const value = words[0];
  if (value === undefined) throw new BadConfig(`${place}: no argument after keyword "${keyword}"`);
  if (known !== "" && !known.split(" ").includes(value.toLowerCase())) {
    throw new BadConfig(`${place}: unsupported option "${value}".`);
  }
  if (keyword === "port" && !(Number(value) >= 1 && Number(value) <= 65_535))
    throw new BadConfig(`${place}: Bad number.`);
  if (keyword === "connecttimeout" && value !== "none" && !/^\d+[smhd]?$/i.test(value)) {
    throw new BadConfig(`${place}: invalid time value.`);
  }
  const whole =
    keyword === "remotecommand" || keyword === "proxycommand" || keyword === "localcommand" ? [words.join(" ")] : words;
  if (MANY.has(keyword)) config.set(keyword, [...(config.get(keyword) ?? []), ...whole]);
  else if (!config.has(keyword)) config.set(keyword, whole);
}

/** `-o Name=value`. @throws BadConfig */
export function takeOption(config: ClientConfig, text: string): void {
  const read = readLine(text);
  if (read) take(config, read.keyword, read.words, "command-line line 0");
}

export interface ConfigSubject {
  /** As it was typed. */
  host: string;
  user: string | undefined;
  /** `-F`; `none` reads nothing. */
  file: string | undefined;
  /** Told what is read, with `-v`. */
  debug(text: string): Promise<void>;
}

/** Add what the files say to what the command line said. @throws BadConfig with the lines to print */
export async function readConfigFiles(
  context: ProgramContext,
  config: ClientConfig,
  subject: ConfigSubject,
): Promise<void> {
  const { file } = subject;
  if (file === "none") return;
  const places = file === undefined ? [`${context.user.home}/.ssh/config`, SYSTEM_CONFIG] : [file];
  for (const path of places) {
    const real = path.startsWith("/") ? path : `${context.cwd}/${path}`;
    let text: string;
    try {
      text = Buffer.from(await context.files.readFile(real)).toString("utf8");
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      if (file === undefined) continue;
      throw new BadConfig(`Can't open user config file ${file}: ${ERRNO_TEXT[error.code]}`);
    }
    await readText(context, config, subject, { path, text, depth: 0, applies: true });
  }
}

async function readText(
  context: ProgramContext,
  config: ClientConfig,
  subject: ConfigSubject,
  source: { path: string; text: string; depth: number; applies: boolean },
): Promise<void> {
  await subject.debug(`Reading configuration data ${source.path}`);
  let { applies } = source;
  const bad: string[] = [];
  for (const [index, line] of source.text.split("\n").entries()) {
    const read = readLine(line);
    if (!read) continue;
    const { keyword, words } = read;
    const place = `${source.path} line ${index + 1}`;
    if (keyword === "host") {
      applies = source.applies && matchesPatterns(subject.host, words);
      if (applies)
        await subject.debug(
          `${place}: Applying options for ${words.find((word) => matchesPatterns(subject.host, [word])) ?? words[0]}`,
        );
    } else if (keyword === "match") applies = source.applies && matches(context, config, subject, words, place);
    else if (keyword === "include") {
      if (!applies) continue;
      for (const word of words) {
        const found = await includedFiles(context, word);
        if (found.length === 0)
          await subject.debug(`${place}: include ${absoluteInclude(context, word)} matched no files`);
        if (source.depth >= INCLUDES_MAX) throw new BadConfig("Too many recursive configuration includes");
        for (const path of found) {
          await subject.debug(`${place}: Including file ${path} depth ${source.depth}`);
          const text = Buffer.from(await context.files.readFile(path)).toString("utf8");
          await readText(context, config, subject, { path, text, depth: source.depth + 1, applies });
        }
      }
    } else {
      try {
        // A line that does not apply is read all the same: a wrong word stands out anywhere.
        take(applies ? config : new Map(), keyword, words, place);
      } catch (error) {
        if (!(error instanceof BadConfig)) throw error;
        if (!error.message.includes("Bad configuration option")) throw error;
        const ignored = config.get("ignoreunknown")?.flatMap((word) => word.split(",")) ?? [];
        if (!matchesPatterns(keyword, ignored)) bad.push(error.message);
      }
    }
  }
  if (bad.length > 0) {
    throw new BadConfig(`${bad.join("\n")}\n${source.path}: terminating, ${bad.length} bad configuration options`);
  }
}

function matches(
  { user: localUser }: ProgramContext,
  config: ClientConfig,
  subject: ConfigSubject,
  words: string[],
  place: string,
): boolean {
  let all = true;
  for (let at = 0; at < words.length; at++) {
    const negated = words[at]!.startsWith("!");
    const kind = words[at]!.replace(/^!/, "").toLowerCase();
    if (kind === "all") continue;
    if (kind === "canonical" || kind === "final") {
      all &&= negated;
      continue;
    }
    const value = words[++at];
    if (value === undefined) throw new BadConfig(`${place}: missing argument for Match '${kind}'`);
    const list = value.split(",");
    const host = config.get("hostname")?.[0]?.replaceAll("%h", subject.host) ?? subject.host;
    const user = subject.user ?? config.get("user")?.[0] ?? localUser.name;
    const seen: Record<string, string> = { host, originalhost: subject.host, user, localuser: localUser.name };
    if (!Object.hasOwn(seen, kind)) {
      const why =
        kind === "exec" ? "Match exec is not modelled in this simulated node" : `Unsupported Match attribute ${kind}`;
      throw new BadConfig(`${place}: ${why}`);
    }
    all &&= matchesPatterns(seen[kind]!, list) !== negated;
  }
  return all;
}

/** Whether one of the patterns matches and none with an exclamation mark does. */
export function matchesPatterns(text: string, patterns: readonly string[]): boolean {
  let found = false;
  for (const pattern of patterns) {
    const negated = pattern.startsWith("!");
    const escaped = pattern.replace(/^!/, "").replace(/[.+^${}()|[\]\\]/g, "\\$&");
    if (!new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "i").test(text)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

const absoluteInclude = ({ user: { home } }: ProgramContext, word: string) =>
  /^[~/]/.test(word) ? word.replace(/^~/, home) : `${home}/.ssh/${word}`;

/** Files that an Include names; patterns in its last part alone. */
async function includedFiles(context: ProgramContext, word: string): Promise<string[]> {
  const path = absoluteInclude(context, word);
  const cut = path.lastIndexOf("/");
  const [folder, name] = [path.slice(0, cut), path.slice(cut + 1)];
  const names = await context.files.readdir(folder || "/").catch(() => []);
  return names.filter((one) => matchesPatterns(one, [name])).map((one) => `${folder}/${one}`);
}

/** A path of a setting: `~`, `%h`, `%d`, `%r`, `%u`, `%n`, `%p` filled in. */
export function filledPath(
  path: string,
  about: { host: string; typed: string; user: string; port: number; local: NodeUser },
): string {
  const values: Record<string, string> = {
    "%": "%",
    d: about.local.home,
    h: about.host,
    n: about.typed,
    p: String(about.port),
    r: about.user,
    u: about.local.name,
  };
  return path
    .replace(/^~(?=\/|$)/, about.local.home)
    .replace(/%(.)/g, (whole, letter: string) => values[letter] ?? whole);
}
