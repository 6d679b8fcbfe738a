import { expect, it } from "vitest";
import { toPresentFormat, UnknownFormat } from "./saved-format.ts";
import { LAB_FORMAT } from "./state.ts";
import { freshLab } from "./testing/lab-steps.ts";

it("a lab of this version is left as it is", () => {
  const lab = freshLab(1);
  expect(toPresentFormat(structuredClone(lab))).toEqual(lab);
});

it("steps are taken in order, each from the format that the one before left", () => {
  const lab = { ...freshLab(1), format: LAB_FORMAT, oldName: "pve" };
  const steps = {
    [LAB_FORMAT]: (saved: Record<string, unknown>) => {
      saved.newName = saved.oldName;
      delete saved.oldName;
    },
    [LAB_FORMAT + 1]: (saved: Record<string, unknown>) => {
      saved.newName = `${saved.newName}!`;
    },
  };
  const migrated = toPresentFormat(lab, steps, LAB_FORMAT + 2);
  expect(migrated).toMatchObject({ format: LAB_FORMAT + 2, newName: "pve!" });
  expect(migrated).not.toHaveProperty("oldName");
});

it.each([
  [{ ...freshLab(1), format: LAB_FORMAT + 1 }, "reads up to"],
  [{ ...freshLab(1), format: -3 }, "has format -3"],
  [{ lab: "x" }, "is not a lab"],
  ["text", "is not a lab"],
  [null, "is not a lab"],
])("what this version cannot read is refused with the reason", (saved, reason) => {
  expect(() => toPresentFormat(saved)).toThrow(UnknownFormat);
  expect(() => toPresentFormat(saved)).toThrow(reason);
});
