import type { ReactNode } from "react";
import { webRuntime } from "../../server/web-runtime.ts";
import { PageWordsHere } from "../_words/page-words-here.tsx";
import { reader } from "../_words/reader.ts";
import { woven } from "../_words/woven.tsx";
import { SingleSignOnButton } from "./single-sign-on-button.tsx";

/** What somebody who is not signed in can do. */
export async function SignInWays() {
  const { singleSignOn } = webRuntime();
  const { words } = await reader();
  const to = (href: string) =>
    function Way(inner: string): ReactNode {
      return (
        <a className="link" href={href}>
          {inner}
        </a>
      );
    };
  return (
    <>
      <p className="mt-4 text-body">{woven(() => words("sign-in.ways"), [to("/join"), to("/return")])}</p>
      {singleSignOn !== undefined && (
        <p className="mt-4">
          <PageWordsHere>
            <SingleSignOnButton name={singleSignOn} />
          </PageWordsHere>
        </p>
      )}
      <p className="mt-4 text-quiet">{words("sign-in.administrator")}</p>
    </>
  );
}
