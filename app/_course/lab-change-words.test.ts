import { expect, it } from "vitest";
import { english, wordsOf } from "../_words/catalogue.ts";
import { whatIsLost } from "./lab-change-words.ts";

const words = wordsOf(english);

it("a change of the whole lab says that all nodes change", () => {
  expect(whatIsLost(words, { to: "chapter" }, undefined)[0]).toContain("All nodes");
});

it("a node that is installed anew loses its files, guests and membership, and the way back in is named", () => {
  const text = whatIsLost(words, { to: "installed" }, "pve2").join(" ");
  for (const part of ["its files", "its local disks", "its place in the cluster", "pvecm delnode pve2"]) {
    expect(text).toContain(part);
  }
});

it("a node that goes back says what the others may think", () => {
  expect(whatIsLost(words, { to: "restore-point", restorePoint: "1" }, "pve3")).toContain(
    "The other nodes stay as they are, so pve3 may believe in a cluster that is no longer there.",
  );
});
