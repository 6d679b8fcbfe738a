/**
 * What is asked of a guest's agent. Of each question it is told first why the agent cannot be asked; what the model does
 * not answer says so after that.
 *
 * @source qemu-server 8.4.10 PVE/API2/Qemu/Agent.pm
 */

import { oneOf } from "../../cluster/forms.ts";
import { AGENT_COMMANDS, agentTrouble, askAgent } from "../../cluster/guests/agent.ts";
import { ApiRefusal, failure, type Json, success } from "../answer.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { formed, needed } from "../parameters.ts";
import { needs } from "../permissions.ts";
import { guestOf } from "./qemu.ts";

const READ =
  "get-fsinfo get-host-name get-memory-block-info get-memory-blocks get-osinfo get-time get-timezone get-users get-vcpus info network-get-interfaces";
const DONE =
  "fsfreeze-freeze fsfreeze-status fsfreeze-thaw fstrim ping shutdown suspend-disk suspend-hybrid suspend-ram";

const common = { permission: needs("/vms/{vmid}", "VM.Monitor"), proxied: true, protected: true } as const;
const FOLDER = "/nodes/{node}/qemu/{vmid}/agent";

export const guestAgentEndpoints: Endpoint[] = [
  ...READ.split(" ").map((name) => question("GET", name)),
  ...DONE.split(" ").map((name) => question("POST", name)),
  {
    ...common,
    method: "POST",
    path: FOLDER,
    parameters: { command: formed(needed(oneOf(`${READ} ${DONE}`.split(" ").sort().join(" ")))) },
    answer: (context) => ask(context, context.params.command!),
  },
];

function question(method: Endpoint["method"], name: string): Endpoint {
  return { ...common, method, path: `${FOLDER}/${name}`, answer: (context) => ask(context, name) };
}

/** @throws ApiRefusal 500 when there is no agent to ask, 501 for what the model does not answer */
function ask(context: EndpointContext, command: string) {
  const { lab, node } = context;
  const vmid = guestOf(context);
  const refusal = lab.read((state) => agentTrouble(state, node, vmid));
  if (refusal !== undefined) throw new ApiRefusal(failure(500, refusal));
  if (!AGENT_COMMANDS.includes(command)) {
    const path = `/nodes/${node}/qemu/${vmid}/agent/${command}`;
    throw new ApiRefusal(failure(501, `guest agent '${path}' not implemented - not modelled in this simulated node`));
  }
  const answer = lab.read((state) => askAgent(state, node, vmid, command));
  if ("refusal" in answer) throw new ApiRefusal(failure(500, answer.refusal));
  return success({ result: answer.result as Json });
}
