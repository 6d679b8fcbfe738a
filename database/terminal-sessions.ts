/** Terminals: whose, on which node, and which gateway holds the shell. */
import type { PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";

export interface TerminalSession {
  id: string;
  labId: string;
  node: string;
  personId: string;
  gateway: string;
  createdAt: Date;
  lastSeenAt: Date;
  endedAt: Date | null;
  endReason: string | null;
}

export interface TerminalSessionQueries {
  create(session: {
    id?: string;
    labId: string;
    node: string;
    personId: string;
    gateway: string;
  }): Promise<TerminalSession>;
  find(id: string): Promise<TerminalSession | undefined>;
  /** Terminals of a lab that have not ended, oldest first. */
  open(labId: string, personId: string): Promise<TerminalSession[]>;
  /** Nodes of a lab whose newest terminal of the person ended for this reason. */
  nodesEndedBy(labId: string, personId: string, reason: string): Promise<string[]>;
  /** The browser was there, or left, just now. */
  seen(id: string): Promise<void>;
  end(id: string, reason: string): Promise<void>;
  /** A gateway starts anew: the shells of its earlier run are gone. @returns how many */
  endAllOf(gateway: string, reason: string): Promise<number>;
}

export function terminalSessionQueries(prisma: PrismaClient): TerminalSessionQueries {
  return {
    create: ({ id, ...session }) => prisma.terminalSession.create({ data: { id: id ?? newId(), ...session } }),
    find: async (id) => (await prisma.terminalSession.findUnique({ where: { id } })) ?? undefined,
    open: (labId, personId) =>
      prisma.terminalSession.findMany({ where: { labId, personId, endedAt: null }, orderBy: { createdAt: "asc" } }),
    nodesEndedBy: async (labId, personId, reason) => {
      const newest = await prisma.terminalSession.findMany({
        where: { labId, personId },
        orderBy: [{ node: "asc" }, { createdAt: "desc" }],
        distinct: ["node"],
        select: { node: true, endReason: true },
      });
      return newest.filter(({ endReason }) => endReason === reason).map(({ node }) => node);
    },
    seen: async (id) => {
      await prisma.terminalSession.updateMany({ where: { id }, data: { lastSeenAt: new Date() } });
    },
    end: async (id, reason) => {
      await prisma.terminalSession.updateMany({
        where: { id, endedAt: null },
        data: { endedAt: new Date(), endReason: reason },
      });
    },
    endAllOf: async (gateway, reason) => {
      const { count } = await prisma.terminalSession.updateMany({
        where: { gateway, endedAt: null },
        data: { endedAt: new Date(), endReason: reason },
      });
      return count;
    },
  };
}
