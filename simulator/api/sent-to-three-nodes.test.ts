/**
 * Requests that were sent, in this order, to three real nodes (pve-manager 8.4.21 with pmxcfs 8.1.3 and corosync 3.1.7,
 * without QEMU), sent again: the status line, what is said of each parameter and the kind of task must be theirs.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formCluster, taskEnds } from "./testing/form-cluster.ts";
import { type LabWithDoors, openLabWithDoors, ROOT_PASSWORD } from "./testing/lab-with-doors.ts";
import { logIn, rawRequest } from "./testing/raw-request.ts";

interface SentRequest {
  node: string;
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  /** The body as it was sent. */
  form?: string;
  /** The status line. */
  status: string;
  errors?: Record<string, string>;
  /** Type, guest and user of the task that was started. */
  task?: string;
}

/** Known differences: `METHOD path form`, with what the simulated node says. */
const DIFFERENT: Record<string, string> = {
  // A group that is not there is refused when it is named, and not when it is looked for; so the two after it.
  "POST /cluster/ha/resources sid=vm:101&group=nog": '{"status":"500 HA group \'nog\' does not exist"}',
  "DELETE /cluster/ha/resources/vm:101": '{"status":"500 cannot delete service \'vm:101\', not HA managed!"}',
  // The form of a name in a path is not looked at.
  "GET /access/users/nosuch": '{"status":"500 no such user (\'nosuch\')"}',
  "GET /access/users/root@pam/token/x": "{\"status\":\"500 no such token 'x' for user 'root@pam'\"}",
  "PUT /access/acl path=/vms/101&tokens=a@pve!x&roles=r1":
    "{\"status\":\"500 ACL update failed: no such token 'x' for user 'a@pve'\"}",
  // A name without a value is passed over, known or not.
  "PUT /nodes/pve1/qemu/101/config description=hello%20world&tags=b;a": '{"status":"200 OK"}',
  "PUT /nodes/pve1/qemu/101/config hotplug=disk,foo": '{"status":"200 OK"}',
};

const sent: SentRequest[] = JSON.parse(
  readFileSync(new URL("../recordings/pve/sent/three-nodes.json", import.meta.url), "utf8"),
);

let lab: LabWithDoors;
beforeAll(async () => {
  lab = await openLabWithDoors({ nodes: 3 });
  await formCluster(lab);
});
afterAll(() => lab?.close());

test("requests that were sent to three real nodes are answered as they were", { timeout: 240_000 }, async () => {
  const { read, write } = await logIn(lab.url("pve1"), ROOT_PASSWORD);
  const found: Record<string, string> = {};
  for (const { node, method, path, form, status, errors, task } of sent) {
    const answer = await rawRequest(lab.url(node), method, path, {
      headers: {
        ...(method === "GET" ? read : write),
        ...(form !== undefined && { "content-type": "application/x-www-form-urlencoded" }),
      },
      ...(form !== undefined && { content: form }),
    });
    const body = answer.body.startsWith("{") ? JSON.parse(answer.body) : {};
    const upid = typeof body.data === "string" && body.data.startsWith("UPID:") ? body.data : undefined;
    // One that fails has ended, too.
    if (upid) await taskEnds(lab, upid).catch(() => undefined);
    const seen = {
      status: `${answer.status} ${answer.reason}`,
      ...(body.errors && { errors: body.errors }),
      ...(upid && { task: upid.split(":").slice(5).join(":") }),
    };
    const expected = { status, ...(errors && { errors }), ...(task && { task }) };
    const name = `${method} ${path}${form === undefined ? "" : ` ${form}`}`;
    if (JSON.stringify(sorted(seen)) !== JSON.stringify(sorted(expected))) found[name] = JSON.stringify(seen);
  }
  expect(found).toEqual(DIFFERENT);
});

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
