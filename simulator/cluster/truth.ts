/** Whether text is one of the ways in which Proxmox's parameters say yes. @source pve-common PVE/JSONSchema.pm parse_boolean */
export function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(?:1|yes|on|true)$/i.test(value);
}
