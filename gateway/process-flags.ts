/**
 * What Node is told when the gateway's process starts.
 *
 * A flood leaves buffers behind, some 4 KiB each, and V8 counts only the small objects that hold them: with the usual young
 * generation of up to 16 MiB they are collected so late that the process grew by 44 MB while 100 MB went through it (by
 * `process.memoryUsage()`: array buffers of up to 60 MB, of which 3 to 6 remained after each collection). With 2 MiB it grew
 * by 6 MB, at the same speed; 4 MiB is already 24 MB. What lives on in the gateway is small, so nothing is collected in vain.
 */
export const GATEWAY_FLAGS: readonly string[] = ["--max-semi-space-size=2"];
