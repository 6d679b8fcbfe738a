import { describe, expect, it } from "vitest";
import { type Action, actions, may, type What } from "./may.ts";
import type { Person } from "./person.ts";
import { routeRules } from "./rules.ts";

const student: Person = { id: "s", name: "S", role: "student" };
const instructor: Person = { id: "i", name: "I", role: "instructor" };
const administrator: Person = { id: "a", name: "A", role: "administrator" };

describe("may", () => {
  it("a visitor who is not signed in sees what is public and nothing else", () => {
    const allowed = actions.filter((action) => may(undefined, action, { ownLab: true, ownTerminal: true }));
    expect(allowed).toEqual(["see-public"]);
  });

  it.each(["see-lab", "use-lab", "fault-lab", "use-terminal"] as const)(
    "%s is refused for a lab of somebody else, whatever the role",
    (action) => {
      for (const who of [student, instructor, administrator]) {
        expect(may(who, action, { ownLab: false })).toBe(false);
        expect(may(who, action)).toBe(false);
        expect(may(who, action, { ownLab: true })).toBe(true);
      }
    },
  );

  it("whoever teaches a lab's class looks at it, and neither changes it nor types there", () => {
    for (const who of [instructor, administrator]) {
      expect(may(who, "see-lab", { ownLab: false, teachesLab: true })).toBe(true);
      expect(may(who, "use-lab", { ownLab: false, teachesLab: true })).toBe(false);
      expect(may(who, "fault-lab", { ownLab: false, teachesLab: true })).toBe(false);
    }
    expect(may(student, "see-lab", { ownLab: false, teachesLab: true })).toBe(false);
  });

  it("a class's help is asked for by its students alone", () => {
    for (const who of [student, instructor, administrator]) {
      expect(may(who, "attend-class", { attendsClass: true })).toBe(true);
      expect(may(who, "attend-class", { attendsClass: false })).toBe(false);
      expect(may(who, "attend-class")).toBe(false);
    }
  });

  it("a terminal of another member of the group is not theirs to type in", () => {
    expect(may(student, "use-terminal", { ownLab: true, ownTerminal: false })).toBe(false);
    expect(may(student, "use-terminal", { ownLab: true, ownTerminal: true })).toBe(true);
  });

  it.each([
    ["teach", undefined, [false, true, true]],
    ["read-notes", undefined, [false, true, true]],
    ["teach-class", true, [false, true, true]],
    ["teach-class", false, [false, false, true]],
    ["teach-class", undefined, [false, false, true]],
  ] as const)(
    "%s with teachesClass %s is for student, instructor, administrator: %j",
    (action, teachesClass, allowed) => {
      const what = teachesClass === undefined ? {} : { teachesClass };
      expect([student, instructor, administrator].map((who) => may(who, action, what))).toEqual(allowed);
      expect(may(undefined, action, what)).toBe(false);
    },
  );

  it("the server's figures are for administrators", () => {
    const matrix = [student, instructor, administrator].map((who) => may(who, "see-metrics"));
    expect(matrix).toEqual([false, false, true]);
    expect([student, instructor, administrator].map((who) => may(who, "run-server"))).toEqual([false, false, true]);
  });

  it("everything a self-paced learner needs is allowed on the own lab", () => {
    const needed: [Action, What][] = [
      ["read-course", {}],
      ["learn", {}],
      ["see-lab", { ownLab: true }],
      ["use-lab", { ownLab: true }],
      ["fault-lab", { ownLab: true }],
      ["use-terminal", { ownLab: true, ownTerminal: true }],
    ];
    for (const [action, what] of needed) expect(may(student, action, what), action).toBe(true);
  });

  it("a completion record is seen by whose it is, and by who teaches the class; its key by everybody", () => {
    const own = ["/learn/[course]/record", "/api/records/[course]"];
    const ofStudent = ["/classes/[class]/students/[student]/record", "/api/classes/[class]/students/[student]/record"];
    const people = [undefined, student, instructor, administrator];
    const asked = (route: string, what: What) => people.map((who) => may(who, routeRules[route]!, what));
    for (const route of own) expect(asked(route, {}), route).toEqual([false, true, true, true]);
    for (const route of ofStudent) {
      expect(asked(route, { teachesClass: true }), route).toEqual([false, false, true, true]);
      expect(asked(route, { teachesClass: false }), route).toEqual([false, false, false, true]);
    }
    expect(asked("/api/record-key", {})).toEqual([true, true, true, true]);
  });
});
