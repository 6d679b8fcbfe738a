/**
 * corosync-qdevice-net-certutil of a node and corosync-qnetd-certutil of the server: what they say of their options and
 * refuse. Certificates are made by `pvecm qdevice setup` alone.
 *
 * @source recordings options/qdevice, options/qnetd, recording 40 for `-i` where there is a database
 */
import type { ProgramContext } from "../../shell/process.ts";
import { pathIn } from "../coreutils/arguments.ts";
import { notModelled } from "../printed.ts";

const NO_FILE_EXIT = 2;
const QNETD_STORE_EXISTS =
  "Certificate database (/etc/corosync/qnetd/nssdb) already exists. Delete it to initialize new db\n";

interface Certutil {
  path: string;
  /** Letters as getopts(1) takes them. */
  options: string;
  help: string;
  /** Letters of operations that read a certificate, and of those that need the cluster's name. */
  reading: string;
  naming: string;
}

const NODE: Certutil = {
  path: "/usr/sbin/corosync-qdevice-net-certutil",
  options: "hirmMQc:n:",
  help: `/usr/sbin/corosync-qdevice-net-certutil: [-i|-m|-M|-r|-s|-Q] [-c certificate] [-n cluster_name]

 -i      make the node's database, with the server's CA certificate
 -r      make a request for the cluster's certificate
 -M      take in the signed certificate and write it with its key to a pk12 file
 -m      take in that pk12 file on another node
 -Q      all of it, by ssh
 -c      the certificate, request or pk12 file
 -n      the cluster's name

On Proxmox VE \`pvecm qdevice setup\` does this.
`,
  reading: "imM",
  naming: "rQ",
};

const SERVER: Certutil = {
  path: "/usr/bin/corosync-qnetd-certutil",
  options: "hisGc:n:",
  help: `/usr/bin/corosync-qnetd-certutil: [-i|-s] [-c certificate] [-G] [-n cluster_name]

 -i                  Initialize QNetd CA and generate server certificate
 -s                  Sign cluster certificate (needs cluster certificate)
 -c certificate      CRQ certificate file name
 -G                  Do not set group write bit for new files
 -n cluster_name     Name of cluster (for -s operation)
`,
  reading: "s",
  naming: "",
};

export const qdeviceCertutil = (context: ProgramContext) => certutil(context, NODE);
export const qnetdCertutil = (context: ProgramContext) => certutil(context, SERVER);

async function certutil(context: ProgramContext, tool: Certutil): Promise<number> {
  const { stdout, stderr } = context;
  const asked = parse(context.argv.slice(1), tool.options);
  if ("invalid" in asked) {
    await stderr.write(`Invalid option: -${asked.invalid}\n`);
    return 1;
  }
  const { operation, certificate, clusterName } = asked;
  if (operation === undefined || operation === "h") {
    await stdout.write(tool.help);
    return 0;
  }
  const fail = async (text: string) => {
    await stderr.write(text);
    return NO_FILE_EXIT;
  };
  if (tool === SERVER && operation === "i") {
    await stderr.write(QNETD_STORE_EXISTS);
    return 1;
  }
  if (tool.reading.includes(operation) && !(await isFile(context, certificate))) {
    return fail(`Can't open certificate file ${certificate}\n`);
  }
  if (tool.naming.includes(operation) && clusterName === "") return fail("You have to specify cluster name\n");
  await stderr.write(notModelled(tool.path.split("/").at(-1)!, `-${operation}`));
  return 1;
}

type Asked = { operation: string | undefined; certificate: string; clusterName: string } | { invalid: string };

/** As the shell's getopts reads them: the first word that is no option ends them, and the last operation counts. */
function parse(args: string[], known: string): Asked {
  const asked = { operation: undefined as string | undefined, certificate: "", clusterName: "" };
  const queue = [...args];
  for (let word = queue.shift(); word?.startsWith("-") && word !== "-" && word !== "--"; word = queue.shift()) {
    for (let at = 1; at < word.length; at++) {
      const option = word[at]!;
      if (option === ":" || !known.includes(option)) return { invalid: option };
      if (known.includes(`${option}:`)) {
        const value = word.slice(at + 1) || queue.shift();
        if (value === undefined) return { invalid: option };
        if (option === "c") asked.certificate = value;
        else asked.clusterName = value;
        break;
      }
      if (option !== "G") asked.operation = option;
    }
  }
  return asked;
}

async function isFile(context: ProgramContext, path: string): Promise<boolean> {
  if (path === "") return false;
  try {
    await context.files.readFile(pathIn(context, path));
    return true;
  } catch {
    return false;
  }
}
