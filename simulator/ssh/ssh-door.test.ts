import ssh2, { type ClientChannel } from "ssh2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bridgedNetwork } from "../cluster/testing/simple-network.ts";
import { generateHostKey, hostKeySha256 } from "../keys/host-key.ts";
import { createMemoryFiles } from "../shell/memory-files.ts";
import { createFakeLab, type FakeLab } from "../shell/testing/fake-lab.ts";
import { START_FILES } from "../shell/testing/run-shell.ts";
import { type SshDoor, startSshDoor } from "./ssh-door.ts";

const NODES = Object.fromEntries(
  ["pve1", "pve2"].map((name, index) => [
    name,
    {
      name,
      power: "on",
      processes: {},
      bootedAtMs: 0,
      files: { entries: {} },
      accounts: { rootPassword: "" },
      bootCount: 1,
      journal: [],
      pmxcfs: { pid: 0 },
      net: bridgedNetwork(`10.0.0.1${index + 1}`),
    },
  ]),
);
const PASSWORD = "correct horse";
let door: SshDoor;
let lab: FakeLab;
let clients: ssh2.Client[] = [];
const hostKey = generateHostKey();

beforeEach(async () => {
  lab = createFakeLab({
    nodes: NODES,
    network: { networks: {}, faults: {}, unplugged: {} },
    storage: { servers: {} },
  } as never);
  door = await startSshDoor({
    node: "pve1",
    port: lab.port,
    host: "127.0.0.1",
    listenPort: 0,
    hostKey,
    password: PASSWORD,
    files: createMemoryFiles(START_FILES),
  });
});

afterEach(async () => {
  for (const client of clients) client.destroy();
  clients = [];
  await door.close();
});

function connect(options: Partial<ssh2.ConnectConfig> = {}): Promise<ssh2.Client> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    clients.push(client);
    client.on("ready", () => resolve(client));
    client.on("error", reject);
    client.connect({ host: "127.0.0.1", port: door.port, username: "root", password: PASSWORD, ...options });
  });
}

function run(client: ssh2.Client, command: string, options: ssh2.ExecOptions & { stdin?: string } = {}) {
  return new Promise<{ stdout: string; stderr: string; status: number | null }>((resolve, reject) => {
    client.exec(command, options, (error, stream) => {
      if (error) return reject(error);
      let [stdout, stderr] = ["", ""];
      let status: number | null = null;
      stream.on("data", (data: Buffer) => (stdout += data));
      stream.stderr.on("data", (data: Buffer) => (stderr += data));
      stream.on("exit", (code: number | null) => (status = code));
      stream.on("close", () => resolve({ stdout, stderr, status }));
      stream.end(options.stdin ?? "");
    });
  });
}

/** A shell at a terminal, its screen text collected. */
async function openShell(client: ssh2.Client) {
  const channel = await new Promise<ClientChannel>((resolve, reject) =>
    client.shell({ term: "xterm-256color", cols: 80, rows: 24 }, (error, stream) =>
      error ? reject(error) : resolve(stream),
    ),
  );
  // ssh2 tells of a channel's end only when both its streams have been read.
  channel.stderr.resume();
  let text = "";
  const watchers = new Set<() => void>();
  channel.on("data", (data: Buffer) => {
    text += data.toString("utf8").replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "");
    for (const watcher of [...watchers]) watcher();
  });
  return {
    channel,
    get text() {
      return text;
    },
    type: (keys: string) => channel.write(keys),
    /** Resolves when the text since the last call shows this. */
    async shows(wanted: string | RegExp): Promise<string> {
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`not shown: ${wanted}\n---\n${text}`)), 5_000);
        const look = () => {
          const found = typeof wanted === "string" ? text.indexOf(wanted) : (wanted.exec(text)?.index ?? -1);
          if (found < 0) return;
          clearTimeout(late);
          watchers.delete(look);
          const length = typeof wanted === "string" ? wanted.length : wanted.exec(text)![0].length;
          const shown = text.slice(0, found + length);
          text = text.slice(found + length);
          resolve(shown);
        };
        watchers.add(look);
        look();
      });
    },
  };
}

