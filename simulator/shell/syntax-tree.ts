/** The syntax tree of bash's language, as `syntax/` reads it and the executor walks it. */

export interface ScriptNode {
  type: "Script";
  statements: StatementNode[];
}

/** Pipelines joined by `&&` and `||`. */
export interface StatementNode {
  type: "Statement";
  pipelines: PipelineNode[];
  /** One fewer than pipelines. */
  operators: ("&&" | "||")[];
  background: boolean;
  line: number;
}

export interface PipelineNode {
  type: "Pipeline";
  /** None behind a `!` or a `time` that stands alone. */
  commands: CommandNode[];
  negated: boolean;
  timed: boolean;
  /** `time -p` */
  timePosix: boolean;
  /** By pipe: whether it is `|&`. */
  pipeStderr: boolean[];
}

export type CommandNode = SimpleCommandNode | CompoundCommandNode | FunctionDefNode | CoprocNode;

export type CompoundCommandNode =
  | IfNode
  | ForNode
  | CStyleForNode
  | WhileNode
  | UntilNode
  | CaseNode
  | SubshellNode
  | GroupNode
  | ArithmeticCommandNode
  | ConditionalCommandNode;

interface Placed {
  /** Of its first word; counted from 1. */
  line: number;
}

interface Redirectable extends Placed {
  redirections: RedirectionNode[];
}

export interface SimpleCommandNode extends Redirectable {
  type: "SimpleCommand";
  assignments: AssignmentNode[];
  name: WordNode | null;
  args: WordNode[];
}

export interface IfNode extends Redirectable {
  type: "If";
  clauses: { condition: StatementNode[]; body: StatementNode[] }[];
  elseBody: StatementNode[] | null;
}

/** `for` and `select`. */
export interface ForNode extends Redirectable {
  type: "For";
  select: boolean;
  variable: string;
  /** Null for `"$@"`. */
  words: WordNode[] | null;
  body: StatementNode[];
}

/** `for (( ; ; ))`; an expression that is not there is empty. */
export interface CStyleForNode extends Redirectable {
  type: "CStyleFor";
  init: string;
  condition: string;
  update: string;
  body: StatementNode[];
}

export interface WhileNode extends Redirectable {
  type: "While";
  condition: StatementNode[];
  body: StatementNode[];
}

export interface UntilNode extends Redirectable {
  type: "Until";
  condition: StatementNode[];
  body: StatementNode[];
}

export interface CaseNode extends Redirectable {
  type: "Case";
  word: WordNode;
  items: CaseItemNode[];
}

export interface CaseItemNode {
  patterns: WordNode[];
  body: StatementNode[];
  terminator: ";;" | ";&" | ";;&";
}

export interface SubshellNode extends Redirectable {
  type: "Subshell";
  body: StatementNode[];
}

export interface GroupNode extends Redirectable {
  type: "Group";
  body: StatementNode[];
}

export interface ArithmeticCommandNode extends Redirectable {
  type: "ArithmeticCommand";
  /** As written between the parentheses. */
  expression: string;
}

export interface ConditionalCommandNode extends Redirectable {
  type: "ConditionalCommand";
  expression: ConditionalExpressionNode;
}

export interface FunctionDefNode extends Placed {
  type: "FunctionDef";
  name: string;
  body: CompoundCommandNode;
}

export interface CoprocNode extends Placed {
  type: "Coproc";
  name: string;
  command: CommandNode;
}

export interface AssignmentNode {
  type: "Assignment";
  /** With its subscript, if it has one. */
  name: string;
  append: boolean;
  /** Null when it is an array's list. */
  value: WordNode | null;
  array: WordNode[] | null;
}

export type RedirectionOperator = "<" | ">" | ">>" | ">&" | "<&" | "<>" | ">|" | "&>" | "&>>" | "<<<" | "<<" | "<<-";

