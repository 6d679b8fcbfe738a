/** `/access`: tickets for passwords, and the list of users. */
import { accessConfig, passwordIsRight } from "../../cluster/accounts/accounts.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import { ApiRefusal, failure, type Json, success } from "../answer.ts";
import { issueTicket, ticketOwner, userMay } from "../authentication.ts";
import { clusterView } from "../cluster-view.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { hasPrivilege } from "../permissions.ts";

export const accessEndpoints: Endpoint[] = [
  {
    method: "POST",
    path: "/access/ticket",
    permission: { kind: "world" },
    protected: true,
    parameters: {
      username: {},
      password: {},
      realm: { optional: true },
      "new-format": { optional: true },
      otp: { optional: true },
      path: { optional: true },
      privs: { optional: true },
      "tfa-challenge": { optional: true },
    },
    answer: login,
  },
  {
    method: "GET",
    path: "/access/users",
    permission: { kind: "user" },
    protected: true,
    parameters: { enabled: { optional: true }, full: { optional: true } },
    answer: listUsers,
  },
];

function login({ lab, node, params }: EndpointContext) {
  const user =
    params.realm && !params.username!.includes("@") ? `${params.username}@${params.realm}` : params.username!;
  const data = lab.read((state) => {
    const fits =
      passwordIsRight(state, node, user, params.password!) || ticketOwner(state, node, params.password!) === user;
    if (!fits || !userMay(state, node, user)) return undefined;
    const { ticket, csrfToken } = issueTicket(state, node, user);
    const name = clusterView(state, node).cluster?.name;
    return {
      username: user,
      ticket,
      CSRFPreventionToken: csrfToken,
      cap: capabilities(user === "root@pam", hasPrivilege(state, node, { user }, "/", "Sys.Audit")),
      ...(name !== undefined && { clustername: name }),
    };
  });
  if (!data) throw new ApiRefusal(failure(401, "authentication failure"));
  return success(data);
}

/** What the web interface may offer. @source recording 11, root@pam and a user with PVEAuditor */
function capabilities(isRoot: boolean, isAuditor: boolean): { [area: string]: Json } {
  const all = (names: string) =>
    Object.fromEntries(
      names
        .split(" ")
        .filter(Boolean)
        .map((name) => [name, 1]),
    );
  if (isRoot) {
    return {
      access: all("User.Modify Group.Allocate Permissions.Modify"),
      dc: all("Sys.Audit Sys.Modify SDN.Allocate SDN.Audit SDN.Use"),
      mapping: all("Mapping.Audit Mapping.Modify Mapping.Use Permissions.Modify"),
      nodes: all(
        "Sys.AccessNetwork Sys.Audit Sys.Console Sys.Incoming Sys.Modify Sys.PowerMgmt Sys.Syslog Permissions.Modify",
      ),
      sdn: all("SDN.Allocate SDN.Audit SDN.Use Permissions.Modify"),
      storage: all(
        "Datastore.Allocate Datastore.AllocateSpace Datastore.AllocateTemplate Datastore.Audit Permissions.Modify",
      ),
      vms: all(
        "VM.Allocate VM.Audit VM.Backup VM.Clone VM.Config.CDROM VM.Config.CPU VM.Config.Cloudinit VM.Config.Disk VM.Config.HWType VM.Config.Memory VM.Config.Network VM.Config.Options VM.Console VM.Migrate VM.Monitor VM.PowerMgmt VM.Snapshot VM.Snapshot.Rollback Permissions.Modify",
      ),
    };
  }
  const audit = (names: string) => all(isAuditor ? names : "");
  return {
    access: {},
    dc: audit("Sys.Audit SDN.Audit"),
    mapping: audit("Mapping.Audit"),
    nodes: audit("Sys.Audit"),
    sdn: audit("SDN.Audit"),
    storage: audit("Datastore.Audit"),
    vms: audit("VM.Audit"),
  };
}

function listUsers({ lab, node, params, who }: EndpointContext) {
  return lab.read((state) => {
    const all =
      hasPrivilege(state, node, who, "/access/groups", "User.Modify") ||
      hasPrivilege(state, node, who, "/access", "Sys.Audit");
    const nowS = wallNowMs(state) / 1000;
    const list: Json[] = [];
    for (const { id, enabled, expiresAtS } of accessConfig(state, node).users) {
      if (!all && id !== who.user) continue;
      if (params.enabled === "1" && !(enabled && (expiresAtS === 0 || expiresAtS > nowS))) continue;
      list.push({
        userid: id,
        enable: enabled ? 1 : 0,
        expire: expiresAtS,
        "realm-type": id.endsWith("@pam") ? "pam" : "pve",
      });
    }
    return success(list);
  });
}
