/** Runs one program of a node over a lab in fast time, with its streams as text: for tests of commands. */
import { nextEventAtMs } from "../../cluster/kernel.ts";
import { serveRequestsForTest } from "../../cluster/pki/test-issuer.ts";
import type { LabPort } from "../../cluster/port.ts";
import type { LabState } from "../../cluster/state.ts";
import { act, stepOne } from "../../cluster/stepping.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { ROOT } from "../../shell/node-user.ts";
import type { Program, ProgramContext, Tty } from "../../shell/process.ts";
import { initialSettings } from "../../shell/tty-settings.ts";

export interface ProgramRun {
  status: number;
  stdout: string;
  stderr: string;
  /** Both, in the order in which they came; what a terminal shows. */
  output: string;
}

/** When those who sleep want to be woken, by lab: whoever steps the clock does not go beyond the first of them. */
const wakings = new WeakMap<LabState, Set<{ atMs: number }>>();

/** Whoever else can go on does, a few steps of theirs. */
async function breath(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** A port that steps the lab whenever somebody waits. */
export function fastPort(lab: LabState): LabPort {
  const sleepers = wakings.get(lab) ?? new Set();
  wakings.set(lab, sleepers);
  const firstWakingMs = () => Math.min(...[...sleepers].map(({ atMs }) => atMs));
  return {
    read: (query) => query(lab),
    act: (kind, args) => act(lab, kind, args),
    async sleep(ms, signal) {
      const own = { atMs: lab.nowMs + ms };
      sleepers.add(own);
      try {
        do {
          await breath();
          signal?.throwIfAborted();
          const untilMs = firstWakingMs();
          while (lab.nowMs < untilMs && stepOne(lab, untilMs)) serveRequestsForTest(lab);
        } while (lab.nowMs < own.atMs);
      } finally {
        sleepers.delete(own);
      }
    },
    async until(condition, options) {
      const own = { atMs: options?.timeoutMs === undefined ? Number.POSITIVE_INFINITY : lab.nowMs + options.timeoutMs };
      sleepers.add(own);
      try {
        for (;;) {
          await (sleepers.size > 1 ? breath() : Promise.resolve());
          options?.signal?.throwIfAborted();
          const value = condition(lab);
          if (value !== undefined || lab.nowMs >= own.atMs) return value;
          const next = Math.min(nextEventAtMs(lab) ?? Number.POSITIVE_INFINITY, firstWakingMs());
          if (next === Number.POSITIVE_INFINITY) throw new Error("nothing will ever happen, and somebody waits for it");
          stepOne(lab, next);
          serveRequestsForTest(lab);
        }
      } finally {
        sleepers.delete(own);
      }
    },
  };
}

/**
 * Run a program to its end.
 *
 * @param options.stdin what standard input holds, when it is no terminal
 * @param options.keys what is typed, when there is a terminal
 */
export async function runProgram(
  lab: LabState,
  node: string,
  program: Program,
  argv: string[],
  options: { stdin?: string; keys?: string; signal?: AbortSignal; port?: LabPort } = {},
): Promise<ProgramRun> {
  const result: ProgramRun = { status: -1, stdout: "", stderr: "", output: "" };
  const decoder = new TextDecoder();
  const textOf = (bytes: Uint8Array | string) => (typeof bytes === "string" ? bytes : decoder.decode(bytes));
  const writer = (stream: "stdout" | "stderr") => ({
    async write(bytes: Uint8Array | string) {
      result[stream] += textOf(bytes);
      result.output += textOf(bytes);
    },
  });
  const port = options.port ?? fastPort(lab);
  let stdin = options.stdin === undefined ? undefined : new TextEncoder().encode(options.stdin);
  const terminal = options.keys !== undefined;
  const context: ProgramContext = {
    argv,
    env: new Map(),
    cwd: "/root",
    stdin: {
      async read() {
        const bytes = stdin?.length ? stdin : undefined;
        stdin = undefined;
        return bytes;
      },
    },
    stdout: writer("stdout"),
    stderr: writer("stderr"),
    async stop() {},
    isTty: { stdin: terminal, stdout: terminal, stderr: terminal },
    ...(terminal && { tty: typedTerminal(options.keys ?? "", (text) => (result.output += text)) }),
    node,
    pid: 9_999,
    user: ROOT,
    files: createNodeFiles(port, node),
    lab: port,
    signal: options.signal ?? new AbortController().signal,
    onSignal: () => () => {},
    hold: () => {},
    breathe: async () => {},
    run: async () => 127,
  };
  result.status = await program(context);
  return result;
}

function typedTerminal(keys: string, show: (text: string) => void): Tty {
  let rest = keys;
  let echo = true;
  return {
    columns: 80,
    rows: 24,
    term: "xterm-256color",
    settings: initialSettings(),
    setSettings: () => {},
    resize: () => {},
    setMode: (mode) => {
      echo = mode !== "no-echo";
    },
    async readLine() {
      if (rest === "") return undefined;
      const end = rest.indexOf("\r");
      const line = end < 0 ? rest : rest.slice(0, end);
      rest = end < 0 ? "" : rest.slice(end + 1);
      if (echo) show(`${line}\n`);
      return line;
    },
    async readKeys() {
      const end = rest.indexOf("\r");
      const typed = end < 0 ? rest : rest.slice(0, end + 1);
      rest = rest.slice(typed.length);
      return new TextEncoder().encode(typed === "" ? "\u0004" : typed);
    },
    async write(bytes) {
      show(typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes));
    },
    onResize: () => () => {},
  };
}
