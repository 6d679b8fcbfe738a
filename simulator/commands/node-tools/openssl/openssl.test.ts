/** Expected texts are those of OpenSSL 3.0.19 on Debian 12. */
import { describe, expect, it } from "vitest";
import { issueCa, issueNodeCertificate } from "../../../api/certificates.ts";
import type { LabState } from "../../../cluster/state.ts";
import { act } from "../../../cluster/stepping.ts";
import { freshLab, setPaths } from "../../../cluster/testing/lab-steps.ts";
import { runProgram } from "../../testing/run-program.ts";
import { openssl } from "./openssl.ts";

const run = (lab: LabState, line: string, stdin = "") =>
  runProgram(lab, "pve1", openssl, ["openssl", ...line.split(" ")], { stdin });
const write = (lab: LabState, path: string, content: string) =>
  act(lab, "files/change", { node: "pve1", change: { op: "write", path, content } });

/** A lab whose nodes show real certificates of one authority, which lies in /root/ca.pem. */
async function labWithCertificates() {
  const lab = freshLab(2);
  const notBefore = lab.nowMs + lab.wallOffsetMs;
  const ca = await issueCa({ commonName: "Proxmox Virtual Environment", unit: "u", notBefore });
  for (const node of ["pve1", "pve2"]) {
    const issued = await issueNodeCertificate({
      ca,
      node,
      dnsNames: [`${node}.lab.internal`, node],
      addresses: ["127.0.0.1"],
      notBefore,
    });
    lab.pki.nodes[node] = { ...issued, caPem: ca.certPem };
    write(lab, `/root/${node}.pem`, issued.certPem);
    write(lab, `/root/${node}.key`, issued.keyPem);
  }
  write(lab, "/root/ca.pem", ca.certPem);
  return lab;
}

describe("s_client", () => {
  it("tells the certificate and that it cannot be verified; with the authority that it is", async () => {
    const lab = await labWithCertificates();
    const seen = await run(lab, "s_client -connect pve2:8006");
    expect(seen.status).toBe(0);
    expect(seen.stderr).toBe(
      `${["20:unable to get local issuer certificate", "21:unable to verify the first certificate"]
        .map(
          (text) =>
            `depth=0 OU = PVE Cluster Node, O = Proxmox Virtual Environment, CN = pve2.lab.internal\nverify error:num=${text}\nverify return:1\n`,
        )
        .join(
          "",
        )}depth=0 OU = PVE Cluster Node, O = Proxmox Virtual Environment, CN = pve2.lab.internal\nverify return:1\nDONE\n`,
    );
    expect(seen.stdout).toMatch(
      /^CONNECTED\(00000003\)\n---\nCertificate chain\n 0 s:OU = PVE Cluster Node, [\s\S]*\nVerify return code: 21 \(unable to verify the first certificate\)\n---\n$/,
    );
    const piped = await run(lab, "x509 -noout -subject", seen.stdout);
    expect(piped.stdout).toBe(
      "subject=OU = PVE Cluster Node, O = Proxmox Virtual Environment, CN = pve2.lab.internal\n",
    );
    const trusted = await run(lab, "s_client -connect pve2:8006 -CAfile ca.pem");
    expect(trusted.stdout).toContain("Verification: OK\n");
    expect(trusted.stdout).toContain("Verify return code: 0 (ok)\n");
  });

  it("says in OpenSSL's words that nobody answers", async () => {
    const lab = await labWithCertificates();
    expect(await run(lab, "s_client -connect pve2:22")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(":error:8000006F:system library:BIO_connect:Connection refused:") as string,
    });
    setPaths(lab, ["pve1"], ["pve2"], false);
    expect((await run(lab, "s_client -connect pve2:8006")).stderr).toMatch(/connect:errno=113\n$/);
    expect((await run(lab, "s_client -connect nosuch:8006")).stderr).toMatch(
      /Name or service not known\nconnect:errno=22\n$/,
    );
  });
});

describe("x509 and verify", () => {
  it("print in the order in which they are asked", async () => {
    const lab = await labWithCertificates();
    const seen = await run(lab, "x509 -in pve1.pem -noout -enddate -subject -fingerprint -sha256");
    expect(seen.stdout).toMatch(
      /^notAfter=.* GMT\nsubject=OU = .*\nsha256 Fingerprint=([0-9A-F]{2}:){31}[0-9A-F]{2}\n$/,
    );
    expect((await run(lab, "x509 -in pve1.pem -noout -subject -nameopt RFC2253")).stdout).toBe(
      "subject=CN=pve1.lab.internal,O=Proxmox Virtual Environment,OU=PVE Cluster Node\n",
    );
    expect((await run(lab, "verify -CAfile ca.pem pve1.pem")).stdout).toBe("pve1.pem: OK\n");
    expect(await run(lab, "verify pve1.pem")).toMatchObject({
      status: 2,
      stderr:
        "OU = PVE Cluster Node, O = Proxmox Virtual Environment, CN = pve1.lab.internal\nerror 20 at 0 depth lookup: unable to get local issuer certificate\nerror pve1.pem: verification failed\n",
    });
    expect((await run(lab, "x509 -in nosuch -noout")).stderr).toMatch(
      /^Could not open file or uri for loading certificate from nosuch\n[\s\S]*\nUnable to load certificate\n$/,
    );
  });
});

describe("keys", () => {
  it("a node's key is told, checked and belongs to its certificate", async () => {
    const lab = await labWithCertificates();
    expect((await run(lab, "pkey -in pve1.key -check -noout")).stdout).toBe("Key is valid\n");
    const own = await run(lab, "pkey -in pve1.key -pubout");
    expect(own.stdout).toBe((await run(lab, "x509 -in pve1.pem -noout -pubkey")).stdout);
    expect((await run(lab, "ec -in pve1.key -noout -text")).output).toMatch(
      /^read EC key\nPrivate-Key: \(256 bit\)\npriv:\n( {4}([0-9a-f]{2}:){15}\n){2} {4}[0-9a-f:]+\npub:\n[\s\S]*ASN1 OID: prime256v1\nNIST CURVE: P-256\n$/,
    );
    expect(await run(lab, "rsa -in pve1.key -noout")).toMatchObject({ status: 1, stderr: "Not an RSA key\n" });
    await run(lab, "genrsa -out r.key 1024");
    expect((await run(lab, "rsa -in r.key -check -noout")).stdout).toBe("RSA key ok\n");
  });
});

it.each([
  [
    "passwd -6 -salt abc secret",
    "$6$abc$IdWKNKTJEb8LxY7CGg8YBXlvtfZzFw7Mp/r6niK9YB2mdvgY..TKjv1T..8RadRt2qvUHYRLr/TsVArtr91iR1\n",
  ],
  ["passwd -5 -salt abc secret", "$5$abc$qsg6EHbUzHQzF1POlD7zUwBINSELQxypPaeDcZe6vH0\n"],
  ["sha256", "SHA2-256(stdin)= e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"],
])("%s", async (line, stdout) => {
  expect((await run(freshLab(1), line)).stdout).toBe(stdout);
});

it("rand makes as many bytes as it is asked for, and other commands say what they are", async () => {
  const lab = freshLab(1);
  expect((await run(lab, "rand -hex 8")).stdout).toMatch(/^[0-9a-f]{16}\n$/);
  expect((await run(lab, "foo")).stderr).toBe("Invalid command 'foo'; type \"help\" for a list.\n");
  expect((await run(lab, "x509 -bogus")).stderr).toBe("x509: Unknown option: -bogus\nx509: Use -help for summary.\n");
});
