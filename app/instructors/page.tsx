import type { Metadata } from "next";
import { webRuntime } from "../../server/web-runtime.ts";
import { NarrowPage } from "../_class/narrow-page.tsx";
import { askedBy } from "../_components/asked-by.ts";
import { Instructors } from "./instructors.tsx";

export const metadata: Metadata = { title: "Instructors" };

/** Who teaches on this server, and inviting others. */
export default async function InstructorsPage() {
  await askedBy("/instructors");
  const teachers = await webRuntime().database.people.teachers();
  return (
    <NarrowPage title="Instructors">
      <p className="mt-4 text-body">
        An instructor makes classes of their own and sees no others. An invitation is a link that signs in once, within
        a week; send it by whichever way you write to each other.
      </p>
      <Instructors teachers={teachers} />
    </NarrowPage>
  );
}
