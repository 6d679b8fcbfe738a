import type { Metadata } from "next";
import { webRuntime } from "../../../server/web-runtime.ts";
import { NarrowPage } from "../../_class/narrow-page.tsx";
import { askedBy } from "../../_components/asked-by.ts";
import { ClassForm } from "./class-form.tsx";

export const metadata: Metadata = { title: "Make a class" };

export default async function NewClassPage() {
  await askedBy("/classes/new");
  const free = (await webRuntime().database.inventories.all()).filter(({ inUse }) => !inUse);
  const courses = (await webRuntime().courses()).all().map(({ id, title, chapters }) => ({
    ...{ id, title },
    chapters: chapters.map((chapter) => ({ id: chapter.id, number: chapter.number, title: chapter.title })),
  }));
  return (
    <NarrowPage title="Make a class">
      <ClassForm courses={courses} inventories={free.map(({ name, seats }) => ({ name, seats: seats.length }))} />
    </NarrowPage>
  );
}
