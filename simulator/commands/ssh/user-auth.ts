/** Proving who asks: a key that the other side lists, else its password. @source sshconnect2.c of OpenSSH 9.2 */

import { passwordIsRight } from "../../cluster/accounts/accounts.ts";
import type { LabState } from "../../cluster/state.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import type { PublicKey } from "../../keys/openssh-key.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { accountOf } from "../../shell/node-user.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { textOf } from "../coreutils/arguments.ts";
import { hiddenLine } from "../hidden-line.ts";
import { qnetdHostFiles } from "../qnetd-host/qnetd-session.ts";
import { findAuthorized, type KeyLimits } from "./authorized-keys.ts";
import { describeIdentity, type Identity, privateHalf } from "./identities.ts";
import { noteWrongPassword } from "./login-journal.ts";
import type { ResolvedHost } from "./resolved-host.ts";
import { readSshdConfig, type SshdConfig } from "./sshd-config.ts";

const WRONG_PASSWORD_DELAY_MS = 2_000;
const NO_LIMITS: KeyLimits = { command: undefined, noTerminal: false, noForwarding: false, environment: {} };

/** The machine whose sshd is asked. */
export interface AuthServer {
  node: string;
  qnetd?: true;
  /** The address that it sees the client at. */
  client: string;
}

export interface Login {
  method: "publickey" | "password";
  key: PublicKey | undefined;
  limits: KeyLimits;
}

/** What the client has to prove itself with; no passwords where the host's key is not to be trusted. */
export interface Proofs {
  identities: readonly Identity[];
  passwords: boolean;
}

/** @returns undefined after saying why not */
export async function proveUser(
  context: ProgramContext,
  host: ResolvedHost,
  server: AuthServer,
  proofs: Proofs,
): Promise<Login | undefined> {
  const files = server.qnetd ? qnetdHostFiles(context.lab) : createNodeFiles(context.lab, server.node);
  const sshd = await readSshdConfig(files);
  const offered = methodsOf(sshd);
  const wanted = (host.setting("preferredauthentications") ?? "publickey,password").split(",");
  await host.debug(`Authentications that can continue: ${offered.join(",")}`);
  for (const method of wanted) {
    if (method === "publickey" && offered.includes(method) && host.isSet("pubkeyauthentication")) {
      const login = await withKey(context, host, server, files, proofs.identities);
      if (login) return login;
    }
    if (method === "password" && offered.includes(method) && proofs.passwords && host.isSet("passwordauthentication")) {
      if (host.isSet("batchmode") || !context.tty) continue;
      await host.debug("Next authentication method: password");
      if (await withPassword(context, host, server, sshd)) return { method, key: undefined, limits: NO_LIMITS };
    }
  }
  await host.debug("No more authentication methods to try.");
  await context.stderr.write(`${host.user}@${host.hostname}: Permission denied (${offered.join(",")}).\n`);
  return undefined;
}

function methodsOf(sshd: SshdConfig): string[] {
  return [...(sshd.keys ? ["publickey"] : []), ...(sshd.passwords ? ["password"] : [])];
}

async function withKey(
  context: ProgramContext,
  host: ResolvedHost,
  server: AuthServer,
  files: Pick<ProgramContext["files"], "readFile">,
  identities: readonly Identity[],
): Promise<Login | undefined> {
  await host.debug("Next authentication method: publickey");
  const account = await accountOf(files, host.user);
  const authorized = account ? await textOf({ files } as ProgramContext, `${account.home}/.ssh/authorized_keys`) : "";
  const now = context.lab.read((lab) => wallNowMs(lab, context.node));
  for (const identity of identities) {
    const told = describeIdentity(identity);
    if (identity.key) await host.debug(`Offering public key: ${told}`);
    else await host.debug(`Trying private key: ${identity.name}`);
    const accepts = (key: PublicKey | undefined) =>
      key ? findAuthorized(authorized, key, server.client, now) : undefined;
    if (identity.key && !accepts(identity.key)) continue;
    if (identity.key) await host.debug(`Server accepts key: ${told}`);
    const real = await privateHalf(context, host, identity);
    const line = accepts(real);
    if (real && line) return { method: "publickey", key: real, limits: line.limits };
  }
  return undefined;
}

async function withPassword(
  context: ProgramContext,
  host: ResolvedHost,
  server: AuthServer,
  sshd: SshdConfig,
): Promise<boolean> {
  const tries = Number(host.setting("numberofpasswordprompts") ?? 3);
  for (let attempt = 0; attempt < tries; attempt++) {
    const password = await hiddenLine(context, `${host.user}@${host.hostname}'s password: `);
    if (password === undefined) return false;
    const right = context.lab.read((state) => passwordFits(state, server.node, host.user, password));
    if (right && (host.user !== "root" || sshd.rootPasswords)) return true;
    if (!server.qnetd) noteWrongPassword(context.lab, server.node, server.client, host.user);
    await context.lab.sleep(WRONG_PASSWORD_DELAY_MS, context.signal);
    if (attempt < tries - 1) await context.stderr.write("Permission denied, please try again.\n");
  }
  return false;
}

function passwordFits(lab: Readonly<LabState>, host: string, user: string, password: string): boolean {
  if (host === lab.qnetd?.name) return user === "root" && lab.qnetd.rootPassword === password;
  return lab.nodes[host] !== undefined && passwordIsRight(lab, host, `${user}@pam`, password);
}
