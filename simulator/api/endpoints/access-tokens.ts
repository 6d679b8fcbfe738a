/** `/access/users/{userid}/token`: API tokens. @source recording 10; refusals from pve-access-control (unverified) */

import { randomUUID } from "node:crypto";
import { dropSubjects, type TokenEntry, type UserConfig, userConfig } from "../../cluster/accounts/user-config.ts";
import { isTrue } from "../../cluster/truth.ts";
import {
  ChangeRefused,
  changePair,
  changeUserConfig,
  selfOrOverUsers,
  TOKEN_SECRETS,
  tokenName,
} from "../access-change.ts";
import { ApiRefusal, failure, type Json, success, wrongParameters } from "../answer.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { boolean, integer, type ParameterRules } from "../parameters.ts";

const path = "/access/users/{userid}/token/{tokenid}";
const facts: ParameterRules = {
  comment: { optional: true },
  expire: { optional: true, check: integer(0, 2 ** 40) },
  privsep: { optional: true, check: boolean },
};

export const tokenEndpoints: Endpoint[] = [
  { method: "GET", path: "/access/users/{userid}/token", permission: selfOrOverUsers(), answer: listTokens },
  { method: "GET", path, permission: selfOrOverUsers(), answer: readToken },
  { method: "POST", path, permission: selfOrOverUsers(), protected: true, parameters: facts, answer: createToken },
  { method: "PUT", path, permission: selfOrOverUsers(), protected: true, parameters: facts, answer: updateToken },
  { method: "DELETE", path, permission: selfOrOverUsers(), protected: true, answer: deleteToken },
];

function listTokens({ lab, node, params }: EndpointContext) {
  const user = lab.read((state) => userConfig(state, node)).users.get(params.userid!);
  if (!user) throw new ApiRefusal(failure(500, `no such user ('${params.userid}')`));
  return success([...user.tokens].map(([tokenid, token]) => ({ tokenid, ...infoOf(token) })));
}

function infoOf(token: TokenEntry): { [key: string]: Json } {
  const { expire, privsep, comment } = token;
  return { expire, privsep: privsep ? 1 : 0, ...(comment !== "" && { comment }) };
}

function readToken({ lab, node, params }: EndpointContext) {
  const config = lab.read((state) => userConfig(state, node));
  const token = config.users.get(params.userid!)?.tokens.get(params.tokenid!);
  if (!token) throw new ApiRefusal(failure(500, noToken(params)));
  return success(infoOf(token));
}

async function createToken(context: EndpointContext) {
  const { lab, node, params } = context;
  const { userid, tokenid } = params as { userid: string; tokenid: string };
  const wrong = tokenName?.(tokenid);
  if (wrong !== undefined) throw new ApiRefusal(wrongParameters({ tokenid: wrong }));
  const before = lab.read((state) => userConfig(state, node)).users.get(userid);
  if (!before) throw new ApiRefusal(failure(500, `no such user ('${userid}')`));
  if (before.tokens.has(tokenid)) throw new ApiRefusal(wrongParameters({ tokenid: "Token already exists." }));
  const full = `${userid}!${tokenid}`;
  const value = randomUUID();
  await changeUserConfig(context, "generating token failed", async (config, files) => {
    const user = config.users.get(userid);
    if (!user) throw new ChangeRefused(`no such user ('${userid}')`);
    user.tokens.set(tokenid, {
      expire: Number(params.expire ?? 0),
      privsep: params.privsep === undefined || isTrue(params.privsep),
      comment: params.comment ?? "",
    });
    await changePair(context, files, TOKEN_SECRETS, (key) => key === full, [full, value]);
  });
  // What was given stands as it was given: as text.
  const given = Object.fromEntries(
    ["comment", "expire", "privsep"].flatMap((key) => (params[key] === undefined ? [] : [[key, params[key]]])),
  );
  return success({ "full-tokenid": full, info: { privsep: 1, ...given }, value });
}

async function updateToken(context: EndpointContext) {
  const { params } = context;
  refuseMissing(context);
  const info = await changeUserConfig(context, "updating token info failed", (config) => {
    const token = existing(config, params);
    if (params.expire !== undefined) token.expire = Number(params.expire);
    if (params.privsep !== undefined) token.privsep = isTrue(params.privsep);
    if (params.comment !== undefined) token.comment = params.comment;
    return infoOf(token);
  });
  return success(info);
}

async function deleteToken(context: EndpointContext) {
  const { params } = context;
  const full = `${params.userid}!${params.tokenid}`;
  refuseMissing(context);
  await changeUserConfig(context, "deleting token failed", async (config, files) => {
    existing(config, params);
    config.users.get(params.userid!)?.tokens.delete(params.tokenid!);
    dropSubjects(config, (who) => who === full);
    await changePair(context, files, TOKEN_SECRETS, (key) => key === full);
  });
  return success(null);
}

/** Looked at once before the lock: no word of what was being done stands before it. @throws ApiRefusal */
function refuseMissing({ lab, node, params }: EndpointContext): void {
  try {
    existing(
      lab.read((state) => userConfig(state, node)),
      params,
    );
  } catch (error) {
    if (error instanceof ChangeRefused) throw new ApiRefusal(failure(500, error.message));
    throw error;
  }
}

function existing(config: UserConfig, params: Record<string, string>): TokenEntry {
  const user = config.users.get(params.userid!);
  if (!user) throw new ChangeRefused(`no such user ('${params.userid}')`);
  const token = user.tokens.get(params.tokenid!);
  if (!token) throw new ChangeRefused(noToken(params));
  return token;
}

function noToken(params: Record<string, string>): string {
  return `no such token '${params.tokenid}' for user '${params.userid}'`;
}
