/**
 * The repositories that a node's files in /etc/apt name, in the one-line format; which of them are Proxmox's own.
 *
 * @source proxmox-apt of Proxmox VE 8 (repositories, file, list_parser, repository, standard), unverified: no recording.
 * Descriptions of the standard repositories are our own words.
 */
import { createHash } from "node:crypto";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { ApiRefusal, failure, type Json, success } from "../answer.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { audit } from "../permissions.ts";

const PATH = "/nodes/{node}/apt/repositories";

export const aptRepositoryEndpoints: Endpoint[] = [
  { method: "GET", path: PATH, permission: audit("/nodes/{node}"), proxied: true, answer: repositories },
];

interface Repository {
  type: string;
  uri: string;
  suite: string;
  components: string[];
  options: { Key: string; Values: string[] }[];
  comment: string;
  enabled: boolean;
}

interface RepositoryFile {
  path: string;
  digest: Buffer;
  repositories: Repository[];
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

async function repositories({ lab, node }: EndpointContext) {
  const files = createNodeFiles(lab, node);
  const folder = "/etc/apt/sources.list.d";
  const names = await files.readdir(folder).catch((): string[] => []);
  const errors: Json[] = [];
  const read: RepositoryFile[] = [];
  for (const path of ["/etc/apt/sources.list", ...names.sort().map((name) => `${folder}/${name}`)]) {
    const problem = ignored(path);
    if (problem === true) continue;
    if (problem) {
      errors.push({ path, error: problem });
      continue;
    }
    const bytes = await files.readFile(path).catch(() => undefined);
    if (!bytes) continue;
    if (path.endsWith(".sources")) {
      const text = `Method 'GET ${PATH}' not implemented - ${path} is not modelled in this simulated node`;
      throw new ApiRefusal(failure(501, text));
    }
    try {
      read.push({ path, digest: sha256(bytes), repositories: parse(new TextDecoder().decode(bytes)) });
    } catch (error) {
      if (!(error instanceof MalformedFile)) throw error;
      errors.push({ path, error: error.message });
    }
  }
  const inOrder = [...read].sort((a, b) => (a.path < b.path ? -1 : 1));
  return success({
    files: read.map(fileAsJson),
    errors,
    digest: sha256(Buffer.concat(inOrder.map((file) => file.digest))).toString("hex"),
    infos: read.flatMap(infosOf),
    "standard-repos": standardRepositories(read.flatMap((file) => file.repositories)),
  });
}

/** Whether a file is passed over, or why it cannot be one of repositories. */
function ignored(path: string): true | string | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name.startsWith(".") || name.endsWith("~")) return true;
  const extension = /[^.]\.([^.]*)$/.exec(name)?.[1];
  if (extension === undefined) return "invalid extension";
  if (/^(?:dpkg-.*|ucf-.*|disabled|bak|save|orig|distUpgrade)$/.test(extension)) return true;
  if (extension !== "list" && extension !== "sources") return "invalid extension";
  return /^[\w.-]+$/.test(name) ? undefined : "invalid characters in file name";
}

class MalformedFile extends Error {}

/** @throws MalformedFile with the line's number or the repository's */
function parse(text: string): Repository[] {
  const found: Repository[] = [];
  let comment = "";
  for (const [at, line] of text.split("\n").entries()) {
    const read = readLine(line.trim());
    if ("problem" in read) throw new MalformedFile(`malformed entry on line ${at + 1} - ${read.problem}`);
    comment += read.comment;
    if (!read.repository) continue;
    found.push({ ...read.repository, comment });
    comment = "";
  }
  for (const [at, one] of found.entries()) {
    const problem = basicProblem(one);
    if (problem) throw new MalformedFile(`check for repository ${at + 1} - ${problem}`);
  }
  return found;
}

type Line = { comment: string; repository?: Omit<Repository, "comment"> } | { problem: string };

/** A line, which may be a repository that was commented out. */
function readLine(line: string): Line {
  if (line.startsWith("#")) {
    const within = readLine(line.slice(1).trim());
    if ("repository" in within && within.repository) {
      return { ...within, repository: { ...within.repository, enabled: false } };
    }
  }
  const [said, ...rest] = line.split("#");
  const comment = rest.length > 0 ? `${rest.join("#")}\n` : "";
  const [, type, after] = /^(\S+)\s+(.*)$/.exec(said!) ?? [];
  if (type === undefined || after === undefined) return { comment };
  if (type !== "deb" && type !== "deb-src") return { problem: `invalid package type '${type}'` };
  const [, optionText, words = after] = /^\[([^\]]*)\](.*)$/.exec(after) ?? [];
  if (after.startsWith("[") && optionText === undefined) return { problem: "options not closed by ']'" };
  const options: Repository["options"] = [];
  for (const option of (optionText ?? "").split(/\s+/).filter((word) => word !== "")) {
    const [Key = "", value] = option.split(/=(.*)/s);
    if (value === undefined) return { problem: `got invalid option - '${option}'` };
    if (Key === "" || value === "") return { problem: `option has no ${Key === "" ? "key" : "value"}: '${option}'` };
    options.push({ Key, Values: value.split(",") });
  }
  const [uri, suite, ...components] = (words.match(/(?:\[[^\]]*\]|"[^"]*"|[^\s"[])+/g) ?? []).map((word) =>
    word.replaceAll('"', ""),
  );
  if (uri === undefined) return { problem: "missing URI" };
  if (suite === undefined) return { problem: "missing suite" };
  return { comment, repository: { type, uri, suite, components, options, enabled: true } };
}

