/**
 * The calls that change who is in a cluster: create one, join one, take a node in or out. Each starts something in the model
 * and hands out its UPID or waits for its answer; only root@pam with a ticket may.
 *
 * @source recordings 06, 45, 46
 */

import { invariant } from "../../cluster/invariant.ts";
import { type MemberAnswer, memberAnswer } from "../../cluster/join/cluster-jobs.ts";
import { linkPrioritiesOf, linksOf } from "../../cluster/join/link-parameters.ts";
import type { LabPort } from "../../cluster/port.ts";
import { isTrue } from "../../cluster/truth.ts";
import { ApiRefusal, failure, success, wrongParameters } from "../answer.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { boolean, formed, integer, linkRules, nodeName, type ParameterRules, pattern } from "../parameters.ts";

const NODE_ID_MAX = 2 ** 31 - 1;

const membership: ParameterRules = {
  ...linkRules,
  nodeid: { optional: true, check: integer(1, NODE_ID_MAX) },
  votes: { optional: true, check: integer(0, NODE_ID_MAX) },
};

export const clusterChangeEndpoints: Endpoint[] = [
  {
    method: "POST",
    path: "/cluster/config",
    permission: { kind: "root-ticket" },
    protected: true,
    parameters: {
      ...membership,
      votes: { optional: true, check: integer(1, NODE_ID_MAX) },
      clustername: { check: nodeName },
    },
    answer: create,
  },
  {
    method: "POST",
    path: "/cluster/config/join",
    permission: { kind: "root-ticket" },
    protected: true,
    parameters: {
      ...membership,
      hostname: {},
      password: formed({ maxLength: 128 }),
      fingerprint: { check: pattern(/^([A-Fa-f0-9]{2}:){31}[A-Fa-f0-9]{2}$/) },
      force: { optional: true, check: boolean },
    },
    answer: join,
  },
  {
    method: "POST",
    path: "/cluster/config/nodes/{node}",
    permission: { kind: "root-ticket" },
    protected: true,
    parameters: {
      ...membership,
      apiversion: { optional: true, check: integer(-NODE_ID_MAX, NODE_ID_MAX) },
      new_node_ip: {
        optional: true,
        check: pattern(/^[0-9a-fA-F.:]+$/, "invalid format - value does not look like a valid IP address\n"),
      },
      force: { optional: true, check: boolean },
    },
    answer: addNode,
  },
  {
    method: "DELETE",
    path: "/cluster/config/nodes/{node}",
    permission: { kind: "root-ticket" },
    protected: true,
    answer: deleteNode,
  },
];

function create({ lab, node, params, who }: EndpointContext) {
  const { upid } = lab.act("cluster/create", {
    node,
    clusterName: params.clustername!,
    ...membershipOf(params),
    linkPriorities: linkPrioritiesOf(params),
    user: who.user,
    program: "pvedaemon",
  });
  return success(upid);
}

function join({ lab, node, params, who }: EndpointContext) {
  const { upid } = lab.act("cluster/join", {
    node,
    host: params.hostname!,
    password: params.password!,
    fingerprint: params.fingerprint!.toUpperCase(),
    ...membershipOf(params),
    ...(isTrue(params.force) && { force: true }),
    user: who.user,
    program: "pvedaemon",
  });
  return success(upid);
}

async function addNode({ lab, node, params, who, signal }: EndpointContext) {
  const wrongName = nodeName(params.node!);
  if (wrongName !== undefined) throw new ApiRefusal(wrongParameters({ node: wrongName }));
  const { id } = lab.act("cluster/add-node", {
    node,
    name: params.node!,
    ...(params.new_node_ip !== undefined && { newNodeAddress: params.new_node_ip }),
    ...(params.apiversion !== undefined && { apiVersion: Number(params.apiversion) }),
    ...membershipOf(params),
    ...(isTrue(params.force) && { force: true }),
    user: who.user,
  });
  const answer = await answered(lab, node, id, signal);
  invariant(answer.state === "added", "the answer belongs to another request");
  return success({ corosync_authkey: answer.corosyncAuthkey, corosync_conf: answer.corosyncConf, warnings: [] });
}

async function deleteNode({ lab, node, params, signal }: EndpointContext) {
  const { id } = lab.act("cluster/delete-node", { node, target: params.node! });
  await answered(lab, node, id, signal);
  return success(null);
}

/** Wait for what comes of a request to the model. @throws ApiRefusal 500 with the model's reason */
async function answered(lab: LabPort, node: string, id: number, signal: AbortSignal): Promise<MemberAnswer> {
  const answer = await lab.until((state) => memberAnswer(state, node, id), { signal });
  invariant(answer, "a wait without a time limit ended without a value");
  if (answer.state !== "failed") return answer;
  const refusal = failure(500, answer.message);
  throw new ApiRefusal(answer.errors ? { ...refusal, body: { ...refusal.body, errors: answer.errors } } : refusal);
}

function membershipOf(params: Record<string, string>): {
  links?: Record<number, string>;
  nodeId?: number;
  votes?: number;
} {
  const links = linksOf(params);
  return {
    ...(Object.keys(links).length > 0 && { links }),
    ...(params.nodeid !== undefined && { nodeId: Number(params.nodeid) }),
    ...(params.votes !== undefined && { votes: Number(params.votes) }),
  };
}
