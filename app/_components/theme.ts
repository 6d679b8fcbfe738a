import { cookies } from "next/headers";
import { choiceCookies } from "./kept-choice.ts";
import type { Theme } from "./theme-switch.tsx";

/** The reader's choice; `system` when there is none. */
export async function chosenTheme(): Promise<Theme> {
  const value = (await cookies()).get(choiceCookies.theme)?.value;
  return value === "light" || value === "dark" ? value : "system";
}
