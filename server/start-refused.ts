/** Something outside must change before Quorate can start; the message is one line and says what. */
export class StartRefused extends Error {
  override name = "StartRefused";
}

/** `code` of a system error such as `EACCES`, or undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
