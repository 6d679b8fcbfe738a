/**
 * `npm run bench:class -- [--students 200] [--minutes 4]`: a class at work, with one board open.
 *
 * Every student joins by code, opens a chapter (and so a lab of three simulated nodes), keeps the sockets open and creates
 * a cluster at a moment of their own, spread over the minutes. In the middle the web process is killed, and then the
 * gateway. Measured: from a step's pass, by the database's clock, to the board; processor and memory of every process; bytes
 * a student's page receives. Counted at the end: nothing lost.
 */
import { parseArgs } from "node:util";
import { Client } from "pg";
import { io, type Socket } from "socket.io-client";
import type { ClassBoard, FromBrowser, FromGateway, Reply } from "../../gateway/protocol.ts";
import { PROTOCOL_VERSION } from "../../gateway/protocol.ts";
import { type Figure, median, percentile, reached, round, tableOf } from "../figures.ts";
import { ProductProcess } from "./product-process.ts";
import { CHAPTER, Student } from "./student.ts";

const { values } = parseArgs({ options: { students: { type: "string" }, minutes: { type: "string" } } });
const count = Number(values.students ?? 200);
const minutes = Number(values.minutes ?? 4);
/** Pages opened at once while a class comes in. */
const ARRIVING = 4;
/** After the last command: the slowest lab and the grader's next look. */
const SETTLE_MS = 180_000;
const [courseId = "", chapterId = ""] = CHAPTER.split("/");
const step = `${chapterId}/create`;

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const product = await ProductProcess.start();
const database = new Client({ connectionString: product.databaseUrl });
const students: Student[] = [];
let board: Socket<FromGateway, FromBrowser> | undefined;
try {
  await database.connect();
  const cookie = await signIn();
  const { id: classId, code } = await makeClass(cookie);
  console.log(`${count} students come in, ${ARRIVING} at a time`);
  const arriving = performance.now();
  await eachOf(count, ARRIVING, async (at) => {
    const student = new Student(product.url, `Student ${at + 1}`);
    students.push(student);
    await student.join(code);
    await student.openChapter();
  });
  console.log(`all there after ${round((performance.now() - arriving) / 1000)} s`);

  /** By person: when the board first showed the step as passed. */
  const shownAtMs = new Map<string, number>();
  const told = ({ students: rows }: ClassBoard) => {
    for (const { id, cells } of rows) {
      const passed = cells.some((cell) => cell.step === step && cell.state === "passed");
      if (passed && !shownAtMs.has(id)) shownAtMs.set(id, Date.now());
    }
  };
  board = openBoard(cookie, classId, told);

  const before = product.use();
  const began = performance.now();
  const workMs = minutes * 60_000;
  const killed: Record<string, number> = {};
  const kill = (name: string, afterMs: number) =>
    wait(afterMs).then(() => {
      product.kill(name);
      killed[name] = Date.now();
      console.log(`${name} killed`);
    });
  await Promise.all([
    ...students.map((student, at) => wait(((at + 1) / count) * workMs).then(() => student.work())),
    kill("web", workMs * 0.4),
    kill("gateway", workMs * 0.6),
  ]);
  await until(SETTLE_MS, async () => (await passes(classId)).length === count);
  const tookS = (performance.now() - began) / 1000;
  const after = product.use();
  const stored = await passes(classId);
  await until(10_000, async () => stored.every(({ personId }) => shownAtMs.has(personId)));

  // While the gateway is down nobody can be told; what happened then is shown at its return, and counted apart.
  const away = (atMs: number) => atMs >= (killed.gateway ?? 0) - 1_000 && atMs <= (killed.gateway ?? 0) + 15_000;
  const delays = stored.flatMap(({ personId, atMs }) => {
    const shown = shownAtMs.get(personId);
    return shown === undefined || away(atMs) ? [] : [shown - atMs];
  });
  const perMinute = students.map(({ receivedBytes }) => receivedBytes / (tookS / 60));
  const figures: Figure[] = [
    { name: "steps passed and stored", value: stored.length, unit: `of ${count}`, atLeast: count },
    {
      name: "of them on the board",
      value: stored.filter(({ personId }) => shownAtMs.has(personId)).length,
      unit: "",
      atLeast: count,
    },
    { name: "pass to board, p50", value: median(delays), unit: "ms" },
    { name: "pass to board, p95", value: percentile(delays, 0.95), unit: "ms", atMost: 1_000 },
    { name: "bytes a student's page receives a minute, median", value: median(perMinute), unit: "B" },
    {
      name: "pages that came back by themselves",
      value: students.filter(({ reconnects }) => reconnects > 0).length,
      unit: "",
      atLeast: count,
    },
    ...processFigures(before, after, tookS),
  ];
  console.log(tableOf(figures));
  console.log(JSON.stringify({ students: count, minutes, figures }));
  process.exitCode = figures.some((figure) => reached(figure) === false) ? 1 : 0;
} finally {
  board?.close();
  for (const student of students) student.close();
  await database.end().catch(() => undefined);
  await product.stop();
}

async function signIn(): Promise<string> {
  const response = await fetch(product.administratorLink, { redirect: "manual" });
  return response.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
}

async function makeClass(cookie: string): Promise<{ id: string; code: string }> {
  const response = await fetch(`${product.url}/api/classes`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: product.url, cookie },
    body: JSON.stringify({ name: "Measured", course: courseId, chapters: [chapterId], timeZone: "UTC" }),
  });
  const { id } = (await response.json()) as { id: string };
  const { rows } = await database.query<{ join_code: string }>("SELECT join_code FROM class WHERE id = $1", [id]);
  return { id, code: rows[0]!.join_code };
}

function openBoard(cookie: string, classId: string, told: (board: ClassBoard) => void) {
  const socket: Socket<FromGateway, FromBrowser> = io(product.url, {
    ...{ transports: ["websocket"], auth: { protocol: PROTOCOL_VERSION }, forceNew: true, reconnectionDelayMax: 1_000 },
    extraHeaders: { cookie, origin: product.url },
  });
  socket.on("class:board", told);
  socket.on("connect", () => {
    socket.emit("class:watch", { classId }, (reply: Reply<ClassBoard>) => reply.ok && told(reply));
  });
  return socket;
}

async function passes(classId: string): Promise<{ personId: string; atMs: number }[]> {
  const { rows } = await database.query<{ person_id: string; passed_at: Date }>(
    "SELECT person_id, passed_at FROM step_pass WHERE class_id = $1 AND step_key = $2",
    [classId, `${courseId}/${step}`],
  );
  return rows.map(({ person_id, passed_at }) => ({ personId: person_id, atMs: passed_at.getTime() }));
}

function processFigures(before: ReturnType<ProductProcess["use"]>, after: typeof before, tookS: number): Figure[] {
  const names = [...new Set(after.map(({ name }) => name))].sort();
  const sum = (of: typeof before, name: string, what: "cpuS" | "residentMib") =>
    of.filter((one) => one.name === name).reduce((total, one) => total + one[what], 0);
  return names.flatMap((name) => [
    // A process that was killed counts from its new beginning.
    {
      name: `${name}: processor`,
      value: (Math.max(0, sum(after, name, "cpuS") - sum(before, name, "cpuS")) / tookS) * 100,
      unit: "% of one",
    },
    { name: `${name}: memory`, value: sum(after, name, "residentMib"), unit: "MiB" },
  ]);
}

async function eachOf(total: number, atOnce: number, act: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < total) await act(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

/** Look again every half second. */
async function until(withinMs: number, done: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline && !(await done())) await wait(500);
}
