/**
 * A node for the gateway's tests: a real SSH server in this process, with a shell that echoes and knows a few words.
 *
 * `secretly` (asks for a password without echo), `flood BYTES`, `hold` (print `=` until ^C), `full` (alternate screen), `size`, `exit N`; anything else is repeated.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server as NetServer, type Socket } from "node:net";
import ssh2, { type ServerChannel, type ServerConfig } from "ssh2";
import type { LabNode } from "../../labs/lab-description.ts";
import { hostKeyHash } from "../terminals/node-connection.ts";
import { serveFolder } from "./test-sftp.ts";

// CommonJS without names that Node can see.
const { Server, utils } = ssh2;

export interface TestShell {
  /** Everything it was sent, in order. */
  typed: string;
  columns: number;
  rows: number;
  env: Record<string, string>;
  /** Bytes given to SSH for the terminal. */
  printed: number;
  print(text: string): void;
}

/** ssh2 cannot read again about one in 200 of the keys that it makes. */
function newKeys(type: "ed25519" | "rsa"): ReturnType<typeof utils.generateKeyPairSync> {
  for (;;) {
    const keys =
      type === "rsa" ? utils.generateKeyPairSync("rsa", { bits: 2048 }) : utils.generateKeyPairSync("ed25519");
    if (!(utils.parseKey(keys.private) instanceof Error)) return keys;
  }
}

export class TestNode {
  readonly name: string;
  readonly shells: TestShell[] = [];
  password = "secret";
  /** Takes connections and never says anything, as a node that hangs. */
  silent = false;
  connections = 0;
  /** Files for SFTP; without it the node offers none. */
  folder: string | undefined;
  /** Passes connections on, as a jump host does. */
  forwards = false;
  /** Connections that it passed on, as `host:port`. */
  readonly passedOn: string[] = [];
  readonly #settings: Omit<ServerConfig, "hostKeys">;
  #keys: ReturnType<typeof utils.generateKeyPairSync>;
  #net: NetServer | undefined;
  #sockets = new Set<Socket>();
  #port = 0;

  /** @param settings what its SSH server speaks; one that knows no newer host key than `ssh-rsa` has an RSA key */
  constructor(name: string, settings: Omit<ServerConfig, "hostKeys"> = {}) {
    this.name = name;
    this.#settings = settings;
    this.#keys = this.#newKeys();
  }

  async start(): Promise<void> {
    const ssh = new Server({ ...this.#settings, hostKeys: [this.#keys.private] });
    ssh.on("connection", (client) => {
      client.on("error", () => undefined);
      client.on("authentication", (context) => {
        if (context.method === "password" && context.password === this.password) context.accept();
        else context.reject(["password"]);
      });
      client.on("tcpip", (accept, reject, { destIP, destPort }) => {
        if (!this.forwards) {
          reject?.();
          return;
        }
        this.passedOn.push(`${destIP}:${destPort}`);
        const near = accept();
        const far = connect(destPort, destIP);
        far.on("error", () => near.close());
        near.on("error", () => far.destroy());
        near.on("close", () => far.destroy());
        near.pipe(far).pipe(near);
      });
      client.on("session", (accept) => {
        const session = accept();
        const shell: TestShell = { typed: "", columns: 0, rows: 0, env: {}, printed: 0, print: () => undefined };
        session.on("pty", (ok, _reject, info) => {
          shell.columns = info.cols;
          shell.rows = info.rows;
          ok?.();
        });
        session.on("window-change", (ok, _reject, info) => {
          shell.columns = info.cols;
          shell.rows = info.rows;
          ok?.();
        });
        session.on("sftp", (ok, refuse) => {
          if (this.folder === undefined) refuse();
          else serveFolder(ok(), this.folder);
        });
        session.on("shell", (ok) => {
          this.shells.push(shell);
          serve(this.name, shell, ok());
        });
      });
    });
    this.#net = createServer((socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => undefined);
      if (!this.silent) ssh.injectSocket(socket);
    });
    this.#net.listen(this.#port, "127.0.0.1");
    await once(this.#net, "listening");
    this.#port = (this.#net.address() as AddressInfo).port;
  }

  get last(): TestShell {
    const shell = this.shells.at(-1);
    if (!shell) throw new Error(`${this.name} has had no shell`);
    return shell;
  }

  /** Every connection breaks; the node still listens. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Off: nothing listens any more. `start` again keeps port and host key. */
  async stop(): Promise<void> {
    const closed = this.#net ? once(this.#net, "close") : undefined;
    this.#net?.close();
    this.cut();
    await closed;
    this.#net = undefined;
  }

  reinstall(): void {
    this.#keys = this.#newKeys();
  }

  #newKeys(): ReturnType<typeof utils.generateKeyPairSync> {
    const { serverHostKey } = this.#settings.algorithms ?? {};
    return newKeys(Array.isArray(serverHostKey) && serverHostKey.includes("ssh-rsa") ? "rsa" : "ed25519");
  }

  get hostKeySha256(): string {
    const key = utils.parseKey(this.#keys.public);
    if (key instanceof Error) throw key;
    return hostKeyHash((Array.isArray(key) ? key[0] : key).getPublicSSH());
  }

  description(hostKeySha256 = this.hostKeySha256): LabNode {
    return {
      name: this.name,
      ssh: { host: "127.0.0.1", port: this.#port, user: "root", password: "secret", hostKeySha256 },
      api: { url: "https://127.0.0.1:1", certSha256: Array(32).fill("00").join(":"), user: "root@pam" },
    };
  }
}

function serve(name: string, shell: TestShell, channel: ServerChannel): void {
  let line = "";
  let holding = false;
  let echo = true;
  const write = (text: string | Buffer) => {
    shell.printed += text.length;
    return channel.write(text);
  };
  const prompt = () => write(`${name}$ `);
  const hold = () => {
    // As fast as the other side takes it.
    while (holding && write("=".repeat(79).concat("\r\n").repeat(100)));
    if (holding) channel.once("drain", hold);
  };
  const run = (command: string) => {
    const [word, argument] = command.split(" ");
    if (word === "flood") write(Buffer.alloc(Number(argument), "0123456789abcdef\r\n"));
    else if (word === "secretly") {
      echo = false;
      write("Password: ");
      return;
    } else if (word === "full") write("\x1b[?1049h\x1b[2J\x1b[3;5Hfull screen\x1b[?25l");
    else if (word === "size") write(`${shell.columns}x${shell.rows}\r\n`);
    else if (word === "hold") {
      holding = true;
      hold();
      return;
    } else if (word === "exit") {
      channel.exit(Number(argument ?? 0));
      channel.end();
      return;
    } else if (command !== "") write(`you said ${command}\r\n`);
    prompt();
  };
  shell.print = (text) => void write(text);
  channel.on("error", () => undefined);
  channel.on("close", () => {
    holding = false;
  });
  channel.on("data", (bytes: Buffer) => {
    const text = bytes.toString("utf8");
    shell.typed += text;
    for (const character of text) {
      if (character === "\x03") {
        holding = false;
        line = "";
        write("^C\r\n");
        prompt();
      } else if (character === "\r") {
        write("\r\n");
        const command = line;
        line = "";
        if (echo) run(command);
        else {
          echo = true;
          write("thank you\r\n");
          prompt();
        }
      } else {
        line += character;
        if (echo) write(character);
      }
    }
  });
  prompt();
}
