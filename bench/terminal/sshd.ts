/**
 * A real OpenSSH server for the benchmark: its own keys and configuration in a folder that goes with it.
 *
 * The shell is bash without anybody's settings and with the prompt `$ `, so that what comes back to a key is one byte.
 */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

export const SSHD = "/usr/sbin/sshd";

export interface BenchNode {
  host: string;
  port: number;
  user: string;
  privateKey: string;
  /** As `ssh-keygen -lf` prints it. */
  hostKeySha256: string;
}

export interface RunningSshd {
  node: BenchNode;
  /** A folder that shells can read. */
  folder: string;
  stop(): void;
}

/**
 * @param command what a login runs, made when the folder is there; a bash without anybody's settings unless given
 * @throws Error when no sshd is installed, or it does not start
 */
export async function startSshd(
  command = (folder: string) => `exec bash --noprofile --rcfile ${join(folder, "rc")} -i`,
): Promise<RunningSshd> {
  if (!existsSync(SSHD)) throw new Error(`${SSHD} is not installed: this benchmark needs a real OpenSSH server`);
  const folder = mkdtempSync(join(tmpdir(), "quorate-bench-"));
  const at = (name: string) => join(folder, name);
  for (const name of ["host", "login"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", at(name)]);
  }
  writeFileSync(at("authorized"), readFileSync(at("login.pub")));
  writeFileSync(at("rc"), "PS1='$ '\nPROMPT_COMMAND=\nHISTFILE=\nbind 'set enable-bracketed-paste off'\n");
  const port = await freePort();
  const settings = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${at("host")}`,
    `AuthorizedKeysFile ${at("authorized")}`,
    `ForceCommand ${command(folder)}`,
    // Debian's bash reads ~/.bashrc for a command over SSH unless it is a shell in a shell.
    "SetEnv SHLVL=1",
    "StrictModes no",
    "UsePAM no",
    "PasswordAuthentication no",
    "PermitRootLogin yes",
    "PrintMotd no",
    "PrintLastLog no",
    "UseDNS no",
    "LogLevel QUIET",
    // The benchmark opens a hundred at once; the gateway's own care for MaxStartups is not what is measured.
    "MaxStartups 1000",
    "PidFile none",
  ];
  writeFileSync(at("config"), `${settings.join("\n")}\n`);
  // Only root's sshd wants it.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const child = spawn(SSHD, ["-D", "-e", "-f", at("config")], { stdio: ["ignore", "ignore", "inherit"] });
  const stop = () => {
    child.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answering(port, () => child.exitCode === null);
  } catch (cause) {
    stop();
    throw cause;
  }
  const hostKey = Buffer.from(readFileSync(at("host.pub"), "utf8").split(" ")[1] ?? "", "base64");
  const hostKeySha256 = `SHA256:${createHash("sha256").update(hostKey).digest("base64").replace(/=+$/, "")}`;
  const node = { host: "127.0.0.1", port, user: userInfo().username, hostKeySha256 };
  return { node: { ...node, privateKey: readFileSync(at("login"), "utf8") }, folder, stop };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answering(port: number, alive: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const there = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("data", () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", () => resolve(false));
    });
    if (there) return;
    if (!alive()) break;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("sshd did not start");
}
