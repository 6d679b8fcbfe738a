import type { Values } from "../_words/catalogue.ts";

export type Why =
  | { kind: "no-server" }
  | { kind: "status"; status: number }
  /** `id` names a sentence; English stands in the error's message. */
  | { kind: "said"; id: string; values: Values };

/** The server did not do it. The message is a sentence in English; `why` is what it is put into other words from. */
export class Refused extends Error {
  readonly why: Why;

  constructor(message: string, why: Why) {
    super(message);
    this.name = "Refused";
    this.why = why;
  }
}

/** Ask the server for something and wait for it. @throws Refused */
export async function sendJson<T>(method: "POST" | "PATCH" | "DELETE", path: string, body: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Refused("The server cannot be reached. Nothing was changed; try it again.", { kind: "no-server" });
  }
  const answer = (await response.json().catch(() => ({}))) as T & { message?: string; id?: string; values?: Values };
  if (response.ok) return answer;
  const { message, id, values = {} } = answer;
  if (message === undefined) {
    const { status } = response;
    throw new Refused(`The server answered ${status}. Try it again.`, { kind: "status", status });
  }
  throw new Refused(message, { kind: "said", id: id ?? "", values });
}
