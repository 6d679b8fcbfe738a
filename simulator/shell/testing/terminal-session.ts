/** Plays a session that a real bash was recorded with on our shell, screen by screen. */
import { WatchedScreen } from "../../recordings/shell/terminal/screen.ts";
import {
  HOME_FILES,
  HOSTS,
  type Screen,
  type TerminalSession,
} from "../../recordings/shell/terminal/session-script.ts";
import { createFakeLab } from "./fake-lab.ts";
import { startShellAtTerminal } from "./shell-at-terminal.ts";

/** Turns of the event loop without output after which everything waits for a key, and how long to wait for more. */
const QUIET_TURNS = 40;
const PATIENCE_MS = 600;

export interface Difference {
  /** Of the screen that differs: 0 is the one before the first key. */
  step: number;
  line: string;
  expected: Screen;
  found: Screen;
}

/** @returns the first screen that is not the recorded one; undefined when all are */
export async function firstDifference(session: TerminalSession, recorded: Screen[]): Promise<Difference | undefined> {
  const lab = createFakeLab();
  const screen = new WatchedScreen(session.columns, session.rows);
  let written = 0;
  let ended = false;
  const home = Object.fromEntries(Object.entries(HOME_FILES).map(([name, text]) => [`/root/${name}`, text]));
  const {
    terminal,
    session: shell,
    ended: running,
  } = startShellAtTerminal({
    lab,
    columns: session.columns,
    rows: session.rows,
    files: {
      "/etc/network/interfaces.d/": "",
      "/etc/networks": "",
      "/etc/hosts": HOSTS,
      "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
      ...home,
    },
    send: (bytes) => {
      written++;
      return screen.write(bytes);
    },
  });
  void running.then(() => {
    ended = true;
  });
  const quiet = async () => {
    for (let turns = 0, before = -1; turns < QUIET_TURNS; turns++) {
      if (written !== before) turns = 0;
      before = written;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  };
  const settled = async (expected: Screen): Promise<Screen> => {
    const began = performance.now();
    for (;;) {
      await quiet();
      const found = screen.look(ended);
      if (same(found, expected) || performance.now() - began > PATIENCE_MS) return found;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const shows = async (text: string) => {
    for (let turns = 0; turns < 200; turns++) {
      await quiet();
      if (screen.look().rows.join("\n").includes(text)) return;
      lab.pass(50);
    }
  };
  try {
    for (const [step, expected] of recorded.entries()) {
      for (const part of session.steps[step - 1]?.parts ?? []) {
        // Whose shell is gone has no connection any more.
        if (part.kind === "keys") {
          if (!ended) terminal.input(Buffer.from(screen.sent(part.keys)));
        } else if (part.kind === "resize") {
          screen.resize(part.columns, part.rows);
          terminal.resize(part.columns, part.rows);
        } else await shows(part.text);
      }
      const found = await settled(expected);
      if (!same(found, expected)) return { step, line: session.steps[step - 1]?.line ?? "", expected, found };
    }
    return undefined;
  } finally {
    shell.hangUp();
    await running;
  }
}

/** Numbers of processes are another machine's, and vi tells how long ago a change was made. */
const withoutChance = (screen: Screen): Screen => ({
  ...screen,
  rows: screen.rows.map((row) =>
    row.replace(/^(\[\d+\][-+]?) +\d+\b/, "$1 PID").replace(/ \d+ seconds? ago$/, " N seconds ago"),
  ),
});

const same = (a: Screen, b: Screen) => JSON.stringify(withoutChance(a)) === JSON.stringify(withoutChance(b));
