/** The calls that change who is in a cluster: create, join. */
import type { Endpoint } from "../endpoint.ts";

export const clusterChangeEndpoints: Endpoint[] = [];
