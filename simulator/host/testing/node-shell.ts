/** A client of a node's terminal door, as a test or a benchmark needs it: one command, or a shell with its screen. */
import { connect } from "node:net";
import ssh2 from "ssh2";
import type { LabDescription } from "../../../labs/lab-description.ts";
import { loginMethods } from "../../../labs/ssh-login-methods.ts";

export type SshDoorAddress = LabDescription["nodes"][number]["ssh"];

/** Connect; the login and the keys are sent at once, as the gateway does it. */
export function connectTo(door: SshDoorAddress): Promise<ssh2.Client> {
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    const sock = connect(door.port, door.host);
    sock.setNoDelay(true);
    client.on("ready", () => resolve(client));
    client.on("error", reject);
    const { user: username, password, privateKey } = door;
    client.connect({ sock, username, password, privateKey, authHandler: loginMethods(door) });
  });
}

/** Run one command to its end. */
export async function runOn(door: SshDoorAddress, command: string): Promise<{ output: string; status: number }> {
  const client = await connectTo(door);
  try {
    return await new Promise((resolve, reject) => {
      client.exec(command, (error, channel) => {
        if (error) return reject(error);
        let output = "";
        const take = (bytes: Buffer) => {
          output += bytes.toString();
        };
        channel.on("data", take);
        channel.stderr.on("data", take);
        channel.on("close", (status: number | null) => resolve({ output, status: status ?? -1 }));
      });
    });
  } finally {
    client.end();
  }
}

export interface NodeShell {
  write(keys: string): void;
  /** Resolves when this is shown behind what was shown before. @throws when the connection ends first */
  shows(wanted: RegExp): Promise<void>;
  /** From now on; the answer tells the end of what was shown since, its last 300 characters in one line. */
  follow(): () => string;
  /** Resolves when the connection has ended. */
  ended: Promise<void>;
  close(): void;
}

/** What a shell keeps of its output while nobody looks for something in it, characters. */
const KEPT = 200_000;

export async function openShellOn(door: SshDoorAddress): Promise<NodeShell> {
  const client = await connectTo(door);
  const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) =>
    client.shell({ term: "xterm-256color", cols: 80, rows: 24 }, (error, opened) =>
      error ? reject(error) : resolve(opened),
    ),
  );
  let text = "";
  let followed = "";
  let over = false;
  let isToLook = false;
  const looks = new Set<() => void>();
  const ended = new Promise<void>((resolve) => client.on("close", () => resolve()));
  client.on("error", () => undefined);
  void ended.then(() => {
    over = true;
    for (const look of [...looks]) look();
  });
  channel.on("data", (bytes: Buffer) => {
    const more = bytes.toString("latin1");
    text += more;
    followed = (followed + more).slice(-1_000);
    // All of it is looked at anew: not for each of the thousand small pieces that come at once.
    if (isToLook) return;
    isToLook = true;
    setImmediate(() => {
      isToLook = false;
      text = text.slice(-KEPT);
      for (const look of [...looks]) look();
    });
  });
  return {
    write: (keys) => void channel.write(keys),
    shows: (wanted) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = wanted.exec(text);
          if (!found && !over) return;
          looks.delete(look);
          if (!found) return reject(new Error(`the connection ended before ${wanted} in ${text.slice(-500)}`));
          text = text.slice(found.index + found[0].length);
          resolve();
        };
        looks.add(look);
        look();
      }),
    follow: () => {
      followed = "";
      return () => JSON.stringify(followed.slice(-300).replaceAll(/\x1b\[\?2004[hl]/g, "")).slice(1, -1);
    },
    ended,
    close: () => client.end(),
  };
}
