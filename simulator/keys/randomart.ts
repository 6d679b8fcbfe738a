/**
 * The picture of a key: a bishop walks over a board of 17 by 9 squares as the bits of the fingerprint say.
 *
 * @source "The drunken bishop" (Loss, Limmer, von Gernler, 2009); the symbols are those that OpenSSH prints
 */
import { createHash } from "node:crypto";
import { kindOf, type PublicKey } from "./openssh-key.ts";

const [WIDTH, HEIGHT] = [17, 9];
const SYMBOLS = " .o+=*BOX@%&#/^SE";

/** Eleven lines with their frame; the name of the key's kind above, of the hash below. */
export function randomart(key: PublicKey, hash: "sha256" | "md5" = "sha256"): string {
  const board = Array.from({ length: HEIGHT }, () => new Array<number>(WIDTH).fill(0));
  let [x, y] = [8, 4];
  for (const byte of createHash(hash).update(key.blob).digest()) {
    for (let pair = 0; pair < 4; pair++) {
      const bits = byte >> (pair * 2);
      x = Math.min(WIDTH - 1, Math.max(0, x + (bits & 1 ? 1 : -1)));
      y = Math.min(HEIGHT - 1, Math.max(0, y + (bits & 2 ? 1 : -1)));
      // The last two symbols are kept for the start and the end.
      board[y]![x] = Math.min(SYMBOLS.length - 3, board[y]![x]! + 1);
    }
  }
  board[4]![8] = SYMBOLS.length - 2;
  board[y]![x] = SYMBOLS.length - 1;
  const title = `[${kindOf(key.type)} ${key.bits}]`;
  const framed = (text: string) => {
    const room = WIDTH - text.length;
    return `+${"-".repeat(Math.floor(room / 2))}${text}${"-".repeat(Math.ceil(room / 2))}+`;
  };
  const rows = board.map((row) => `|${row.map((value) => SYMBOLS[value]).join("")}|`);
  return `${[framed(title.length > WIDTH ? `[${kindOf(key.type)}]` : title), ...rows, framed(`[${hash.toUpperCase()}]`)].join("\n")}\n`;
}
