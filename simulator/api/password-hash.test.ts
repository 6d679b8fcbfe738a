import { expect, it } from "vitest";
import { hashPassword, passwordFits, sha256Crypt } from "./password-hash.ts";

it("makes the published hash of the published example", () => {
  expect(sha256Crypt("Hello world!", "saltstring")).toBe("$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5");
});

it("fits the right password alone", () => {
  const hash = hashPassword("grader-pw-1");
  expect(passwordFits("grader-pw-1", hash)).toBe(true);
  expect(passwordFits("grader-pw-2", hash)).toBe(false);
  expect(passwordFits("", "*")).toBe(false);
});
