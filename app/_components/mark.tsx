/** Quorate's mark: three votes, two of them cast. */
export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg aria-hidden="true" viewBox="0 0 20 20" width={size} height={size} fill="none" className="shrink-0">
      <path d="M10 4.5 4.5 14.5h11Z" stroke="currentColor" strokeWidth="1.25" />
      <circle cx="10" cy="4.5" r="3" fill="var(--accent)" />
      <circle cx="4.5" cy="14.5" r="3" fill="var(--accent)" />
      <circle cx="15.5" cy="14.5" r="2.4" fill="var(--paper)" stroke="currentColor" strokeWidth="1.25" />
    </svg>
  );
}