export interface RedirectionNode {
  type: "Redirection";
  fd: number | null;
  /** `{name}>`: the variable that gets the descriptor. */
  fdVariable?: string;
  operator: RedirectionOperator;
  target: WordNode | HereDocNode;
}

export interface HereDocNode {
  type: "HereDoc";
  /** Without quotes. */
  delimiter: string;
  quoted: boolean;
  /** `<<-`: tabs at the beginning of lines have been taken away. */
  stripTabs: boolean;
  content: WordNode;
}

export interface WordNode {
  type: "Word";
  parts: WordPart[];
  /** As written, where it was. */
  raw?: string;
  /** The same in pieces, where `$( )` stands in it: bash prints what is inside anew. */
  pieces?: (string | ScriptNode)[];
  /** An argument of `declare` and its kin that assigns. */
  assignment?: AssignmentNode;
}

export type WordPart =
  | LiteralPart
  | SingleQuotedPart
  | DoubleQuotedPart
  | EscapedPart
  | ParameterExpansionPart
  | CommandSubstitutionPart
  | ArithmeticExpansionPart
  | ProcessSubstitutionPart
  | TildeExpansionPart;

/** Text without quotes: `*?[` and extended patterns in it are special where patterns are. */
export interface LiteralPart {
  type: "Literal";
  value: string;
}

/** `'...'` and `$'...'`, the latter decoded. */
export interface SingleQuotedPart {
  type: "SingleQuoted";
  value: string;
}

export interface DoubleQuotedPart {
  type: "DoubleQuoted";
  parts: WordPart[];
}

/** A character behind a backslash. */
export interface EscapedPart {
  type: "Escaped";
  value: string;
}

export interface ParameterExpansionPart {
  type: "ParameterExpansion";
  /** With its subscript, if it has one. */
  parameter: string;
  operation: ParameterOperation | null;
  /** As written, for messages. */
  raw: string;
}

export type InnerParameterOperation =
  | { type: "BadSubstitution" }
  | { type: "Default" | "Assign" | "Error" | "Alternative"; word: WordNode; checkEmpty: boolean }
  | { type: "Length" }
  | { type: "Substring"; offset: string; length: string | null }
  | { type: "PatternRemoval"; pattern: WordNode; side: "prefix" | "suffix"; greedy: boolean }
  | {
      type: "PatternReplacement";
      pattern: WordNode;
      /** Null without a second slash. */
      replacement: WordNode | null;
      all: boolean;
      anchor: "start" | "end" | null;
    }
  | { type: "CaseModification"; direction: "upper" | "lower" | "toggle"; all: boolean; pattern: WordNode | null }
  | { type: "Transform"; operator: string };

export type ParameterOperation =
  | InnerParameterOperation
  | { type: "Indirection"; inner: InnerParameterOperation | null }
  | { type: "ArrayKeys"; array: string; star: boolean }
  | { type: "VarNamePrefix"; prefix: string; star: boolean };

export interface CommandSubstitutionPart {
  type: "CommandSubstitution";
  body: ScriptNode;
  /** Of backquotes: what is wrong inside, told when it is run. */
  mistake?: { message: string; line: number; shown: string | undefined };
}

export interface ArithmeticExpansionPart {
  type: "ArithmeticExpansion";
  expression: string;
}

export interface ProcessSubstitutionPart {
  type: "ProcessSubstitution";
  body: ScriptNode;
  direction: "input" | "output";
}

export interface TildeExpansionPart {
  type: "TildeExpansion";
  /** Behind the tilde: a name, `+`, `-`, or nothing. */
  user: string;
}

export type ConditionalExpressionNode =
  | { type: "CondBinary"; operator: string; left: WordNode; right: WordNode }
  /** A word alone is `-n word`. */
  | { type: "CondUnary"; operator: string; operand: WordNode }
  | { type: "CondNot"; operand: ConditionalExpressionNode }
  | { type: "CondAnd" | "CondOr"; left: ConditionalExpressionNode; right: ConditionalExpressionNode }
  | { type: "CondGroup"; expression: ConditionalExpressionNode };
