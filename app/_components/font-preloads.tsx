import { preload } from "react-dom";

/** The two files that a page's first words are set in, asked for with the page and not after its style sheet. */
const FIRST_FONTS = [
  new URL("@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2", import.meta.url),
  new URL("@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-400-normal.woff2", import.meta.url),
];

export function FontPreloads() {
  for (const font of FIRST_FONTS) preload(String(font), { as: "font", type: "font/woff2", crossOrigin: "anonymous" });
  return null;
}
