/** What a learner is told about recording, and their own switch. */
import type { Recordings } from "../recordings/recordings.ts";
import type { Terminals } from "../terminals/terminals.ts";
import { answer, type Browser, mustBeAllowed } from "./connection.ts";

export function handleRecordings(browser: Browser, recordings: Recordings, terminals: Terminals): void {
  const { person } = browser;
  const ownSessions = () => [...terminals.all].filter(({ options, ended }) => options.personId === person.id && !ended);
  answer(browser, "recording:state", async ({ labId }) => {
    await mustBeAllowed(browser, "recording:state", { labId });
    return recordings.state(labId, person.id);
  });
  answer(browser, "recording:switch", async ({ labId, off }) => {
    await mustBeAllowed(browser, "recording:switch", { labId });
    const onLab = ownSessions().filter(({ options }) => options.labId === labId);
    await recordings.setOff(labId, person.id, off, onLab);
    return recordings.state(labId, person.id);
  });
  answer(browser, "recording:decline", async ({ classId }) => {
    await mustBeAllowed(browser, "recording:decline", { classId });
    await recordings.decline(classId, person.id, ownSessions());
    return {};
  });
}
