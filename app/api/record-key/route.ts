import { webRuntime } from "../../../server/web-runtime.ts";

/** The public key of this installation: with it anybody can verify its records. */
export function GET(): Response {
  return new Response(webRuntime().records.publicPem, {
    headers: {
      "content-type": "application/x-pem-file",
      "content-disposition": 'attachment; filename="quorate-public-key.pem"',
    },
  });
}
