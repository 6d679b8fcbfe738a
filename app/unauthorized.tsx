import { SiteHeader } from "./_components/site-header.tsx";
import { chosenTheme } from "./_components/theme.ts";

/** Shared mode, nobody signed in: one clear sentence and what to do. */
export default async function NotSignedIn() {
  return (
    <>
      <SiteHeader theme={await chosenTheme()} />
      <main className="mx-auto w-full max-w-[60ch] px-4 py-12">
        <h1 className="text-title">You are not signed in</h1>
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
        <p className="mt-4 text-quiet">
          You run it yourself? The link for the administrator is printed where you started Quorate. It works once; start
          Quorate again for a new one.
        </p>
      </main>
    </>
  );
}
