import { expect, it } from "vitest";
import { excerptOf } from "./excerpt.ts";

const long = `${"A node speaks to other nodes. ".repeat(20)}Without quorum it is read-only. ${"It waits for them. ".repeat(20)}`;
const whole = (text: string, asked: string) =>
  excerptOf(text, asked)
    .map((piece) => piece.text)
    .join("");

it("the excerpt stands around the first word that was looked for, and marks it", () => {
  expect(whole(long, "quorum")).toMatch(/^… .*Without quorum it is read-only.* …$/);
  expect(excerptOf(long, "quor").filter(({ marked }) => marked)).toEqual([{ text: "quorum", marked: true }]);
});

it("accents do not hide a word", () => {
  expect(excerptOf("La migración.", "migracion")).toEqual([
    { text: "La ", marked: false },
    { text: "migración", marked: true },
    { text: ".", marked: false },
  ]);
});

it("a short text is whole, and one without the words gives its beginning", () => {
  expect(whole("Two votes.", "three")).toBe("Two votes.");
  expect(whole(long, "kubernetes")).toMatch(/^A node speaks .* …$/);
  expect(excerptOf("", "x")).toEqual([]);
});
