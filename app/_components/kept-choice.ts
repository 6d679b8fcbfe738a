/** What a reader chose and the first paint of the next page must know: a cookie each, set here and read on the server. */
export const choiceCookies = {
  theme: "quorate-theme",
  /** The gateway reads it, too: `gateway/words-of.ts`. */
  language: "quorate-language",
  /** Where the divider of a chapter is, percent for the text. Under another name than when it was kept unasked. */
  divider: "quorate-divider",
  /** `folded` or `open`. */
  picture: "quorate-picture",
} as const;

/** For a year, in this browser. */
export function keepChoice(choice: keyof typeof choiceCookies, value: string | number): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API needs a secure context
  document.cookie = `${choiceCookies[choice]}=${value}; path=/; max-age=31536000; samesite=lax`;
}
