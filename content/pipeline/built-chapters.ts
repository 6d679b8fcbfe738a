/** Where `npm run build` keeps compiled texts, so that a start with an empty data folder need not compile them again. */
import { fileURLToPath } from "node:url";

export const builtDirectory = fileURLToPath(new URL("../../.next/cache/chapters", import.meta.url));
