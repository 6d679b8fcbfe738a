import { expect, test } from "vitest";
import { serialIn, serialText } from "./serial-file.ts";

// Signed with OpenSSL 3.0.19: the file before, and after.
test.each([
  ["ba\n", "BB"],
  ["12", "13"],
  ["12\r\n", "13"],
  ["12 34\n", "13"],
  ["12xy\n", "13"],
  ["12\n\nzz", "13"],
  ["00FF\n", "0100"],
  ["00\n", "01"],
  ["0000000000000000\n", "01"],
  ["0123456789ABCDEF\n", "0123456789ABCDF0"],
  ["FFFFFFFFFFFFFFFF\n", "010000000000000000"],
  ["0123456789ABCDEF0123456789ABCDEF01234567\n", "0123456789ABCDEF0123456789ABCDEF01234568"],
  ["FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\n", "010000000000000000000000000000000000000000"],
])("after %j comes %s", (text, next) => {
  const last = serialIn(text);
  expect(typeof last === "bigint" && serialText(last + 1n)).toBe(next);
});

test.each([
  ["bad\n", "odd"],
  ["ABC", "odd"],
  ["123\n45", "odd"],
  ["12\\\n34", "odd"],
  ["0".repeat(2_000), "odd"],
  ["\n", "short"],
  ["xy\n", "short"],
  [" 12\n", "short"],
  ["-12\n", "short"],
])("%j is refused: %s", (text, why) => {
  expect(serialIn(text)).toBe(why);
});
