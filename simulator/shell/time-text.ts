/** Times as strftime(3) writes them, for `date`, `ls`, `printf %()T` and whatever else shows one. */
import { UTC, type Zone } from "../cluster/node-settings/zone-time.ts";

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = "January February March April May June July August September October November December".split(" ");

/** strftime(3). @param wallMs milliseconds since 1970 */
export function formatTime(format: string, wallMs: number, zone: Zone = UTC): string {
  const { offsetS, abbreviation } = zone.at(wallMs);
  const at = new Date(wallMs + offsetS * 1_000);
  const east = `${offsetS < 0 ? "-" : "+"}${new Date(Math.abs(offsetS) * 1_000).toISOString().slice(11, 19)}`;
  const two = (value: number) => String(value).padStart(2, "0");
  const day = DAYS[at.getUTCDay()]!;
  const month = MONTHS[at.getUTCMonth()]!;
  const hour12 = at.getUTCHours() % 12 || 12;
  const yearStart = Date.UTC(at.getUTCFullYear(), 0, 1);
  const dayOfYear = Math.floor((at.getTime() - yearStart) / 86_400_000);
  const plain: Record<string, () => string> = {
    Y: () => String(at.getUTCFullYear()),
    C: () => two(Math.floor(at.getUTCFullYear() / 100)),
    y: () => two(at.getUTCFullYear() % 100),
    m: () => two(at.getUTCMonth() + 1),
    d: () => two(at.getUTCDate()),
    e: () => String(at.getUTCDate()).padStart(2),
    H: () => two(at.getUTCHours()),
    k: () => String(at.getUTCHours()).padStart(2),
    I: () => two(hour12),
    l: () => String(hour12).padStart(2),
    M: () => two(at.getUTCMinutes()),
    S: () => two(at.getUTCSeconds()),
    N: () => String(at.getUTCMilliseconds() * 1_000_000).padStart(9, "0"),
    s: () => String(Math.floor(wallMs / 1000)),
    j: () => String(dayOfYear + 1).padStart(3, "0"),
    u: () => String(at.getUTCDay() || 7),
    w: () => String(at.getUTCDay()),
    U: () => two(Math.floor((dayOfYear + 7 - at.getUTCDay()) / 7)),
    V: () => two(isoWeek(at)),
    W: () => two(Math.floor((dayOfYear + 7 - ((at.getUTCDay() + 6) % 7)) / 7)),
    G: () => String(isoYear(at)),
    g: () => two(isoYear(at) % 100),
    q: () => String(Math.floor(at.getUTCMonth() / 3) + 1),
    a: () => day.slice(0, 3),
    A: () => day,
    b: () => month.slice(0, 3),
    h: () => month.slice(0, 3),
    B: () => month,
    p: () => (at.getUTCHours() < 12 ? "AM" : "PM"),
    P: () => (at.getUTCHours() < 12 ? "am" : "pm"),
    z: () => `${east.slice(0, 3)}${east.slice(4, 6)}`,
    Z: () => abbreviation,
    n: () => "\n",
    t: () => "\t",
    "%": () => "%",
  };
  const combined: Record<string, string> = {
    F: "%Y-%m-%d",
    T: "%H:%M:%S",
    R: "%H:%M",
    D: "%m/%d/%y",
    x: "%m/%d/%y",
    X: "%H:%M:%S",
    r: "%I:%M:%S %p",
    c: "%a %b %e %H:%M:%S %Y",
  };
  return format.replace(
    /%([-_0^#+]*)(\d*)(:{0,3})([a-zA-Z%])/g,
    (whole, flags: string, width: string, colons: string, letter: string) => {
      if (colons !== "") return letter === "z" ? ["", east.slice(0, 6), east, east.slice(0, 3)][colons.length]! : whole;
      if (letter === "N" && /^\d+$/.test(width)) return plain.N!().slice(0, Number(width));
      let value = combined[letter] ? formatTime(combined[letter], wallMs, zone) : plain[letter]?.();
      if (value === undefined) return whole;
      const isNumber = /^[ 0-9]+$/.test(value);
      if (flags.includes("^")) value = value.toUpperCase();
      if (flags.includes("#")) value = letter === "Z" || letter === "p" ? value.toLowerCase() : value.toUpperCase();
      if (flags.includes("-") && isNumber) return value.replace(/^[0 ]+(?=.)/, "");
      const fill = flags.includes("_") ? " " : flags.includes("0") || (isNumber && !value.startsWith(" ")) ? "0" : " ";
      if (isNumber && /[_0]/.test(flags)) {
        const bare = value.replace(/^[0 ]+(?=.)/, "");
        value = bare.padStart(value.length, fill);
      }
      return value.padStart(Number(width || 0), fill);
    },
  );
}

/** The year that the week of a day belongs to. */
function isoYear(at: Date): number {
  const thursday = new Date(at);
  thursday.setUTCDate(at.getUTCDate() + 4 - (at.getUTCDay() || 7));
  return thursday.getUTCFullYear();
}

function isoWeek(at: Date): number {
  const thursday = new Date(at);
  thursday.setUTCDate(at.getUTCDate() + 4 - (at.getUTCDay() || 7));
  return Math.ceil(((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 86_400_000 + 1) / 7);
}
