/**
 * Types what the sessions beside this file hold into this machine's bash, a login shell at a pty of a real sshd, and keeps
 * its screens: `node simulator/recordings/shell/terminal/record.ts [SUBJECT ...] [--only TITLE]`; new sessions always, all of them without a
 * word.
 *
 * Needs root, OpenSSH's server and Debian 12's bash, bash-completion, less, nano, procps, vim-tiny. Each session has namespaces of its
 * own: a host named pve1, a home, /etc/hosts. A step is over when no process of the session was scheduled for a while and nothing came.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import ssh2 from "ssh2";
import { startSshd } from "../../../../bench/terminal/sshd.ts";
import { WatchedScreen } from "./screen.ts";
import { allSessions, HOME_FILES, HOSTS, type Screen, type TerminalSession } from "./session-script.ts";

const QUIET_MS = 220;
const STEP_MS_MAX = 12_000;
const AT_ONCE = 6;
const here = import.meta.dirname;

const ENTER = `#!/bin/bash
# $1: the folder with home and hosts
mount -t tmpfs none /root && cp -a "$1/home/." /root/ && mount --bind "$1/hosts" /etc/hosts && rm -f /root/.hushlogin
# Where /usr/bin/vi is another vim, it is the one of a node here.
mount --bind /usr/bin/vim.tiny "$(readlink -f /usr/bin/vi)"
mount -t tmpfs none /tmp && hostname pve1 && cd /root
exec env -i HOME=/root USER=root LOGNAME=root SHELL=/bin/bash LANG=C.UTF-8 TERM=xterm-256color \\
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash -c 'exec -a -bash /bin/bash'
`;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The process that made the namespaces with this word, and nothing when it is not there. */
function findSession(marker: string): number | undefined {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, "latin1").split("\0");
      if (words[0] === "unshare" && words.includes(marker)) return Number(name);
    } catch {
      // It has ended.
    }
  }
  return undefined;
}

/** Who there is below a process and how often each was scheduled; undefined while one of them computes. */
function standstill(top: number): string | undefined {
  let out = "";
  const look = (pid: number): boolean => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      if (/^State:\t[RD]/m.test(status)) return false;
      out += `${pid} ${status.match(/ctxt_switches:\t\d+/g)!.join(" ")}\n`;
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
      return children === "" || children.split(" ").every((child) => look(Number(child)));
    } catch {
      return false;
    }
  };
  return look(top) ? out : undefined;
}

async function play(session: TerminalSession, client: ssh2.Client, name: string): Promise<Screen[]> {
  const screen = new WatchedScreen(session.columns, session.rows);
  const window = { term: "xterm-256color", cols: session.columns, rows: session.rows };
  let ended = false;
  let came = performance.now();
  let written = Promise.resolve();
  let top: number | undefined;
  const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) =>
    client.exec(name, { pty: window }, (error, opened) => (error ? reject(error) : resolve(opened))),
  );
  channel.on("data", (bytes: Buffer) => {
    came = performance.now();
    written = screen.write(bytes);
  });
  channel.on("close", () => {
    ended = true;
  });
  const settle = async () => {
    const began = performance.now();
    came = began;
    let before: string | undefined;
    while (!ended && performance.now() - began < STEP_MS_MAX) {
      await pause(40);
      top ??= findSession(name);
      const now = top === undefined ? undefined : standstill(top);
      if (now === undefined || now !== before) came = performance.now();
      before = now;
      if (performance.now() - came > QUIET_MS) break;
    }
    await written;
  };
  while (!ended && !screen.look().rows.join("\n").includes("#")) await pause(50);
  await settle();
  const screens = [screen.look(ended)];
  for (const { parts } of session.steps) {
    for (const part of parts) {
      if (part.kind === "resize") {
        screen.resize(part.columns, part.rows);
        channel.setWindow(part.rows, part.columns, 0, 0);
      } else if (part.kind === "keys") channel.write(screen.sent(part.keys));
      else {
        const began = performance.now();
        while (!screen.look().rows.join("\n").includes(part.text)) {
          if (performance.now() - began > STEP_MS_MAX) throw new Error(`${session.title}: never showed ${part.text}`);
          await pause(20);
          await written;
        }
      }
    }
    await settle();
    screens.push(screen.look(ended));
  }
  if (!ended) channel.close();
  return screens;
}

const { values, positionals } = parseArgs({ options: { only: { type: "string" } }, allowPositionals: true });
const path = join(here, "screens.json");
type Recorded = Record<string, Record<string, Screen[]>>;
let kept: Recorded = {};
try {
  kept = JSON.parse(readFileSync(path, "utf8")) as Recorded;
} catch {
  // The first time.
}
const sshd = await startSshd((folder) => {
  writeFileSync(join(folder, "enter"), ENTER, { mode: 0o755 });
  return `exec unshare -m -u -p -f --mount-proc ${folder}/enter ${folder}/world $SSH_ORIGINAL_COMMAND`;
});
const world = join(sshd.folder, "world");
for (const [name, text] of Object.entries(HOME_FILES)) {
  const file = join(world, "home", name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
writeFileSync(join(world, "hosts"), HOSTS);
const client = new ssh2.Client();
await new Promise<void>((resolve, reject) => {
  const { host, port, user: username, privateKey } = sshd.node;
  client.on("ready", resolve).on("error", reject).connect({ host, port, username, privateKey });
});
const all = Object.entries(allSessions()).flatMap(([subject, sessions]) =>
  sessions.map((session) => ({ subject, session, before: kept[subject]?.[session.title] })),
);
const wanted = all.filter(({ subject, session, before }) => {
  if (values.only !== undefined) return session.title === values.only;
  return !before || positionals.includes(subject) || process.argv.length === 2;
});
const played = new Map<TerminalSession, Screen[]>();
const waiting = [...wanted.keys()];
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
      const { session } = wanted[at]!;
      try {
        played.set(session, await play(session, client, `session-${at}`));
      } catch (error) {
        console.error(error instanceof Error ? error.message : error);
      }
    }
  }),
);
client.end();
sshd.stop();
console.log(`${played.size} sessions recorded of ${all.length}`);
const recorded: Recorded = {};
for (const { subject, session, before } of all) {
  const screens = played.get(session) ?? before;
  if (screens) (recorded[subject] ??= {})[session.title] = screens;
}
// One screen a line.
const text = Object.entries(recorded).map(([subject, sessions]) => {
  const lines = Object.entries(sessions).map(
    ([title, screens]) => `  ${JSON.stringify(title)}: [\n${screens.map((one) => `   ${JSON.stringify(one)}`).join(",\n")}\n  ]`,
  );
  return ` ${JSON.stringify(subject)}: {\n${lines.join(",\n")}\n }`;
});
writeFileSync(path, `{\n${text.join(",\n")}\n}\n`);
process.exit(0);
