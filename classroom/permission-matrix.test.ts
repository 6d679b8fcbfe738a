/** Everything that can be asked for, by everybody, about everything: who may, as one table that a review can read. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Action, actions, may, type What, type Who } from "./may.ts";
import { eventRules, gatewayRules, routeRules } from "./rules.ts";

const asking: Record<string, Who> = {
  visitor: undefined,
  student: { id: "s", name: "S", role: "student" },
  instructor: { id: "i", name: "I", role: "instructor" },
  administrator: { id: "a", name: "A", role: "administrator" },
};

/** What a thing asked for can be to whoever asks. */
const things: Record<string, What> = {
  nothing: {},
  "own lab": { ownLab: true, ownTerminal: true, ownRecording: true },
  "terminal of another in the group": { ownLab: true, ownTerminal: false },
  "lab of a student taught": { ownLab: false, ownTerminal: false, teachesLab: true },
  "lab of somebody else": { ownLab: false, ownTerminal: false, ownRecording: false, teachesLab: false },
  "class attended": { attendsClass: true, teachesClass: false },
  "class taught": { attendsClass: false, teachesClass: true },
  "class of others": { attendsClass: false, teachesClass: false },
};

const everybody = "visitor student instructor administrator";
const signedIn = "student instructor administrator";
const teachers = "instructor administrator";

/** For each action: who may, by what it is about; a thing that is not named is for nobody. */
const expected: Record<Action, Record<string, string>> = {
  "see-public": Object.fromEntries(Object.keys(things).map((thing) => [thing, everybody])),
  "read-course": Object.fromEntries(Object.keys(things).map((thing) => [thing, signedIn])),
  "read-notes": Object.fromEntries(Object.keys(things).map((thing) => [thing, teachers])),
  learn: Object.fromEntries(Object.keys(things).map((thing) => [thing, signedIn])),
  "see-lab": {
    ...{ "own lab": signedIn, "terminal of another in the group": signedIn },
    "lab of a student taught": teachers,
  },
  "use-lab": { "own lab": signedIn, "terminal of another in the group": signedIn },
  "fault-lab": { "own lab": signedIn, "terminal of another in the group": signedIn },
  "use-terminal": { "own lab": signedIn },
  // An instructor whom the administrator ended is a student, whatever their old classes say.
  "watch-terminal": { "lab of a student taught": teachers },
  "trust-host-key": {
    ...{ "own lab": teachers, "terminal of another in the group": teachers },
    "lab of a student taught": teachers,
  },
  "see-recording": {
    ...{ "own lab": signedIn, "terminal of another in the group": signedIn },
    "class taught": teachers,
  },
  teach: Object.fromEntries(Object.keys(things).map((thing) => [thing, teachers])),
  "attend-class": { "class attended": signedIn },
  "teach-class": {
    ...Object.fromEntries(Object.keys(things).map((thing) => [thing, "administrator"])),
    "class taught": teachers,
  },
  "run-server": Object.fromEntries(Object.keys(things).map((thing) => [thing, "administrator"])),
  "see-metrics": Object.fromEntries(Object.keys(things).map((thing) => [thing, "administrator"])),
};

describe("who may do what", () => {
  it.each(actions)("%s is for exactly those whom the table names", (action) => {
    for (const [thing, what] of Object.entries(things)) {
      const allowed = Object.keys(asking).filter((who) => may(asking[who], action, what));
      expect(allowed.join(" "), `${action} about ${thing}`).toBe(expected[action][thing] ?? "");
    }
  });

  it("every route and event asks one of these actions, so that the table covers all of them", () => {
    for (const rules of [routeRules, eventRules, gatewayRules]) {
      for (const [name, action] of Object.entries(rules)) expect(expected, name).toHaveProperty([action]);
    }
  });
});

describe("every page and route handler asks", () => {
  const app = fileURLToPath(new URL("../app", import.meta.url));
  const files = readdirSync(app, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(page|route)\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));

  it.each(files.map((file) => [`/${relative(app, file).split(sep).slice(0, -1).join("/")}`, file]))(
    "%s, by its own name",
    (route, file) => {
      if (routeRules[route] === "see-public") return;
      const source = readFileSync(file, "utf8");
      // `learnerNote` takes the name from the address.
      const asks = source.includes(`"${route}"`) || source.includes("learnerNote(");
      expect(asks, `${route} does not ask may()`).toBe(true);
      expect(source).toMatch(/askedBy\(|forTeachers\(|forItsTeachers\(|learnerNote\(|\bmay\(/);
    },
  );
});
