/** `ssh-keygen -R`, `-F` and `-H` on known_hosts. @source ssh-keygen.c of OpenSSH 9.2 do_known_hosts, its output */
import { fingerprintOf, kindOf } from "../../../keys/openssh-key.ts";
import { randomart } from "../../../keys/randomart.ts";
import { hashedName, lineNames, parseKnownHosts } from "../known-hosts-file.ts";
import { type Keygen, readOr, told } from "./keygen-context.ts";

const knownHosts = ({ ctx }: Keygen) => `${ctx.user.home}/.ssh/known_hosts`;

export async function removeHost(keygen: Keygen, host: string): Promise<number> {
  const file = keygen.file ?? knownHosts(keygen);
  const text = await textOrStat(keygen, file);
  if (text === undefined) return 255;
  const names = host.toLowerCase();
  const hits = entries(text, file).filter((entry) => entry.marker === undefined && lineNames(entry.names, names));
  if (hits.length === 0) {
    await keygen.ctx.stderr.write(`Host ${host} not found in ${file}\n`);
    return 0;
  }
  const gone = new Set(hits.map(({ line }) => line));
  await told(keygen, hits.map(({ line }) => `# Host ${host} found: line ${line}\n`).join(""));
  const kept = text.split("\n").filter((_, index) => !gone.has(index + 1));
  return replace(keygen, file, text, kept.join("\n"));
}

/** Every name of a line by itself, hashed; patterns stay as they are. */
export async function hashHosts(keygen: Keygen): Promise<number> {
  const file = keygen.file ?? knownHosts(keygen);
  const text = await textOrStat(keygen, file);
  if (text === undefined) return 255;
  const found = new Map(entries(text, file).map((entry) => [entry.line, entry]));
  let changed = false;
  const lines = text.split("\n").flatMap((line, index) => {
    const entry = found.get(index + 1);
    if (!entry || entry.names.startsWith("|1|") || /[*?!]/.test(entry.names)) return [line];
    changed = true;
    const rest = line.slice(line.indexOf(entry.names) + entry.names.length);
    return entry.names.split(",").map((name) => `${hashedName(name)}${rest}`);
  });
  if (!changed) return 0;
  const status = await replace(keygen, file, text, lines.join("\n"));
  await keygen.ctx.stderr.write(
    `WARNING: ${file}.old contains unhashed entries\nDelete this file to ensure privacy of hostnames\n`,
  );
  return status;
}

export async function findHost(
  keygen: Keygen,
  host: string,
  how: { list: boolean; picture: boolean },
): Promise<number> {
  const file = keygen.file ?? knownHosts(keygen);
  const text = await textOrStat(keygen, file);
  if (text === undefined) return 255;
  const hits = entries(text, file).filter((entry) => lineNames(entry.names, host.toLowerCase()));
  for (const { line, text: whole, key } of hits) {
    await told(keygen, `# Host ${host} found: line ${line} \n`);
    if (!how.list) await keygen.ctx.stdout.write(`${whole}\n`);
    else {
      await keygen.ctx.stdout.write(`${host} ${kindOf(key.type)} ${fingerprintOf(key.blob, keygen.hash)}\n`);
      if (how.picture) await keygen.ctx.stdout.write(randomart(key, keygen.hash));
    }
  }
  return hits.length > 0 ? 0 : 1;
}

const entries = (text: string, file: string) => parseKnownHosts(text, file);

async function textOrStat(keygen: Keygen, file: string): Promise<string | undefined> {
  const read = await readOr(keygen, file);
  if ("text" in read) return read.text;
  await keygen.ctx.stderr.write(`Cannot stat ${file}: ${read.reason}\n`);
  return undefined;
}

async function replace(keygen: Keygen, file: string, before: string, after: string): Promise<number> {
  const { ctx, path } = keygen;
  const bytes = (text: string) => new TextEncoder().encode(text);
  await ctx.files.writeFile(path(`${file}.old`), bytes(before), { mode: 0o600 });
  await ctx.files.writeFile(path(file), bytes(after));
  await told(keygen, `${file} updated.\nOriginal contents retained as ${file}.old\n`);
  return 0;
}
