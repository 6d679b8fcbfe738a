/** What an endpoint is, and how one is found by method and path. */
import type { LabPort } from "../cluster/port.ts";
import type { LabState } from "../cluster/state.ts";
import type { ApiAnswer } from "./answer.ts";
import type { ParameterRules } from "./parameters.ts";
import type { Method } from "./request.ts";

/** Who asks, once that is proved. */
export interface Identity {
  /** `root@pam`. */
  user: string;
  /** Present when an API token was used. */
  tokenId?: string;
}

export type Permission =
  /** Nobody is asked who they are. */
  | { kind: "world" }
  /** Anybody who is somebody. */
  | { kind: "user" }
  /** `path` may hold `{node}` and parameters; of several privileges one is enough. */
  | { kind: "privilege"; path: string; privilege: string | string[] }
  /** Depends on what is asked: why they may not, undefined when they may. */
  | {
      kind: "other";
      refused(lab: Readonly<LabState>, node: string, who: Identity, params: Record<string, string>): string | undefined;
    }
  /** root@pam itself, with a ticket: no API token may. */
  | { kind: "root-ticket" };

export interface EndpointContext {
  lab: LabPort;
  /** The node that answers; for an endpoint that is passed on, the one it was passed to. */
  node: string;
  /** Parts of the path and parameters together, verified. */
  params: Record<string, string>;
  who: Identity;
  /** Aborts when the client or the door has gone; what was started in the model goes on. */
  signal: AbortSignal;
  /** Lines for whoever called from a command line: what a daemon would leave in its journal. */
  note?: (line: string) => Promise<void>;
}

export interface Endpoint {
  method: Method;
  /** `/nodes/{node}/tasks/{upid}/log`. */
  path: string;
  permission: Permission;
  /** Beside the parts of the path. */
  parameters?: ParameterRules;
  /** Verified like parameters: parts of the path that have a form (`{service}`). */
  pathParameters?: ParameterRules;
  /** The node that `{node}` names answers, not the one that was asked. */
  proxied?: true;
  /** Needs a ticket: no token may. @source pve-manager PVE/HTTPServer.pm allowtoken (no recording) */
  ticketOnly?: true;
  /** pvedaemon answers, as root: needs that service where it runs. */
  protected?: true;
  answer(context: EndpointContext): ApiAnswer | Promise<ApiAnswer>;
}

export interface FoundEndpoint {
  endpoint: Endpoint;
  pathParams: Record<string, string>;
}

/** A volume's name may hold slashes: it is all that is left of a path. @source pve-storage fragmentDelimiter, typed */
const TAKES_THE_REST = "{volume}";

/** A table of endpoints, asked by method and path. */
export function createRouter(endpoints: Endpoint[]): (method: Method, path: string) => FoundEndpoint | undefined {
  const compiled = endpoints.map((endpoint) => ({ endpoint, parts: endpoint.path.split("/") }));
  return (method, path) => {
    const all = path.split("/");
    for (const candidate of compiled) {
      const { length } = candidate.parts;
      const takesRest = candidate.parts.at(-1) === TAKES_THE_REST && all.length > length;
      if (candidate.endpoint.method !== method || (!takesRest && length !== all.length)) continue;
      const parts = takesRest ? [...all.slice(0, length - 1), all.slice(length - 1).join("/")] : all;
      const pathParams: Record<string, string> = {};
      const fits = candidate.parts.every((part, index) => {
        const given = parts[index]!;
        const name = /^\{(.+)\}$/.exec(part)?.[1];
        if (name === undefined) return part === given;
        pathParams[name] = given;
        return given !== "";
      });
      if (fits) return { endpoint: candidate.endpoint, pathParams };
    }
    return undefined;
  };
}
