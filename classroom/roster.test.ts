import { describe, expect, it } from "vitest";
import { readRoster } from "./roster.ts";

const names = (text: string) => {
  const roster = readRoster(text);
  return roster.ok ? roster.students.map(({ name }) => name) : roster.problems;
};

describe("a pasted roster", () => {
  it.each([
    ["Ana\nBen\n", ["Ana", "Ben"]],
    ["\ufeffname;mail\r\nAna;ana@example.org\r\n\r\n李;\r\n", ["Ana", "李"]],
    ["Group\tName\nRed\tÑandú O'Neil\n", ["Ñandú O'Neil"]],
    ['Nombre,Correo\n"Pérez, Juan",juan@example.org', ["Pérez, Juan"]],
    ["Ana\nAna", ["Ana", "Ana"]],
    ["=HYPERLINK(1)", ["=HYPERLINK(1)"]],
    ["<script>alert(1)</script>", ["<script>alert(1)</script>"]],
  ])("%j is read", (text, expected) => expect(names(text)).toEqual(expected));

  it("takes a group where there is one, and keeps nothing else", () => {
    const roster = readRoster("name,email,group\nAna,ana@example.org,Red\nBen,ben@example.org,");
    expect(roster.ok && roster.students).toEqual([{ name: "Ana", group: "Red" }, { name: "Ben" }]);
  });

  it.each([
    ["", /nothing in it/],
    ["group,mail\nRed,ana@example.org", /No column is called “name”.*“group”, “mail”/],
    ["name,email\n", /nobody below/],
    ["name,group\nAna,!!!", /^Line 2: “!!!” is no name of a group/],
    ["Ana\n...\nBen", /^Line 2: “...” is no name/],
    [Array.from({ length: 1_000 }, (_, at) => `Student ${at}`).join("\n"), /1000 students; a class takes 300/],
  ])("%j is refused with what to change", (text, problem) => expect(names(text)[0]).toMatch(problem));

  it("names ten of many problems, and how many more there are", () => {
    const problems = names(Array.from({ length: 40 }, () => "!").join("\n"));
    expect(problems).toHaveLength(11);
    expect(problems.at(-1)).toBe("And 30 more lines.");
  });
});
