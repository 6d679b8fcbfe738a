import { webRuntime } from "../../server/web-runtime.ts";
import { SingleSignOnButton } from "./single-sign-on-button.tsx";

/** What somebody who is not signed in can do. */
export function SignInWays() {
  const { singleSignOn } = webRuntime();
  return (
    <>
      <p className="mt-4 text-body">
        You have the code of a class?{" "}
        <a className="link" href="/join">
          Join it
        </a>
        . You joined before?{" "}
        <a className="link" href="/return">
          Come back with your return code
        </a>
        . For anything else, ask the person who runs it.
      </p>
      {singleSignOn !== undefined && (
        <p className="mt-4">
          <SingleSignOnButton name={singleSignOn} />
        </p>
      )}
      <p className="mt-4 text-quiet">
        You run it yourself? The link for the administrator is printed where you started Quorate. It works once; start
        Quorate again for a new one.
      </p>
    </>
  );
}
