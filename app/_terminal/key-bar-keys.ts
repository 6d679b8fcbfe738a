/** The keys of the bar, and what they send. */
export interface BarKey {
  name: string;
  face: string;
  /** Sent as it is; an arrow is its last letter. */
  sends: string;
  arrow?: boolean;
}

export const barKeys: readonly BarKey[] = [
  { name: "Escape", face: "Esc", sends: "\x1b" },
  { name: "Tab", face: "Tab", sends: "\t" },
  { name: "Left", face: "←", sends: "D", arrow: true },
  { name: "Up", face: "↑", sends: "A", arrow: true },
  { name: "Down", face: "↓", sends: "B", arrow: true },
  { name: "Right", face: "→", sends: "C", arrow: true },
  { name: "Pipe", face: "|", sends: "|" },
  { name: "Slash", face: "/", sends: "/" },
  { name: "Minus", face: "-", sends: "-" },
  { name: "Tilde", face: "~", sends: "~" },
];

/** @param application the program asked for cursor keys of its own (DECCKM) */
export function sentBy(key: BarKey, application: boolean): string {
  if (!key.arrow) return key.sends;
  return `${application ? "\x1bO" : "\x1b["}${key.sends}`;
}

/** A character typed while Ctrl is held: what a hardware keyboard would have sent. */
export function withControl(data: string): string {
  if (data.length !== 1) return data;
  const code = data.toUpperCase().charCodeAt(0);
  if (data === " ") return "\0";
  if (data === "?") return "\x7f";
  return code >= 0x40 && code <= 0x5f ? String.fromCharCode(code & 0x1f) : data;
}
