/**
 * What openssl, and Proxmox's scripts around it, say when a file is not what it should be.
 *
 * @source OpenSSL 3.0 and pve-cluster 8.1 typed on a node with such files (recordings/pve/updatecerts.json)
 */
import type { IssueFailure } from "./pki-state.ts";

/** Why no certificate was made; `serial-`: of the file with the last serial number. */
export type CertificateFailure = IssueFailure["failed"] | "serial-odd" | "serial-short";

/** What a step of it left behind. */
export interface FailureOutcome {
  /** What openssl wrote to standard error. */
  printed: string[];
  /** What the script ended with. */
  died: string;
  /** The certificate's file was emptied before it failed. */
  emptied: boolean;
  /** And the next serial number written down. */
  counted: boolean;
}

/**
 * How it fails.
 *
 * @param run.name common name of the certificate
 * @param run.unit what the new CA would have been told apart by
 */
export function certificateFailure(
  failed: CertificateFailure,
  run: { node: string; pid: number; name: string; unit: string },
): FailureOutcome {
  const { node, pid, name, unit } = run;
  const certificate = `/etc/pve/nodes/${node}/pve-ssl.pem`;
  const conf = `/tmp/pvesslconf-${pid}.tmp`;
  const request = `/tmp/pvecertreq-${pid}.tmp`;
  const nothing = { printed: [], emptied: false, counted: false };
  if (failed === "node-key") {
    const key = `/etc/pve/nodes/${node}/pve-ssl.key`;
    const command = `openssl req -batch -new -config ${conf} -key ${key} -out ${request}`;
    return {
      ...nothing,
      printed: [`Could not read private key from ${key}`],
      died: `unable to generate pve certificate request:\ncommand '${command}' failed: exit code 1`,
    };
  }
  if (failed === "new-ca-key") {
    const subject = `/CN=Proxmox Virtual Environment/OU=${unit}/O=PVE Cluster Manager CA/`;
    const command = `faketime yesterday openssl req -batch -days 3650 -new -x509 -nodes -key ${CA_KEY} -out ${CA} -subj '${subject}'`;
    return {
      ...nothing,
      printed: [`Could not read private key from ${CA_KEY}`],
      died: `generating pve root certificate failed:\ncommand '${command}' failed: exit code 1`,
    };
  }
  if (failed === "ca-certificate") return { ...nothing, died: `unable to read certificate from '${CA}'` };
  if (failed === "ca-expires") {
    return { ...nothing, died: "CA expires in less than 2 weeks, unable to generate certificate." };
  }
  const thread = `40${((pid * 2654435761) >>> 0).toString(16).toUpperCase().padStart(8, "0")}7F0000`;
  const why = {
    "serial-odd": [
      `Unable to load number from ${CA_SERIAL}`,
      `${thread}:error:06800091:asn1 encoding routines:a2i_ASN1_INTEGER:odd number of chars:../crypto/asn1/f_int.c:102:`,
    ],
    "serial-short": [
      `Unable to load number from ${CA_SERIAL}`,
      `${thread}:error:06800096:asn1 encoding routines:a2i_ASN1_INTEGER:short line:../crypto/asn1/f_int.c:138:`,
    ],
    "ca-key": [`Could not read CA private key from ${CA_KEY}`],
    "ca-of-another-key": [
      "CA certificate and CA private key do not match",
      `${thread}:error:05800074:x509 certificate routines:X509_check_private_key:key values mismatch:../crypto/x509/x509_cmp.c:403:`,
    ],
  }[failed];
  const subject = `subject=OU = PVE Cluster Node, O = Proxmox Virtual Environment, CN = ${name}`;
  const command = `faketime yesterday openssl x509 -req -in ${request} -days 730 -out ${certificate} -CAkey ${CA_KEY} -CA ${CA} -CAserial ${CA_SERIAL} -extfile ${conf}`;
  return {
    printed: ["Certificate request self-signature ok", subject, ...why],
    died: `unable to generate pve ssl certificate:\ncommand '${command}' failed: exit code 1`,
    emptied: true,
    counted: !failed.startsWith("serial-"),
  };
}

const CA = "/etc/pve/pve-root-ca.pem";
const CA_KEY = "/etc/pve/priv/pve-root-ca.key";
const CA_SERIAL = "/etc/pve/priv/pve-root-ca.srl";
