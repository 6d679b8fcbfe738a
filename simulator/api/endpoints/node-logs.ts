/** `/nodes/{node}/syslog` and `/journal`: a node's journal as lines. @source recording json/nodes_pve1_syslog.json */
import { upTo } from "../../cluster/forms.ts";
import type { JournalLine } from "../../cluster/journal.ts";
import { ApiRefusal, ordered, success, totalOf, wrongParameters } from "../answer.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { formed, integer, pattern } from "../parameters.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const syslog = { kind: "privilege", path: "/nodes/{node}", privilege: "Sys.Syslog" } as const;
/** What the API shows at most unless asked for more. */
const LINES_DEFAULT = 50;
const COUNT_MAX = 2 ** 31;
const day = pattern(/^\d{4}-\d{2}-\d{2}( \d{2}:\d{2}(:\d{2})?)?$/);

export const nodeLogEndpoints: Endpoint[] = [
  {
    method: "GET",
    path: "/nodes/{node}/syslog",
    permission: syslog,
    proxied: true,
    protected: true,
    parameters: {
      start: { optional: true, check: integer(0, COUNT_MAX) },
      limit: { optional: true, check: integer(0, COUNT_MAX) },
      since: { optional: true, check: day },
      until: { optional: true, check: day },
      service: formed(upTo(128)),
    },
    answer: readSyslog,
  },
  {
    method: "GET",
    path: "/nodes/{node}/journal",
    permission: syslog,
    proxied: true,
    protected: true,
    parameters: {
      since: { optional: true, check: integer(0, 2 ** 40) },
      until: { optional: true, check: integer(0, 2 ** 40) },
      lastentries: { optional: true, check: integer(0, COUNT_MAX) },
      startcursor: { optional: true },
      endcursor: { optional: true },
    },
    answer: readJournal,
  },
];

function readSyslog({ lab, node, params }: EndpointContext) {
  const { since, until, service } = params;
  const from = since === undefined ? Number.NEGATIVE_INFINITY : instant(since);
  const to = until === undefined ? Number.POSITIVE_INFINITY : instant(until);
  return lab.read((state) => {
    const lines = state.nodes[node]!.journal.filter(
      (line) =>
        line.wallMs >= from &&
        line.wallMs <= to &&
        (service === undefined || line.unit === `${service.replace(/\.service$/, "")}.service`),
    );
    const start = Number(params.start ?? 0);
    const limit = Number(params.limit ?? LINES_DEFAULT);
    const shown = limit === 0 ? lines.slice(start) : lines.slice(start, start + limit);
    const numbered = shown.map((line, index) => ({ n: start + index + 1, t: textOf(line, node) }));
    return success(ordered(numbered), totalOf(lines.length));
  });
}

/** The first and the last entry are cursors. */
function readJournal({ lab, node, params }: EndpointContext) {
  if (params.startcursor !== undefined || params.endcursor !== undefined) {
    const key = params.startcursor === undefined ? "endcursor" : "startcursor";
    throw new ApiRefusal(wrongParameters({ [key]: "cursors are not modelled in this simulated node" }));
  }
  const from = Number(params.since ?? 0) * 1000;
  const to = params.until === undefined ? Number.POSITIVE_INFINITY : Number(params.until) * 1000;
  return lab.read((state) => {
    const { journal } = state.nodes[node]!;
    const fits = journal.filter((line) => line.wallMs >= from && line.wallMs <= to);
    const lines = params.lastentries === undefined ? fits : fits.slice(-Number(params.lastentries) || fits.length);
    const cursor = (line: JournalLine | undefined) => `t=${((line?.wallMs ?? 0) * 1000).toString(16)}`;
    return success(ordered([cursor(lines[0]), ...lines.map((line) => textOf(line, node)), cursor(lines.at(-1))]));
  });
}

function instant(text: string): number {
  return Date.parse(`${text.replace(" ", "T")}${text.includes(" ") ? "" : "T00:00:00"}Z`);
}

/** `Nov 23 00:04:25 pve1 systemd[1]: Starting ...`. */
function textOf(line: Readonly<JournalLine>, node: string): string {
  const date = new Date(line.wallMs);
  const two = (value: number) => String(value).padStart(2, "0");
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
  const source = line.pid > 0 ? `${line.identifier}[${line.pid}]` : line.identifier;
  return `${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate())} ${time} ${node} ${source}: ${line.text}`;
}
