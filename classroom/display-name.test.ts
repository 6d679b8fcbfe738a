import { expect, it } from "vitest";
import { displayName } from "./display-name.ts";

it.each(["Ana", "李", "Mwanajuma", "Ñáñez", "محمد", "Anne-Marie d'Arc", "<script>alert(1)</script>", "=1+1"])(
  "%s is a name and stays as it is",
  (name) => expect(displayName(name)).toBe(name),
);

it("spaces are tidied, and what cannot be seen is dropped", () => {
  expect(displayName("  Ana \t  B\u202e\n")).toBe("Ana B");
});

it.each(["", "   ", "\u200b", "...", "x".repeat(61)])("%j is no name", (name) => {
  expect(displayName(name)).toBeUndefined();
});
