/** The report that corosync-quorumtool prints and `pvecm status` passes on. @source recordings 03, 30, 32 */
import type { VotequorumStatus } from "../../cluster/corosync/view.ts";
import { ctimeText } from "../printed.ts";

export interface ReportStyle {
  /** Node ids as `0x00000001` instead of `1`. */
  hexIds: boolean;
  /** Addresses instead of names. */
  addresses: boolean;
}

/** `corosync-quorumtool -s`. */
export function statusReport(status: VotequorumStatus, wallMs: number, style: ReportStyle): string {
  const { quorate } = status;
  return `Quorum information
------------------
Date:             ${ctimeText(wallMs)}
Quorum provider:  corosync_votequorum
Nodes:            ${status.members.length}
Node ID:          ${idText(status.nodeId, style)}
Ring ID:          ${status.ringId}
Quorate:          ${quorate ? "Yes" : "No"}

Votequorum information
----------------------
Expected votes:   ${status.expectedVotes}
Highest expected: ${status.highestExpected}
Total votes:      ${status.totalVotes}
Quorum:           ${status.quorum} ${quorate ? " " : "Activity blocked"}
Flags:            ${status.flags.map((flag) => `${flag} `).join("")}
${membershipTable(status, style)}`;
}

/** `corosync-quorumtool -l`, and the last part of `-s`; begins with an empty line. */
export function membershipTable(status: VotequorumStatus, style: ReportStyle): string {
  const { device } = status;
  const line = (id: number, votes: number, state: string, name: string) => {
    const column = device ? ` ${state.padStart(10)}` : "";
    return `${idText(id, style).padStart(10)} ${String(votes).padStart(10)}${column} ${name}\n`;
  };
  const rows = status.members.map((member) => {
    const name = style.addresses ? member.address : member.name;
    const state = device?.states[member.nodeId] ?? "";
    return line(member.nodeId, member.votes, state, `${name}${member.local ? " (local)" : ""}`);
  });
  if (device) {
    const unused = device.cast === 0 ? ` (votes ${device.votes})` : "";
    rows.push(line(0, device.cast, "", `Qdevice${unused}`));
  }
  return `
Membership information
----------------------
    Nodeid      Votes${device ? "    Qdevice" : ""} Name
${rows.join("")}`;
}

function idText(id: number, style: ReportStyle): string {
  return style.hexIds ? `0x${id.toString(16).padStart(8, "0")}` : String(id);
}
