/** A mistake in a course's files, told with its place so that an editor can jump to it. */
export class ContentError extends Error {
  override name = "ContentError";
  readonly file: string;
  /** 1-based; absent when the mistake is the file as a whole. */
  readonly line: number | undefined;
  /** 1-based. */
  readonly column: number | undefined;

  constructor(place: { file: string; line?: number; column?: number }, reason: string, options?: ErrorOptions) {
    const where = [place.file, place.line, place.column].filter((part) => part !== undefined).join(":");
    super(`${where}: ${reason}`, options);
    this.file = place.file;
    this.line = place.line;
    this.column = place.column;
  }
}
