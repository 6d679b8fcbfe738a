/** A shell's variables: scalars, indexed and associative arrays, attributes, and the scopes that `local` makes. */
import { hashOrder } from "./hash-order.ts";
import { LAB_MEMORY_TEXT } from "./lab-memory.ts";

export interface Variable {
  /** Undefined for a name that has attributes and no value. */
  value: string | undefined;
  /** Indexed (number keys) or associative (text keys); a plain variable has none. */
  array: Map<string, string> | undefined;
  associative: boolean;
  exported: boolean;
  readonly: boolean;
  integer: boolean;
  lower: boolean;
  upper: boolean;
  nameref: boolean;
  /** An array that was declared and never assigned. */
  unassigned?: boolean;
}

/** All variables of a shell together; a doubling loop ends here and not in the host's memory. */
const VARIABLE_BYTES_MAX = 16 << 20;

/** References to references; more is a circle. */
const REFERENCES_MAX = 8;

/** One array; an expansion of more would be one long piece of work. */
const ELEMENTS_MAX = 50_000;

/** An error that ends the present command with a message in the shell's own words. */
export class ShellError extends Error {
  override name = "ShellError";
  readonly status: number;
  /** A script ends with it, an interactive shell goes back to its prompt. */
  readonly fatal: boolean;
  /** What else stands on the same line is given up, too (a division by zero in `$(( ))`). */
  readonly discard: boolean;
  /** It has been told already. */
  told = false;
  /** How its message begins when it comes out of a function. */
  place: string | undefined;
  constructor(message: string, options: { status?: number; fatal?: boolean; discard?: boolean } = {}) {
    super(message);
    this.discard = options.discard ?? false;
    this.status = options.status ?? 1;
    this.fatal = options.fatal ?? false;
  }
}

function emptyVariable(): Variable {
  return {
    value: undefined,
    array: undefined,
    associative: false,
    exported: false,
    readonly: false,
    integer: false,
    lower: false,
    upper: false,
    nameref: false,
  };
}

function copyOf(names: ReadonlyMap<string, Variable>): Map<string, Variable> {
  const copy = new Map<string, Variable>();
  for (const [name, variable] of names)
    copy.set(name, { ...variable, array: variable.array && new Map(variable.array) });
  return copy;
}

/** The names of one call, or those outside of all. */
interface Scope {
  names: Map<string, Variable>;
  /** Another shell looks at the same map: whoever writes first makes a copy. */
  shared: boolean;
}

const newScope = (): Scope => ({ names: new Map(), shared: false });

export class Variables {
  #scopes: Scope[] = [newScope()];
  /** `$_`, which every command sets: no reason to copy a shared scope. */
  #last: string | undefined;
  /** Tells the lab that this shell holds more or less; false when the lab's shells hold all that they may. */
  charge: (bytes: number) => boolean = () => true;
  #bytes = 0;
  /** Variables that are computed when read (`RANDOM`, `SECONDS`); undefined means a plain one. */
  special: (name: string) => string | undefined = () => undefined;
  /** Told when a computed variable is set. */
  assigned: (name: string, value: string) => void = () => {};
  /** Evaluates what integer variables are given. */
  integerOf: (text: string) => string = (text) => text;

  /** Names that belong to the function that runs. */
  localNames(): string[] {
    return this.#scopes.length > 1 ? [...this.#scopes.at(-1)!.names.keys()].filter((name) => name !== "_") : [];
  }

  /** The variable of that name in the nearest scope, references followed. */
  find(name: string, depth = 0): Variable | undefined {
    const found = this.own(name);
    if (found?.nameref && found.value && found.value !== name)
      return depth < REFERENCES_MAX ? this.find(found.value.replace(/\[.*$/s, ""), depth + 1) : undefined;
    return found;
  }

  /** The variable of that name itself, a reference not followed. */
  own(name: string): Variable | undefined {
    if (name === "_" && this.#last !== undefined) return { ...emptyVariable(), value: this.#last };
    return this.#scopeOf(name)?.names.get(name);
  }

  /** The nearest scope that has a name. */
  #scopeOf(name: string): Scope | undefined {
    return this.#scopes.findLast(({ names }) => names.has(name));
  }

  /** A scope's names, to be changed. */
  #namesOf(scope: Scope): Map<string, Variable> {
    if (scope.shared) {
      scope.names = copyOf(scope.names);
      scope.shared = false;
    }
    return scope.names;
  }

