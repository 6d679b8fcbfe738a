/** The kernel of a simulated node, as `uname`, the greeting and /proc/version name it: that of Proxmox VE 8.4. */
export const KERNEL = {
  release: "6.8.12-9-pve",
  version: "#1 SMP PREEMPT_DYNAMIC PMX 6.8.12-9 (2025-03-16T19:18Z)",
};
