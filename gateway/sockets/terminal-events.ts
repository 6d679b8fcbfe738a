/**
 * A browser's terminals: open, come back, type, resize, look away.
 */
import { type AnswerFrame, decodePageFrame, encodeAnswer, encodeFrame } from "../frames.ts";
import type { InputAccepted, Reply, TerminalAttached } from "../protocol.ts";
import { Refused } from "../refused.ts";
import type { TerminalSession, Viewer } from "../terminals/terminal-session.ts";
import type { Terminals } from "../terminals/terminals.ts";
import type { WatchedBy } from "../terminals/watching.ts";
import { wordsForCookies } from "../words-of.ts";
import { answer, type Browser, listen, mustBeAllowed, type Request, read, refusalOf } from "./connection.ts";

/** An answer to a key waits this long, so that its echo goes first. */
const ANSWER_AFTER_MS = 5;

interface Attachment {
  /** Set for somebody else's terminal. */
  watch?: WatchedBy;
  session: TerminalSession;
  viewer: Viewer;
  writer: string;
}

/** @returns what to do with a message on the page's stream of terminal bytes */
export function handleTerminals(browser: Browser, terminals: Terminals): (packed: Uint8Array) => void {
  const { socket, person } = browser;
  /** Permission is asked when attaching; what follows only has to be attached, so that no key waits for a database. */
  const attachments = new Map<string, Attachment>();

  const attached = (sessionId: string): Attachment => {
    const attachment = attachments.get(sessionId);
    if (attachment) return attachment;
    const session = terminals.get(sessionId);
    if (session && session.options.personId !== person.id) throw new Refused("not-allowed", { id: "not-allowed" });
    throw new Refused("not-found", { id: session ? "not-attached" : "session-unknown" });
  };

  const attach = (
    session: TerminalSession,
    request: Request<"terminal:attach">,
    watch?: WatchedBy,
  ): TerminalAttached => {
    if (attachments.has(session.id)) leave(session.id);
    const sessionId = session.id;
    const viewer: Viewer = {
      guest: watch !== undefined,
      words: wordsForCookies(socket.handshake.headers.cookie),
      get mayType() {
        return watch?.mayType ?? true;
      },
      watchers: (watchers) => void socket.emit("terminal:watchers", { sessionId, watchers }),
      send: (frame) => {
        const packed = encodeFrame(frame);
        if (browser.stream) browser.stream.send(packed);
        else socket.emit("terminal:output", packed);
      },
      recorded: (recorded) => void socket.emit("terminal:recorded", { sessionId, recorded }),
      state: (state) => void socket.emit("terminal:state", { sessionId, state }),
      size: (columns, rows) => void socket.emit("terminal:size", { sessionId, columns, rows }),
    };
    const result = session.attach(viewer, request);
    attachments.set(sessionId, { session, viewer, writer: result.writer, ...(watch && { watch }) });
    return result;
  };

  const leave = (sessionId: string) => {
    const attachment = attachments.get(sessionId);
    attachments.delete(sessionId);
    attachment?.session.detach(attachment.viewer);
    if (attachment?.watch) attachment.session.watching.end(attachment.watch.id, person);
  };

  answer(browser, "terminal:open", async (request) => {
    await mustBeAllowed(browser, "terminal:open", { labId: request.labId });
    const session = terminals.open(person, request);
    stillThere(browser);
    const { columns, rows } = request;
    return attach(session, { sessionId: session.id, fromOffset: 0, columns, rows });
  });

  answer(browser, "terminal:attach", async (request) => {
    const session = terminals.get(request.sessionId);
    if (!session) throw new Refused("not-found", { id: "session-unknown" });
    const { labId, personId } = session.options;
    await mustBeAllowed(browser, "terminal:attach", { labId, ownerId: personId });
    stillThere(browser);
    return attach(session, request);
  });

  const input = (message: unknown, reply: (reply: Reply<InputAccepted>) => void) => {
    try {
      const { sessionId, writer, seq, data } = read(browser, "terminal:input", message);
      const { session, viewer, writer: own } = attached(sessionId);
      if (writer !== own) throw new Refused("not-allowed", { id: "not-allowed" });
      if (!viewer.mayType) throw new Refused("not-allowed", { id: "typing-not-allowed" });
      session.input(viewer, writer, seq, data, (accepted) => reply({ ok: true, ...accepted }));
      terminals.typed(session, person);
    } catch (cause) {
      reply({ ok: false, refusal: refusalOf(browser, "terminal:input", cause) });
    }
  };

  const parsed = (message: unknown) => {
    try {
      const { sessionId, offset } = read(browser, "terminal:ack", message);
      const { session, viewer } = attached(sessionId);
      session.acknowledge(viewer, offset);
    } catch {
      // Nobody waits for an answer, and an acknowledgement for a terminal just left is no fault.
    }
  };

  listen(browser, "terminal:input", input);
  listen(browser, "terminal:ack", parsed);

  answer(browser, "terminal:watch", async ({ sessionId }) => {
    const session = terminals.get(sessionId);
    if (!session || session.ended) throw new Refused("not-found", { id: "session-unknown" });
    const { labId, personId } = session.options;
    await mustBeAllowed(browser, "terminal:watch", { labId, ownerId: personId });
    if (personId === person.id) throw new Refused("not-allowed", { id: "not-allowed" });
    const gone = new AbortController();
    const abort = () => gone.abort();
    socket.once("disconnect", abort);
    const watch = await session.watching.ask(person, gone.signal).finally(() => socket.off("disconnect", abort));
    watch.onEnded = () => {
      if (attachments.get(sessionId)?.watch !== watch) return;
      leave(sessionId);
      socket.emit("terminal:watch-ended", { sessionId });
    };
    watch.onTyping = (mayType) => void socket.emit("terminal:may-type", { sessionId, mayType });
    if (!socket.connected) session.watching.end(watch.id, person);
    stillThere(browser);
    socket.emit("terminal:may-type", { sessionId, mayType: watch.mayType });
    return attach(session, { sessionId, fromOffset: 0, columns: 80, rows: 24 }, watch);
  });

  answer(browser, "terminal:consent", ({ sessionId, watchId, allow }) => {
    const { session, watch } = attached(sessionId);
    if (watch || session.options.personId !== person.id) throw new Refused("not-allowed", { id: "not-allowed" });
    session.watching.consent(person, watchId, allow);
    return {};
  });

  answer(browser, "terminal:resize", ({ sessionId, columns, rows }) => {
    const { session, viewer } = attached(sessionId);
    session.resize(viewer, columns, rows);
    return {};
  });

  answer(browser, "terminal:close", ({ sessionId, end }) => {
    const { session, watch } = attached(sessionId);
    if (end && watch) throw new Refused("not-allowed", { id: "not-allowed" });
    if (end) session.close({ id: "shell-closed" });
    leave(sessionId);
    return {};
  });

  socket.on("disconnect", () => {
    for (const sessionId of [...attachments.keys()]) leave(sessionId);
  });

  const answers = laterAnswers(browser);
  return (packed) => {
    try {
      const { kind, ...message } = decodePageFrame(packed);
      if (kind === "parsed") parsed(message);
      else input(message, (reply) => answers(message as { sessionId: string; seq: number }, reply));
    } catch {
      // Not a message of ours: the page is of another version, or somebody is probing.
      browser.stream?.close();
    }
  };
}

function laterAnswers(browser: Browser) {
  let waiting: AnswerFrame[] = [];
  return ({ sessionId, seq }: { sessionId: string; seq: number }, reply: Reply<InputAccepted>) => {
    if (waiting.length === 0) {
      setTimeout(() => {
        const frames = waiting;
        waiting = [];
        for (const frame of frames) browser.stream?.send(encodeAnswer(frame));
      }, ANSWER_AFTER_MS);
    }
    if (reply.ok)
      waiting.push({ kind: "accepted", sessionId, seq, acceptedSeq: reply.acceptedSeq, delivered: reply.delivered });
    else waiting.push({ kind: "refused", sessionId, seq, refusal: reply.refusal });
  };
}

/** The connection may have dropped while permission was asked: nothing may be attached to it then. */
function stillThere(browser: Browser): void {
  if (!browser.socket.connected) throw new Refused("unavailable", { id: "session-unknown" }, { retry: true });
}
