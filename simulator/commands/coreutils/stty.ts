/** `stty`: what the terminal is set to. @source stty(1) of coreutils 9.1 */
import type { Program, Tty } from "../../shell/process.ts";
import {
  CONTROL_KEYS,
  type ControlKey,
  initialSettings,
  SWITCHES,
  type TtySettings,
} from "../../shell/tty-settings.ts";

const OWN = ["echo", "icanon", "isig", "ixon"] as const;
/** Names that stand for several settings. */
const TOGETHER: Record<string, string[]> = {
  cooked: ["icanon", "isig", "icrnl", "opost"],
  "-raw": ["icanon", "isig", "icrnl", "opost"],
  raw: ["-icanon", "-isig", "-icrnl", "-ixon", "-opost"],
  "-cooked": ["-icanon", "-isig", "-icrnl", "-ixon", "-opost"],
  cbreak: ["-icanon"],
  "-cbreak": ["icanon"],
  crt: ["echoe", "echoctl", "echoke"],
};

export const stty: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  const { tty } = ctx;
  const refuse = async (text: string, usage = true) => {
    const hint = usage ? "Try 'stty --help' for more information.\n" : "";
    await ctx.stderr.write(`stty: ${text}\n${hint}`);
    return 1;
  };
  if (!tty || !ctx.isTty.stdin) return refuse("'standard input': Inappropriate ioctl for device", false);
  const settings: TtySettings = {
    ...tty.settings,
    keys: { ...tty.settings.keys },
    others: new Set(tty.settings.others),
  };
  if (words.length === 0) return ctx.stdout.write(changed(tty)).then(() => 0);
  if (words[0] === "-a" || words[0] === "--all") return ctx.stdout.write(all(tty)).then(() => 0);
  if (words[0] === "-g" || words[0] === "--save") return ctx.stdout.write(`${saved(settings)}\n`).then(() => 0);
  let size = { columns: tty.columns, rows: tty.rows };
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const value = words[at + 1];
    if (word === "size") await ctx.stdout.write(`${size.rows} ${size.columns}\n`);
    else if (word === "speed") await ctx.stdout.write("38400\n");
    else if (word === "sane") Object.assign(settings, initialSettings());
    else if (word === "ek") Object.assign(settings.keys, { erase: CONTROL_KEYS.erase, kill: CONTROL_KEYS.kill });
    else if (/^(?:rows|cols|columns|ispeed|ospeed|min|time|line)$/.test(word)) {
      if (value === undefined) return refuse(`missing argument to ‘${word}’`);
      if (!/^\d+$/.test(value)) return refuse(`invalid integer argument: ‘${value}’`, false);
      at++;
      if (word === "rows") size = { ...size, rows: Number(value) };
      else if (word.startsWith("col")) size = { ...size, columns: Number(value) };
    } else if (word in CONTROL_KEYS) {
      if (value === undefined) return refuse(`missing argument to ‘${word}’`);
      at++;
      const key = keyOf(value);
      if (key === undefined) return refuse(`invalid integer argument: ‘${value}’`, false);
      settings.keys[word as ControlKey] = key;
    } else if (/^[0-9a-f]+(?::[0-9a-f]+){18,}$/.test(word)) restore(settings, word);
    else if (!(TOGETHER[word] ?? [word]).every((one) => set(settings, one)))
      return refuse(`invalid argument ‘${word}’`);
  }
  tty.setSettings(settings);
  if (size.columns !== tty.columns || size.rows !== tty.rows) tty.resize(size.columns, size.rows);
  return 0;
};

/** @returns false for a name that is none */
function set(settings: TtySettings, word: string): boolean {
  const name = word.replace(/^-/, "");
  const on = !word.startsWith("-");
  const own = OWN.find((one) => one === name);
  if (own) settings[own] = on;
  else if (!SWITCHES.flat().includes(name)) return false;
  else if (on) settings.others.add(name);
  else settings.others.delete(name);
  return true;
}

const isOn = (settings: TtySettings, name: string) => {
  const own = OWN.find((one) => one === name);
  return own ? settings[own] : settings.others.has(name);
};

