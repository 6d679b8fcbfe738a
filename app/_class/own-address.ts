import { headers } from "next/headers";

/** The server's address as this browser reached it, without a slash at the end. The gateway has checked the name. */
export async function ownAddress(): Promise<string> {
  const asked = await headers();
  const scheme = asked.get("x-forwarded-proto") === "https" ? "https" : "http";
  return `${scheme}://${asked.get("x-forwarded-host") ?? asked.get("host") ?? "localhost"}`;
}
