/** bcrypt_pbkdf, which OpenSSH makes keys of passphrases with. It takes a processor for a second: in a thread of its own. */
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";

const require = createRequire(import.meta.url);

const WORK = `
const { parentPort, workerData: { library, passphrase, salt, rounds, length } } = require("node:worker_threads");
const out = Buffer.alloc(length);
require(library).pbkdf(Buffer.from(passphrase), passphrase.length, Buffer.from(salt), salt.length, out, length, rounds);
parentPort.postMessage(out);
`;

/** @throws Error when the thread cannot be had */
export function passphraseBytes(passphrase: string, salt: Buffer, rounds: number, length: number): Promise<Buffer> {
  // It comes with ssh2, which reads such keys with it.
  const library = createRequire(require.resolve("ssh2")).resolve("bcrypt-pbkdf");
  const bytes = Uint8Array.from(Buffer.from(passphrase, "utf8"));
  return new Promise((resolve, reject) => {
    const workerData = { library, passphrase: bytes, salt: Uint8Array.from(salt), rounds, length };
    const worker = new Worker(WORK, { eval: true, workerData, execArgv: [] });
    worker.once("message", (out: Uint8Array) => resolve(Buffer.from(out)));
    worker.once("error", reject);
  });
}