function keyOf(text: string): number | undefined {
  if (text === "undef" || text === "^-") return -1;
  if (/^\^.$/.test(text)) return text === "^?" ? 0x7f : text.toUpperCase().charCodeAt(1) & 31;
  if (/^\d+$/.test(text)) return Number(text);
  return text.length === 1 ? text.charCodeAt(0) : undefined;
}

function shownKey(key: number): string {
  if (key < 0) return "<undef>";
  return key < 0x20 || key === 0x7f ? `^${String.fromCharCode(key ^ 64)}` : String.fromCharCode(key);
}

/** Parts with a blank between, in rows that are not longer than the terminal is wide. */
function wrapped(parts: readonly string[], columns: number): string {
  let out = "";
  let width = 0;
  for (const part of parts) {
    if (width > 0 && width + 1 + part.length > columns - 1) {
      out += `\n${part}`;
      width = part.length;
    } else {
      out += width > 0 ? ` ${part}` : part;
      width += part.length + (width > 0 ? 1 : 0);
    }
  }
  return `${out}\n`;
}

function all(tty: Tty): string {
  const { settings, columns, rows } = tty;
  const head = wrapped(["speed 38400 baud;", `rows ${rows};`, `columns ${columns};`, "line = 0;"], columns);
  const keys = Object.entries(settings.keys).map(([name, key]) => `${name} = ${shownKey(key)};`);
  const switches = SWITCHES.map((row) =>
    wrapped(
      row.flatMap((name) => {
        // What is one of several has no opposite.
        if (/^(?:cs8|nl0|cr0|tab0|bs0|vt0|ff0)$/.test(name)) return [name];
        return [isOn(settings, name) ? name : `-${name}`];
      }),
      columns,
    ),
  );
  return `${head}${wrapped([...keys, "min = 1;", "time = 0;"], columns)}${switches.join("")}`;
}

/** What is not as usual. */
function changed(tty: Tty): string {
  const usual = initialSettings();
  const { settings } = tty;
  const keys = Object.entries(settings.keys)
    .filter(([name, key]) => key !== usual.keys[name as ControlKey])
    .map(([name, key]) => `${name} = ${shownKey(key)};`);
  const rows = SWITCHES.map((row) =>
    row
      .filter((name) => isOn(settings, name) !== isOn(usual, name))
      .map((name) => (isOn(settings, name) ? name : `-${name}`)),
  );
  const shown = [keys, ...rows].filter((row) => row.length > 0).map((row) => wrapped(row, tty.columns));
  return `speed 38400 baud; line = 0;\n${shown.join("")}`;
}

/** `-g`: the four words of flags, then the keys. */
function saved(settings: TtySettings): string {
  const input = (settings.others.has("icrnl") ? 0o400 : 0) | (settings.ixon ? 0o2000 : 0) | 0o40000;
  const local =
    (settings.isig ? 1 : 0) |
    (settings.icanon ? 2 : 0) |
    (settings.echo ? 8 : 0) |
    0o20 |
    0o40 |
    0o1000 |
    0o4000 |
    0o100000;
  const { keys } = settings;
  const order: (ControlKey | number)[] = [
    "intr",
    "quit",
    "erase",
    "kill",
    "eof",
    0,
    1,
    "swtch",
    "start",
    "stop",
    "susp",
  ];
  const rest: (ControlKey | number)[] = ["eol", "rprnt", "discard", "werase", "lnext", "eol2"];
  const cells = [...order, ...rest].map((one) => (typeof one === "number" ? one : Math.max(0, keys[one])));
  return [input, 5, 0xbf, local, ...cells, ...Array.from({ length: 15 }, () => 0)]
    .map((one) => one.toString(16))
    .join(":");
}

function restore(settings: TtySettings, text: string): void {
  const words = text.split(":").map((word) => Number.parseInt(word, 16));
  settings.ixon = (words[0]! & 0o2000) !== 0;
  settings.isig = (words[3]! & 1) !== 0;
  settings.icanon = (words[3]! & 2) !== 0;
  settings.echo = (words[3]! & 8) !== 0;
}
