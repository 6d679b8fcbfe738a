/** Signals by name and number, as on Linux for x86-64. */
import type { SignalName } from "./process.ts";

export const SIGNAL_NUMBERS: Record<SignalName, number> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGWINCH: 28,
};

/** Linux's signals, 1 to 64, as `kill -l` numbers them; programs here know those of `SIGNAL_NUMBERS`. */
const ALL_SIGNALS = [
  ..."HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU".split(
    " ",
  ),
  ..."URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS".split(" "),
];

/** Names without `SIG`, for completion. */
export const signalNames = (): string[] => [...ALL_SIGNALS];

/** The table of `kill -l` and `trap -l`: five in a row. */
export function signalTable(): string {
  const named = ALL_SIGNALS.map((name, at) => [at + 1, `SIG${name}`] as const);
  const realTime = Array.from({ length: 31 }, (_, at) => {
    const number = at + 34;
    const name =
      number < 50 ? `SIGRTMIN${number > 34 ? `+${number - 34}` : ""}` : `SIGRTMAX${number < 64 ? number - 64 : ""}`;
    return [number, name] as const;
  });
  let out = "";
  for (const [at, [number, name]] of [...named, ...realTime].entries()) {
    out += `${String(number).padStart(2)}) ${name}${at % 5 === 4 ? "\n" : "\t"}`;
  }
  return `${out}\n`;
}

/** What a shell says of a job that a signal ended. */
export const SIGNAL_TEXT: Partial<Record<SignalName, string>> = {
  SIGHUP: "Hangup",
  SIGINT: "Interrupt",
  SIGQUIT: "Quit",
  SIGABRT: "Aborted",
  SIGKILL: "Killed",
  SIGUSR1: "User defined signal 1",
  SIGUSR2: "User defined signal 2",
  SIGALRM: "Alarm clock",
  SIGTERM: "Terminated",
};

/** `9`, `KILL`, `SIGKILL` and `kill` are the same signal; undefined for what is none. */
export function signalByText(text: string): SignalName | undefined {
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    return (Object.keys(SIGNAL_NUMBERS) as SignalName[]).find((name) => SIGNAL_NUMBERS[name] === number);
  }
  const upper = text.toUpperCase();
  const name = upper.startsWith("SIG") ? upper : `SIG${upper}`;
  return name in SIGNAL_NUMBERS ? (name as SignalName) : undefined;
}

/** Exit status of what a signal ended. */
export function statusOfSignal(name: SignalName): number {
  return 128 + SIGNAL_NUMBERS[name];
}

/** Signals that do nothing to a process that does not ask for them. */
export const IGNORED_BY_DEFAULT: ReadonlySet<SignalName> = new Set(["SIGCHLD", "SIGWINCH", "SIGCONT"]);

/** Signals that halt a process until SIGCONT. */
export const STOPPING: ReadonlySet<SignalName> = new Set(["SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU"]);

/** What `kill -l WORD` answers: a number for a name, a name for a number or a status. */
export function signalTranslated(word: string): string | undefined {
  if (/^\d+$/.test(word)) {
    const number = Number(word) > 128 ? Number(word) - 128 : Number(word);
    return number === 0 ? "EXIT" : ALL_SIGNALS[number - 1];
  }
  const name = word.toUpperCase().replace(/^SIG/, "");
  if (name === "EXIT") return "0";
  const at = ALL_SIGNALS.indexOf(name);
  return at < 0 ? undefined : String(at + 1);
}
