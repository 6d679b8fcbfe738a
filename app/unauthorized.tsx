import { SignInWays } from "./_class/sign-in-ways.tsx";
import { PageFrame } from "./_components/page-frame.tsx";
import { reader } from "./_words/reader.ts";

/** Shared mode, nobody signed in: one clear sentence and what to do. */
export default async function NotSignedIn() {
  const { words } = await reader();
  return (
    <PageFrame className="max-w-[60ch] px-4 py-12">
      <h1 className="text-title">{words("not-signed-in.title")}</h1>
      <SignInWays />
    </PageFrame>
  );
}
