/** Writing files. */
import { pathIn } from "../../coreutils/arguments.ts";
import { saveText } from "../full-screen.ts";
import { counted } from "./counted.ts";
import { dropLock, takeLock } from "./lock-file.ts";
import { WRITE_OUT } from "./menus.ts";
import { ask, askWhether } from "./questions.ts";
import { type NanoState, tell } from "./state.ts";

/**
 * `^O`: under which name; another one than it was read from is asked about.
 *
 * @param then what to do next, told whether it is written; not when it is cancelled
 */
export function askName(nano: NanoState, then: (written: boolean) => unknown, typed = nano.file.name): void {
  const { file } = nano;
  ask(
    nano,
    () => `File Name to Write${file.isDos ? " [DOS Format]" : ""}: `,
    async (name) => {
      if (name === "") return tell(nano, "Cancelled");
      const write = async () => then(await writeNamed(nano, name));
      const again = () => askName(nano, then, name);
      const isOther = name !== file.origin;
      const isThere = isOther && (await exists(nano, name));
      const overwrite = () =>
        isThere ? askWhether(nano, `File "${name}" exists; OVERWRITE? `, write, again) : write();
      if (isOther && file.origin !== "") return askWhether(nano, "Save file under DIFFERENT NAME? ", overwrite, again);
      return overwrite();
    },
    {
      typed,
      menu: WRITE_OUT,
      keys: {
        "M-d": () => {
          file.isDos = !file.isDos;
        },
      },
    },
  );
}

/** `^S`: under the name that the file has; one without is asked for its name. */
export function save(nano: NanoState): unknown {
  const { name } = nano.file;
  return name === "" ? askName(nano, () => undefined) : writeNamed(nano, name);
}

/** @returns whether it is written; a message tells either */
async function writeNamed(nano: NanoState, name: string): Promise<boolean> {
  const { ctx, file } = nano;
  const path = pathIn(ctx, name);
  if (nano.backsUp) await backUp(nano, path);
  const refused = await saveText(ctx, path, file.text());
  if (refused) {
    tell(nano, `Error writing ${name}: ${refused}`, "grave");
    return false;
  }
  if (file.name !== name) {
    await dropLock(nano, file);
    file.name = name;
    file.origin = name;
    await takeLock(nano, file);
  }
  file.origin = name;
  file.markSaved();
  tell(nano, `Wrote ${counted(file.lineCount, "line")}`);
  return true;
}

/** What the file holds is kept under its name and `~`. */
async function backUp({ ctx }: NanoState, path: string): Promise<void> {
  const before = await ctx.files.readFile(path).catch(() => undefined);
  if (before) await ctx.files.writeFile(`${path}~`, before).catch(() => undefined);
}

async function exists({ ctx }: NanoState, name: string): Promise<boolean> {
  return ctx.files.stat(pathIn(ctx, name)).then(
    () => true,
    () => false,
  );
}
