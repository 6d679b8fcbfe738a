/**
 * Models of processors that a guest may have.
 *
 * Models of one's own (virtual-guest/cpu-models.conf) are not modelled: none is found.
 *
 * @source qemu-server 8.4.10 PVE/QemuServer/CPUConfig.pm $cpu_vendor_list, $builtin_models, validate_vm_cpu_conf; texts typed
 */
import { type Form, flag, like, oneOf, text } from "../forms.ts";

const NAMES: Record<string, string> = {
  GenuineIntel:
    "486 pentium pentium2 pentium3 coreduo core2duo Conroe Penryn Nehalem Nehalem-IBRS Westmere Westmere-IBRS SandyBridge SandyBridge-IBRS IvyBridge IvyBridge-IBRS Haswell Haswell-IBRS Haswell-noTSX Haswell-noTSX-IBRS Broadwell Broadwell-IBRS Broadwell-noTSX Broadwell-noTSX-IBRS Skylake-Client Skylake-Client-IBRS Skylake-Client-noTSX-IBRS Skylake-Client-v4 Skylake-Server Skylake-Server-IBRS Skylake-Server-noTSX-IBRS Skylake-Server-v4 Skylake-Server-v5 Cascadelake-Server Cascadelake-Server-v2 Cascadelake-Server-noTSX Cascadelake-Server-v4 Cascadelake-Server-v5 Cooperlake Cooperlake-v2 KnightsMill Icelake-Client Icelake-Client-noTSX Icelake-Server Icelake-Server-noTSX Icelake-Server-v3 Icelake-Server-v4 Icelake-Server-v5 Icelake-Server-v6 SapphireRapids SapphireRapids-v2 GraniteRapids",
  AuthenticAMD:
    "athlon phenom Opteron_G1 Opteron_G2 Opteron_G3 Opteron_G4 Opteron_G5 EPYC EPYC-IBPB EPYC-v3 EPYC-v4 EPYC-Rome EPYC-Rome-v2 EPYC-Rome-v3 EPYC-Rome-v4 EPYC-Milan EPYC-Milan-v2 EPYC-Genoa",
  default: "host kvm32 kvm64 qemu32 qemu64 max x86-64-v2 x86-64-v2-AES x86-64-v3 x86-64-v4",
};

/** Each with the vendor that a guest sees; `default` is the host's. */
export const CPU_MODELS: readonly { name: string; vendor: string }[] = Object.entries(NAMES).flatMap(
  ([vendor, names]) => names.split(" ").map((name) => ({ name, vendor })),
);

const byCase = (a: string, b: string) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1);
/** What may be told to a guest in the place of its model. */
const REPORTED = CPU_MODELS.map(({ name }) => name)
  .filter((name) => !name.startsWith("x86-64-"))
  .sort(byCase);

const FLAGS = "pcid spec-ctrl ibpb ssbd virt-ssbd amd-ssbd amd-no-ssb pdpe1gb md-clear hv-tlbflush hv-evmcs aes".split(
  " ",
);
const OWN_FLAG = `[+-](?:${FLAGS.join("|")})`;
const OWN_FLAGS = new RegExp(`^${OWN_FLAG}(?:;${OWN_FLAG})*$`);

/** The option `cpu`. */
export const CPU_FORM: Form = {
  optional: true,
  format: {
    cputype: { ...text, defaultKey: true },
    "reported-model": oneOf(REPORTED.join(" ")),
    hidden: flag,
    "hv-vendor-id": like(/[a-zA-Z0-9]{1,12}/),
    flags: like(/[+-][a-zA-Z0-9\-_.]+(?:;[+-][a-zA-Z0-9\-_.]+)*/),
    "phys-bits": { optional: true, format: "pve-phys-bits" },
  },
  together: ({ cputype, flags, ...rest }) => {
    if (cputype === undefined) return "CPU is missing cputype";
    const own = /^custom-(.+)$/.exec(cputype);
    if (own) return `Custom cputype '${own[1]}' not found`;
    if (!CPU_MODELS.some(({ name }) => name === cputype)) {
      return `Built-in cputype '${cputype}' is not defined (missing 'custom-' prefix?)`;
    }
    if (flags !== undefined && !OWN_FLAGS.test(flags)) {
      return `VM-specific CPU flags must be a subset of: ${FLAGS.join(", ")}`;
    }
    const reported = rest["reported-model"] !== undefined;
    return reported ? "Property 'reported-model' not allowed in VM-specific CPU config." : undefined;
  },
};
