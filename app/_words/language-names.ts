/** Names of languages in themselves. */
export const languageNames: Record<string, string> = { en: "English", es: "Español", fr: "Français", pt: "Português" };
