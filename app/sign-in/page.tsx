import type { Metadata } from "next";
import { NarrowPage } from "../_class/narrow-page.tsx";
import { SignInWays } from "../_class/sign-in-ways.tsx";

export const metadata: Metadata = { title: "Sign in" };

/** By the codes that better-auth puts into the address; anything else is told in general. */
const words: Record<string, string> = {
  access_denied: "You did not agree at the provider, so nobody was signed in.",
  account_already_linked_to_different_user:
    "This account of the provider belongs to another person here already. Sign in with it, or connect another one.",
  state_mismatch: "The answer of the provider belongs to another browser or tab. Begin again in this one.",
  state_not_found: "Signing in took too long, or this browser keeps no cookies. Begin again.",
  invalid_code: "The provider and this Quorate do not agree. Tell the person who runs it; its log says more.",
};

/** Ways to sign in, and why the last one did not work. */
export default async function SignInPage({ searchParams }: { searchParams: Promise<{ error?: string | string[] }> }) {
  const { error } = await searchParams;
  const why = typeof error === "string" ? error : undefined;
  return (
    <NarrowPage title="Sign in">
      {why !== undefined && (
        <p role="alert" className="mt-4 border-l-2 border-notyet pl-3">
          {words[why] ?? "The provider did not let you in. Begin again, or use another way."}
        </p>
      )}
      <SignInWays />
    </NarrowPage>
  );
}
