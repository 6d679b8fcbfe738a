import { describe, expect, it } from "vitest";
import { instantIn, isTimeZone, meetingInWords, timeInWords, wallTimeIn } from "./class-time.ts";

describe("a class's time", () => {
  it.each([
    ["2026-12-01T09:00", "Africa/Nairobi", "2026-12-01T06:00:00.000Z"],
    ["2026-12-01T09:00", "UTC", "2026-12-01T09:00:00.000Z"],
    ["2026-07-01T09:00", "Europe/Berlin", "2026-07-01T07:00:00.000Z"],
    ["2026-12-01T00:15", "Asia/Kathmandu", "2026-11-30T18:30:00.000Z"],
    ["2026-12-31T23:30", "Pacific/Kiritimati", "2026-12-31T09:30:00.000Z"],
    // Shown twice: the first of both. Never shown: an hour on, as clocks that were not put forward would show it.
    ["2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00.000Z"],
    ["2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30:00.000Z"],
  ])("%s in %s is %s", (wall, zone, instant) => {
    expect(instantIn(wall, zone)?.toISOString()).toBe(instant);
  });

  it.each(["", "tomorrow", "2026-02-30T09:00", "2026-12-01T25:00", "2026-12-01"])("“%s” is no time", (wall) => {
    expect(instantIn(wall, "UTC")).toBeUndefined();
  });

  it("is given back to a form as it was typed", () => {
    for (const zone of ["Africa/Nairobi", "America/St_Johns", "Asia/Kolkata", "UTC"]) {
      expect(wallTimeIn(instantIn("2026-12-01T09:05", zone)!, zone)).toBe("2026-12-01T09:05");
    }
  });

  it("is said with its zone, a day named once", () => {
    const startsAt = instantIn("2026-12-01T09:00", "Africa/Nairobi")!;
    const endsAt = instantIn("2026-12-01T17:00", "Africa/Nairobi")!;
    expect(timeInWords(startsAt, "Africa/Nairobi")).toBe("Tuesday 1 December 2026, 09:00 (Africa/Nairobi)");
    expect(meetingInWords({ startsAt, endsAt }, "Africa/Nairobi")).toBe(
      "Tuesday 1 December 2026, 09:00 to 17:00 (Africa/Nairobi)",
    );
    expect(meetingInWords({ startsAt, endsAt: null }, "UTC")).toBe("from Tuesday 1 December 2026, 06:00 (UTC)");
    expect(meetingInWords({ startsAt: null, endsAt }, "UTC")).toBe("until Tuesday 1 December 2026, 14:00 (UTC)");
    expect(meetingInWords({ startsAt: null, endsAt: null }, "UTC")).toBeUndefined();
  });

  it("knows zones by their names", () => {
    expect([isTimeZone("Africa/Dar_es_Salaam"), isTimeZone("Atlantis/Capital")]).toEqual([true, false]);
  });
});
