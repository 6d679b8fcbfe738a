/** Every event kind of the model and who handles it. A slice exports its own table; here they become one. */
import type { EventHandler } from "./kernel.ts";

export const handlers: Record<string, EventHandler> = {};
