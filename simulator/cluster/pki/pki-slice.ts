/** What certificates add to the model's table of inputs. */

import { issuingInputs } from "./pki.ts";
import type { PkiInputs } from "./pki-state.ts";
import { renewalInputs } from "./renewal.ts";

export type { PkiInputs };

export const pkiInputs = { ...issuingInputs, ...renewalInputs };
