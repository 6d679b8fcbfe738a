import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { allSessions, type Screen } from "../recordings/shell/terminal/session-script.ts";
import { firstDifference } from "./testing/terminal-session.ts";

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../recordings/shell/terminal/${name}`, import.meta.url), "utf8")) as unknown;
const screens = read("screens.json") as Record<string, Record<string, Screen[]>>;
/** By title: how this shell is known to differ, as docs/fidelity/shell.md tells. */
const differences = read("differences.json") as Record<string, string>;

describe.each(Object.entries(allSessions()))("a terminal beside bash's: %s", (subject, sessions) => {
  it.each(sessions.filter(({ title }) => !(title in differences)))(
    "shows the same after each key: $title",
    async (session) => {
      expect(await firstDifference(session, screens[subject]![session.title]!)).toBeUndefined();
    },
  );

  const different = sessions.filter(({ title }) => title in differences);
  it.runIf(different.length > 0).each(different)("still differs, or its entry may go: $title", async (session) => {
    expect(await firstDifference(session, screens[subject]![session.title]!)).toBeDefined();
  });
});

it("every session was recorded, and every difference that is listed is one of a session", () => {
  const titles = Object.values(allSessions()).flatMap((sessions) => sessions.map(({ title }) => title));
  expect(new Set(titles).size).toBe(titles.length);
  expect(Object.keys(differences).filter((title) => !titles.includes(title))).toEqual([]);
  expect(titles.toSorted()).toEqual(
    Object.values(screens)
      .flatMap((one) => Object.keys(one))
      .toSorted(),
  );
});
