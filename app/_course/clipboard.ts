/**
 * Copying that works over plain HTTP, too: `navigator.clipboard` exists in a secure context only, so the copy event of
 * the browser's own copy command is answered instead.
 */

/** @returns false when the browser refuses; the text is then to be selected by hand */
export function copyText(text: string): boolean {
  const answer = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("copy", answer, { capture: true, once: true });
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    document.removeEventListener("copy", answer, { capture: true });
  }
}
