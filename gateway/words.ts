/**
 * The gateway's messages in English. Messages are data until they are shown; a language is a table like this one.
 */
import type { Message } from "./protocol.ts";

export const refusalsEn: Record<string, string> = {
  // The way to the node.
  "node-silent": "{node} does not answer: it may be powered off.",
  "node-refused": "{node} refuses connections: it may be powered off or still starting.",
  "node-lost": "The connection to {node} was lost: it may be restarting or powered off.",
  "node-closed": "{node} closed the connection: it may be restarting.",
  "node-login-refused":
    "{node} refused the lab's login. Its password or key was changed; reset the node, or ask your instructor.",
  "node-algorithms":
    "{node} and Quorate have no safe way to speak in common ({detail}). An old machine has to be marked as one where the lab is described.",
  "jump-refused": "The machine on the way to {node} does not pass the connection on.",
  "node-shell-refused": "{node} let us in but gave no shell: {detail}",
  "host-key-changed":
    "{node} shows another host key ({seen}) than the one this lab knows ({expected}). It was reinstalled, or something else answers at its address; nothing was sent to it. Only an instructor can accept the new key, after comparing it on the node.",
  "host-key-other": "{node} shows neither the key that is known nor this one, but {seen}. Nothing was changed.",
  "lab-unavailable": "The lab cannot be reached: {detail}",
  "shell-exited": "The shell on {node} ended (exit status {status}).",
  "shell-killed": "The shell on {node} was ended by signal {signal}.",
  "shell-closed": "The terminal was closed.",
  "shell-detached-too-long": "The shell was closed after {minutes} minutes without anyone looking at it.",
  "shell-idle": "The shell was closed: nothing was typed or printed in it for {hours} hours.",
  "shell-too-old": "The shell was closed after {hours} hours, which is as long as one stays. Open a new one.",
  "gateway-stopping": "Quorate is restarting. The terminal comes back by itself.",
  "new-shell": "new shell on {node}",
  "shell-ended-with-gateway": "Quorate restarted and the shell above ended with it; new shell on {node}",
  // Refusals.
  malformed: "The page sent a message that cannot be read ({detail}). Reload the page.",
  outdated: "This page is from another version of Quorate. Reload it; your shells keep running.",
  "not-signed-in": "You are not signed in. Open the sign-in page, then come back.",
  "not-allowed": "This lab or terminal is not yours.",
  "session-unknown": "That terminal has ended.",
  "node-unknown": "This lab has no node called {node}.",
  "not-attached": "This page is not attached to that terminal.",
  "typing-not-allowed": "You may watch this terminal, but not type into it.",
  "watch-declined": "They declined.",
  "watch-ended": "They ended it, or the terminal was closed.",
  "watch-unanswered": "They did not answer.",
  "watcher-unknown": "They are not looking any more.",
  "limit-watchers": "{limit} people look at this terminal already.",
  "input-gap": "Input arrived out of order and was not passed on.",
  "limit-sessions": "You have {limit} terminals open already. Close one first.",
  "limit-opens": "Too many terminals were opened within a minute (at most {limit}). Wait a moment.",
  "limit-input": "The node takes input more slowly than it is sent; the rest of the paste was not passed on.",
  "typed-for-ended-shell": "The shell ended before {characters} typed characters reached it; they were dropped.",
  "typed-without-shell": "There was no shell to type into; that input was dropped.",
  "files-unsupported": "{node} takes no files: it offers no SFTP.",
  "file-unknown": "There is no {path}.",
  "file-forbidden": "{path}: the node does not permit that.",
  "file-not-file": "{path} is not a file.",
  "file-is-folder": "{path} is a folder.",
  "file-exists": "{path} exists already.",
  "file-name": "“{path}” is not a name for a file.",
  "file-failed": "{node} could not do that with {path}: {detail}",
  "file-too-large": "The file is larger than {megabytes} MB.",
  "transfer-broken": "The transfer broke off. Try again.",
  "limit-transfers": "{limit} transfers of yours are going on already. Wait for one to end.",
  "limit-transfers-all": "Too many recordings are being read at this moment. Try again.",
  "recording-lost": "The file of that recording is gone.",
  "recording-goes-on": "It is still being recorded. Switch recording off or close the terminal first.",
  "no-such-address": "There is nothing at this address.",
  "limit-sockets": "You have {limit} pages open. Close some first.",
  "limit-messages": "The page sends messages faster than anybody types. It was slowed down.",
  "no-capability": "This lab cannot do that: it has no {capability}.",
  "help-ended": "That request for help was ended already.",
  "student-unknown": "That student is not in this class any more.",
  failed: "The server could not do that: {detail}",
  // Doors.
  "metrics-refused": "Metrics are for this machine itself and for administrators.",
  "host-name-refused":
    "This Quorate answers only to {names}, and was asked as “{host}”. Open it by one of those names, or add this one to QUORATE_ALLOWED_HOSTS.",
  "origin-refused": "A page of another site ({origin}) tried to use this Quorate. That is not allowed.",
};

/** Put a message into words. An id without words is shown as it is, so that nothing is swallowed. */
export function say(message: Message, words: Record<string, string> = refusalsEn): string {
  const template = words[message.id] ?? message.id;
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = message.values?.[name];
    return value === undefined ? whole : Array.isArray(value) ? value.join(", ") : String(value);
  });
}
