/** Names of protocols and ports that packet filters know. @source Debian's /etc/protocols and /etc/services */

/** `all` is any. */
export const PROTOCOLS: Record<string, number> = {
  ...{
    all: 0,
    icmp: 1,
    igmp: 2,
    tcp: 6,
    udp: 17,
    gre: 47,
    esp: 50,
    ah: 51,
    icmpv6: 58,
    "ipv6-icmp": 58,
    vrrp: 112,
    sctp: 132,
  },
};

export const SERVICES: Record<number, string> = {
  ...{ 20: "ftp-data", 21: "ftp", 22: "ssh", 23: "telnet", 25: "smtp", 53: "domain", 67: "bootps", 68: "bootpc" },
  ...{ 69: "tftp", 80: "http", 111: "sunrpc", 123: "ntp", 143: "imap2", 161: "snmp", 389: "ldap", 443: "https" },
  ...{
    514: "syslog",
    636: "ldaps",
    873: "rsync",
    2049: "nfs",
    3260: "iscsi-target",
    3306: "mysql",
    5432: "postgresql",
  },
};

/** @returns undefined for what is no port */
export function portNamed(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) <= 65_535 ? Number(text) : undefined;
  const found = Object.entries(SERVICES).find(([, name]) => name === text)?.[0];
  return found === undefined ? undefined : Number(found);
}
