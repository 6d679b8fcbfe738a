/**
 * A node's SSH door: a real SSH server whose sessions are shells of the simulated node.
 *
 * The door is out of band, like a serial console: its password is its own, nothing done in the node closes it, and it
 * follows the node's power alone. A node that is off does not answer: connections are taken and stay silent.
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type Socket, type Server as TcpServer } from "node:net";
import type { Duplex } from "node:stream";
import ssh2, { type AuthContext, type Connection } from "ssh2";
import { keepPacketKeysReady, sendPacketsWhole } from "../../labs/ssh-packets.ts";
import { passwordIsRight } from "../cluster/accounts/accounts.ts";
import type { LabPort } from "../cluster/port.ts";
import type { Power } from "../cluster/state.ts";
import { wallNowMs } from "../cluster/wall-clock.ts";
import { allCommands } from "../commands/commands.ts";
import { completers } from "../commands/completers.ts";
import { gatewayAddress } from "../commands/coreutils/logins.ts";
import { findAuthorized, type KeyLimits } from "../commands/ssh/authorized-keys.ts";
import { noteLogin, noteWrongPassword } from "../commands/ssh/login-journal.ts";
import { hostKeySha256 } from "../keys/host-key.ts";
import { publicLine } from "../keys/openssh-key.ts";
import { createNodeFiles } from "../node-view/node-files-adapter.ts";
import { SSH_SOFTWARE } from "../node-view/ssh-version.ts";
import type { ShellActivity } from "../shell/activity.ts";
import type { NodeFiles } from "../shell/node-files.ts";
import { processTableOf } from "../shell/node-process.ts";
import { accountOf, type NodeUser, ROOT } from "../shell/node-user.ts";
import type { ProgramEntry } from "../shell/process.ts";
import { serveSessions } from "./ssh-session.ts";

/** Wrong passwords on one connection before it is closed, as sshd's `MaxAuthTries`. */
const TRIES_MAX = 6;
/** How long a wrong password is not answered, milliseconds: what PAM does against guessing. */
const WRONG_PASSWORD_DELAY_MS = 1_000;
/** Connections of one node at once; more are closed at once, as `MaxStartups` does. */
const CONNECTIONS_MAX = 64;
const LOGIN_TIMEOUT_MS = 120_000;
const METHODS = ["publickey", "password"] as const;

export interface SshDoorOptions {
  node: string;
  port: LabPort;
  /** Address to listen on. */
  host: string;
  /** 0 for any free one. */
  listenPort: number;
  /** PEM or OpenSSH text of a private key. */
  hostKey: string;
  /** root's password at this door, whatever is changed in the node. */
  password: string;
  activity?: ShellActivity;
  /** Absent: the node's files in the model. */
  files?: NodeFiles;
  /** Absent: all programs of a node. */
  commands?: Record<string, ProgramEntry>;
  /** A name that is no command of the node, met in a shell. */
  onUnknownCommand?(name: string): void;
  /** A fault of ours inside a session. */
  onFailure?(error: unknown): void;
  /** A stream to the node's API, for clients that forward one to 127.0.0.1:8006. */
  openApiStream?: () => Duplex;
}

export interface SshDoor {
  /** Where it listens. */
  port: number;
  /** `SHA256:` and base64, as `ssh-keygen -lf` prints it. */
  hostKeySha256: string;
  /** Clients that are connected now. */
  readonly connections: number;
  /** The node was switched on, off, or stands still. */
  setPower(power: Power): void;
  close(): Promise<void>;
}

/** Open the door. @throws Error when the address cannot be had */
export async function startSshDoor(options: SshDoorOptions): Promise<SshDoor> {
  const door = new Door(options);
  await door.listen();
  return door;
}

class Door implements SshDoor {
  port = 0;
  readonly hostKeySha256: string;
  #options: SshDoorOptions;
  #tcp: TcpServer;
  #ssh: ssh2.Server | undefined;
  #sockets = new Set<Socket>();
  #power: Power = "on";

  constructor(options: SshDoorOptions) {
    this.#options = options;
    this.hostKeySha256 = hostKeySha256(options.hostKey);
    this.#tcp = createServer((socket) => this.#receive(socket));
    this.#power = options.port.read((lab) => lab.nodes[options.node]?.power ?? "on");
  }