describe("the SSH door", () => {
  it("serves the key whose fingerprint it states", async () => {
    let seen = "";
    await connect({
      hostHash: "sha256",
      hostVerifier: (hash: string) => {
        seen = `SHA256:${Buffer.from(hash, "hex").toString("base64").replace(/=+$/, "")}`;
        return true;
      },
    });
    expect(seen).toBe(door.hostKeySha256);
    expect(seen).toBe(hostKeySha256(hostKey));
  });

  it("refuses a wrong password and another user", async () => {
    await expect(connect({ password: "wrong" })).rejects.toThrow(/authentication/i);
    await expect(connect({ username: "admin" })).rejects.toThrow(/authentication/i);
  });

  it("runs a command with its streams apart and its status", async () => {
    const client = await connect();
    const ran = await run(client, "echo out; echo err >&2; exit 3");
    expect(ran).toEqual({ stdout: "out\n", stderr: "err\n", status: 3 });
  });

  it("tells a session where its client came from", async () => {
    const client = await connect();
    const seen = await run(client, 'echo "$SSH_CLIENT|$SSH_CONNECTION|$SSH_TTY|"; kill -9 -1');
    const [, port] = /^10\.\d+\.\d+\.1 (\d+) 22\|/.exec(seen.stdout) ?? [];
    expect(seen.stdout).toMatch(new RegExp(`^(10\\.\\S+) ${port} 22\\|\\1 ${port} 10\\.\\S+ 22\\|\\|\n$`));
    expect(seen.stderr).toContain("a signal to every process is not modelled");
  });

  it("passes standard input on to a command", async () => {
    const client = await connect();
    expect((await run(client, "cat | head -n 2", { stdin: "a\nb\nc\n" })).stdout).toBe("a\nb\n");
  });

  it("loses none of a large output", async () => {
    const client = await connect();
    const ran = await run(client, "for i in {1..20000}; do echo 0123456789012345678901234567890123456789; done");
    expect(ran.stdout.length).toBe(20_000 * 41);
    expect(ran.status).toBe(0);
  });

  it("gives a login shell with Proxmox's prompt, echo and status", async () => {
    const shell = await openShell(await connect());
    await shell.shows("Linux pve1 6.8.12");
    await shell.shows("root@pve1:~# ");
    shell.type("cd /tmp; (exit 7)\r");
    await shell.shows("root@pve1:/tmp# ");
    shell.type("echo $?\r");
    await shell.shows("echo $?\r\n7\r\n");
    const ended = new Promise((resolve) => shell.channel.on("close", resolve));
    shell.type("exit\r");
    await shell.shows("logout");
    await ended;
  });

  it("prints each line of a loop as it comes", async () => {
    const shell = await openShell(await connect());
    await shell.shows("# ");
    shell.type("for i in 1 2 3; do echo line$i; sleep 1; done\r");
    await shell.shows("\nline1\r\n");
    await lab.untilSleeping();
    expect(shell.text).not.toContain("line2");
    lab.pass(1000);
    await shell.shows("line2\r\n");
    await lab.untilSleeping();
    lab.pass(1000);
    await shell.shows("line3\r\n");
    await lab.untilSleeping();
    lab.pass(1000);
    await shell.shows("root@pve1:~# ");
  });

  // How fast: npm run bench:interrupt.
  it("ends a tight loop at ^C, and another shell of the node keeps answering meanwhile", async () => {
    const client = await connect();
    const [busy, other] = [await openShell(client), await openShell(await connect())];
    await busy.shows("# ");
    await other.shows("# ");
    busy.type("while true; do :; done\r");
    await busy.shows("done\r\n");
    for (const word of ["one", "two", "three"]) {
      other.type(`echo ${word}\r`);
      await other.shows(`\r\n${word}\r\n`);
    }
    busy.type("\x03");
    await busy.shows("^C\r\nroot@pve1:~# ");
    busy.type("echo status $?\r");
    await busy.shows("\r\nstatus 130\r\n");
  });

  it.each(["cat", "cat | cat", "(cat)"])("gives the terminal to %s before it reads", async (command) => {
    const shell = await openShell(await connect());
    await shell.shows("# ");
    shell.type(`${command}\r`);
    shell.type("hello\r");
    await shell.shows("\r\nhello\r\n");
    await shell.shows("hello\r\n");
    shell.type("\x04");
    await shell.shows("# ");
    expect(shell.text).not.toContain("Stopped");
  });

  it.each([
    "sleep 1000",
    "while true; do sleep 2; done",
    "yes > /dev/null",
    "cat",
    "read -p 'name? ' x",
    "cat | cat",
    "(sleep 100; echo a) | cat",
    "x=$(sleep 100)",
    "wait_() { sleep 50; }; wait_",
    "sleep 5 & wait",
  ])("ends `%s` at ^C with status 130", async (command) => {
    const shell = await openShell(await connect());
    await shell.shows("# ");
    shell.type(`${command}\r`);
    await shell.shows("\r\n");
    shell.type("\x03");
    await shell.shows(/\^C\r?\n/);
    await shell.shows("root@pve1:~# ");
    shell.type("echo status $?\r");
    await shell.shows("\r\nstatus 130\r\n");
  });

  it("asks with read -p and reads a password without echo", async () => {
    const shell = await openShell(await connect());
    await shell.shows("# ");
    shell.type("read -p 'name? ' n; read -s -p 'secret? ' s; echo; echo \"$n/$s\"\r");
    await shell.shows("\r\nname? ");
    shell.type("ann\r");
    await shell.shows("ann\r\nsecret? ");
    shell.type("hush\r");
    const shown = await shell.shows("ann/hush\r\n");
    expect(shown.replace("ann/hush", "")).not.toContain("hush");
  });

  it("stops, lists, continues and kills jobs", async () => {
    const shell = await openShell(await connect());
    await shell.shows("# ");
    shell.type("sleep 100\r");
    await lab.untilSleeping();
    shell.type("\x1a");
    await shell.shows("^Z\r\n[1]+  Stopped                 sleep 100\r\n");
    shell.type("jobs\r");
    await shell.shows("jobs\r\n[1]+  Stopped                 sleep 100\r\n");
    shell.type("bg\r");
    await shell.shows("[1]+ sleep 100 &\r\n");
    shell.type("kill %1\r");
    shell.type("\r");
    await shell.shows("[1]+  Terminated              sleep 100\r\n");
    shell.type("sleep 50 &\r");
    await shell.shows(/\[1\] \d+\r\n/);
    shell.type("fg\r");
    await shell.shows("fg\r\nsleep 50\r\n");
    shell.type("\x03");
    await shell.shows("root@pve1:~# ");
  });

  it("says what is wrong with a line as bash does", async () => {
    const shell = await openShell(await connect());
    await shell.shows("# ");
    shell.type("foo\r");
    await shell.shows("\r\n-bash: foo: command not found\r\n");
    shell.type("echo $?\r");
    await shell.shows("\r\n127\r\n");
    shell.type("echo )\r");
    await shell.shows("\r\n-bash: syntax error near unexpected token `)'\r\n");
    shell.type("if true\rthen echo in\rfi\r");
    await shell.shows("> ");
    await shell.shows("\r\nin\r\n");
  });

  it("edits the line with readline's keys, history and Tab", async () => {
    const shell = await openShell(await connect());
    await shell.shows("# ");
    shell.type("ecko\x02\x02\x7fho\x1b[F x\x01\x05y\r");
    await shell.shows("\nhoko xy\r\n".replace("\nhoko xy", ""));
    shell.type("\x15echo first\r");
    await shell.shows("\r\nfirst\r\n");
    shell.type("echo second\r");
    await shell.shows("\r\nsecond\r\n");
    shell.type("\x1b[A\x1b[A\r");
    await shell.shows("\r\nfirst\r\n");
    shell.type("\x12sec\r");
    await shell.shows("\r\nsecond\r\n");
    shell.type("cat /etc/ho\t\r");
    await shell.shows("10.0.0.11 pve1");
    shell.type("!!\r");
    await shell.shows("10.0.0.11 pve1");
  });

  it("keeps history in the node's file over sessions", async () => {
    const first = await openShell(await connect());
    await first.shows("# ");
    first.type("echo remember me\r");
    await first.shows("\r\nremember me\r\n");
    first.type("exit\r");
    await first.shows("logout");
    const second = await openShell(await connect());
    await second.shows("Last login: ");
    await second.shows("# ");
    second.type("history 3\r");
    await second.shows("echo remember me");
  });

  it("streams `ping pve2 | tee log` line by line", async () => {
    const shell = await openShell(await connect());
    await shell.shows("# ");
    shell.type("ping pve2 | tee log\r");
    await shell.shows("PING pve2 (10.0.0.12) 56(84) bytes of data.\r\n");
    for (const sequence of [1, 2, 3]) {
      await lab.untilSleeping();
      lab.pass(1);
      await shell.shows(`icmp_seq=${sequence} ttl=64`);
      await lab.untilSleeping();
      expect(shell.text).not.toContain("icmp_seq");
      lab.pass(1000);
    }
    shell.type("\x03");
    await shell.shows("root@pve1:~# ");
    shell.type("grep -c icmp_seq log\r");
    await shell.shows(/\r\n[34]\r\n/);
  });

  it("prints ping's statistics at ^C", async () => {
    const shell = await openShell(await connect());
    await shell.shows("# ");
    shell.type("ping pve2\r");
    await lab.untilSleeping();
    lab.pass(1);
    await shell.shows("icmp_seq=1");
    shell.type("\x03");
    await shell.shows("^C\r\n--- pve2 ping statistics ---\r\n1 packets transmitted, 1 received, 0% packet loss");
    await shell.shows("root@pve1:~# ");
  });

  it("gives the screen and the keys back when ^C ends a program that took them", async () => {
    const shell = await openShell(await connect());
    for (const command of ["watch -n 1 date", "read -s x", "read -n 5 x"]) {
      await shell.shows("# ");
      shell.type(`${command}\r`);
      await shell.shows("\r\n");
      shell.type("\x03");
      await shell.shows("# ");
      shell.type("echo still here\r");
      await shell.shows("\r\nstill here\r\n");
    }
  });

  it("tells a full-screen program the size of the window and its changes", async () => {
    const shell = await openShell(await connect());
    await shell.shows("# ");
    shell.type("stty size\r");
    await shell.shows("\r\n24 80\r\n");
    shell.channel.setWindow(40, 132, 0, 0);
    shell.type("stty size\r");
    await shell.shows("\r\n40 132\r\n");
    shell.type("seq 200 | less\r");
    await shell.shows("39\r\n:");
    shell.type("G");
    await shell.shows("200\r\n(END)");
    shell.type("q");
    await shell.shows("# ");
  });

  it("leaves a command running in the background when the learner logs out", async () => {
    const shell = await openShell(await connect());
    await shell.shows("# ");
    shell.type("(sleep 5; echo done > /tmp/proof) &\r");
    await shell.shows(/\[1\] \d+\r\n/);
    await lab.untilSleeping();
    shell.type("exit\r");
    await shell.shows("logout");
    lab.pass(5000);
    const client = await connect();
    await expect.poll(async () => (await run(client, "cat /tmp/proof")).stdout).toBe("done\n");
  });

  it("opens a stream to the node's API and nowhere else", async () => {
    const client = await connect();
    await expect(
      new Promise((resolve, reject) =>
        client.forwardOut("127.0.0.1", 0, "10.0.0.12", 22, (error, stream) =>
          error ? reject(error) : resolve(stream),
        ),
      ),
    ).rejects.toThrow();
  });

  it("ends sessions at power off, is silent while off, and answers again afterwards", async () => {
    const shell = await openShell(await connect());
    await shell.shows("# ");
    const ended = new Promise((resolve) => shell.channel.on("close", resolve));
    door.setPower("off");
    await ended;
    await expect(connect({ readyTimeout: 300 })).rejects.toThrow(/timed out/i);
    door.setPower("on");
    expect((await run(await connect(), "echo up")).stdout).toBe("up\n");
  });

  it("stands still while the node is hung and goes on afterwards", async () => {
    const shell = await openShell(await connect());
    await shell.shows("# ");
    door.setPower("hung");
    shell.type("echo thawed\r");
    lab.pass(10);
    await new Promise((resolve) => setImmediate(resolve));
    expect(shell.text).toBe("");
    door.setPower("on");
    await shell.shows("\r\nthawed\r\n");
  });

  it("ends what runs when the client goes away", async () => {
    const client = await connect();
    const shell = await openShell(client);
    await shell.shows("# ");
    shell.type("sleep 1000\r");
    await lab.untilSleeping();
    client.destroy();
    const again = await connect();
    await expect.poll(() => lab.sleeping).toBe(0);
    again.end();
  });
});
