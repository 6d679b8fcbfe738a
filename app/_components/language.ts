import { cookies } from "next/headers";

/** The language of texts that the reader chose in a chapter; English unless chosen. */
export async function chosenLanguage(): Promise<string> {
  const kept = (await cookies()).get("quorate-language")?.value;
  return kept !== undefined && /^[a-z]{2}(-[A-Z]{2})?$/.test(kept) ? kept : "en";
}
