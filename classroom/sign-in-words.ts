/** Why joining or coming back is refused: sent by id with values, and in English for where there are no other words. */
export const signInWordsEn = {
  "join.bad-name": "Type the name you want to be called by: at least one letter or digit, at most 60 characters.",
  "join.bad-mail": "This is no mail address. Correct it, or leave it empty: nothing needs it.",
  "join.unknown-code":
    "No class has this code. Compare it with the one your instructor shows; capitals and dashes do not matter.",
  "join.expired": "Joining {class} is over: this code has expired. Ask your instructor for a new one.",
  "join.early": "{class} has not begun. You can join from {when}; the code stays the same.",
  "join.over": "{class} is over: it ended {when}. Who joined before comes back with their return code.",
  "join.full": "{class} is full: it has {most} students. Ask your instructor.",
  "join.failed": "You could not be signed in. Try it again.",
  "join.too-many-seconds":
    "Too many wrong codes came from this network. Wait {count} seconds, then try again; ask your instructor meanwhile.",
  "join.too-many-minutes":
    "Too many wrong codes came from this network. Wait {count} minutes, then try again; ask your instructor meanwhile.",
  "return.unknown-code":
    "Nobody has this return code. A new one that was made since ends the old one; your instructor's class code is another thing.",
  "return.not-signed-in": "You are not signed in.",
} as const;

export type SignInWordId = keyof typeof signInWordsEn;

/** @param values an instant is said in its zone: `{at: ISO, zone: IANA name}` becomes `{when}` by whoever has a language */
export function signInWords(id: SignInWordId, values: Record<string, string | number>): string {
  return signInWordsEn[id].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
