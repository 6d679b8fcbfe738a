import type { Metadata } from "next";
import { NarrowPage } from "../_class/narrow-page.tsx";
import { SignInWays } from "../_class/sign-in-ways.tsx";
import { Trouble } from "../_components/trouble.tsx";
import { reader } from "../_words/reader.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).words("sign-in.title") };
}

/** The codes that better-auth puts into the address and that have words; anything else is told in general. */
const known = [
  "access_denied",
  "account_already_linked_to_different_user",
  "state_mismatch",
  "state_not_found",
  "invalid_code",
] as const;

/** Ways to sign in, and why the last one did not work. */
export default async function SignInPage({ searchParams }: { searchParams: Promise<{ error?: string | string[] }> }) {
  const { words } = await reader();
  const { error } = await searchParams;
  const code = known.find((one) => one === error);
  return (
    <NarrowPage title={words("sign-in.title")}>
      {typeof error === "string" && (
        <Trouble className="mt-4">{words(code === undefined ? "sign-in.other" : `sign-in.${code}`)}</Trouble>
      )}
      <SignInWays />
    </NarrowPage>
  );
}