  /** The variable that a name leads to, to be changed. */
  #toChange(name: string, depth = 0): Variable | undefined {
    const scope = this.#scopeOf(name);
    const found = scope && this.#namesOf(scope).get(name);
    if (found?.nameref && found.value && found.value !== name)
      return depth < REFERENCES_MAX ? this.#toChange(found.value.replace(/\[.*$/s, ""), depth + 1) : undefined;
    return found;
  }

  /** The name a reference leads to, which may have a subscript; any other name is itself. */
  target(name: string, depth = 0): string {
    const found = this.own(name);
    const leads = found?.nameref && found.value && found.value !== name && depth < REFERENCES_MAX;
    return leads ? this.target(found.value!, depth + 1) : name;
  }

  get(name: string): string | undefined {
    const computed = this.special(name);
    if (computed !== undefined) return computed;
    const found = this.find(name);
    if (!found) return undefined;
    return found.array ? found.array.get("0") : found.value;
  }

  /** Assign, in the scope where the name is, or in the outermost. @throws ShellError for a readonly one, or too much */
  set(name: string, value: string): void {
    if (name === "_") {
      this.#last = value;
      return;
    }
    if (name === "SECONDS" || name === "RANDOM" || name === "PATH") this.assigned(name, value);
    const variable = this.#writable(name);
    if (variable.array) {
      variable.unassigned = false;
      this.#store(variable.array, "0", this.#coerced(variable, value));
    } else {
      const coerced = this.#coerced(variable, value);
      this.#account(name, coerced.length - (variable.value?.length ?? 0));
      variable.value = coerced;
    }
  }

  setElement(name: string, key: string, value: string): void {
    const variable = this.#writable(name);
    variable.array ??= new Map(variable.value !== undefined ? [["0", variable.value]] : []);
    variable.value = undefined;
    variable.unassigned = false;
    this.#store(variable.array, key, this.#coerced(variable, value));
  }

  /** Replace the whole array. */
  setArray(name: string, entries: Iterable<[string, string]>): void {
    const variable = this.#writable(name);
    if (variable.array) for (const value of variable.array.values()) this.#free(value.length + 16);
    variable.array = new Map();
    variable.value = undefined;
    variable.unassigned = false;
    for (const [key, value] of entries) this.#store(variable.array, key, this.#coerced(variable, value));
  }

  /** The attributes of a name, made if there is none; `local` makes it in the innermost scope, `itself` follows no reference. */
  declare(name: string, options: { local?: boolean; itself?: boolean } = {}): Variable {
    const scope = options.local ? this.#scopes.at(-1)! : undefined;
    const held = options.itself ? this.#scopeOf(name) : undefined;
    let variable = scope
      ? this.#namesOf(scope).get(name)
      : options.itself
        ? held && this.#namesOf(held).get(name)
        : this.#toChange(name);
    if (!variable) {
      variable = emptyVariable();
      this.#namesOf(scope ?? this.#scopes[0]!).set(name, variable);
      this.#account(name, name.length + 64);
    }
    return variable;
  }

  /** A reference itself; `unset` takes what it leads to. */
  unsetItself(name: string): void {
    const scope = this.#scopeOf(name);
    if (scope) this.#namesOf(scope).delete(name);
  }

  unset(given: string): void {
    const name = this.target(given);
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const found = this.#scopes[i]!.names.get(name);
      if (!found) continue;
      if (found.readonly) throw new ShellError(`unset: ${name}: cannot unset: readonly variable`);
      this.#forget(found);
      // A function's own name stays its own while it has no value.
      const names = this.#namesOf(this.#scopes[i]!);
      if (i > 0 && i === this.#scopes.length - 1) names.set(name, emptyVariable());
      else names.delete(name);
      return;
    }
  }

  unsetElement(name: string, key: string): void {
    const value = this.find(name)?.array?.get(key);
    if (value === undefined) return;
    this.#free(value.length + 16);
    this.#toChange(name)?.array?.delete(key);
  }

  /** Keys of an array in order: numbers ascending, text as bash's hash table has it. */
  static keys(variable: Variable): string[] {
    if (!variable.array) return variable.value === undefined ? [] : ["0"];
    const keys = [...variable.array.keys()];
    return variable.associative ? hashOrder(keys) : keys.sort((a, b) => Number(a) - Number(b));
  }

  static values(variable: Variable): string[] {
    if (!variable.array) return variable.value === undefined ? [] : [variable.value];
    return Variables.keys(variable).map((key) => variable.array!.get(key)!);
  }

  pushScope(): void {
    this.#scopes.push(newScope());
  }

  popScope(): void {
    const scope = this.#scopes.pop();
    if (scope) for (const variable of scope.names.values()) this.#forget(variable);
  }

  get depth(): number {
    return this.#scopes.length;
  }

  /** Every visible name, sorted. */
  names(): string[] {
    return [
      ...new Set(this.#scopes.flatMap(({ names }) => [...names.keys()]).concat(this.#last === undefined ? [] : "_")),
    ].sort();
  }

  /** What programs get: exported variables that have a value. */
  exported(): Map<string, string> {
    const env = new Map<string, string>();
    for (const { names } of this.#scopes) {
      for (const [name, variable] of names) {
        if (variable.exported && variable.value !== undefined) env.set(name, variable.value);
        else env.delete(name);
      }
    }
    return env;
  }

  /** An independent copy, for a subshell. */
  copy(): Variables {
    const copy = new Variables();
    for (const scope of this.#scopes) scope.shared = true;
    copy.#scopes = this.#scopes.map((scope) => ({ ...scope }));
    copy.#last = this.#last;
    copy.#bytes = this.#bytes;
    return copy;
  }

  #writable(name: string): Variable {
    let variable = this.#toChange(name);
    if (variable?.readonly) throw new ShellError(`${name}: readonly variable`, { discard: true });
    if (!variable) {
      variable = emptyVariable();
      this.#namesOf(this.#scopes[0]!).set(this.target(name), variable);
      this.#account(name, name.length + 64);
    }
    return variable;
  }

  #coerced(variable: Variable, value: string): string {
    if (variable.integer) return this.integerOf(value);
    if (variable.lower) return value.toLowerCase();
    if (variable.upper) return value.toUpperCase();
    return value;
  }

  #store(array: Map<string, string>, key: string, value: string): void {
    const before = array.get(key);
    if (before === undefined && array.size >= ELEMENTS_MAX) {
      throw new ShellError(`an array of this simulated shell may have ${ELEMENTS_MAX} elements`);
    }
    this.#account(key, value.length - (before === undefined ? -key.length - 16 : before.length));
    array.set(key, value);
  }

  #account(name: string, bytes: number): void {
    if (bytes > 0 && this.#bytes + bytes > VARIABLE_BYTES_MAX) {
      throw new ShellError(`${name}: variables of this simulated shell may hold ${VARIABLE_BYTES_MAX >> 20} MiB`);
    }
    if (!this.charge(bytes)) {
      throw new ShellError(`${name}: memory exhausted: ${LAB_MEMORY_TEXT}`);
    }
    this.#bytes += bytes;
  }

  #free(bytes: number): void {
    this.#bytes -= bytes;
    this.charge(-bytes);
  }

  #forget(variable: Variable): void {
    this.#free(64 + (variable.value?.length ?? 0));
    if (variable.array) for (const value of variable.array.values()) this.#free(value.length + 16);
  }
}
