/** What a recording has and has not, in the words that every notice uses. */
export function WhatIsKept({ days }: { days: number }) {
  return (
    <>
      What your terminals print is kept for {days} {days === 1 ? "day" : "days"}, and you and your instructors can
      replay it. Passwords typed at a prompt that shows nothing are not in it. Everything that appears on the screen is,
      also what you type there: do not type secrets into a command.
    </>
  );
}
