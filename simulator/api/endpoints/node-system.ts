/** `/nodes/{node}`: name service, hosts, certificates, subscription, time zone. @source recording 12 */
import { createHash, X509Certificate } from "node:crypto";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../../cluster/state.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { ApiRefusal, failure, type Json, success } from "../answer.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { matchesFormat } from "../parameters.ts";
import { hasPrivilege } from "../permissions.ts";

const audit = { kind: "privilege", path: "/nodes/{node}", privilege: "Sys.Audit" } as const;
const modify = { kind: "privilege", path: "/nodes/{node}", privilege: "Sys.Modify" } as const;

const address = matchesFormat(/^[0-9A-Fa-f.:]{2,}$/, "value does not look like a valid IP address");

export const nodeSystemEndpoints: Endpoint[] = [
  {
    method: "GET",
    path: "/nodes/{node}/dns",
    permission: audit,
    proxied: true,
    answer: async (context) => success(await dnsOf(context)),
  },
  {
    method: "PUT",
    path: "/nodes/{node}/dns",
    permission: modify,
    proxied: true,
    protected: true,
    parameters: {
      search: {},
      dns1: { optional: true, check: address },
      dns2: { optional: true, check: address },
      dns3: { optional: true, check: address },
    },
    answer: writeDns,
  },
  {
    method: "GET",
    path: "/nodes/{node}/hosts",
    permission: { ...audit, path: "/" },
    proxied: true,
    protected: true,
    answer: readHosts,
  },
  {
    method: "POST",
    path: "/nodes/{node}/hosts",
    permission: modify,
    proxied: true,
    protected: true,
    parameters: { data: {}, digest: { optional: true, check: digest } },
    answer: writeHosts,
  },
  {
    method: "GET",
    path: "/nodes/{node}/subscription",
    permission: { kind: "user" },
    proxied: true,
    answer: ({ lab, node, who }) =>
      success({
        status: "notfound",
        message: "There is no subscription key",
        ...(lab.read((state) => hasPrivilege(state, node, who, `/nodes/${node}`, "Sys.Audit")) && {
          serverid: lab.read((state) => createHash("md5").update(`${state.seed}/${node}`).digest("hex").toUpperCase()),
        }),
        url: "https://www.proxmox.com/en/proxmox-virtual-environment/pricing",
      }),
  },
  {
    method: "GET",
    path: "/nodes/{node}/certificates/info",
    permission: { kind: "user" },
    proxied: true,
    protected: true,
    answer: ({ lab, node }) => success(lab.read((state) => certificates(state, node))),
  },
];

function digest(value: string): string | undefined {
  return value.length > 64 ? "value may only be 64 characters long" : undefined;
}

/** A file of the node's own disk; empty when it is not there. */
async function textOf({ lab, node }: EndpointContext, path: string): Promise<string> {
  const bytes = await createNodeFiles(lab, node)
    .readFile(path)
    .catch(() => new Uint8Array());
  return new TextDecoder().decode(bytes);
}

/** What a node's resolver is told: `search`, and up to three servers. */
export async function dnsOf(context: EndpointContext): Promise<{ [key in "search" | `dns${number}`]?: string }> {
  const answer: Awaited<ReturnType<typeof dnsOf>> = {};
  let servers = 0;
  for (const line of (await textOf(context, "/etc/resolv.conf")).split("\n")) {
    const [word, value] = line.trim().split(/\s+/);
    if ((word === "search" || word === "domain") && value) answer.search = value;
    if (word === "nameserver" && value && servers < 3) answer[`dns${++servers}`] = value;
  }
  return answer;
}

async function writeDns(context: EndpointContext) {
  const { search, dns1, dns2, dns3 } = context.params;
  const servers = [dns1, dns2, dns3].flatMap((server) => (server ? [`nameserver ${server}\n`] : []));
  await write(context, "/etc/resolv.conf", `search ${search}\n${servers.join("")}`);
  return success(null);
}

async function readHosts(context: EndpointContext) {
  const data = await textOf(context, "/etc/hosts");
  return success({ data, digest: sha1(data) });
}

async function writeHosts(context: EndpointContext) {
  const { data, digest: expected } = context.params;
  if (expected && expected !== sha1(await textOf(context, "/etc/hosts"))) {
    throw new ApiRefusal(failure(500, "detected modified configuration - file changed by other user? Try again."));
  }
  await write(context, "/etc/hosts", data!);
  return success(null);
}

async function write({ lab, node }: EndpointContext, path: string, text: string): Promise<void> {
  await createNodeFiles(lab, node).writeFile(path, new TextEncoder().encode(text));
}

const FILES = (node: string) => [
  ["pve-root-ca.pem", "pve-root-ca.pem"],
  ["pve-ssl.pem", `nodes/${node}/pve-ssl.pem`],
  ["pveproxy-ssl.pem", `nodes/${node}/pveproxy-ssl.pem`],
];

function certificates(lab: Readonly<LabState>, node: string): Json[] {
  return FILES(node).flatMap(([filename, path]) => {
    const pem = pmxcfsFile(lab, node, path!);
    const told = pem === undefined ? undefined : certificateInfo(pem);
    return told ? [{ filename: filename!, pem: pem!, ...told }] : [];
  });
}

/** What openssl reads off a certificate; undefined for a file that a learner broke. */
function certificateInfo(pem: string): { [key: string]: Json } | undefined {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    return undefined;
  }
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  const elliptic = asymmetricKeyType === "ec";
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    notbefore: certificate.validFromDate.getTime() / 1000,
    notafter: certificate.validToDate.getTime() / 1000,
    fingerprint: certificate.fingerprint256,
    san: (certificate.subjectAltName ?? "")
      .split(", ")
      .filter(Boolean)
      .map((name) => name.replace(/^[^:]+:/, "")),
    "public-key-type": elliptic ? "id-ecPublicKey" : "rsaEncryption",
    "public-key-bits": elliptic ? 256 : (asymmetricKeyDetails?.modulusLength ?? 0),
  };
}

/** `/CN=.../OU=...`, as openssl's older form has it. */
function oneLine(name: string): string {
  return name
    .split("\n")
    .map((part) => `/${part}`)
    .join("");
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}
