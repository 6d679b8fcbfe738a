import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { compiledFolder } from "./prepare.mjs";
import { openLearnerPage } from "./testing/learner-page.ts";
import {
  isRunning,
  otherUser,
  processesOf,
  remove,
  type Started,
  startProduct,
  temporaryFolder,
  untilGone,
} from "./testing/started-product.ts";

const all = ["database", "gateway", "grader", "main", "postgres", "simulator-host", "web"];
const withinMs = 180_000;

let data: string;
let running: Started | undefined;

beforeAll(() => {
  data = temporaryFolder();
});
afterAll(async () => {
  if (running && running.child.exitCode === null) await running.stop();
  remove(data);
}, withinMs);

/** Start on the shared data folder and wait for the page. */
async function started(port = "0"): Promise<{ url: string; pids: Map<string, number> }> {
  running = startProduct({ QUORATE_DATA: data, PORT: port });
  const url = await running.ready();
  return { url, pids: processesOf(data, running.child) };
}

const pageStatus = async (url: string) => (await fetch(url).catch(() => undefined))?.status;

/** What the terminals showed last, as the gateway keeps it. */
function keptScreens(): string {
  const folder = join(data, "last-screens");
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("");
}

/** A learner in a shell, with a file written, a service stopped and a task under way. */
async function atWorkOn(node: string) {
  const shell = await openLearnerPage(await running!.ready(), node);
  onTestFinished(() => shell.close());
  const prompt = `root@${node}:~#$`;
  await shell.shows(new RegExp(prompt));
  // Screens are kept once a second: what is not kept yet is not shown above the next shell.
  await vi.waitFor(() => expect(keptScreens()).toContain(`root@${node}:~#`), { timeout: 30_000 });
  shell.type("echo kept > kept; systemctl stop pvescheduler; pvecm create lab");
  await shell.shows(/Cluster Engine Authentication key generator/);
  const goesOn = async () => {
    await shell.shows(new RegExp(`Quorate restarted and the shell above ended with it[^]*${prompt}`));
    shell.type("clear; cat kept; systemctl is-active pvescheduler");
    await shell.shows(/^kept *\ninactive *\n/m);
    shell.type("until pvenode task list | grep -q 'clustercreate.* OK '; do sleep 1; done; pvecm nodes");
    await shell.shows(new RegExp(`${node} \\(local\\)`));
  };
  return { goesOn };
}

