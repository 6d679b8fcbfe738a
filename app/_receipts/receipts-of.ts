/** A person's receipts as they are shown: with who of the group is credited, where it was a group's lab. */
import type { Database } from "../../database/database.ts";
import type { WebRuntime } from "../../server/web-runtime.ts";
import { type ShownReceipt, shownReceipts } from "./receipts-document.ts";

/** @param only.classId leaves out those of other classes and none */
export async function receiptsOf(
  { database, courses }: Pick<WebRuntime, "courses"> & { database: Pick<Database, "stepPasses" | "passCorrections"> },
  personId: string,
  { classId, language }: { classId?: string; language?: string } = {},
): Promise<ShownReceipt[]> {
  const passes = await database.stepPasses.receipts(personId, classId);
  const shared = passes.filter(({ groupId }) => groupId !== null);
  const byClass = Map.groupBy(shared, (pass) => pass.classId ?? "");
  const credits = await Promise.all(
    [...byClass].map(([id, list]) =>
      database.passCorrections.credits(id, [...new Set(list.map(({ labId }) => labId))]),
    ),
  );
  return shownReceipts(passes, (await courses()).all(), credits.flat(), language);
}
