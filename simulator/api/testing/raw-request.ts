/** One request as curl would send it: no retries, no trust, everything that came back. For tests on loopback alone. */
import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:https";

export interface RawAnswer {
  status: number;
  reason: string;
  headers: IncomingHttpHeaders;
  /** Header names and values in the order in which they came. */
  rawHeaders: string[];
  body: string;
  /** SHA-256 of the certificate that was shown. */
  fingerprint: string;
}

/** @param path behind `/api2/json` */
export function rawRequest(
  url: string,
  method: string,
  path: string,
  options: {
    headers?: Record<string, string>;
    form?: Record<string, string>;
    content?: string;
    signal?: AbortSignal;
  } = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const body = options.content ?? (options.form && new URLSearchParams(options.form).toString());
    const outgoing = request(
      `${url}/api2/json${path}`,
      {
        method,
        agent: false,
        rejectUnauthorized: false,
        headers: {
          ...options.headers,
          ...(options.form && { "content-type": "application/x-www-form-urlencoded" }),
          ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }),
        },
        ...(options.signal && { signal: options.signal }),
      },
      (incoming) => {
        const { fingerprint256 } = (incoming.socket as import("node:tls").TLSSocket).getPeerCertificate();
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () =>
          resolve({
            status: incoming.statusCode ?? 0,
            reason: incoming.statusMessage ?? "",
            headers: incoming.headers,
            rawHeaders: incoming.rawHeaders,
            body: Buffer.concat(chunks).toString("utf8"),
            fingerprint: fingerprint256,
          }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Log in as root@pam. @returns headers for reads and for writes */
export async function logIn(
  url: string,
  password: string,
): Promise<{ read: Record<string, string>; write: Record<string, string> }> {
  const answer = await rawRequest(url, "POST", "/access/ticket", { form: { username: "root@pam", password } });
  const { data } = JSON.parse(answer.body) as { data: { ticket: string; CSRFPreventionToken: string } };
  const read = { cookie: `PVEAuthCookie=${data.ticket}` };
  return { read, write: { ...read, csrfpreventiontoken: data.CSRFPreventionToken } };
}
