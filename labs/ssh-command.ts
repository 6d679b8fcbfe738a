/** One command on a node over SSH, for our own questions. */
import type { LabNode } from "./lab-description.ts";
import { connectSsh, type SshConnection } from "./ssh-client.ts";

const OUTPUT_BYTES_MAX = 256 * 1024;

/** Standard output of one command. @throws Error naming the node, when it is not reached or takes too long */
export async function execOverSsh({ name, ssh }: LabNode, command: string, timeoutMs: number): Promise<string> {
  const startedMs = performance.now();
  const connection = await connectSsh(name, ssh, timeoutMs);
  try {
    return await execOn(name, connection, command, Math.max(1, timeoutMs - (performance.now() - startedMs)));
  } finally {
    connection.end();
  }
}

/** The same on a connection that stands. */
export function execOn(name: string, { client }: SshConnection, command: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      clearTimeout(timer);
      reject(new Error(`${name} over SSH: ${reason}`));
    };
    const timer = setTimeout(() => fail(`no answer within ${Math.round(timeoutMs)} ms`), timeoutMs);
    client.once("close", () => fail("the connection ended"));
    client.exec(command, (error, channel) => {
      if (error) return fail(error.message);
      const chunks: Buffer[] = [];
      let bytes = 0;
      channel.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > OUTPUT_BYTES_MAX) fail("more output than was asked for");
        else chunks.push(chunk);
      });
      channel.stderr.resume();
      channel.on("close", () => {
        clearTimeout(timer);
        // As a whole: a letter of several bytes may arrive in two pieces.
        resolve(Buffer.concat(chunks).toString("utf8"));
      });
    });
  });
}
