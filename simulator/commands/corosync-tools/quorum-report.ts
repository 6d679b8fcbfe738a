/** The report that corosync-quorumtool prints and `pvecm status` passes on. @source recordings 03, 30, 32 */
import type { VotequorumStatus } from "../../cluster/corosync/view.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { wallMs } from "../coreutils/node-facts.ts";
import { ctimeText } from "../printed.ts";

export interface ReportStyle {
  /** Node ids as `0x00000001` instead of `1`. */
  hexIds: boolean;
  /** Addresses instead of names. */
  addresses: boolean;
  /** Every address, behind the name where that is shown. */
  allAddresses?: boolean;
  /** The quorum device's column, also where no node has one. */
  deviceColumn?: boolean;
  /** Of the nodes; as corosync has them, by address, unless said. */
  order?: "address" | "id" | "name";
}

/** `corosync-quorumtool -s`. */
export function statusReport(ctx: ProgramContext, status: VotequorumStatus, style: ReportStyle): string {
  const { quorate } = status;
  return `Quorum information
------------------
Date:             ${ctimeText(wallMs(ctx), zoneOfProgram(ctx))}
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
  const withColumn = device !== undefined || style.deviceColumn === true;
  const line = (id: number, votes: number, state: string, name: string) => {
    const column = withColumn ? ` ${state.padStart(10)}` : "";
    return `${idText(id, style).padStart(10)} ${String(votes).padStart(10)}${column} ${name}\n`;
  };
  const rows = inOrder(status.members, style).map((member) => {
    const state = device?.states[member.nodeId] ?? "NR";
    return line(member.nodeId, member.votes, state, `${nameOf(member, style)}${member.local ? " (local)" : ""}`);
  });
  if (device) {
    const unused = device.cast === 0 ? ` (votes ${device.votes})` : "";
    rows.push(line(0, device.cast, "", `Qdevice${unused}`));
  }
  return `
Membership information
----------------------
    Nodeid      Votes${withColumn ? "    Qdevice" : ""} Name
${rows.join("")}`;
}

type Member = VotequorumStatus["members"][number];

function inOrder(members: readonly Member[], { order }: ReportStyle): readonly Member[] {
  if (order === "id") return members.toSorted((a, b) => a.nodeId - b.nodeId);
  if (order === "name") return members.toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  return members;
}

/** Names of further addresses are asked for and, without DNS, not found: nothing stands behind the comma. */
function nameOf({ name, address, addresses }: Member, style: ReportStyle): string {
  if (!style.allAddresses) return style.addresses ? address : name;
  if (style.addresses) return addresses.join(", ");
  return name + ", ".repeat(Math.max(0, addresses.length - 1));
}

function idText(id: number, style: ReportStyle): string {
  return style.hexIds ? `0x${id.toString(16).padStart(8, "0")}` : String(id);
}
