/** Inventories of real nodes: sealed, with the seats that labs take. Nothing here can open a node. */
import type { Prisma, PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";

export interface InventorySummary {
  seats: { name: string; nodes: { name: string; host: string }[] }[];
}

/**
 * What was trusted on first use, by `seat/node`; and the host key that an instructor accepted after it had changed, which
 * counts before the one that the inventory names.
 */
export type LearntKeys = Record<
  string,
  { hostKeySha256?: string; acceptedHostKeySha256?: string; certSha256?: string }
>;

export interface InventoryRow {
  id: string;
  name: string;
  sealed: string;
  summary: InventorySummary;
  learnt: LearntKeys;
  inUse: boolean;
  classId: string | null;
  updatedAt: Date;
  seats: { name: string; nodes: string[]; labId: string | null }[];
}

export interface InventoryQueries {
  /** Replace the inventory of this name; seats of the same name keep their labs, what was learnt stays. */
  save(inventory: { name: string; sealed: string; summary: InventorySummary }): Promise<InventoryRow>;
  all(): Promise<InventoryRow[]>;
  find(name: string): Promise<InventoryRow | undefined>;
  /** The inventory and seat that a lab stands on. */
  ofLab(labId: string): Promise<{ inventory: InventoryRow; seat: string } | undefined>;
  /** The inventory that is in use for the class of this lab. */
  serving(labId: string): Promise<string | undefined>;
  /** New labs of this class (`null`: of learners outside any) stand on it from now on, or no longer. */
  use(name: string, use: { classId: string | null } | undefined): Promise<void>;
  /** Remember what an instructor trusted; a key that is there already is replaced. */
  learn(name: string, learnt: LearntKeys): Promise<void>;
  /** Give the lab a seat, the one it has or the first free one. @returns undefined when all are taken */
  claim(labId: string, inventoryName: string): Promise<string | undefined>;
  /**
   * Give a seat to a lab, or free it with `null`. A lab that has another seat of the inventory leaves that to whoever had
   * this one.
   *
   * @returns ids of the labs whose nodes are others now
   */
  give(name: string, seat: string, labId: string | null): Promise<string[]>;
  remove(name: string): Promise<void>;
}

const withSeats = { seats: { orderBy: { position: "asc" as const } } };
type Row = Prisma.InventoryGetPayload<{ include: typeof withSeats }>;

const asInventory = ({ summary, learnt, ...row }: Row): InventoryRow => ({
  ...row,
  summary: summary as unknown as InventorySummary,
  learnt: learnt as unknown as LearntKeys,
  seats: row.seats.map(({ name, nodes, labId }) => ({ name, nodes, labId })),
});

/** The inventory that new labs of the class take their nodes from. */
export async function inventoryServing(
  prisma: Pick<PrismaClient, "inventory">,
  classId: string | null,
): Promise<string | undefined> {
  const found = await prisma.inventory.findFirst({ where: { inUse: true, classId }, orderBy: { updatedAt: "desc" } });
  return found?.name;
}

export function inventoryQueries(prisma: PrismaClient): InventoryQueries {
  const find = (where: Prisma.InventoryWhereUniqueInput) => prisma.inventory.findUnique({ where, include: withSeats });
  return {
    save: async ({ name, sealed, summary }) =>
      prisma.$transaction(async (tx) => {
        const data = { sealed, summary: summary as unknown as Prisma.InputJsonValue, updatedAt: new Date() };
        const { id } = await tx.inventory.upsert({
          where: { name },
          create: { id: newId(), name, ...data },
          update: data,
        });
        const names = summary.seats.map((seat) => seat.name);
        await tx.inventorySeat.deleteMany({ where: { inventoryId: id, name: { notIn: names } } });
        for (const [position, seat] of summary.seats.entries()) {
          const nodes = seat.nodes.map((node) => node.name);
          await tx.inventorySeat.upsert({
            where: { inventoryId_name: { inventoryId: id, name: seat.name } },
            create: { inventoryId: id, name: seat.name, position, nodes },
            update: { position, nodes },
          });
        }
        return asInventory(await tx.inventory.findUniqueOrThrow({ where: { id }, include: withSeats }));
      }),
    all: async () =>
      (await prisma.inventory.findMany({ orderBy: { name: "asc" }, include: withSeats })).map(asInventory),
    find: async (name) => {
      const row = await find({ name });
      return row ? asInventory(row) : undefined;
    },
    ofLab: async (labId) => {
      const seat = await prisma.inventorySeat.findUnique({
        where: { labId },
        include: { inventory: { include: withSeats } },
      });
      return seat ? { inventory: asInventory(seat.inventory), seat: seat.name } : undefined;
    },
    serving: async (labId) => {
      const lab = await prisma.lab.findUnique({ where: { id: labId }, select: { classId: true } });
      return lab ? inventoryServing(prisma, lab.classId) : undefined;
    },
    use: async (name, use) => {
      const data = use ? { inUse: true, classId: use.classId } : { inUse: false, classId: null };
      await prisma.inventory.update({ where: { name }, data });
    },
    learn: async (name, learnt) => {
      // Merged in the database: two doctors at once must not forget each other's keys.
      await prisma.$executeRaw`UPDATE inventory SET learnt = learnt || ${JSON.stringify(learnt)}::jsonb WHERE name = ${name}`;
    },
    claim: async (labId, inventoryName) =>
      prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`inventory ${inventoryName}`}, 0))`;
        const inventory = await tx.inventory.findUnique({ where: { name: inventoryName }, include: withSeats });
        if (!inventory) return undefined;
        const own = inventory.seats.find((seat) => seat.labId === labId);
        if (own) return own.name;
        const lab = await tx.lab.findUnique({ where: { id: labId }, include: { seats: true, group: true } });
        const called = [lab?.group?.name, ...(lab?.seats ?? []).map(({ name }) => name)];
        const free = inventory.seats.filter((seat) => seat.labId === null);
        const seat = free.find(({ name }) => called.includes(name)) ?? free[0];
        if (!seat) return undefined;
        await tx.inventorySeat.update({
          where: { inventoryId_name: { inventoryId: inventory.id, name: seat.name } },
          data: { labId },
        });
        return seat.name;
      }),
    give: async (name, seatName, labId) =>
      prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`inventory ${name}`}, 0))`;
        const inventory = await tx.inventory.findUnique({ where: { name }, include: withSeats });
        const seat = inventory?.seats.find((one) => one.name === seatName);
        if (!inventory || !seat || seat.labId === labId) return [];
        const put = (called: string, lab: string | null) =>
          tx.inventorySeat.update({
            where: { inventoryId_name: { inventoryId: inventory.id, name: called } },
            data: { labId: lab },
          });
        const other = labId === null ? undefined : inventory.seats.find((one) => one.labId === labId);
        // No lab may have two seats, not even for a moment.
        await put(seat.name, null);
        if (other) await put(other.name, seat.labId);
        await put(seat.name, labId);
        return [labId, seat.labId].filter((one) => one !== null);
      }),
    remove: async (name) => {
      await prisma.inventory.deleteMany({ where: { name } });
    },
  };
}
