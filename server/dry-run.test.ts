import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import type { Class, StudentStanding } from "../database/classes.ts";
import { addressOf, datesOf, joiningOf, labsWanted, memoryOf } from "./dry-run.ts";

const found: Class = {
  ...{ id: "c", name: "Monday", courseId: "course", chapters: [], timeZone: "Africa/Nairobi", groupCount: 0 },
  ...{ startsAt: null, endsAt: null, joinCode: "ABCD2345", joinUntil: null, archivedAt: null, createdAt: new Date(0) },
};
const student = (personId: string, group?: string): StudentStanding => ({
  ...{
    personId,
    displayName: personId,
    seat: "s1",
    group,
    labId: null,
    present: false,
    passes: [],
    checks: [],
    place: undefined,
  },
});

describe("a dry run", () => {
  it("counts a lab for each group and each student in none, and at least the groups that are planned", () => {
    const students = [student("a", "Red"), student("b", "Red"), student("c")];
    expect(labsWanted(found, students, 1)).toBe(2);
    expect(labsWanted({ groupCount: 6 }, students, 1)).toBe(6);
    expect(labsWanted(found, [], 0)).toBe(0);
  });

  it("finds a class that is over wrong, and one without dates worth a look", () => {
    const endsAt = new Date("2026-12-01T14:00:00Z");
    expect(datesOf({ ...found, endsAt }, endsAt.getTime() + 1)).toMatchObject({
      ...{ health: "wrong", seen: "it is over: until Tuesday 1 December 2026, 17:00 (Africa/Nairobi)" },
    });
    expect(datesOf({ ...found, endsAt }, endsAt.getTime() - 1).health).toBe("good");
    expect(datesOf(found, 0)).toMatchObject({ health: "look", next: expect.stringContaining("Dates") });
  });

  it("finds a closed class without students wrong, and with a roster well", () => {
    expect(joiningOf({ ...found, joinCode: null }, 0).health).toBe("wrong");
    expect(joiningOf({ ...found, joinCode: null }, 12).health).toBe("good");
    expect(joiningOf(found, 0)).toMatchObject({ health: "good", seen: expect.stringContaining("ABCD2345") });
  });

  it("finds memory wrong that all labs together would use up", () => {
    const gib = 2 ** 30;
    expect(memoryOf(30, 4 * gib).health).toBe("good");
    expect(memoryOf(200, 4 * gib).health).toBe("look");
    expect(memoryOf(200, 1 * gib)).toMatchObject({ health: "wrong", next: expect.stringContaining("3.1 GiB") });
  });

  it.each(["http://localhost:3000", "http://127.0.0.1:3000", "https://[::1]:3000"])(
    "finds %s wrong, which only this machine can open",
    async (address) => {
      expect(await addressOf(address)).toMatchObject({
        health: "wrong",
        next: expect.stringContaining("Open this page"),
      });
    },
  );

  it("tells an address that answers from one that does not", async () => {
    const server = createServer((_, response) => response.end("ok")).listen(0, "0.0.0.0");
    await once(server, "listening");
    const address = `http://0.0.0.0:${(server.address() as AddressInfo).port}`;
    expect((await addressOf(address)).seen).toBe(`${address} answers, over plain HTTP`);
    server.close();
    server.closeAllConnections();
    await once(server, "close");
    expect(await addressOf(address)).toMatchObject({
      health: "look",
      seen: expect.stringContaining("cannot be reached"),
    });
  });
});