  get connections(): number {
    return this.#sockets.size;
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#tcp.once("error", reject);
      this.#tcp.listen(this.#options.listenPort, this.#options.host, () => {
        this.#tcp.off("error", reject);
        const address = this.#tcp.address();
        this.port = typeof address === "object" && address ? address.port : 0;
        resolve();
      });
    });
  }

  setPower(power: Power): void {
    if (power === this.#power) return;
    const before = this.#power;
    this.#power = power;
    const processes = processTableOf(this.#options.port, this.#options.node);
    processes.freeze(power === "hung");
    if (power === "hung") for (const socket of this.#sockets) socket.pause();
    else if (power === "on" && before === "hung") for (const socket of this.#sockets) socket.resume();
    else {
      // The plug was pulled, or the machine comes up: nothing of before is left.
      for (const process of processes.all()) process.deliver("SIGKILL");
      for (const socket of this.#sockets) socket.destroy();
    }
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#tcp.close(() => resolve()));
  }

  #receive(socket: Socket): void {
    if (this.#sockets.size >= CONNECTIONS_MAX) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    sendPacketsWhole(socket);
    if (this.#power === "on") this.#server().injectSocket(socket);
    // Silence is what a client sees of a machine that is off: its time runs out.
    else socket.pause();
  }

  /** Made for the first client: of a lab that wakes, most terminals stay closed. */
  #server(): ssh2.Server {
    this.#ssh ??= new ssh2.Server({ hostKeys: [this.#options.hostKey], ident: SSH_SOFTWARE }, (connection) =>
      this.#serve(connection),
    );
    return this.#ssh;
  }

  #serve(connection: Connection): void {
    const { node, port } = this.#options;
    keepPacketKeysReady(connection);
    let tries = 0;
    let limits: KeyLimits | undefined;
    let user: NodeUser | undefined;
    let noteAccepted: (() => void) | undefined;
    // Once, and not before there is something to see of it: a lab writes down what enters it, which a prompt need not wait for.
    const noteArrival = () => {
      noteAccepted?.();
      noteAccepted = undefined;
    };
    const late = setTimeout(() => connection.end(), LOGIN_TIMEOUT_MS).unref();
    connection.on("authentication", (context) => {
      if (context.method === "publickey") {
        void this.#keyHolder(context).then((found) => {
          limits = found?.limits;
          user = found?.user;
          if (!found) return context.reject([...METHODS]);
          if (context.signature) noteAccepted = () => this.#noteAccepted(found.user, context.key);
          return context.accept();
        });
        return;
      }
      if (context.method !== "password") return context.reject([...METHODS]);
      void this.#passwordHolder(context).then((found) => {
        user = found;
        if (found) {
          noteAccepted = () => this.#noteAccepted(found);
          return context.accept();
        }
        this.#noteRefused(context.username);
        if (++tries >= TRIES_MAX) connection.end();
        else setTimeout(() => context.reject([...METHODS]), WRONG_PASSWORD_DELAY_MS);
      });
    });
    connection.on("ready", () => {
      clearTimeout(late);
      serveSessions(connection, {
        ...(limits && { limits }),
        ...(user && { user }),
        noteArrival,
        node,
        port,
        files: this.#files,
        commands: this.#options.commands ?? allCommands,
        completers,
        ...(this.#options.activity && { activity: this.#options.activity }),
        ...(this.#options.onFailure && { onFault: this.#options.onFailure }),
        ...(this.#options.onUnknownCommand && { onUnknownCommand: this.#options.onUnknownCommand }),
      });
      connection.on("tcpip", (accept, reject, info) => {
        const toApi = ["127.0.0.1", "localhost", "::1"].includes(info.destIP) && info.destPort === 8006;
        const api = toApi && !limits?.noForwarding ? this.#options.openApiStream?.() : undefined;
        if (!api) return reject();
        const stream = accept();
        stream.on("error", () => api.destroy());
        api.on("error", () => stream.destroy());
        stream.pipe(api).pipe(stream);
      });
    });
    connection.on("error", () => connection.end());
    connection.on("close", () => {
      clearTimeout(late);
      noteArrival();
    });
  }

  get #files(): NodeFiles {
    return this.#options.files ?? createNodeFiles(this.#options.port, this.#options.node);
  }

  /** What sshd writes in the node's journal. */
  #noteAccepted(user: NodeUser, key?: { algo: string; data: Buffer }): void {
    const { node, port } = this.#options;
    const client = this.#clientInJournal();
    if (client === undefined) return;
    const method = key ? "publickey" : "password";
    noteLogin(port, node, { client, method, user, key: key && { type: key.algo, blob: key.data } });
  }

  #noteRefused(name: string): void {
    const client = this.#clientInJournal();
    if (client !== undefined) noteWrongPassword(this.#options.port, this.#options.node, client, name);
  }

  /** Where clients come from, as the node sees it; a door over files of a test has no node. */
  #clientInJournal(): string | undefined {
    const { node, port } = this.#options;
    return port.read((lab) => (lab.nodes[node]?.journal ? gatewayAddress(lab, node) : undefined));
  }

  /** Whose `authorized_keys` on the node has the key that a client offers and holds, and what its line allows. */
  async #keyHolder(context: AuthContext): Promise<{ user: NodeUser; limits: KeyLimits } | undefined> {
    if (context.method !== "publickey") return undefined;
    const { node, port } = this.#options;
    const files = this.#files;
    try {
      const user = await accountOf(files, context.username);
      if (!user) return undefined;
      const text = Buffer.from(await files.readFile(`${user.home}/.ssh/authorized_keys`)).toString("utf8");
      const [client, nowMs] = port.read((lab) => [gatewayAddress(lab, node), wallNowMs(lab, node)] as const);
      const line = findAuthorized(text, { blob: context.key.data }, client, nowMs);
      if (!line) return undefined;
      // Asked first whether the key would do; then with a signature.
      if (!context.signature || !context.blob) return { user, limits: line.limits };
      const key = ssh2.utils.parseKey(publicLine(line.key));
      const holds = !(key instanceof Error) && key.verify(context.blob, context.signature, context.hashAlgo) === true;
      return holds ? { user, limits: line.limits } : undefined;
    } catch {
      // No such file, or one that cannot be read now: the password is left.
      return undefined;
    }
  }

  /**
   * Who a password lets in. root's at this door is the lab's, whatever became of the node's own; the others have theirs
   * on the node.
   */
  async #passwordHolder(context: AuthContext): Promise<NodeUser | undefined> {
    if (context.method !== "password") return undefined;
    const { node, port } = this.#options;
    if (this.#isRight(context)) return ROOT;
    const { username, password } = context;
    if (username === "root" || !port.read((lab) => passwordIsRight(lab, node, `${username}@pam`, password)))
      return undefined;
    return accountOf(this.#files, username);
  }

  /** In the same time whatever is wrong. */
  #isRight(context: AuthContext): boolean {
    if (context.method !== "password") return false;
    const digest = (text: string) => createHash("sha256").update(text).digest();
    const passwordIsRight = timingSafeEqual(digest(context.password), digest(this.#options.password));
    return timingSafeEqual(digest(context.username), digest("root")) && passwordIsRight;
  }
}
