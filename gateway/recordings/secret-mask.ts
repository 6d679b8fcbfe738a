/**
 * Stars for secrets that somebody gave as an argument and the shell echoed: `--password X`, `sshpass -p X`, `TOKEN=X`.
 *
 * Works on a stream: an echo comes letter by letter, a line of the history at once. What it knows is the text of the line
 * so far, without escape sequences; a secret that a program prints otherwise is text like any other, and the notice to the
 * learner says so.
 */

/** A line that ends like this is followed by a secret. */
const BEFORE_SECRET = new RegExp(
  [
    // --password X, --password=X, -password X, --api-key X
    String.raw`(?:^|[\s"'])--?(?:new-?|old-?)?(?:password|passwd|passphrase|pass|secret|token|api-?key|otp)(?:\s*=\s*|\s+)`,
    String.raw`\bsshpass\s+-p\s*`,
    String.raw`\bmysql(?:dump|admin)?\b.*\s-p`,
    // curl -u user:X, https://user:X@
    String.raw`\s(?:-u|--user)\s+[^\s:]+:`,
    String.raw`\w://[^\s/:@]+:`,
    // PGPASSWORD=X, export API_TOKEN=X
    String.raw`(?:^|[\s;])[A-Z0-9_]*(?<!PVEAPI)(?:PASSWORD|PASSWD|PASSPHRASE|TOKEN|SECRET|API_?KEY|MYSQL_PWD)=`,
    String.raw`PVEAPIToken=[^\s=]+=`,
    String.raw`Authorization:\s*(?:Bearer|Basic)\s+`,
    String.raw`\bPVEAuthCookie=`,
  ]
    .map((one) => `(?:${one})$`)
    .join("|"),
  "i",
);
/** Without one of these in it, no line has a secret: most of a flood is passed over by this alone. */
const HINT = /pass|secret|token|api-?_?key|otp|mysql|curl|wget|-u |:\/\/|_pwd|authorization|cookie/i;
/** Of a line, as much as the patterns look at. */
const LINE_CHARACTERS = 400;

type Escape = "none" | "escape" | "csi" | "string" | "string-escape";
/** `until`: what ends it beside blanks. `ended`: a blank came, which may have been an editor's. */
type Secret = { until: RegExp; quoted: boolean; ended: boolean } | undefined;

export class SecretMask {
  #line = "";
  #escape: Escape = "none";
  #secret: Secret;

  /** The text with stars. */
  push(text: string): string {
    if (this.#secret === undefined && this.#escape === "none" && !HINT.test(this.#line + text)) {
      this.#pass(text);
      return text;
    }
    let masked = "";
    for (const character of text) masked += this.#step(character);
    return masked;
  }

  /** Text without any hint: only where its last line begins matters, and whether an escape sequence is unfinished. */
  #pass(text: string): void {
    const end = text.lastIndexOf("\n") + 1;
    if (end > 0) this.#line = "";
    // A line's worth at least, so that a sequence that began before is not taken for text.
    const escape = text.lastIndexOf("\x1b");
    const from = Math.max(end, Math.min(text.length - LINE_CHARACTERS, escape < 0 ? text.length : escape));
    for (const character of text.slice(escape >= 0 ? Math.min(from, escape) : from)) this.#step(character);
  }

  #step(character: string): string {
    if (this.#escape !== "none") {
      this.#escape = afterEscape(this.#escape, character);
      return character;
    }
    if (character === "\x1b") {
      this.#escape = "escape";
      return character;
    }
    if (character === "\n") {
      this.#line = "";
      this.#secret = undefined;
      return character;
    }
    if (character === "\r") {
      // At the right edge bash prints a blank and a carriage return to go on below: the word is not over.
      if (this.#secret) this.#secret.ended = false;
      else this.#line = "";
      return character;
    }
    if (character === "\b") {
      // Taking back a letter is echoed as back, blank, back.
      if (this.#secret) this.#secret.ended = false;
      else this.#line = this.#line.slice(0, -1);
      return character;
    }
    if (character < " ") return character;
    return this.#printed(character);
  }

  #printed(character: string): string {
    if (this.#secret?.ended) {
      this.#secret = undefined;
      this.#line += " ";
    }
    const secret = this.#secret;
    if (secret) {
      if (secret.until.test(character)) {
        if (!secret.quoted && character === " ") secret.ended = true;
        else this.#secret = undefined;
        if (character !== " ") this.#line += character;
        return character;
      }
      return "*";
    }
    const begins = BEFORE_SECRET.test(this.#line);
    this.#line = (this.#line + character).slice(-LINE_CHARACTERS);
    // `--token --other` has none, and blanks before it are not it.
    if (!begins || /[\s;|&]/.test(character)) return character;
    if (character === "-" && /\s$/.test(this.#line.slice(0, -1))) return character;
    if (character === '"' || character === "'") {
      this.#secret = { until: character === "'" ? /'/ : /"/, quoted: true, ended: false };
      return character;
    }
    const inUrl = /:\/\/[^\s/]*:.$/u.test(this.#line);
    this.#secret = { until: inUrl ? /[\s@/]/ : /[\s;|&)'"]/, quoted: false, ended: false };
    return "*";
  }
}

function afterEscape(state: Exclude<Escape, "none">, character: string): Escape {
  if (state === "escape") {
    if (character === "[") return "csi";
    if ("]PX^_".includes(character)) return "string";
    return character >= " " && character <= "/" ? "escape" : "none";
  }
  if (state === "csi") return character >= "@" && character <= "~" ? "none" : "csi";
  if (state === "string-escape") return character === "\\" ? "none" : "string";
  if (character === "\x07") return "none";
  return character === "\x1b" ? "string-escape" : "string";
}
