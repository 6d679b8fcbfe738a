/** `npm run checks:docs`: write docs/checks.md from the vocabulary of checks. */
import { writeFileSync } from "node:fs";
import { checksDocument } from "../grader/checks/checks-document.ts";

writeFileSync(new URL("../docs/checks.md", import.meta.url), checksDocument());
