/** The nodes of just-bash's syntax tree that its package does not export by name, derived from those it does. */
import type { CommandNode, PipelineNode, ScriptNode, SimpleCommandNode, StatementNode, WordNode } from "just-bash";

export type { CommandNode, PipelineNode, ScriptNode, SimpleCommandNode, StatementNode, WordNode };

type Named<Type extends CommandNode["type"]> = Extract<CommandNode, { type: Type }>;

export type FunctionDefNode = Named<"FunctionDef">;
export type IfNode = Named<"If">;
export type ForNode = Named<"For">;
export type CStyleForNode = Named<"CStyleFor">;
export type WhileNode = Named<"While">;
export type UntilNode = Named<"Until">;
export type CaseNode = Named<"Case">;
export type SubshellNode = Named<"Subshell">;
export type GroupNode = Named<"Group">;
export type ArithmeticCommandNode = Named<"ArithmeticCommand">;
export type ConditionalCommandNode = Named<"ConditionalCommand">;
export type ArithmeticExpressionNode = ArithmeticCommandNode["expression"];
export type ConditionalExpressionNode = ConditionalCommandNode["expression"];
export type AssignmentNode = SimpleCommandNode["assignments"][number];
export type RedirectionNode = SimpleCommandNode["redirections"][number];
export type WordPart = WordNode["parts"][number];
type Part<Type extends WordPart["type"]> = Extract<WordPart, { type: Type }>;
export type ParameterExpansionPart = Part<"ParameterExpansion">;
export type ParameterOperation = NonNullable<ParameterExpansionPart["operation"]>;
export type BraceExpansionPart = Part<"BraceExpansion">;
export type ProcessSubstitutionPart = Part<"ProcessSubstitution">;
