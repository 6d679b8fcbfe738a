/** `ssh -G`: the configuration that a host gets. @source dump_client_config of OpenSSH 9.2, held against its output */
import type { ResolvedHost } from "./resolved-host.ts";

/** In OpenSSH's order; what is not set has Debian's value. A name alone stands for one without a value of its own. */
const USUAL = `addressfamily any
batchmode no
canonicalizefallbacklocal yes
canonicalizehostname false
checkhostip no
compression no
controlmaster false
enablesshkeysign no
clearallforwardings no
exitonforwardfailure no
fingerprinthash SHA256
forwardx11 no
forwardx11trusted yes
gatewayports no
gssapiauthentication no
gssapikeyexchange no
gssapidelegatecredentials no
gssapitrustdns no
gssapirenewalforcesrekey no
gssapikexalgorithms gss-group14-sha256-,gss-group16-sha512-,gss-nistp256-sha256-,gss-curve25519-sha256-,gss-group14-sha1-,gss-gex-sha1-
hashknownhosts no
hostbasedauthentication no
identitiesonly no
kbdinteractiveauthentication yes
nohostauthenticationforlocalhost no
passwordauthentication yes
permitlocalcommand no
proxyusefdpass no
pubkeyauthentication true
requesttty auto
sessiontype default
stdinnull no
forkafterauthentication no
streamlocalbindunlink no
stricthostkeychecking ask
tcpkeepalive yes
tunnel false
verifyhostkeydns false
visualhostkey no
updatehostkeys true
enableescapecommandline no
canonicalizemaxdots 1
connectionattempts 1
forwardx11timeout 1200
numberofpasswordprompts 3
serveralivecountmax 3
serveraliveinterval 0
requiredrsasize 1024
bindaddress
ciphers chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com
hostkeyalgorithms ALGORITHMS
hostbasedacceptedalgorithms ALGORITHMS
hostkeyalias
kexalgorithms sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256
casignaturealgorithms ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256
localcommand
loglevel INFO
macs umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1
preferredauthentications
proxycommand
proxyjump
remotecommand
securitykeyprovider internal
pubkeyacceptedalgorithms ALGORITHMS
xauthlocation /usr/bin/xauth
identityfile ~/.ssh/id_rsa|~/.ssh/id_ecdsa|~/.ssh/id_ecdsa_sk|~/.ssh/id_ed25519|~/.ssh/id_ed25519_sk|~/.ssh/id_xmss|~/.ssh/id_dsa
canonicaldomains none
certificatefile
globalknownhostsfile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2
userknownhostsfile /root/.ssh/known_hosts /root/.ssh/known_hosts2
sendenv
setenv
logverbose none
permitremoteopen any
addkeystoagent false
forwardagent no
connecttimeout none
tunneldevice any:any
canonicalizePermittedcnames none
controlpersist no
escapechar ~
ipqos lowdelay throughput
rekeylimit 0 0
streamlocalbindmask 0177
syslogfacility USER`;

const ALGORITHMS =
  "ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,ecdsa-sha2-nistp384-cert-v01@openssh.com,ecdsa-sha2-nistp521-cert-v01@openssh.com,sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256";

/** Settings that stand on a line of their own for each value. */
const EACH = new Set(["identityfile", "certificatefile", "sendenv", "setenv"]);
/** Those whose words are told as `false` and `true`. */
const TRUTHS =
  /^(?:canonicalizehostname|controlmaster|pubkeyauthentication|tunnel|verifyhostkeydns|updatehostkeys|addkeystoagent|stricthostkeychecking)$/;
const LISTS = /^(?:globalknownhostsfile|userknownhostsfile|ipqos|rekeylimit)$/;

export function dumpOf(host: ResolvedHost): string {
  const lines = [`host ${host.typed}`, `user ${host.user}`, `hostname ${host.hostname}`, `port ${host.port}`];
  for (const line of USUAL.split("\n")) {
    const cut = line.indexOf(" ");
    const name = cut < 0 ? line : line.slice(0, cut);
    const usual = cut < 0 ? "" : line.slice(cut + 1).replace("ALGORITHMS", ALGORITHMS);
    const given = host.config.get(name.toLowerCase());
    const values = given ?? (usual === "" ? [] : usual.split("|"));
    if (EACH.has(name)) lines.push(...values.map((value) => `${name} ${value}`));
    else if (values.length > 0) lines.push(`${name} ${given ? told(name, host, given) : usual}`);
  }
  return `${lines.join("\n")}\n`;
}

function told(name: string, host: ResolvedHost, given: string[]): string {
  if (name === "userknownhostsfile") return host.userFiles.join(" ");
  if (LISTS.test(name)) return given.join(" ");
  const value = given[0]!;
  const word = value.toLowerCase();
  if (name === "connecttimeout" || name === "loglevel" || name === "fingerprinthash") return value.toUpperCase();
  if (TRUTHS.test(name)) return word === "yes" ? "true" : word === "no" ? "false" : word;
  return /^(?:yes|true)$/.test(word) ? "yes" : /^(?:no|false)$/.test(word) ? "no" : value;
}
