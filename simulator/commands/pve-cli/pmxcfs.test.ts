import { expect, it } from "vitest";
import { freshLab } from "../../cluster/testing/lab-steps.ts";
import { runProgram } from "../testing/run-program.ts";
import { pmxcfs } from "./pmxcfs.ts";

it.each([
  ["-x foo", "[main] crit: option parsing failed: Unknown option -x\n", 1],
  ["--nosuch", "[main] crit: option parsing failed: Unknown option --nosuch\n", 1],
  ["foo", "[main] crit: too many arguments\n", 255],
])("pmxcfs refuses %s as the real one", async (words, stderr, status) => {
  expect(await runProgram(freshLab(1), "pve1", pmxcfs, ["pmxcfs", ...words.split(" ")])).toMatchObject({
    stdout: "",
    stderr,
    status,
  });
});

it("pmxcfs says that it does not stay in the foreground, and starts no second one", async () => {
  const lab = freshLab(1);
  expect((await runProgram(lab, "pve1", pmxcfs, ["pmxcfs", "-f"])).stderr).toContain("'-f' is not modelled");
  const second = await runProgram(lab, "pve1", pmxcfs, ["pmxcfs", "-l"]);
  expect(second).toMatchObject({ status: 255, stderr: expect.stringContaining("unable to acquire pmxcfs lock") });
});
