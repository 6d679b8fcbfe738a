/** The file with the last serial number, as openssl reads and writes it. @source OpenSSL 3.0 crypto/asn1/f_int.c, its own output */

/** openssl reads a line in pieces of this length. */
const LINE_MAX = 1_023;

/** The number in the first line: hexadecimal, up to what is none. `odd`, `short`: why it is refused. */
export function serialIn(text: string): bigint | "odd" | "short" {
  const line = text.split("\n", 1)[0]!.slice(0, LINE_MAX).replace(/\r$/, "");
  const digits = /^[\dA-Fa-f]*/.exec(line)![0];
  if (digits.length < 2) return "short";
  // A line that goes on after a backslash is not put together: what it takes for digits is then odd, too.
  if (digits.length % 2 !== 0 || line.endsWith("\\")) return "odd";
  return BigInt(`0x${digits}`);
}

/** Whole bytes, in capitals; no line's end. */
export function serialText(serial: bigint): string {
  const digits = serial.toString(16).toUpperCase();
  return digits.padStart(digits.length + (digits.length % 2), "0");
}
