/** A Quorate in shared mode for a measurement: its processes, what they use, and the death of one of them. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** USER_HZ of Linux. */
const TICKS_PER_S = 100;

export interface ProcessUse {
  name: string;
  /** Seconds of processor since it began. */
  cpuS: number;
  residentMib: number;
}

export class ProductProcess {
  readonly url: string;
  readonly administratorLink: string;
  readonly #child: ChildProcess;
  readonly #data: string;

  private constructor(child: ChildProcess, data: string, url: string, administratorLink: string) {
    this.#child = child;
    this.#data = data;
    this.url = url;
    this.administratorLink = administratorLink;
  }

  /** Over plain HTTP on an address that is not loopback, as a room sees it. @throws Error when there is none */
  static async start(): Promise<ProductProcess> {
    const host = Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === "IPv4" && !one.internal)?.address;
    if (!host) throw new Error("This machine has no address besides loopback; a class cannot be measured on it.");
    const data = mkdtempSync(join(tmpdir(), "qbc-"));
    const child = spawn(process.execPath, [join(root, "server", "start.mjs")], {
      cwd: root,
      env: { ...process.env, HOST: host, PORT: "0", QUORATE_DATA: data },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    const link = await new Promise<RegExpExecArray>((resolve, reject) => {
      child.stdout.on("data", (bytes: Buffer) => {
        said += bytes.toString();
        const found = /(http:\/\/[\d.]+:\d+)(\/api\/auth\/one-time-link\S+)/.exec(said);
        if (found && said.includes("Quorate is ready")) resolve(found);
      });
      child.once("exit", () => reject(new Error(`Quorate did not start:\n${said}`)));
    });
    return new ProductProcess(child, data, link[1]!, link[0]!);
  }

  /** Where the bundled database listens. */
  get databaseUrl(): string {
    const { port, password, user = "quorate" } = JSON.parse(readFileSync(join(this.#data, "postgres.json"), "utf8"));
    return `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/quorate`;
  }

  /** Every process below the supervisor. */
  use(): ProcessUse[] {
    return this.#descendants().flatMap(({ pid, args }) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
        const status = readFileSync(`/proc/${pid}/status`, "utf8");
        const cpuS = (Number(stat[11]) + Number(stat[12])) / TICKS_PER_S;
        return [{ name: nameOf(args), cpuS, residentMib: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024 }];
      } catch {
        return [];
      }
    });
  }

  /** End one of our own processes without notice; the supervisor starts it again. */
  kill(name: string): void {
    const found = this.#descendants().find(({ args }) => nameOf(args) === name);
    if (!found) throw new Error(`there is no process ${name}`);
    process.kill(found.pid, "SIGKILL");
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
    rmSync(this.#data, { recursive: true, force: true });
  }

  #descendants(): { pid: number; args: string }[] {
    const all = execFileSync("ps", ["-e", "-o", "pid=,ppid=,args="], { encoding: "utf8", maxBuffer: 16 * 1024 * 1024 })
      .split("\n")
      .flatMap((line) => {
        const found = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line);
        return found ? [{ pid: Number(found[1]), parent: Number(found[2]), args: found[3]! }] : [];
      });
    const below = new Set([this.#child.pid]);
    // Parents may stand after their children: as often as something new was found.
    for (let size = 0; size < below.size; ) {
      size = below.size;
      for (const { pid, parent } of all) if (below.has(parent)) below.add(pid);
    }
    below.delete(this.#child.pid);
    return all.filter(({ pid }) => below.has(pid));
  }
}

function nameOf(args: string): string {
  return /server\/processes\/([\w-]+)\.ts/.exec(args)?.[1] ?? (/postgres/.test(args) ? "postgres" : "other");
}
