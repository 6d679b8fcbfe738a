/** What a learner is told about recording, and their own switch. */
import type { Recordings } from "../recordings/recordings.ts";
import type { Terminals } from "../terminals/terminals.ts";
import { answer, type Browser, mustBeAllowed } from "./connection.ts";

export function handleRecordings(browser: Browser, recordings: Recordings, terminals: Terminals): void {
  const { person } = browser;
  answer(browser, "recording:state", async ({ labId }) => {
    await mustBeAllowed(browser, "recording:state", { labId });
    return recordings.state(labId, person.id);
  });
  answer(browser, "recording:switch", async ({ labId, off }) => {
    await mustBeAllowed(browser, "recording:switch", { labId });
    const own = [...terminals.all].filter(
      ({ options, ended }) => options.personId === person.id && options.labId === labId && !ended,
    );
    await recordings.setOff(labId, person.id, off, own);
    return recordings.state(labId, person.id);
  });
}
