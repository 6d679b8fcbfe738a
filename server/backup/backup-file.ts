/**
 * The format of a backup: gzip'ed lines of JSON, so that it needs no tool that a laptop may lack.
 *
 * First a header, then rows table by table (parents before children), then files in pieces, last a line with the counts,
 * without which the file is incomplete.
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { z } from "zod";
import { StartRefused, systemCode } from "../start-refused.ts";

export const header = z.object({
  kind: z.literal("quorate-backup"),
  version: z.literal(1),
  madeAt: z.iso.datetime(),
  /** Names of the migrations that gave the tables their shape. */
  migrations: z.array(z.string().regex(/^[A-Za-z0-9_]+$/)),
});
const rows = z.object({ kind: z.literal("rows"), table: z.string(), rows: z.array(z.record(z.string(), z.unknown())) });
const filePiece = z.object({
  kind: z.literal("file"),
  /** Below the data folder, with `/`. */
  path: z
    .string()
    .regex(/^(labs|recordings|secrets)\/[^\\]+$/)
    .refine((path) => !path.split("/").includes("..")),
  mode: z.int(),
  base64: z.string(),
});
const end = z.object({ kind: z.literal("end"), rows: z.int(), files: z.int() });

const line = z.discriminatedUnion("kind", [header, rows, filePiece, end]);
export type BackupLine = z.infer<typeof line>;
export type BackupHeader = z.infer<typeof header>;

/** Lines of a backup in order. @throws StartRefused when it is no backup, of another version, or incomplete */
export async function* readBackup(file: string): AsyncGenerator<BackupLine> {
  let count = 0;
  let complete = false;
  const stream = createReadStream(file);
  const gunzip = createGunzip();
  stream.on("error", (error) => gunzip.destroy(error));
  try {
    for await (const text of createInterface({ input: stream.pipe(gunzip), crlfDelay: Number.POSITIVE_INFINITY })) {
      const parsed = line.safeParse(JSON.parse(text));
      if (!parsed.success || (count === 0) !== (parsed.data.kind === "quorate-backup")) {
        throw new StartRefused(`${file} is not a backup that this version of Quorate reads (line ${count + 1}).`);
      }
      count += 1;
      complete = parsed.data.kind === "end";
      yield parsed.data;
    }
  } catch (error) {
    if (error instanceof StartRefused) throw error;
    const code = systemCode(error);
    if (code === "ENOENT") throw new StartRefused(`There is no file ${file}.`, { cause: error });
    if (code === "EACCES") throw new StartRefused(`${file} cannot be read by this user.`, { cause: error });
    if (code?.startsWith("Z_") || error instanceof SyntaxError) {
      throw new StartRefused(`${file} is damaged or not a backup of Quorate.`, { cause: error });
    }
    throw error;
  } finally {
    stream.destroy();
  }
  if (!complete) throw new StartRefused(`${file} is incomplete: its last line is missing.`);
}
