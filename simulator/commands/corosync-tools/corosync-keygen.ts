/**
 * corosync-keygen: a key for the ring, of random bytes.
 *
 * @source corosync 3.1.7, typed with each option (recordings/pve/pvecm-three-nodes.json)
 */
import { randomBytes } from "node:crypto";
import { AUTHKEY } from "../../cluster/join/create-cluster.ts";
import { ERRNO_TEXT, FileError } from "../../shell/node-files.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { absolutePath } from "../../shell/shell.ts";
import { BadOption, getopt } from "../getopt.ts";

const PROGRAM = "corosync-keygen";
const KEY_BYTES = 256;
const [BYTES_MIN, BYTES_MAX] = [128, 4096];
const URANDOM = "/dev/urandom";
const RANDOM = "/dev/random";

const HELP = `Usage: corosync-keygen [-k <keyfile>] [-s size] [-m <randomfile>] [-l] [-h]
     -k / --key-file=<filename> -  Write to the specified keyfile
            instead of the default /etc/corosync/authkey.
     -r / --random-file -  Random number source file. Default is 
            /dev/urandom. As an example /dev/random may be requested
            (that may require user input for entropy).
     -l / --less-secure - Not used, option is kept only
            for compatibility.
     -s / --size -  Length of key.
     -h / --help -  Print basic usage.

`;

export function corosyncKeygen(context: ProgramContext): Promise<number> {
  return generateAuthkey(context, context.argv.slice(1));
}

/** As a program of its own or called by another. @param args behind its name */
export async function generateAuthkey(context: ProgramContext, args: string[]): Promise<number> {
  const { stdout, stderr, files } = context;
  let [path, source, bytes] = [AUTHKEY, URANDOM, KEY_BYTES];
  const long = { "key-file": "k", "random-file": "r", "less-secure": "l", size: "s", help: "h" };
  try {
    for (const { option, value } of getopt(PROGRAM, args, "k:r:ls:h", long)) {
      if (option === "k") path = value;
      else if (option === "r") source = value;
      else if (option === "s") {
        bytes = Number(/^\s*[-+]?\d+/.exec(value)?.[0] ?? 0);
        if (bytes < BYTES_MIN || bytes > BYTES_MAX) {
          await stderr.write(`${PROGRAM}: Unsupported key size (supported <${BYTES_MIN},${BYTES_MAX}>)\n\n`);
          return 1;
        }
      } else if (option === "h") {
        await stdout.write(HELP);
        return 0;
      }
    }
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await stderr.write(`${error.message}\nError parsing command line options.\n`);
    return 1;
  }
  await stdout.write("Corosync Cluster Engine Authentication key generator.\n");
  await stdout.write(`Gathering ${bytes * 8} bits for key from ${source}.\n`);
  if (source === RANDOM) await stdout.write("Press keys on your keyboard to generate entropy.\n");
  let key: Uint8Array;
  try {
    key = await randomFrom(context, source, bytes);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    await stderr.write(`${PROGRAM}: Failed to open random source: ${ERRNO_TEXT[error.code]}\n`);
    return 1;
  }
  try {
    if (path === "") throw new FileError("ENOENT", path);
    const absolute = absolutePath(context.cwd, path);
    await files.writeFile(absolute, key, { mode: 0o400 });
    await files.chmod(absolute, 0o400);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    await stderr.write(`${PROGRAM}: Could not create ${path}: ${ERRNO_TEXT[error.code]}\n`);
    return 2;
  }
  await stdout.write(`Writing corosync key to ${path}.\n`);
  return 0;
}

/** @throws FileError when the source is not there */
async function randomFrom({ cwd, files }: ProgramContext, source: string, bytes: number): Promise<Uint8Array> {
  if (source === URANDOM || source === RANDOM) return randomBytes(bytes);
  const given = await files.readFile(absolutePath(cwd, source));
  return given.subarray(0, bytes);
}
