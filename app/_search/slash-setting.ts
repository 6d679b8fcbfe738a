/** Whether the key `/` opens the search: some people's keyboards or voices press it without wanting it (WCAG 2.1.4). */
const KEY = "quorate-search-slash";

export function slashOpens(): boolean {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    // A browser that keeps nothing.
    return true;
  }
}

export function setSlashOpens(opens: boolean): void {
  try {
    if (opens) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, "off");
  } catch {
    // The choice then holds for nothing; the button works all the same.
  }
}
