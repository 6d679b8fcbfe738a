/** Reads the recorded exchanges in `simulator/recordings/pve/http`. */
import { readFileSync } from "node:fs";

export interface RecordedExchange {
  method: string;
  /** Node that was asked. */
  node: string;
  /** Under `/api2/json`, without the query. */
  path: string;
  query: string;
  /** What the client sent to prove who asks, as recorded. */
  authorization?: string;
  cookie?: string;
  hasCsrfToken: boolean;
  form: Record<string, string>;
  status: number;
  reason: string;
  headers: { name: string; value: string }[];
  body: string;
  tookSeconds: number;
}

const FOLDER = new URL("../../recordings/pve/http/", import.meta.url);

/** Exchanges of one file, in their order; what is no HTTP in it is passed over. */
export function readExchanges(file: string): RecordedExchange[] {
  const exchanges: RecordedExchange[] = [];
  const lines = readFileSync(new URL(file, FOLDER), "utf8").replaceAll("\r", "").split("\n");
  for (let i = 0; i < lines.length; i++) {
    const command = /^\$ curl -sk -i -X (\w+) https:\/\/([^:/]+):8006\/api2\/json(\/[^ ?]*)(?:\?(\S*))?(.*)/.exec(
      lines[i]!,
    );
    const status = /^HTTP\/1\.1 (\d+) ?(.*)$/.exec(lines[i + 1] ?? "");
    if (!command || !status) continue;
    let at = i + 2;
    const headers: { name: string; value: string }[] = [];
    for (; lines[at] !== "" && at < lines.length; at++) {
      const colon = lines[at]!.indexOf(":");
      headers.push({ name: lines[at]!.slice(0, colon), value: lines[at]!.slice(colon + 1).trim() });
    }
    const body: string[] = [];
    for (at++; at < lines.length && !lines[at]!.startsWith("[curl exit"); at++) body.push(lines[at]!);
    exchanges.push({
      method: command[1]!,
      node: command[2]!,
      path: command[3]!.replaceAll("\\", ""),
      query: command[4] ?? "",
      ...sentWith(command[5]!),
      status: Number(status[1]),
      reason: status[2]!,
      headers,
      body: body.join("\n").trim(),
      tookSeconds: Number(/time ([\d.]+)s/.exec(lines[at] ?? "")?.[1] ?? 0),
    });
    i = at;
  }
  return exchanges;
}

/** Headers and fields of a curl command line as the recorder quoted it. */
function sentWith(words: string): Pick<RecordedExchange, "authorization" | "cookie" | "hasCsrfToken" | "form"> {
  const header = (name: string) => new RegExp(`-H ${name}:\\\\ (\\S+)`).exec(words)?.[1]?.replaceAll("\\", "");
  const [authorization, cookie] = [header("Authorization"), header("Cookie")];
  const fields = [...words.matchAll(/(?:-d|--data-urlencode) ([\w-]+)=(\S*)/g)];
  return {
    ...(authorization !== undefined && { authorization }),
    ...(cookie !== undefined && { cookie }),
    hasCsrfToken: words.includes("CSRFPreventionToken"),
    form: Object.fromEntries(fields.map(([, name, value]) => [name!, value!.replaceAll("\\", "")])),
  };
}

/** Every recorded file's exchanges. */
export const RECORDED_FILES = [
  "08-standalone-http-pve4.txt",
  "11-http-auth.txt",
  "12-http-get-root.txt",
  "13-http-get-PVEAuditor.txt",
  "14-http-get-noperm.txt",
  "15-http-write-denied.txt",
  "27-http-migrate-task.txt",
  "27b-http-migrate-clean.txt",
  "34-http-while-pve3-cut.txt",
  "35-http-on-minority-pve3.txt",
  "38-corosync-only-partition-http.txt",
  "40-node-crash-pve3-http.txt",
  "41-node-offline-5min.txt",
  "45-join-nonquorate-cluster.txt",
  "46-join-bad-params.txt",
  "55-services-down.txt",
  "56-corosync-conf-edit-http.txt",
  "58-http-595-blackhole.txt",
  "61-migrate-preconditions.txt",
  "g41-qdevice-status.txt",
];
