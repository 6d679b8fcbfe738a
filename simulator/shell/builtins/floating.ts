/** Floating point numbers as C's printf writes them. */

/** `%.Nf`: a number that lies exactly between two goes to the even one, where JavaScript goes up. */
export function fixedPoint(number: number, digits: number): string {
  const text = number.toFixed(digits);
  const more = Math.min(100, digits + 30);
  if (!Number.isFinite(number) || Math.abs(number) >= 1e21 || more === digits) return text;
  const exact = number.toFixed(more);
  if (!/^50*$/.test(exact.slice(digits - more))) return text;
  const cut = exact.slice(0, digits - more).replace(/\.$/, "");
  return Number(cut.at(-1)) % 2 === 0 ? cut : text;
}

/** `%a`, as bash writes it: its numbers are long doubles, whose first digit is 8 to f. */
export function hexFloat(number: number, precision: number | undefined): string {
  if (!Number.isFinite(number)) return Number.isNaN(number) ? "nan" : number < 0 ? "-inf" : "inf";
  const sign = number < 0 || Object.is(number, -0) ? "-" : "";
  if (number === 0) return `${sign}0x0p+0`;
  let exponent = Math.floor(Math.log2(Math.abs(number)));
  if (2 ** exponent > Math.abs(number)) exponent--;
  const mantissa = BigInt(Math.round((Math.abs(number) / 2 ** exponent) * 2 ** 52)) << 11n;
  const digits = mantissa.toString(16);
  const rest =
    precision === undefined
      ? digits.slice(1).replace(/0+$/, "")
      : digits.slice(1, 1 + precision).padEnd(precision, "0");
  const power = exponent - 3;
  return `${sign}0x${digits[0]}${rest ? `.${rest}` : ""}p${power < 0 ? "-" : "+"}${Math.abs(power)}`;
}
