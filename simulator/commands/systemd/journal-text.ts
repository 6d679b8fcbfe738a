/** Lines of the journal as journalctl and systemctl print them. */
import type { JournalLine } from "../../cluster/journal.ts";
import { journalTimeText } from "../printed.ts";

/** `Nov 23 00:04:26 pve1 systemd[1]: Starting ...`; the kernel has no pid. */
export function journalText(line: Readonly<JournalLine>, node: string): string {
  const source = line.pid > 0 ? `${line.identifier}[${line.pid}]` : line.identifier;
  return `${journalTimeText(line.wallMs)} ${node} ${source}: ${line.text}\n`;
}
