import type { Metadata } from "next";
import { webRuntime } from "../../server/web-runtime.ts";
import { NarrowPage } from "../_class/narrow-page.tsx";
import { SingleSignOnButton } from "../_class/single-sign-on-button.tsx";
import { askedBy } from "../_components/asked-by.ts";
import { LocalTime } from "../_components/local-time.tsx";
import { reader } from "../_words/reader.ts";
import { auditWords } from "./audit-words.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).words("home.by-others") };
}

/** A year of somebody's lab is longer than a page. */
const linesMost = 200;

/** Every act of somebody else on what is one's own: terminals watched, labs reset, steps waived. */
export default async function AccountPage() {
  const person = await askedBy("/account");
  const { words } = await reader();
  const { database, singleSignOn } = webRuntime();
  const lines = await database.audit.byOthers(person.id, linesMost);
  return (
    <NarrowPage title={words("home.by-others")}>
      <p className="mt-4 text-body">{words("account.text")}</p>
      {lines.length === 0 ? (
        <p className="mt-4 text-quiet">{words("account.nobody")}</p>
      ) : (
        <ol className="mt-4">
          {lines.map(({ id, actor, action, details, at }) => (
            <li key={id} className="border-t border-rule py-2 [overflow-wrap:anywhere]">
              <span className="block text-small text-quiet">
                <LocalTime ms={at.getTime()} seconds />
              </span>
              <strong>{actor}</strong> {auditWords(words, action, details)}
            </li>
          ))}
        </ol>
      )}
      {singleSignOn !== undefined && (
        <section aria-labelledby="single-sign-on" className="mt-10 border-t border-rule pt-4">
          <h2 id="single-sign-on" className="text-section">
            {words("account.signing-in")}
          </h2>
          <p className="mt-2">{words("account.connect", { provider: singleSignOn, name: person.name })}</p>
          <p className="mt-3">
            <SingleSignOnButton name={singleSignOn} connect />
          </p>
        </section>
      )}
    </NarrowPage>
  );
}
