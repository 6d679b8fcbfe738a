import { renderSVG } from "uqr";

/** A QR code drawn here, dark on white in both themes: some cameras do not read it the other way round. */
export function QrCode({ text, label, className }: { text: string; label: string; className?: string }) {
  const svg = renderSVG(text, { ecc: "M", border: 3, blackColor: "#000", whiteColor: "#fff" });
  return (
    // biome-ignore lint/performance/noImgElement: a data address has nothing to optimise
    <img
      alt={label}
      src={`data:image/svg+xml,${encodeURIComponent(svg)}`}
      width={220}
      height={220}
      className={`border border-rule ${className ?? ""}`}
    />
  );
}
