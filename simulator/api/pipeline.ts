/**
 * The way of a request through a node: who asks, which method, may they, which node answers, are the parameters right,
 * and only then the answer. The order is a real node's, and decides which refusal is seen when several apply.
 */
import { WRONG_LOGIN_DELAY_MS } from "../cluster/accounts/accounts.ts";
import { mainAddressOf } from "../cluster/host-network/node-address.ts";
import { pmxcfsMounted } from "../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabPort } from "../cluster/port.ts";
import { Refusal } from "../cluster/refusal.ts";
import { pmxcfsGoesOn } from "../node-view/pmxcfs-waits.ts";
import type { RequestTrace } from "./access-log.ts";
import { type ApiAnswer, ApiRefusal, bare, failure, notModelledText } from "./answer.ts";
import { authenticate, csrfIsRight } from "./authentication.ts";
import { createRouter, type FoundEndpoint, type Identity } from "./endpoint.ts";
import { endpoints } from "./endpoints/all.ts";
import { isKnown } from "./known-paths.ts";
import { serviceRuns } from "./node-view.ts";
import { verifyRequest } from "./parameters.ts";
import { refusedPermission } from "./permissions.ts";
import { reach } from "./reach.ts";
import type { ApiRequest } from "./request.ts";

export interface NodeContext {
  lab: LabPort;
  node: string;
  signal: AbortSignal;
  /** Filled with who asked, and with every node that the request comes to. */
  trace?: RequestTrace;
}

/** Without pmxcfs nobody's rights can be read. Recorded: 3.0 s, and 20 s for the first request (55). */
const NO_PMXCFS_DELAY_MS = 3_000;

const findEndpoint = createRouter(endpoints);

/** Answer a request as this node does. @throws the signal's reason when the client or the door has gone */
export async function answerRequest(context: NodeContext, request: ApiRequest): Promise<ApiAnswer> {
  const answer = await attempt(context, request);
  if (answer.status === 401) await context.lab.sleep(WRONG_LOGIN_DELAY_MS, context.signal);
  return answer;
}

async function attempt(context: NodeContext, request: ApiRequest): Promise<ApiAnswer> {
  try {
    await pmxcfsGoesOn(context);
    if (!context.lab.read((lab) => pmxcfsMounted(lab, context.node))) {
      await context.lab.sleep(NO_PMXCFS_DELAY_MS, context.signal);
      return bare(500, "RPCEnvironment init request failed: Unable to load access control list: Connection refused");
    }
    const found = findEndpoint(request.method, request.path);
    const who = found?.endpoint.permission.kind === "world" ? undefined : proveIdentity(context, request);
    if (request.refused) return request.refused;
    if (!found) return failure(501, notImplemented(request), false);
    if (who?.tokenId !== undefined && found.endpoint.ticketOnly) {
      const what = `URI '${request.path}' not available with API token, need proper ticket.\n`;
      return failure(403, `Permission check failed (${what})`);
    }
    if (who) {
      const refused = context.lab.read((lab) =>
        refusedPermission(lab, context.node, who, found.endpoint.permission, {
          ...request.params,
          ...found.pathParams,
        }),
      );
      if (refused) return failure(403, refused);
    }
    return await answerAt(context, request, found, who ?? { user: "" });
  } catch (error) {
    if (error instanceof ApiRefusal) return error.answer;
    if (error instanceof Refusal) return failure(error.code === "not-in-cluster" ? 424 : 500, error.message);
    throw error;
  }
}

function proveIdentity(context: NodeContext, request: ApiRequest): Identity {
  const proof = context.lab.read((lab) => authenticate(lab, context.node, request));
  if (proof.kind === "nothing") throw new ApiRefusal(bare(401, "No ticket"));
  if (proof.kind === "wrong") throw new ApiRefusal(bare(401, "Authentication failed!"));
  if (proof.kind === "ticket" && request.method !== "GET") {
    const right = context.lab.read((lab) => csrfIsRight(lab, context.node, proof.who.user, request.csrfToken));
    if (!right) throw new ApiRefusal(bare(401, "Permission denied - invalid csrf token"));
  }
  if (context.trace) context.trace.user = proof.who.tokenId ?? proof.who.user;
  return proof.who;
}

/** Here or, for an endpoint of another node, there. */
async function answerAt(
  context: NodeContext,
  request: ApiRequest,
  found: FoundEndpoint,
  who: Identity,
): Promise<ApiAnswer> {
  const { endpoint, pathParams } = found;
  const target = pathParams.node;
  if (endpoint.proxied && target !== undefined && target !== context.node && target !== "localhost") {
    const reached = await reach(context.lab, context.node, target, context.signal);
    if (reached.kind === "unknown") return failure(500, reached.message);
    if (reached.kind === "unreachable") return bare(595, reached.reason);
    const own = context.lab.read((lab) => mainAddressOf(lab, context.node) ?? "127.0.0.1");
    context.trace?.at.push({ node: target, peer: own });
    // The other node proves the ticket again, by its own copy of the cluster's key.
    return answerRequest({ ...context, node: target }, request);
  }
  if (endpoint.protected && !context.lab.read((lab) => serviceRuns(lab, context.node, "pvedaemon"))) {
    return bare(595, "Connection refused");
  }
  const params = { ...request.params };
  verifyRequest(endpoint, params, pathParams);
  return endpoint.answer({
    lab: context.lab,
    node: context.node,
    params: { ...params, ...pathParams, ...(endpoint.proxied && { node: context.node }) },
    who,
    signal: context.signal,
  });
}

function notImplemented({ method, path }: ApiRequest): string {
  return isKnown(method, path) ? notModelledText(method, path) : `Method '${method} ${path}' not implemented`;
}