function basicProblem({ uri, suite, components }: Repository): string | undefined {
  if (!uri.includes(":") || uri.length < 3) return `invalid URI: '${uri}'`;
  if (!suite.endsWith("/")) return components.length === 0 ? "missing component(s)" : undefined;
  return components.length > 0 ? `absolute suite '${suite}' does not allow component(s)` : undefined;
}

function fileAsJson({ path, digest, repositories: list }: RepositoryFile): Json {
  return {
    path,
    "file-type": "list",
    digest: [...digest],
    repositories: list.map(({ type, uri, suite, components, options, comment, enabled }) => ({
      Types: [type],
      URIs: [uri],
      Suites: [suite],
      ...(components.length > 0 && { Components: components }),
      ...(options.length > 0 && { Options: options }),
      ...(comment !== "" && { Comment: comment }),
      FileType: "list",
      Enabled: enabled ? 1 : 0,
    })),
  };
}

const CODENAMES = "lenny squeeze wheezy jessie stretch buster bullseye bookworm trixie forky duke".split(" ");
const CURRENT = "bookworm";

/** What Proxmox warns of, and whose each repository is by its host, as nothing was ever fetched. */
function infosOf({ path, repositories: list }: RepositoryFile): Json[] {
  const warnings = list.flatMap(({ type, uri, suite }, index) =>
    (type === "deb" ? suiteWarnings(uri, suite) : []).map(([kind, message]) => ({
      path,
      index,
      property: "Suites",
      kind,
      message,
    })),
  );
  const origins = list.flatMap(({ uri }, index) => {
    const host = /^https?:\/\/(?:[^/]*@)?([^/:]+)/.exec(uri)?.[1] ?? "";
    const owner = /(?:^|\.)(proxmox\.com|debian\.org)$/.exec(host)?.[1];
    if (owner === undefined) return [];
    return [{ path, index, kind: "origin", message: owner === "proxmox.com" ? "Proxmox" : "Debian" }];
  });
  return [...warnings, ...origins];
}

function suiteWarnings(uri: string, suite: string): [kind: string, message: string][] {
  const [, base = "", suffix = ""] = /^([^-/]*)(.*)$/.exec(suite) ?? [];
  const unfit = `suite '${base}' should not be used in production!`;
  const old = `old suite '${base}' configured!`;
  if (base === "stable") return [["warning", "use the name of the stable distribution instead of 'stable'!"]];
  if (/^(?:oldoldstable|oldstable)$/.test(base)) return [["warning", old]];
  if (/^(?:testing|unstable|experimental|sid)$/.test(base)) return [["warning", unfit]];
  const ahead = CODENAMES.indexOf(base) - CODENAMES.indexOf(CURRENT);
  if (!CODENAMES.includes(base)) return [];
  const found: [string, string][] = [];
  if (ahead < 0) found.push(["warning", old]);
  if (ahead > 0) found.push([ahead === 1 ? "ignore-pre-upgrade-warning" : "warning", unfit]);
  const security = /^https?:\/\/security\.debian\.org\/*(?:debian-security)?\/*$/.test(uri);
  if (security && suffix !== "-security") found.push(["warning", `expected suite '${CURRENT}-security'`]);
  return found;
}

const ENTERPRISE = "https://enterprise.proxmox.com/debian";
const DOWNLOAD = "http://download.proxmox.com/debian";

interface Standard {
  handle: string;
  name: string;
  description: string;
  uris: string[];
  component: string;
}

const own = (kind: string, base: string, component: string, description: string): Standard => ({
  handle: kind.toLowerCase(),
  name: kind,
  description,
  uris: [`${base}/pve`, base],
  component,
});

const ceph = (release: string): Standard[] =>
  (["Enterprise", "No-Subscription", "Test"] as const).map((kind) => ({
    handle: `ceph-${release}-${kind}`.toLowerCase(),
    name: `Ceph ${release} ${kind}`,
    description: `Packages of Ceph ${release}: ${kind}.`,
    uris: [`${kind === "Enterprise" ? ENTERPRISE : DOWNLOAD}/ceph-${release.toLowerCase()}`],
    component: kind.toLowerCase(),
  }));

const STANDARD: Standard[] = [
  own("Enterprise", ENTERPRISE, "pve-enterprise", "Stable packages, for nodes with a subscription."),
  own("No-Subscription", DOWNLOAD, "pve-no-subscription", "Packages for tests, without a subscription."),
  own("Test", DOWNLOAD, "pvetest", "The newest packages, for developers."),
  ...["Quincy", "Reef", "Squid"].flatMap(ceph),
];

/** Each with whether it is enabled, which one that no file names has not. */
function standardRepositories(list: Repository[]): Json {
  return STANDARD.map(({ handle, name, description, uris, component }) => {
    const named = list.filter(
      (one) =>
        one.type === "deb" &&
        uris.includes(one.uri.replace(/\/+$/, "")) &&
        one.suite === CURRENT &&
        one.components.includes(component),
    );
    const status = named.some((one) => one.enabled) ? 1 : 0;
    return { handle, name, description, ...(named.length > 0 && { status }) };
  });
}
