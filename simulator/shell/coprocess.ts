/** `coproc`: a command in the background with pipes to its input and from its output. */
import { runAsProcess } from "./child-shell.ts";
import { type CommandOptions, runCommand } from "./executor.ts";
import { addBackgroundJob } from "./job-control.ts";
import { openPipe } from "./open-file.ts";
import type { Shell } from "./shell.ts";
import type { CoprocNode } from "./syntax-tree.ts";

/** Where bash puts the ends of the first coprocess. */
const [READ_FD, WRITE_FD] = [63, 60];

export async function runCoprocess(
  shell: Shell,
  { name, command }: CoprocNode,
  options: CommandOptions,
): Promise<number> {
  const text = options.text();
  const child = shell.fork({ ...(shell.options.has("monitor") && { group: 0 }), command: text });
  const [input, output] = [openPipe(shell.around.activity), openPipe(shell.around.activity)];
  await addBackgroundJob(shell, [child], text);
  child.descriptors.set(0, input.reader);
  child.descriptors.set(1, output.writer);
  const readFd = freeFrom(shell, READ_FD);
  shell.descriptors.set(readFd, output.reader);
  const writeFd = freeFrom(shell, WRITE_FD);
  shell.descriptors.set(writeFd, input.writer);
  shell.variables.setArray(name, [
    ["0", String(readFd)],
    ["1", String(writeFd)],
  ]);
  shell.variables.set(`${name}_PID`, String(child.process.pid));
  shell.coprocesses.push({ name, process: child.process, fds: [readFd, writeFd] });
  void runAsProcess(child, () => runCommand(child, command, { text: options.text, inPlace: true }));
  return 0;
}

/** Coprocesses that have ended lose their variables and descriptors when the shell notices. */
export function forgetEndedCoprocesses(shell: Shell): void {
  shell.coprocesses = shell.coprocesses.filter(({ name, process, fds }) => {
    if (process.status === undefined) return true;
    for (const fd of fds) shell.descriptors.close(fd);
    shell.variables.unset(name);
    shell.variables.unset(`${name}_PID`);
    return false;
  });
}

function freeFrom(shell: Shell, highest: number): number {
  let fd = highest;
  while (fd > 10 && shell.descriptors.get(fd)) fd--;
  return fd;
}
