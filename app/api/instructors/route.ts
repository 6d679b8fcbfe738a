import { z } from "zod";
import { displayName } from "../../../classroom/display-name.ts";
import { invitationLink } from "../../../classroom/sign-in-links.ts";
import { forTeachers, jsonBody, refusal } from "../classes/class-request.ts";

const body = z.union([
  z.strictObject({ name: z.string().max(400) }),
  /** A new link for somebody who teaches already. */
  z.strictObject({ person: z.string().max(80) }),
]);

/** Invite an instructor: answers the path of a link that signs them in once. */
export function POST(request: Request): Promise<Response> {
  return forTeachers(request, "/api/instructors", async ({ runtime, person }) => {
    if (runtime.mode === "self-paced")
      return refusal(409, "This Quorate is for one learner. Classes run on a shared one.");
    const parsed = body.safeParse(await jsonBody(request));
    if (!parsed.success) return refusal(400, "The form could not be read. Reload the page.");
    const { people, audit } = runtime.database;
    let invited: { id: string; name: string };
    if ("name" in parsed.data) {
      const name = displayName(parsed.data.name);
      if (name === undefined)
        return refusal(400, "A name has at least one letter or digit, and at most 60 characters.");
      invited = await people.addInstructor(name);
    } else {
      const { person: id } = parsed.data;
      const known = (await people.teachers()).find((one) => one.id === id && one.role === "instructor");
      if (!known) return refusal(404, "Nobody of that name teaches here any more. Reload the page.");
      invited = known;
    }
    await audit.record({
      actor: person,
      ...{ action: "instructor invited", subject: "person", subjectId: invited.id, ownerId: invited.id },
    });
    return Response.json(
      { name: invited.name, path: await invitationLink(runtime.database, invited.id) },
      { status: 201 },
    );
  });
}

/** Somebody teaches no more; their classes stay with whoever else teaches them, and with the administrator. */
export function DELETE(request: Request): Promise<Response> {
  return forTeachers(request, "/api/instructors", async ({ runtime, person }) => {
    const parsed = z.strictObject({ person: z.string().max(80) }).safeParse(await jsonBody(request));
    if (!parsed.success) return refusal(400, "The form could not be read. Reload the page.");
    const { people, audit } = runtime.database;
    if (!(await people.endInstructor(parsed.data.person))) {
      return refusal(404, "Nobody of that name teaches here any more, or they are an administrator.");
    }
    await audit.record({
      actor: person,
      ...{ action: "instructor ended", subject: "person", subjectId: parsed.data.person, ownerId: parsed.data.person },
    });
    return new Response(null, { status: 204 });
  });
}
