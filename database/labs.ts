/** Labs: whose they are and which nodes they have. Addresses are not here; `labs/` gives them at each connection. */
import type { LabBackend } from "../labs/labs.ts";
import type { PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";
import { inventoryServing } from "./inventories.ts";

export interface Lab {
  id: string;
  courseId: string;
  backend: LabBackend;
  /** Names, in the order they are shown. */
  nodes: string[];
  seed: string;
  /** The learner's own values, such as `clusterName`. */
  variables: Record<string, string>;
  personId: string | null;
  groupId: string | null;
  classId: string | null;
  createdAt: Date;
}

export interface LabQueries {
  find(labId: string): Promise<Lab | undefined>;
  /**
   * The person's own lab for a course, in a class or outside any, made when there is none. Two calls at once give the
   * same lab; a class that has a seat for the person gets the lab written to it.
   * `created` says whether the caller is to make its nodes (`Labs.create` may be called again for the same id).
   */
  findOrCreate(options: {
    personId: string;
    courseId: string;
    nodes: string[];
    variables?: Record<string, string>;
    backend?: LabBackend;
    classId?: string | undefined;
    /** The lab is shared: the group's instead of the person's. */
    groupId?: string | undefined;
  }): Promise<{ lab: Lab; created: boolean }>;
  /** The person's newest lab for a course, their group's where they are in one, in a class or outside any, if there is one. */
  ofPerson(personId: string, courseId: string, classId?: string): Promise<Lab | undefined>;
  /** Whether the person owns the lab or is a member of the group that does. */
  belongsTo(labId: string, personId: string): Promise<boolean>;
  /** Whether the person teaches the class that the lab belongs to; false for a lab outside any class. */
  taughtBy(labId: string, personId: string): Promise<boolean>;
  setVariables(labId: string, variables: Record<string, string>): Promise<void>;
  /** Forget the lab; attempts and passes stay. */
  remove(labId: string): Promise<void>;
}

type Row = Omit<Lab, "variables"> & { variables: unknown };
const asLab = (row: Row): Lab => ({ ...row, variables: row.variables as Record<string, string> });

export function labQueries(prisma: PrismaClient): LabQueries {
  return {
    find: async (labId) => {
      const row = await prisma.lab.findUnique({ where: { id: labId } });
      return row ? asLab(row) : undefined;
    },
    findOrCreate: ({ personId, courseId, nodes, variables, backend, classId, groupId }) =>
      prisma.$transaction(async (tx) => {
        const own = `lab ${groupId ?? personId} ${courseId}`;
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${own}, 0))`;
        // A class, or the learner outside any, that was given real nodes gets labs on those; the simulated lab stays.
        const kind = backend ?? ((await inventoryServing(tx, classId ?? null)) ? "inventory" : "simulated");
        const found = await tx.lab.findFirst({
          where: { ...(groupId ? { groupId } : { personId, classId: classId ?? null }), courseId, backend: kind },
          orderBy: { createdAt: "desc" },
        });
        if (found) return { lab: asLab(found), created: false };
        const id = newId();
        const row = await tx.lab.create({
          data: {
            id,
            courseId,
            backend: kind,
            nodes,
            seed: id,
            variables: variables ?? {},
            personId: groupId ? null : personId,
            groupId: groupId ?? null,
            classId: classId ?? null,
          },
        });
        if (groupId) await tx.seat.updateMany({ where: { groupId }, data: { labId: id } });
        else if (classId) {
          await tx.seat.updateMany({ where: { classId, enrolment: { personId } }, data: { labId: id } });
        }
        return { lab: asLab(row), created: true };
      }),
    ofPerson: async (personId, courseId, classId) => {
      const backend = (await inventoryServing(prisma, classId ?? null)) ? "inventory" : "simulated";
      const group = classId
        ? await prisma.group.findFirst({ where: { classId, members: { some: { personId } } }, select: { id: true } })
        : null;
      const row = await prisma.lab.findFirst({
        where: { ...(group ? { groupId: group.id } : { personId, classId: classId ?? null }), courseId, backend },
        orderBy: { createdAt: "desc" },
      });
      return row ? asLab(row) : undefined;
    },
    belongsTo: async (labId, personId) =>
      (await prisma.lab.count({
        where: { id: labId, OR: [{ personId }, { group: { members: { some: { personId } } } }] },
      })) > 0,
    taughtBy: async (labId, personId) => {
      const teaches = { some: { personId, leftAt: null, role: { in: ["instructor", "co-instructor"] } } };
      const found = await prisma.lab.findFirst({
        where: { id: labId, class: { archivedAt: null, enrolments: teaches } },
        select: { id: true },
      });
      return found !== null;
    },
    setVariables: async (labId, variables) => {
      await prisma.lab.update({ where: { id: labId }, data: { variables } });
    },
    remove: async (labId) => {
      await prisma.lab.deleteMany({ where: { id: labId } });
    },
  };
}
