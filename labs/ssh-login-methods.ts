/** How a client logs in to a node: with what it was given, and nothing else first. */
import type { AuthenticationType } from "ssh2";
import type { SshDoor } from "./lab-description.ts";

/**
 * Methods in the order in which they are tried, for ssh2's `authHandler`.
 *
 * ssh2 alone begins with `none`: a round trip more, and a sshd counts it among the tries of `MaxAuthTries`.
 */
export function loginMethods({ password, privateKey }: Pick<SshDoor, "password" | "privateKey">): AuthenticationType[] {
  return [
    ...(privateKey === undefined ? [] : (["publickey"] as const)),
    ...(password === undefined ? [] : (["password"] as const)),
  ];
}
