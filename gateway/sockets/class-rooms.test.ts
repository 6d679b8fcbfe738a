import { expect, it } from "vitest";
import type { HelpRequest } from "../../database/help.ts";
import { ClassRooms, type RoomDatabase } from "./class-rooms.ts";

type Notice = Parameters<Parameters<RoomDatabase["notices"]["listen"]>[0]>[0];

it("a reading that took longer than a later one does not tell a page what was before", async () => {
  const readings: ((waiting: HelpRequest[]) => void)[] = [];
  const told = Promise.withResolvers<(notice: Notice) => void>();
  const database = {
    help: { open: () => new Promise<HelpRequest[]>((resolve) => readings.push(resolve)) },
    classMessages: { recent: async () => [] },
    notices: {
      listen: async (hear: (notice: Notice) => void) => {
        told.resolve(hear);
        return () => {};
      },
    },
  } as unknown as RoomDatabase;
  const rooms = new ClassRooms(database, (cause) => {
    throw cause;
  });
  await rooms.start();
  const shown = Promise.withResolvers<HelpRequest[]>();
  const answered = rooms.watch("class", (room) => shown.resolve(room.waiting));
  (await told.promise)({ topic: "room", classId: "class" });
  await expect.poll(() => readings.length).toBe(2);

  const asked = { id: "1", personId: "ana" } as HelpRequest;
  readings[1]!([asked]);
  expect(await shown.promise).toEqual([asked]);
  readings[0]!([]);
  expect((await answered).waiting).toEqual([asked]);
  rooms.stop();
});
