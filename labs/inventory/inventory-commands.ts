/** Commands of the instructor's side, for what a real node cannot do to itself: power, cables, reset, stage. */
import { spawn } from "node:child_process";
import { LabUnavailable } from "../labs.ts";
import type { InventoryCommand } from "./inventory-file.ts";

/** The end of what it printed, for whoever asked for it. */
const OUTPUT_CHARS_MAX = 4_000;
/** No program prints it: of Unicode's private use. */
const HIDDEN = "\uE000";

/**
 * Run one, with the values of the node in its place: `{node}`, `{host}`, `{seat}`, `{state}`, `{other}`, `{stage}`.
 *
 * Values come from the inventory and from closed lists; each is checked to be harmless in a shell, all the same.
 *
 * @param secrets taken out of what it printed
 * @returns what it printed @throws LabUnavailable when it fails or takes too long, with the end of its output
 */
export async function runInventoryCommand(
  what: string,
  { run, timeoutSeconds }: InventoryCommand,
  values: Readonly<Record<string, string>>,
  secrets: readonly string[] = [],
): Promise<string> {
  for (const [name, value] of Object.entries(values)) {
    if (!/^[A-Za-z0-9 ._:-]*$/.test(value))
      throw new LabUnavailable(`${what}: ${name} has unusual characters: ${value}`);
  }
  const line = run.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  const child = spawn(line, {
    shell: true,
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
    detached: process.platform !== "win32",
  });
  // A secret that the cut goes through is hidden before the cut; one that holds another goes first.
  const hidden = secrets.filter((secret) => secret !== "").sort((a, b) => b.length - a.length);
  const kept = OUTPUT_CHARS_MAX + (hidden[0]?.length ?? 0);
  let output = "";
  const add = (chunk: Buffer) => {
    output = (output + chunk.toString("utf8")).slice(-kept);
  };
  child.stdout.on("data", add);
  child.stderr.on("data", add);
  const ended = await new Promise<{ code: number | null } | { error: Error } | "late">((resolve) => {
    const timer = setTimeout(() => {
      endTree(child.pid, () => child.kill("SIGKILL"));
      resolve("late");
    }, timeoutSeconds * 1000);
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ error });
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code });
    });
  });
  // As long as they were, so that the cut takes the half one with it.
  for (const secret of hidden) output = output.replaceAll(secret, HIDDEN.repeat(secret.length));
  output = output.slice(-OUTPUT_CHARS_MAX).replaceAll(new RegExp(`${HIDDEN}+`, "g"), "(hidden)");
  const tail = output.trim() === "" ? "It printed nothing." : `It printed:\n${output.trim()}`;
  if (ended === "late") throw new LabUnavailable(`${what} was not done within ${timeoutSeconds} s. ${tail}`);
  if ("error" in ended) throw new LabUnavailable(`${what} could not be started: ${ended.error.message}`);
  if (ended.code !== 0) throw new LabUnavailable(`${what} failed with status ${ended.code}. ${tail}`);
  return output.trim();
}

/** A shell's children do not end with it. */
function endTree(pid: number | undefined, otherwise: () => void): void {
  try {
    if (pid === undefined || process.platform === "win32") otherwise();
    else process.kill(-pid, "SIGKILL");
  } catch {
    otherwise();
  }
}
