/** How a change of the lab went. */
import type { LabChanging } from "./use-lab-change.ts";

export function LabChangeSaid({ said, className = "" }: { said: LabChanging["said"]; className?: string }) {
  if (said === undefined) return null;
  return (
    <p
      role={said.bad ? "alert" : "status"}
      className={`${className} whitespace-pre-line ${said.bad ? "text-notyet" : "text-quiet"}`}
    >
      {said.text}
      {said.inEnglish !== undefined && (
        <>
          {"\n"}
          <span lang="en">{said.inEnglish}</span>
        </>
      )}
    </p>
  );
}
