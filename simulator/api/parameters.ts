/**
 * Verification of parameters, with the texts of a real node.
 *
 * @source recordings 11, 15, 46 of Proxmox VE 8.4; where none exists the text is marked unverified
 */
import { type Form, formProblem } from "../cluster/forms.ts";
import { LINK } from "../cluster/join/link-parameters.ts";
import { ApiRefusal, wrongParameters } from "./answer.ts";
import { unmodelledParameters } from "./unmodelled-parameters.ts";

export interface ParameterRule {
  optional?: boolean;
  check?: Check;
}

/** What a parameter is, as far as it is declared: for whoever describes the API. */
export interface DeclaredType {
  type: "string" | "integer" | "number" | "boolean";
  minimum?: number;
  maximum?: number;
  enum?: readonly string[];
}

/** @returns what is wrong with the value, undefined when nothing is */
export type Check = ((value: string) => string | undefined) & { declared?: DeclaredType };

const declared = (check: (value: string) => string | undefined, type: DeclaredType): Check =>
  Object.assign(check, { declared: type });

/** A parameter of a form. @param name its own, for what is said of the parts of a property string */
export function formed(form: Form, name = ""): ParameterRule {
  const { type = "string", optional, minimum, maximum } = form;
  return {
    ...(optional && { optional }),
    check: declared((value) => formProblem(form, value, name), {
      type,
      ...(form.enum && { enum: form.enum }),
      ...(minimum !== undefined && { minimum }),
      ...(maximum !== undefined && { maximum }),
    }),
  };
}

/** Parameters by name, each of its form. */
export function formedAll(forms: Readonly<Record<string, Form>>): ParameterRules {
  return Object.fromEntries(Object.entries(forms).map(([name, form]) => [name, formed(form, name)]));
}

/** The same for one that may not be left out. */
export const needed = (form: Form): Form => ({ ...form, optional: false });

/** The number of a guest. */
export const VMID: Form = { type: "integer", minimum: 100, maximum: 999_999_999, format: "pve-vmid" };

/** What a rule says a parameter is; a string where nothing else is said. */
export function declaredType(rule: ParameterRule): DeclaredType {
  return rule.check?.declared ?? { type: "string" };
}

export type ParameterRules = Record<string, ParameterRule>;

/** `link0` to `link7`, as both cluster calls take them. */
export const linkRules: ParameterRules = Object.fromEntries(
  Array.from({ length: 8 }, (_, number) => [`link${number}`, formed(LINK, `link${number}`)]),
);

export const integer = (low: number, high: number): Check =>
  declared(
    (value) => {
      if (!/^[+-]?\d+$/.test(value)) return `type check ('integer') failed - got '${value}'`;
      if (Number(value) < low) return `value must have a minimum value of ${low}`;
      if (Number(value) > high) return `value must have a maximum value of ${high}`;
      return undefined;
    },
    { type: "integer", minimum: low, maximum: high },
  );

export const boolean: Check = declared(
  (value) =>
    /^(0|1|yes|no|on|off|true|false)$/i.test(value) ? undefined : `type check ('boolean') failed - got '${value}'`,
  { type: "boolean" },
);

/** @source recording 12's kind of texts; pve-common PVE/JSONSchema.pm check_prop */
export const oneOf = (values: readonly string[]): Check =>
  declared(
    (value) =>
      values.includes(value)
        ? undefined
        : `value '${value}' does not have a value in the enumeration '${values.join(", ")}'`,
    { type: "string", enum: values },
  );

/** One of Proxmox's named formats: what its check dies with, and the newline of that. */
export const matchesFormat = (regex: RegExp, problem: string): NonNullable<ParameterRule["check"]> =>
  pattern(regex, `invalid format - ${problem}\n`);

export const pattern = (
  regex: RegExp,
  text = "value does not match the regex pattern",
): NonNullable<ParameterRule["check"]> => {
  return (value) => (regex.test(value) ? undefined : text);
};

/** Longest first: what a real node says of a name that no node may have. */
export const nodeName = pattern(
  /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/,
  "invalid format - value does not look like a valid node name\n",
);

/**
 * Parts of the path and parameters together, as a real node sees them.
 *
 * @throws ApiRefusal 400 with one text for each wrong one
 */
export function verifyRequest(
  endpoint: { method: string; path: string; parameters?: ParameterRules; pathParameters?: ParameterRules },
  params: Record<string, string>,
  pathParams: Record<string, string>,
): void {
  const errors: Record<string, string> = {};
  for (const [name, rule] of Object.entries(endpoint.pathParameters ?? {})) {
    const problem = rule.check?.(pathParams[name] ?? "");
    if (problem !== undefined) errors[name] = problem;
  }
  const known = unmodelledParameters(endpoint.method, endpoint.path);
  for (const name of Object.keys(params)) {
    if (Object.hasOwn(endpoint.parameters ?? {}, name)) continue;
    if (known.includes(name) || known.includes(name.replace(/\d+$/, "[n]"))) {
      errors[name] = "this option is not modelled in this simulated node";
    }
  }
  verifyParameters(endpoint.parameters ?? {}, params, errors);
}

/**
 * @param errors texts that are known already; a parameter with one is not looked at again
 * @throws ApiRefusal 400 with one text for each wrong parameter
 */
function verifyParameters(
  rules: ParameterRules,
  params: Record<string, string>,
  errors: Record<string, string> = {},
): void {
  for (const [name, value] of Object.entries(params)) {
    if (errors[name] !== undefined) continue;
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) errors[name] = "property is not defined in schema and the schema does not allow additional properties";
    else {
      const problem = rule.check?.(value);
      if (problem !== undefined) errors[name] = problem;
    }
  }
  for (const [name, rule] of Object.entries(rules)) {
    if (!rule.optional && params[name] === undefined) errors[name] = "property is missing and it is not optional";
  }
  if (Object.keys(errors).length > 0) throw new ApiRefusal(wrongParameters(errors));
}
