import { expect, it } from "vitest";
import { FOUND_MOST, makeIndex, openIndex } from "./search-index.ts";

const entries = [
  { href: "/a#quorum", title: "Quorum", where: "8 Quorum", text: "Three nodes need two votes.", language: "en" },
  { href: "/b", title: "Votes", where: "8 Quorum", text: "A node without quorum is read-only.", language: "en" },
  {
    href: "/c",
    title: "qm migrate ID NODE",
    where: "command",
    text: "Moves a machine. --with-local-disks copies disks.",
    language: "en",
  },
  { href: "/d", title: "La migración", where: "3 Fría", text: "La máquina se mueve.", language: "es" },
];
const find = openIndex(makeIndex(entries));
const hrefs = (asked: string) => find(asked).map(({ href }) => href);

it("a word of a title comes before the same word in a text", () => {
  expect(hrefs("quorum")).toEqual(["/a#quorum", "/b"]);
});

it("the beginning of a word, a slip and a missing accent still find it", () => {
  expect(hrefs("quor")).toContain("/a#quorum");
  expect(hrefs("quorrum")).toContain("/a#quorum");
  expect(hrefs("migracion")).toContain("/d");
});

it("every word must be there", () => {
  expect(hrefs("votes three")).toEqual(["/a#quorum"]);
  expect(hrefs("votes kubernetes")).toEqual([]);
});

it("a command is found by its option as it is typed", () => {
  expect(hrefs("--with-local-disks")).toEqual(["/c"]);
});

it("nothing asked finds nothing, and a word that is everywhere not more than a screen", () => {
  expect(hrefs("  ")).toEqual([]);
  const many = Array.from({ length: 40 }, (_, at) => ({ ...entries[0]!, href: `/${at}` }));
  expect(openIndex(makeIndex(many))("quorum")).toHaveLength(FOUND_MOST);
});
