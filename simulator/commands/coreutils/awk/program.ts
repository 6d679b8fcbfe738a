/** What an awk program is once it is read: rules and functions, their statements, the expressions in these. */

export type Expr =
  | { kind: "number"; value: number }
  | { kind: "string"; value: string }
  | { kind: "regex"; expression: RegExp }
  | { kind: "name"; name: string }
  | { kind: "index"; name: string; keys: Expr[] }
  | { kind: "field"; of: Expr }
  | { kind: "assign"; op: string; to: Expr; value: Expr }
  | { kind: "conditional"; test: Expr; yes: Expr; no: Expr }
  | { kind: "binary"; op: string; left: Expr; right: Expr }
  | { kind: "match"; negated: boolean; left: Expr; right: Expr }
  | { kind: "in"; keys: Expr[]; name: string }
  | { kind: "unary"; op: string; of: Expr }
  | { kind: "step"; op: "++" | "--"; before: boolean; to: Expr }
  | { kind: "call"; name: string; args: Expr[]; own: boolean }
  | { kind: "getline"; to: Expr | undefined; file: Expr | undefined; command: Expr | undefined }
  | { kind: "group"; items: Expr[] };

export type Statement =
  | { kind: "expression"; of: Expr }
  | { kind: "print"; formatted: boolean; args: Expr[]; to: { how: ">" | ">>" | "|"; where: Expr } | undefined }
  | { kind: "block"; body: Statement[] }
  | { kind: "if"; test: Expr; yes: Statement; no: Statement | undefined }
  | { kind: "while"; test: Expr; body: Statement; first: boolean }
  | { kind: "for"; start: Statement | undefined; test: Expr | undefined; step: Statement | undefined; body: Statement }
  | { kind: "for-in"; name: string; array: string; body: Statement }
  | { kind: "delete"; name: string; keys: Expr[] | undefined }
  | { kind: "return" | "exit"; of: Expr | undefined }
  | { kind: "next" | "nextfile" | "break" | "continue" };

export interface AwkRule {
  when: "BEGIN" | "END" | "record";
  test?: Expr;
  until?: Expr;
  active: boolean;
  /** Absent: the record is printed. */
  body?: Statement[];
}

export interface AwkFunction {
  params: string[];
  body: Statement[];
}

export interface AwkProgram {
  rules: AwkRule[];
  functions: Map<string, AwkFunction>;
  /** Lines of its source. */
  lines: number;
}

export class AwkError extends Error {
  override name = "AwkError";
}