describe("npm start", () => {
  it(
    "prints the URL once, when the page answers; Ctrl-C stops every process and leaves no lock",
    async () => {
      const { url, pids } = await started();
      expect(await pageStatus(url)).toBe(200);
      expect(running?.output().match(/https?:\/\//g)).toHaveLength(1);
      expect([...pids.keys()].sort()).toEqual(all);
      expect(await running?.stop()).toBe(0);
      await untilGone(pids.values());
      expect(existsSync(join(data, "lock"))).toBe(false);
      expect(existsSync(join(data, "postgres", "postmaster.pid"))).toBe(false);
      // What was compiled is there for the next start.
      expect(readdirSync(process.env.NODE_COMPILE_CACHE ?? compiledFolder)).not.toEqual([]);
    },
    withinMs,
  );

  it(
    "is ready a second time on the same data, and keeps secrets from other users",
    async () => {
      await started();
      expect(statSync(join(data, "postgres.json")).mode & 0o077).toBe(0);
      expect(statSync(join(data, "secrets", "session-secret")).mode & 0o077).toBe(0);
      expect(statSync(join(data, "labs")).mode & 0o077).toBe(0);
    },
    withinMs,
  );

  it(
    "refuses a second start on the same data in one line",
    async () => {
      const second = startProduct({ QUORATE_DATA: data });
      expect(await second.ended()).toBe(1);
      expect(second.output()).toMatch(/^Another Quorate is running on the data folder .* QUORATE_DATA\.\n$/);
    },
    withinMs,
  );

  it(
    "pages are had through the gateway alone",
    async () => {
      const pids = processesOf(data, running!.child);
      const port = listeningPort(pids.get("web")!);
      const direct = await fetch(`http://127.0.0.1:${port}/`);
      expect(direct.status).toBe(403);
      expect(await direct.text()).toContain("served by the gateway");
    },
    withinMs,
  );

  it.each(["web", "grader", "simulator-host", "gateway", "database", "postgres"])(
    "starts %s again when it is killed, and says so",
    async (name) => {
      const url = await running!.ready();
      const before = processesOf(data, running!.child);
      process.kill(before.get(name)!, "SIGKILL");
      const said = (name === "postgres" ? "database" : name).replace("-", " ");
      const from = running!.output().length;
      while (!running!.output().slice(from).includes(`The ${said} runs again.`)) await wait(50);
      expect(running!.output().slice(from)).toMatch(new RegExp(`The ${said} stopped \\(.*\\); starting it again in`));
      while ((await pageStatus(url)) !== 200) await wait(50);
      const after = processesOf(data, running!.child);
      expect([...after.keys()].sort()).toEqual(all);
      expect(after.get(name)).not.toBe(before.get(name));
    },
    withinMs,
  );

  it(
    "a gateway that is killed ends its shells, which say so; files, services and a task of the node go on",
    async () => {
      const { goesOn } = await atWorkOn("pve1");
      process.kill(processesOf(data, running!.child).get("gateway")!, "SIGKILL");
      await goesOn();
    },
    withinMs,
  );

  it(
    "when the start itself is killed, every process ends by itself, and the next start works",
    async () => {
      const pids = processesOf(data, running!.child);
      running!.child.kill("SIGKILL");
      await untilGone(pids.values());
      const { url } = await started();
      expect(await pageStatus(url)).toBe(200);
    },
    withinMs,
  );

  it(
    "when everything is killed at once, the next start works, and the learner's work goes on in it",
    async () => {
      const { goesOn } = await atWorkOn("pve2");
      const port = new URL(await running!.ready()).port;
      const pids = processesOf(data, running!.child);
      running!.child.kill("SIGKILL");
      for (const pid of pids.values()) if (isRunning(pid)) process.kill(pid, "SIGKILL");
      await untilGone(pids.values());
      expect(existsSync(join(data, "postgres", "postmaster.pid"))).toBe(true);
      // The page looks for it at the address that it had.
      const { url } = await started(port);
      expect(await pageStatus(url)).toBe(200);
      await goesOn();
    },
    withinMs,
  );

  it(
    "a pid file that names another living process of this user does not prevent a start",
    async () => {
      await running!.stop();
      const lines = [process.pid, join(data, "postgres"), 0, 5432, "", "127.0.0.1", "", ""];
      writeFileSync(join(data, "postgres", "postmaster.pid"), lines.join("\n"));
      const { url } = await started();
      expect(await pageStatus(url)).toBe(200);
      await running!.stop();
    },
    withinMs,
  );
});

describe("npm start refuses in one line with the next move", () => {
  const refused = async (env: Record<string, string>, as?: { uid: number; gid: number }) => {
    const folder = temporaryFolder();
    try {
      const product = startProduct({ QUORATE_DATA: join(folder, "data"), ...env }, as ? { as } : {});
      expect(await product.ended()).toBe(1);
      return product
        .output()
        .replace(/^Data: .*\n/m, "")
        .replace(/^(Building| {2}still|Pages).*\n/gm, "");
    } finally {
      remove(folder);
    }
  };

  it(
    "a taken port",
    async () => {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
      const { port } = other.address() as { port: number };
      expect(await refused({ PORT: String(port) })).toMatch(
        new RegExp(`^Port ${port} on 127.0.0.1 is taken by another program.* PORT=\\d+ npm start\\n$`),
      );
      other.close();
    },
    withinMs,
  );

  it(
    "an address that is not this machine's",
    async () => {
      expect(await refused({ HOST: "192.0.2.1" })).toMatch(
        /^HOST=192\.0\.2\.1 is not an address of this machine\. Use .*\n$/,
      );
    },
    withinMs,
  );

  it(
    "a database that nobody listens at, and one whose name is unknown",
    async () => {
      expect(await refused({ DATABASE_URL: "postgresql://u:secret@127.0.0.1:1/d" })).toMatch(
        /^DATABASE_URL: nothing listens at 127\.0\.0\.1:1\. Start that PostgreSQL, or unset DATABASE_URL.*\n$/,
      );
      expect(await refused({ DATABASE_URL: "postgresql://u:secret@no-such-host.invalid/d" })).not.toContain("secret");
    },
    withinMs,
  );

  it(
    "a data folder that is a file",
    async () => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, "data"), "");
      expect(await refused({ QUORATE_DATA: join(folder, "data") })).toMatch(
        /^The data folder .* a file\. Choose another.*\n$/,
      );
      remove(folder);
    },
    withinMs,
  );

  it(
    "a data folder that this user may not write",
    async ({ skip }) => {
      const user = otherUser();
      // Root may write everywhere, so this is tried as somebody else; a normal user tries a folder of root's.
      if (process.getuid?.() === 0 && !readableBy(user)) skip("the clone is closed to other users here");
      expect(await refused({ QUORATE_DATA: "/usr/quorate-data" }, user)).toMatch(
        /^The data folder \/usr\/quorate-data cannot be written by this user\. .*QUORATE_DATA=.*\n$/,
      );
    },
    withinMs,
  );

  it(
    "certificate files that are missing",
    async () => {
      expect(await refused({ QUORATE_TLS_CERT: "/none/a.pem", QUORATE_TLS_KEY: "/none/b.pem" })).toMatch(
        /^QUORATE_TLS_CERT: the file .*a\.pem cannot be read\. .*\n$/,
      );
    },
    withinMs,
  );
});

