import { SignInWays } from "./_class/sign-in-ways.tsx";
import { SiteHeader } from "./_components/site-header.tsx";
import { chosenTheme } from "./_components/theme.ts";

/** Shared mode, nobody signed in: one clear sentence and what to do. */
export default async function NotSignedIn() {
  return (
    <>
      <SiteHeader theme={await chosenTheme()} />
      <main className="mx-auto w-full max-w-[60ch] px-4 py-12">
        <h1 className="text-title">You are not signed in</h1>
        <SignInWays />
      </main>
    </>
  );
}
