"use client";

import { inputClass } from "../../_class/field.tsx";
import { TimeZoneInput } from "../../_class/time-zone-input.tsx";

/** When the class meets, in the clocks of its own zone. */
export function ClassDates(props: {
  /** As fields for date and time take them; empty: not said. */
  dates: { startsAt: string; endsAt: string; timeZone: string };
  change: (what: object) => Promise<void>;
}) {
  const { dates, change } = props;
  return (
    <form
      key={JSON.stringify(dates)}
      aria-labelledby="class-dates"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const of = (name: string) => String(form.get(name) ?? "");
        void change({ dates: { startsAt: of("startsAt"), endsAt: of("endsAt"), timeZone: of("timeZone") } });
      }}
    >
      <h2 id="class-dates" className="mt-6 font-semibold">
        Dates
      </h2>
      <div className="mt-2 flex flex-wrap items-end gap-3">
        <label>
          <span className="text-quiet">Begins</span>
          <input type="datetime-local" name="startsAt" defaultValue={dates.startsAt} className={inputClass} />
        </label>
        <label>
          <span className="text-quiet">Ends</span>
          <input type="datetime-local" name="endsAt" defaultValue={dates.endsAt} className={inputClass} />
        </label>
        {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is in the component */}
        <label>
          <span className="text-quiet">Time zone</span>
          <TimeZoneInput name="timeZone" defaultValue={dates.timeZone} />
        </label>
        <button type="submit" className="button">
          Change the dates
        </button>
        <span className="basis-full text-small text-quiet">
          Students join from an hour before the beginning until the end. Who joined stays.
        </span>
      </div>
    </form>
  );
}
