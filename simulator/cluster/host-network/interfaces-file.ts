/** /etc/network/interfaces as ifupdown2 reads it. @source ifupdown2 3.0 ifupdown/networkinterfaces.py */

/** One `iface`; further ones of the same name (or `NAME:1`) are entries of their own. */
export interface Stanza {
  name: string;
  family?: string;
  method: string;
  /** As written, names with dashes. */
  options: [name: string, value: string][];
}

export interface InterfacesFile {
  stanzas: Stanza[];
  /** Names behind `auto`, in their order. */
  auto: string[];
  /** As ifupdown2 complains, without the word before. */
  errors: string[];
  warnings: string[];
}

const METHODS = ["static", "manual", "loopback", "dhcp", "dhcp6", "ppp", "tunnel"];

/** How a file is had: its text, and the paths that a pattern names, in order. */
export interface InterfacesFiles {
  read(path: string): string | undefined;
  matching(pattern: string): string[];
}

/** Files that name each other end somewhere. */
const DEPTH_MAX = 10;

/** Read a file and what it sources. */
export function readInterfaces(files: InterfacesFiles, path: string): InterfacesFile {
  const found: InterfacesFile = { stanzas: [], auto: [], errors: [], warnings: [] };
  readInto(found, files, path, 0);
  return found;
}

function readInto(found: InterfacesFile, files: InterfacesFiles, path: string, depth: number): void {
  const text = files.read(path);
  if (text === undefined) {
    found.warnings.push(`error processing file ${path} ([Errno 2] No such file or directory: '${path}')`);
    return;
  }
  const lines = text
    .split("\\\n")
    .map((part) => part.trim())
    .join(" ")
    .split("\n")
    .map((line) => line.trim());
  let current: Stanza | undefined;
  /** What is wrong with the head of an entry is told behind what is wrong inside. */
  let ofHead: string | undefined;
  const endStanza = () => {
    if (ofHead !== undefined) found.errors.push(ofHead);
    ofHead = undefined;
    current = undefined;
  };
  for (const [at, line] of lines.entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const words = line.split(/\s+/);
    const [word = "", ...rest] = words;
    const place = `${path}: line${at + 1}: `;
    if (word === "auto" || word.startsWith("allow")) {
      endStanza();
      if (word === "auto") found.auto.push(...rest);
      if (rest.length === 0) found.errors.push(`${place}invalid auto line '${line}'`);
    } else if (word === "source" || word === "source-directory") {
      endStanza();
      const pattern = rest[0] ?? "";
      const matching = files.matching(pattern);
      if (matching.length === 0 && !pattern.includes("*")) {
        found.warnings.push(`${place}cannot find source file ${pattern}`);
      }
      if (depth < DEPTH_MAX) for (const one of matching) readInto(found, files, one, depth + 1);
    } else if (word === "iface") {
      endStanza();
      const [name = "", family, method] = rest;
      if (name.length > 15) found.warnings.push(`${place}${name}: interface name too long`);
      current = { name: name.split(":")[0]!, method: method ?? "static", options: [], ...(family && { family }) };
      if (family !== undefined && family !== "inet" && family !== "inet6") {
        ofHead = `${place}iface ${name}: unsupported address family '${family}'`;
        delete current.family;
      } else if (!METHODS.includes(current.method)) {
        ofHead = `${place}iface ${name}: unsupported address method '${current.method}'`;
      }
      found.stanzas.push(current);
    } else if (!current) found.errors.push(`${place}error processing line '${line}'`);
    else if (rest.length === 0)
      found.errors.push(`${path}: line${at}: iface ${current.name}: invalid syntax '${line}'`);
    else
      current.options.push([
        word.replaceAll("_", "-"),
        line.slice(word.length).trim().replaceAll("$IFACE", current.name),
      ]);
  }
  endStanza();
}

/** All entries of one interface. */
export function stanzasOf(file: InterfacesFile, name: string): Stanza[] {
  return file.stanzas.filter((stanza) => stanza.name === name);
}

/** Values of an option in all entries of an interface. */
export function optionsOf(stanzas: readonly Stanza[], ...names: string[]): string[] {
  return stanzas.flatMap(({ options }) => options.flatMap(([name, value]) => (names.includes(name) ? [value] : [])));
}
