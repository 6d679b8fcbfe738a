/** What a node's sshd allows. It is read at each connection: `systemctl reload ssh` is not waited for. @source sshd_config(5) */
import type { NodeFiles } from "../../shell/node-files.ts";
import { readLine } from "./client-config.ts";

export interface SshdConfig {
  keys: boolean;
  passwords: boolean;
  /** Whether root may log in with one. */
  rootPasswords: boolean;
}

/** The first word on a subject counts; lines behind a `Match` are not looked at. */
export async function readSshdConfig(files: Pick<NodeFiles, "readFile">): Promise<SshdConfig> {
  const text = await files.readFile("/etc/ssh/sshd_config").then(
    (bytes) => Buffer.from(bytes).toString("utf8"),
    () => "PermitRootLogin yes\n",
  );
  const said = new Map<string, string>();
  for (const line of text.split("\n")) {
    const read = readLine(line);
    if (read?.keyword === "match") break;
    if (read?.words[0] !== undefined && !said.has(read.keyword)) said.set(read.keyword, read.words[0].toLowerCase());
  }
  const root = said.get("permitrootlogin") ?? "prohibit-password";
  return {
    keys: said.get("pubkeyauthentication") !== "no" && root !== "no",
    passwords: said.get("passwordauthentication") !== "no",
    rootPasswords: root === "yes",
  };
}
