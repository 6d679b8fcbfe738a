/**
 * Notices between processes over PostgreSQL's LISTEN and NOTIFY.
 *
 * A notice carries ids only (at most 8,000 bytes are allowed) and may be lost while a listener reconnects: it says
 * "look again", never what is there. After a reconnect every listener gets `{ topic: "look-again" }`.
 */
import { Client } from "pg";
import { z } from "zod";
import type { PrismaClient } from "./generated/client.ts";

const channel = "quorate";

const notice = z.discriminatedUnion("topic", [
  /** A check of this lab was judged anew. */
  z.object({ topic: z.literal("verdict"), labId: z.string(), key: z.string(), attemptId: z.string().optional() }),
  /** A step was passed for the first time. */
  z.object({ topic: z.literal("step-passed"), labId: z.string(), personId: z.string(), stepKey: z.string() }),
  /** A chapter of this lab came on screen, or went. */
  z.object({ topic: z.literal("watch"), labId: z.string(), chapterKey: z.string() }),
  /** Somebody pressed Check. */
  z.object({ topic: z.literal("check-asked"), labId: z.string(), chapterKey: z.string() }),
  /** A terminal of this lab went quiet: look sooner. */
  z.object({ topic: z.literal("nudge"), labId: z.string() }),
  /** This lab was put into another state: what was known of its nodes is of other ones. */
  z.object({ topic: z.literal("lab-changed"), labId: z.string(), node: z.string().optional() }),
  /** The grader began (busy) or ended an observation; `waitMs`: a pressed Check has to wait so long for its turn. */
  z.object({
    ...{ topic: z.literal("observing"), labId: z.string(), chapterKey: z.string(), busy: z.boolean() },
    waitMs: z.int().optional(),
  }),
  /** A chapter's baseline was stored. */
  z.object({ topic: z.literal("baseline"), labId: z.string(), chapterKey: z.string() }),
  /** What the lab's nodes say was seen anew. */
  z.object({ topic: z.literal("picture"), labId: z.string() }),
  /** Somebody joined a class, or it was changed. */
  z.object({ topic: z.literal("class"), classId: z.string() }),
  /** Somebody asked for help in a class, or something was said to it. */
  z.object({ topic: z.literal("room"), classId: z.string() }),
  /** What was seen in a class is to be judged again. */
  z.object({ topic: z.literal("regrade"), classId: z.string() }),
  /** The connection was lost for a while: anything may have happened. */
  z.object({ topic: z.literal("look-again") }),
]);

export type Notice = z.infer<typeof notice>;

export interface Notices {
  send(notice: Notice): Promise<void>;
  /** Several in one go. */
  sendAll(notices: readonly Notice[]): Promise<void>;
  /** Resolves once the listener is connected; the function it gives ends the subscription. */
  listen(onNotice: (notice: Notice) => void): Promise<() => void>;
  close(): Promise<void>;
}

const retryMs = { first: 250, most: 5_000 };

export function openNotices(options: { url: string; prisma: PrismaClient; log: (line: string) => void }): Notices {
  const listeners = new Set<(notice: Notice) => void>();
  let client: Client | undefined;
  let connecting: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  const tell = (value: Notice) => {
    for (const listener of listeners) listener(value);
  };

  const connect = async (): Promise<void> => {
    const next = new Client({ connectionString: options.url, application_name: "quorate notices", keepAlive: true });
    next.on("notification", (message) => {
      const parsed = notice.safeParse(parseJson(message.payload ?? ""));
      // A notice of a newer version that this process does not know: it asks for nothing we could do.
      if (parsed.success) tell(parsed.data);
    });
    let lost = false;
    const onLost = () => {
      if (lost || closed) return;
      lost = true;
      if (client === next) {
        client = undefined;
        options.log("the database connection for notices was lost, connecting again");
        reconnect(retryMs.first);
      }
    };
    next.on("error", onLost);
    next.on("end", onLost);
    await next.connect();
    await next.query(`LISTEN ${channel}`);
    client = next;
  };

  const reconnect = (waitMs: number) => {
    retry = setTimeout(() => {
      if (closed) return;
      connect().then(
        () => tell({ topic: "look-again" }),
        () => reconnect(Math.min(waitMs * 2, retryMs.most)),
      );
    }, waitMs);
    retry.unref();
  };

  return {
    send: async (value) => {
      await options.prisma.$executeRaw`SELECT pg_notify(${channel}, ${JSON.stringify(value)})`;
    },
    sendAll: async (values) => {
      if (values.length === 0) return;
      const texts = values.map((value) => JSON.stringify(value));
      await options.prisma.$executeRaw`SELECT pg_notify(${channel}, text) FROM unnest(${texts}::text[]) AS text`;
    },
    listen: async (onNotice) => {
      listeners.add(onNotice);
      connecting ??= connect();
      try {
        await connecting;
      } catch (error) {
        connecting = undefined;
        listeners.delete(onNotice);
        throw error;
      }
      return () => listeners.delete(onNotice);
    },
    close: async () => {
      closed = true;
      clearTimeout(retry);
      listeners.clear();
      await client?.end().catch(() => {});
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
