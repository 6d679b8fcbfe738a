/**
 * Which question each route and each socket event asks.
 *
 * `rules.test.ts` enumerates the routes of `app/` and the events of `gateway/protocol.ts` and fails for one without a
 * line here.
 */
import type { Action } from "./may.ts";

/** Pages and route handlers, as Next writes them. */
export const routeRules: Record<string, Action> = {
  "/": "read-course",
  "/account": "learn",
  "/receipts": "learn",
  "/join": "see-public",
  "/return": "see-public",
  "/sign-in": "see-public",
  "/instructors": "run-server",
  "/inventories": "run-server",
  "/classes": "teach",
  "/classes/new": "teach",
  "/classes/[class]": "teach-class",
  "/classes/[class]/groups/[group]": "teach-class",
  "/classes/[class]/students/[student]": "teach-class",
  "/classes/[class]/students/[student]/receipts": "teach-class",
  "/recordings": "see-recording",
  "/recordings/[recording]": "see-recording",
  "/learn/[course]": "learn",
  "/learn/[course]/figures": "learn",
  "/learn/[course]/glossary": "learn",
  "/learn/[course]/notes": "read-notes",
  "/learn/[course]/[chapter]": "learn",
  "/api/instructors": "run-server",
  "/api/inventories": "run-server",
  "/api/inventories/[inventory]": "run-server",
  "/api/inventories/[inventory]/doctor": "run-server",
  "/api/classes": "teach",
  "/api/classes/[class]": "teach-class",
  "/api/classes/[class]/attempts": "teach-class",
  "/api/classes/[class]/export": "teach-class",
  "/api/classes/[class]/groups/[group]": "teach-class",
  "/api/classes/[class]/labs": "teach-class",
  "/api/classes/[class]/dry-run": "teach-class",
  "/api/classes/[class]/results": "teach-class",
  "/api/answers": "learn",
  "/api/attended": "attend-class",
  "/api/classes/[class]/roster": "teach-class",
  "/api/classes/[class]/teachers": "teach-class",
  "/api/classes/[class]/students/[student]": "teach-class",
  "/api/classes/[class]/students/[student]/receipts": "teach-class",
  "/api/receipts": "learn",
  "/api/hints": "learn",
  "/api/lab-state": "learn",
  "/api/position": "learn",
  "/api/search": "learn",
  "/api/auth/[...all]": "see-public",
};

/** What the gateway itself answers over HTTP. */
export const gatewayRules: Record<string, Action> = {
  "GET /gateway/files": "use-lab",
  "GET /gateway/file": "use-lab",
  "PUT /gateway/file": "use-lab",
  "GET /gateway/recordings": "see-recording",
  "GET /gateway/recordings/:id": "see-recording",
  "GET /gateway/recordings/:id/cast": "see-recording",
  "DELETE /gateway/recordings/:id": "see-recording",
};

/** Events that a browser may send to the gateway. */
export const eventRules: Record<string, Action> = {
  "terminal:open": "use-lab",
  "terminal:attach": "use-terminal",
  "terminal:input": "use-terminal",
  "terminal:ack": "use-terminal",
  "terminal:resize": "use-terminal",
  "terminal:close": "use-terminal",
  "terminal:watch": "watch-terminal",
  "terminal:host-key": "see-lab",
  "terminal:trust-host-key": "trust-host-key",
  "terminal:consent": "use-terminal",
  "recording:state": "use-lab",
  "recording:switch": "use-lab",
  "recording:decline": "attend-class",
  "chapter:watch": "see-lab",
  "chapter:unwatch": "see-lab",
  "chapter:check": "use-lab",
  "class:watch": "teach-class",
  "class:unwatch": "teach-class",
  "class:say": "teach-class",
  "help:claim": "teach-class",
  "help:resolve": "teach-class",
  "help:ask": "attend-class",
  "help:withdraw": "attend-class",
  "room:watch": "attend-class",
  "lab:surroundings": "see-lab",
  "lab:fault": "fault-lab",
  "lab:picture": "see-lab",
};
