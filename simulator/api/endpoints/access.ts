/** `/access`: tickets for passwords; users, tokens and rights have files of their own. */
import { createHash } from "node:crypto";
import { accessConfig, passwordIsRight } from "../../cluster/accounts/accounts.ts";
import { parsePairs } from "../../cluster/accounts/user-config.ts";
import { flag, upTo } from "../../cluster/forms.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../../cluster/state.ts";
import { gatewayAddress } from "../../commands/coreutils/logins.ts";
import { ApiRefusal, failure, type Json, success } from "../answer.ts";
import { issueTicket, ticketOwner, userMay } from "../authentication.ts";
import { clusterView } from "../cluster-view.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { formed } from "../parameters.ts";
import { passwordFits } from "../password-hash.ts";
import { hasPrivilege, needs } from "../permissions.ts";
import { rightEndpoints } from "./access-rights.ts";
import { tokenEndpoints } from "./access-tokens.ts";
import { userEndpoints } from "./access-users.ts";

/** Built in, and changed by domains.cfg, which a lab's nodes do not have. */
const REALMS: Record<string, { type: string; comment: string; plugin?: string }> = {
  pam: { type: "pam", comment: "Linux PAM standard authentication", plugin: "PVE::Auth::PAM" },
  pve: { type: "pve", comment: "Proxmox VE authentication server" },
};

export const accessEndpoints: Endpoint[] = [
  // For formatters, says the schema: a page to log in at.
  { method: "GET", path: "/access/ticket", permission: { kind: "world" }, answer: () => success(null) },
  {
    method: "GET",
    path: "/access/domains",
    // Asked by the login page, before anybody is anybody.
    permission: { kind: "world" },
    answer: () => success(Object.entries(REALMS).map(([realm, { type, comment }]) => ({ realm, type, comment }))),
  },
  {
    method: "GET",
    path: "/access/domains/{realm}",
    permission: needs("/access/realm", "Realm.Allocate", "Sys.Audit"),
    answer: ({ params: { realm } }) => {
      const found = Object.hasOwn(REALMS, realm!) ? REALMS[realm!] : undefined;
      if (!found) throw new ApiRefusal(failure(500, `domain '${realm}' does not exist`));
      return success({ ...found, digest: createHash("sha1").update("").digest("hex") });
    },
  },
  {
    method: "POST",
    path: "/access/ticket",
    permission: { kind: "world" },
    protected: true,
    parameters: {
      username: formed({ maxLength: 64 }),
      password: {},
      realm: formed(upTo(32)),
      "new-format": formed(flag),
      otp: { optional: true },
      path: formed(upTo(64)),
      privs: { optional: true },
      "tfa-challenge": { optional: true },
    },
    answer: login,
  },
  ...userEndpoints,
  ...tokenEndpoints,
  ...rightEndpoints,
];

function login({ lab, node, params }: EndpointContext) {
  const user =
    params.realm && !params.username!.includes("@") ? `${params.username}@${params.realm}` : params.username!;
  const data = lab.read((state) => {
    const fits =
      passwordIsRight(state, node, user, params.password!) ||
      passwordOfRealm(state, node, user, params.password!) ||
      ticketOwner(state, node, params.password!) === user;
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
  const refusal = data ? undefined : lab.read((state) => whyRefused(state, node, user));
  const from = lab.read((state) => gatewayAddress(state, node));
  lab.act("accounts/api-login", { node, user, from, ...(refusal !== undefined && { refusal }) });
  if (!data) throw new ApiRefusal(failure(401, "authentication failure"));
  return success(data);
}

/** What the journal tells of a login that was refused; the client hears none of it. @source PVE/AccessControl.pm, Auth/PVE.pm */
function whyRefused(lab: Readonly<LabState>, node: string, user: string): string {
  const known = accessConfig(lab, node).users.find((one) => one.id === user);
  if (!known) return `no such user ('${user}')`;
  if (!known.enabled) return `user '${user}' is disabled`;
  if (!userMay(lab, node, user)) return `user '${user}' access expired`;
  return user.endsWith("@pve") ? "invalid credentials" : "Authentication failure";
}

/** A user of the realm pve has a password in the cluster's files. */
function passwordOfRealm(lab: Readonly<LabState>, node: string, user: string, password: string): boolean {
  const name = /^(.+)@pve$/.exec(user)?.[1];
  if (name === undefined) return false;
  const line = parsePairs(pmxcfsFile(lab, node, "priv/shadow.cfg") ?? "", ":").get(name);
  return line !== undefined && passwordFits(password, line.split(":")[0]!);
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
