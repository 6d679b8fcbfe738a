import type { Metadata } from "next";
import { webRuntime } from "../../server/web-runtime.ts";
import { askedBy } from "../_components/asked-by.ts";
import { SiteHeader } from "../_components/site-header.tsx";
import { chosenTheme } from "../_components/theme.ts";
import { ImportForm } from "./import-form.tsx";
import { InventoryCard } from "./inventory-card.tsx";

export const metadata: Metadata = { title: "Real nodes" };

/** Inventories of real nodes: import, see who uses which, and have every node examined before class. */
export default async function InventoriesPage() {
  await askedBy("/inventories");
  const { database } = webRuntime();
  const [inventories, classes] = await Promise.all([database.inventories.all(), database.classes.all()]);
  const open = classes.filter(({ archivedAt }) => !archivedAt).map(({ id, name }) => ({ id, name }));
  return (
    <>
      <SiteHeader theme={await chosenTheme()} />
      <main className="mx-auto w-full max-w-[64rem] px-4 py-8">
        <h1 className="text-title">Real nodes</h1>
        <p className="mt-2 max-w-[64ch] text-body">
          An inventory describes the machines of a room. New labs of the class that uses it take its seats one by one;
          labs that are there already stay where they are.
        </p>
        {inventories.map(({ name, summary, seats, inUse, classId }) => (
          <InventoryCard
            key={name}
            name={name}
            seats={summary.seats.map((seat) => ({
              ...seat,
              taken: seats.some((one) => one.name === seat.name && one.labId !== null),
            }))}
            use={inUse ? { classId } : undefined}
            classes={open}
          />
        ))}
        {inventories.length === 0 && <p className="mt-6 text-quiet">There is none yet. All labs are simulated.</p>}
        <ImportForm />
      </main>
    </>
  );
}
