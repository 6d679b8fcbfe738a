import type { Metadata } from "next";
import { webRuntime } from "../../server/web-runtime.ts";
import { NarrowPage } from "../_class/narrow-page.tsx";
import { SingleSignOnButton } from "../_class/single-sign-on-button.tsx";
import { askedBy } from "../_components/asked-by.ts";
import { LocalTime } from "../_components/local-time.tsx";
import { auditWords } from "./audit-words.ts";

export const metadata: Metadata = { title: "What others did here" };

/** A year of somebody's lab is longer than a page. */
const linesMost = 200;

/** Every act of somebody else on what is one's own: terminals watched, labs reset, steps waived. */
export default async function AccountPage() {
  const person = await askedBy("/account");
  const { database, singleSignOn } = webRuntime();
  const lines = await database.audit.byOthers(person.id, linesMost);
  return (
    <NarrowPage title="What others did here">
      <p className="mt-4 text-body">
        When an instructor watches your terminal, resets your lab or changes something of yours, it is written down and
        you can read it here.
      </p>
      {lines.length === 0 ? (
        <p className="mt-4 text-quiet">Nobody did anything so far.</p>
      ) : (
        <ol className="mt-4">
          {lines.map(({ id, actor, action, details, at }) => (
            <li key={id} className="border-t border-rule py-2 [overflow-wrap:anywhere]">
              <span className="block text-small text-quiet">
                <LocalTime ms={at.getTime()} seconds />
              </span>
              <strong>{actor}</strong> {auditWords(action, details)}
            </li>
          ))}
        </ol>
      )}
      {singleSignOn !== undefined && (
        <section aria-labelledby="single-sign-on" className="mt-10 border-t border-rule pt-4">
          <h2 id="single-sign-on" className="text-section">
            Signing in
          </h2>
          <p className="mt-2">
            Connect {singleSignOn} to {person.name}, and you come back by it, on any device. It can be connected to one
            person here only.
          </p>
          <p className="mt-3">
            <SingleSignOnButton name={singleSignOn} connect />
          </p>
        </section>
      )}
    </NarrowPage>
  );
}
