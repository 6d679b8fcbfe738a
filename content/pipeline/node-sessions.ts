/** SSH connections to the nodes of a lab, for typing commands into them as a learner does: with a terminal. */
import { createHash } from "node:crypto";
import { Client } from "ssh2";
import type { LabDescription, LabNode } from "../../labs/lab-description.ts";

export interface TypedAnswer {
  /** A part of the prompt; white space is compared loosely. */
  prompt: string;
  type: string;
}

export interface RunResult {
  /** 255 when the shell gave none: the connection broke or a signal ended it. */
  status: number;
  /** Everything that was printed, both streams together, as on a terminal. */
  output: string;
}

const CONNECT_TIMEOUT_MS = 20_000;
const OUTPUT_CHARS_MAX = 1_000_000;

/** Nothing was run: the node does not let us in now. It may be booting. */
export class NodeUnreachable extends Error {
  override name = "NodeUnreachable";
}

export class NodeSessions {
  readonly #lab: LabDescription;
  readonly #clients = new Map<string, Promise<Client>>();

  constructor(lab: LabDescription) {
    this.#lab = lab;
  }

  /** Run one command with a terminal. @throws Error when the node cannot be reached or the time is over */
  async run(
    name: string,
    command: string,
    options: { answers: readonly TypedAnswer[]; timeoutMs: number; onOutput?: (line: string) => void },
  ): Promise<RunResult> {
    const client = await this.#client(name);
    return new Promise((resolve, reject) => {
      client.exec(command, { pty: { term: "xterm-256color", cols: 100, rows: 30 } }, (error, channel) => {
        if (error) return reject(error);
        const answers = [...options.answers];
        let output = "";
        let unread = 0;
        let status = 255;
        let lineStart = 0;
        const timer = setTimeout(() => {
          channel.close();
          const waited = answers[0] ? `; it never asked ${JSON.stringify(answers[0].prompt)}` : "";
          const seconds = Math.round(options.timeoutMs / 1000);
          reject(new Error(`not ended after ${seconds} s${waited}; it printed:\n${output.slice(-2_000)}`));
        }, options.timeoutMs);
        const onData = (chunk: Buffer) => {
          output = (output + chunk.toString("utf8")).slice(-OUTPUT_CHARS_MAX);
          for (;;) {
            const answer = answers[0];
            const end = answer && endOfPrompt(output, unread, answer.prompt);
            if (!answer || end === undefined) break;
            unread = end;
            answers.shift();
            channel.write(`${answer.type}\r`);
          }
          for (let end = output.indexOf("\n", lineStart); end >= 0; end = output.indexOf("\n", lineStart)) {
            options.onOutput?.(`${name}| ${output.slice(lineStart, end).trimEnd()}`);
            lineStart = end + 1;
          }
        };
        channel.on("data", onData);
        channel.stderr.on("data", onData);
        channel.on("exit", (code: number | null) => {
          status = code ?? 255;
        });
        channel.on("close", () => {
          clearTimeout(timer);
          const missed = answers[0];
          if (missed) {
            const printed = output.slice(-2_000);
            reject(new Error(`ended without asking ${JSON.stringify(missed.prompt)}; it printed:\n${printed}`));
          } else resolve({ status, output });
        });
      });
    });
  }

  close(): void {
    for (const client of this.#clients.values()) client.then((open) => open.destroy()).catch(() => {});
    this.#clients.clear();
  }

  #client(name: string): Promise<Client> {
    const known = this.#clients.get(name);
    if (known) return known;
    const node = this.#lab.nodes.find((entry) => entry.name === name);
    if (!node) return Promise.reject(new Error(`the lab has no node called ${name}`));
    const opening = connect(node, () => this.#clients.delete(name));
    this.#clients.set(name, opening);
    opening.catch(() => this.#clients.delete(name));
    return opening;
  }
}

/** Where the prompt ends in what was printed, or undefined; any run of white space counts as one blank. */
function endOfPrompt(output: string, from: number, prompt: string): number | undefined {
  const escaped = prompt
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const match = new RegExp(escaped.join("\\s+")).exec(output.slice(from));
  return match ? from + match.index + match[0].length : undefined;
}

function connect({ name, ssh }: LabNode, onEnd: () => void): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    client.on("ready", () => resolve(client));
    client.on("error", (error) => {
      onEnd();
      reject(new NodeUnreachable(`${name} over SSH: ${error.message}`));
    });
    client.on("close", () => {
      onEnd();
      reject(new NodeUnreachable(`${name} over SSH: the connection ended`));
    });
    client.connect({
      host: ssh.host,
      port: ssh.port,
      username: ssh.user,
      ...(ssh.password !== undefined && { password: ssh.password }),
      ...(ssh.privateKey !== undefined && { privateKey: ssh.privateKey }),
      readyTimeout: CONNECT_TIMEOUT_MS,
      hostVerifier: (key: Buffer) =>
        `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}` === ssh.hostKeySha256,
    });
  });
}