describe("as another user than root", () => {
  it(
    "a normal user's start works, with the database running as themselves",
    async ({ skip }) => {
      const user = otherUser();
      if (!user) skip("the tests run as a normal user already: every test above shows it");
      if (!readableBy(user)) skip("the clone is closed to other users here");
      const folder = temporaryFolder();
      mkdirSync(join(folder, "data"));
      chownSync(join(folder, "data"), user!.uid, user!.gid);
      chmodSync(join(folder, "data"), 0o700);
      const product = startProduct({ QUORATE_DATA: join(folder, "data"), HOME: folder }, { as: user! });
      try {
        expect(await pageStatus(await product.ready())).toBe(200);
        const pid = processesOf(join(folder, "data"), product.child).get("postgres");
        expect(readFileSync(`/proc/${pid}/status`, "utf8")).toMatch(new RegExp(`^Uid:\\s+${user!.uid}\\b`, "m"));
        expect(await product.stop()).toBe(0);
      } finally {
        remove(folder);
      }
    },
    withinMs,
  );
});

/** Whether this clone can be read by another user (not below a 0700 home). */
function readableBy(user: { uid: number } | undefined): boolean {
  if (!user) return false;
  let path = import.meta.dirname;
  while (path !== "/") {
    if ((statSync(path).mode & 0o001) === 0) return false;
    path = join(path, "..");
  }
  return true;
}

/** The TCP port that a process listens on. */
function listeningPort(pid: number): number {
  const inodes = new Set(
    readFileSync(`/proc/${pid}/net/tcp`, "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === "0A")
      .map((fields) => `${fields[9]} ${Number.parseInt(fields[1]!.split(":")[1]!, 16)}`),
  );
  const { readlinkSync } = process.getBuiltinModule("node:fs");
  for (const name of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const inode = /socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/fd/${name}`))?.[1];
      for (const entry of inodes) if (inode && entry.startsWith(`${inode} `)) return Number(entry.split(" ")[1]);
    } catch {
      // Closed meanwhile.
    }
  }
  throw new Error(`process ${pid} listens on no port`);
}
