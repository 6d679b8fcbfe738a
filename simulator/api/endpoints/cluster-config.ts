/** `/cluster/config`: corosync's configuration, join information, and the calls that create and join clusters. */
import { createHash } from "node:crypto";
import { qdeviceFacts } from "../../cluster/corosync/qdevice-view.ts";
import { ApiRefusal, failure, type Json, success } from "../answer.ts";
import { type CorosyncConfText, certificateOf, clusterView, corosyncConf } from "../cluster-view.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { nodeName } from "../parameters.ts";
import { clusterChangeEndpoints } from "./cluster-change.ts";

const audit = { kind: "privilege", path: "/", privilege: "Sys.Audit" } as const;

export const clusterConfigEndpoints: Endpoint[] = [
  { method: "GET", path: "/cluster/config/nodes", permission: audit, answer: nodes },
  { method: "GET", path: "/cluster/config/totem", permission: audit, answer: totem },
  {
    method: "GET",
    path: "/cluster/config/join",
    permission: audit,
    parameters: { node: { optional: true, check: nodeName } },
    answer: joinInformation,
  },
  // A string, unlike the schema's integer. @source recording 12
  { method: "GET", path: "/cluster/config/apiversion", permission: audit, answer: () => success("1") },
  { method: "GET", path: "/cluster/config/qdevice", permission: audit, answer: quorumDevice },
  ...clusterChangeEndpoints,
];

/** Empty without a device. @source recordings 12, 41 */
function quorumDevice({ lab, node }: EndpointContext) {
  const facts = lab.read((state) => qdeviceFacts(state, node));
  if (!facts) return success({});
  return success({
    Algorithm: facts.algorithm,
    "Last poll call": facts.lastPoll,
    Model: "Net",
    "QNetd host": facts.host,
    State: facts.state,
    "Tie-breaker": facts.tieBreaker,
  });
}

/** Numbers are text here, as they stand in the file. @source recordings 08, 12 */
function nodes({ lab, node }: EndpointContext) {
  const conf = lab.read((state) => corosyncConf(state, node));
  if (!conf) return success([]);
  return success(conf.nodes.map((entry) => ({ ...entry, node: entry.name ?? "" })));
}

function totem({ lab, node }: EndpointContext) {
  const conf = lab.read((state) => corosyncConf(state, node));
  return success(conf ? totemOf(conf) : null);
}

function joinInformation({ lab, node, params }: EndpointContext) {
  return lab.read((state) => {
    const conf = corosyncConf(state, node);
    if (!conf) {
      // The one refusal whose message ends without a newline. @source recording 08
      throw new ApiRefusal(failure(424, "node is not in a cluster, no join info available!", false));
    }
    if (params.node !== undefined && !conf.nodes.some(({ name }) => name === params.node)) {
      throw new ApiRefusal(failure(500, `unknown node '${params.node}'`));
    }
    const members = new Map(clusterView(state, node).members.map((member) => [member.name, member]));
    const nodelist: Json[] = conf.nodes.map((entry) => {
      const name = entry.name ?? "";
      const fingerprint = certificateOf(state, node, name);
      return {
        ...entry,
        pve_addr: members.get(name)?.ip ?? entry.ring0_addr ?? "",
        ...(fingerprint !== undefined && { pve_fp: fingerprint }),
      };
    });
    return success({
      config_digest: createHash("sha1").update(conf.text).digest("hex"),
      nodelist,
      preferred_node: params.node ?? node,
      totem: totemOf(conf),
    });
  });
}

function totemOf(conf: CorosyncConfText): { [key: string]: Json } {
  return { ...conf.totem, interface: conf.interfaces };
}
