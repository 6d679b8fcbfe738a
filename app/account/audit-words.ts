/** Acts of others in words for whoever they concern. */

const words: Record<string, string> = {
  "terminal-watch-asked": "asked to watch your terminal of {node}",
  "terminal-watch-ended": "stopped watching your terminal of {node}",
  "host-key-accepted": "accepted another host key of {node}: {now} instead of {before}",
  "recording-seen": "replayed a recording of your terminal of {node}",
  "recording-deleted": "deleted a recording of your terminal of {node}",
  "terminal-opened": "opened a terminal of {node} as you",
  "name corrected": "corrected your name in a class",
  "seat changed": "changed your seat to {seat}",
  "step waived": "waived the step {step}",
  "return code made": "made a new return code for you; the one before ended",
  "taken out of the class": "took you out of a class",
  "pass credited": "credited you with the step {step} of your group: {reason}",
  "pass taken back": "took back your credit for the step {step} of your group: {reason}",
  "group changed": "changed your group",
  "lab reset": "put your lab into another state ({to}): {reason}",
  "instructor invited": "invited you to teach",
  "instructor ended": "ended your teaching here",
  "co-instructor added": "let you teach a class of theirs",
  "co-instructor removed": "ended your teaching in a class of theirs",
};

/** An act without words is shown by its name, so that nothing is hidden. */
export function auditWords(action: string, details: Record<string, unknown>): string {
  return (words[action] ?? action).replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? "?"));
}
