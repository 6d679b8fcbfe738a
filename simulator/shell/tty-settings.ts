/** What a terminal's line discipline is set to, as `stty` shows and changes it. @source termios(3), stty(1) */

/** Keys with a meaning, by stty's name; -1 for none. */
export const CONTROL_KEYS = {
  intr: 0x03,
  quit: 0x1c,
  erase: 0x7f,
  kill: 0x15,
  eof: 0x04,
  eol: -1,
  eol2: -1,
  swtch: -1,
  start: 0x11,
  stop: 0x13,
  susp: 0x1a,
  rprnt: 0x12,
  werase: 0x17,
  lnext: 0x16,
  discard: 0x0f,
};

export type ControlKey = keyof typeof CONTROL_KEYS;

/** Settings that are on or off: those that this line discipline obeys. */
export interface TtySettings {
  echo: boolean;
  icanon: boolean;
  isig: boolean;
  ixon: boolean;
  keys: Record<ControlKey, number>;
  /** The others, shown and without effect here. */
  others: Set<string>;
}

/** Switches in the order of `stty -a`, a row each; those that are off have a `-` before them. */
export const SWITCHES = [
  "parenb parodd cmspar cs8 hupcl cstopb cread clocal crtscts",
  "ignbrk brkint ignpar parmrk inpck istrip inlcr igncr icrnl ixon ixoff",
  "iuclc ixany imaxbel iutf8",
  "opost olcuc ocrnl onlcr onocr onlret ofill ofdel nl0 cr0 tab0 bs0 vt0 ff0",
  "isig icanon iexten echo echoe echok echonl noflsh xcase tostop echoprt",
  "echoctl echoke flusho extproc",
].map((row) => row.split(" "));

const ON = "cs8 cread icrnl opost onlcr nl0 cr0 tab0 bs0 vt0 ff0 iexten echoe echok echoctl echoke".split(" ");

/** As a login finds them. */
export function initialSettings(): TtySettings {
  return { echo: true, icanon: true, isig: true, ixon: true, keys: { ...CONTROL_KEYS }, others: new Set(ON) };
}
