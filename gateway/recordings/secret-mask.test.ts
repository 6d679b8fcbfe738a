import { describe, expect, it } from "vitest";
import { SecretMask } from "./secret-mask.ts";

/** The whole at once, and letter by letter as an echo comes: both must give the same. */
function masked(text: string): string {
  const whole = new SecretMask().push(text);
  const mask = new SecretMask();
  const letters = [...text].map((letter) => mask.push(letter)).join("");
  expect(letters).toBe(whole);
  return whole;
}

describe("secrets given as arguments", () => {
  it.each([
    ["pvesh create /access/users --password hunter22 --userid a@pve", "pvesh create /access/users --password ******** --userid a@pve"],
    ["qm set 100 --cipassword=abc;ls", "qm set 100 --cipassword=abc;ls"],
    ["x --password=abc;ls", "x --password=***;ls"],
    ["x --password 'two words' next", "x --password '*********' next"],
    ['x --password "two words" next', 'x --password "*********" next'],
    ["x --password --verbose", "x --password --verbose"],
    ["sshpass -p geheim ssh root@pve1", "sshpass -p ****** ssh root@pve1"],
    ["sshpass -pgeheim ssh", "sshpass -p****** ssh"],
    ["mysql -u root -psecret db", "mysql -u root -p****** db"],
    ["PGPASSWORD=abc psql", "PGPASSWORD=*** psql"],
    ["export API_TOKEN=abc", "export API_TOKEN=***"],
    ["PWD=/root OLDPWD=/etc env", "PWD=/root OLDPWD=/etc env"],
    ["curl -u root@pam:abc https://x", "curl -u root@pam:*** https://x"],
    ["git clone https://me:abc@host/x", "git clone https://me:***@host/x"],
    ["curl -H 'Authorization: PVEAPIToken=root@pam!ci=12-34' x", "curl -H 'Authorization: PVEAPIToken=root@pam!ci=*****' x"],
    ["--password gr\u00fc\u00dfe\u{1f511} x", "--password ****** x"],
    ["x --password a@b/c", "x --password *****"],
    ["passwd root", "passwd root"],
    ["the password is known", "the password is known"],
  ])("%s", (typed, seen) => {
    expect(masked(`# ${typed}\r\n`)).toBe(`# ${seen}\r\n`);
  });

  it("hide what is corrected while typing, and end with the line", () => {
    expect(masked("# x --password ab\b \bc\r\nnext")).toBe("# x --password **\b \b*\r\nnext");
    expect(masked("# x --password ab\r\nnext line")).toBe("# x --password **\r\nnext line");
  });

  it("go on below the right edge, where bash prints a blank and a carriage return", () => {
    expect(masked("# x --password abc \rdef\r\n")).toBe("# x --password *** \r***\r\n");
  });

  it("are seen through colours and a title that was set before", () => {
    expect(masked("\x1b]0;pve1\x07\x1b[1m#\x1b[0m x --password \x1b[1mabc\x1b[0m y")).toBe(
      "\x1b]0;pve1\x07\x1b[1m#\x1b[0m x --password \x1b[1m***\x1b[0m y",
    );
  });

  it("leave a flood as it is, and are seen after it", () => {
    const flood = "0123456789abcdef\r\n".repeat(10_000);
    const mask = new SecretMask();
    expect(mask.push(flood)).toBe(flood);
    expect(mask.push("# x --pass")).toBe("# x --pass");
    expect(mask.push("word abc")).toBe("word ***");
  });
});
