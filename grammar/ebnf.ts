/**
 * The grammar as text, made from the rules of the parser: `docs/grammar.ebnf`. `npm run grammar` writes it anew; a
 * test says when that is due.
 */
import { writeFileSync } from 'node:fs';
import {
  Alternation,
  Alternative,
  NonTerminal,
  Option,
  Repetition,
  RepetitionMandatory,
  RepetitionMandatoryWithSeparator,
  RepetitionWithSeparator,
  Rule,
  Terminal,
  type IProduction,
  type TokenType,
} from 'chevrotain';
import { Grammar } from './parser.ts';
import { Identifier, NumberLiteral, StringLiteral } from './tokens.ts';

const lexical = `
(* Tokens. White space and line ends only separate them. *)
NAME   ::= letter (letter | mark | digit | subscript | "_")* "'"*    (* letters of any script; may begin with "_" *)
NUMBER ::= digit+ ("." digit+)? (("e" | "E") ("+" | "-")? digit+)? "%"?
TEXT   ::= '"' (any character but '"' and a line end)* '"'

(* Between tokens: "// ..." to the end of the line is a comment; "/// ..." documents what stands below it. *)
`;

const named = new Map<TokenType, string>([
  [Identifier, 'NAME'],
  [NumberLiteral, 'NUMBER'],
  [StringLiteral, 'TEXT'],
]);

const tokenText = (token: TokenType): string =>
  named.get(token) ?? (token.LABEL ?? token.name).replaceAll('`', '"');

/** How tightly a text holds together: an alternation needs brackets inside a sequence, a sequence before `*`. */
interface Piece {
  readonly text: string;
  readonly binding: 'alternation' | 'sequence' | 'unit';
}

const unit = (text: string): Piece => ({ text, binding: 'unit' });
const inBrackets = ({ text, binding }: Piece): string => (binding === 'unit' ? text : `(${text})`);

const sequence = (definition: readonly IProduction[]): Piece => {
  const parts = definition.map(piece).filter(({ text }) => text !== '');
  if (parts.length === 1) return parts[0]!;
  const texts = parts.map((part) => (part.binding === 'alternation' ? `(${part.text})` : part.text));
  return { text: texts.join(' '), binding: 'sequence' };
};

const separated = (definition: readonly IProduction[], separator: TokenType): Piece => {
  const item = sequence(definition);
  return { text: `${inBrackets(item)} (${tokenText(separator)} ${inBrackets(item)})*`, binding: 'sequence' };
};

const piece = (production: IProduction): Piece => {
  if (production instanceof NonTerminal) return unit(production.nonTerminalName);
  if (production instanceof Terminal) return unit(tokenText(production.terminalType));
  if (production instanceof Option) return unit(`${inBrackets(sequence(production.definition))}?`);
  if (production instanceof Repetition) return unit(`${inBrackets(sequence(production.definition))}*`);
  if (production instanceof RepetitionMandatory)
    return unit(`${inBrackets(sequence(production.definition))}+`);
  if (production instanceof RepetitionWithSeparator)
    return unit(`(${separated(production.definition, production.separator).text})?`);
  if (production instanceof RepetitionMandatoryWithSeparator)
    return separated(production.definition, production.separator);
  if (production instanceof Alternation)
    return {
      text: production.definition.map((each) => piece(each).text).join(' | '),
      binding: 'alternation',
    };
  if (production instanceof Alternative || production instanceof Rule) return sequence(production.definition);
  throw new Error(
    `the grammar has a production that is not written out here: ${production.constructor.name}`,
  );
};

const widest = 110;

const ruleText = (rule: Rule): string => {
  const { text } = sequence(rule.definition);
  const line = `${rule.name} ::= ${text}`;
  const [only] = rule.definition;
  if (line.length <= widest || rule.definition.length !== 1 || !(only instanceof Alternation)) return line;
  return `${rule.name} ::=\n    ${only.definition.map((each) => piece(each).text).join('\n  | ')}`;
};

const preface = `(* The grammar of nsm, made from the parser by grammar/ebnf.ts.
   A word in quotes is a keyword only where this grammar has it: anywhere else it is a NAME. *)
`;

/** Every rule of the grammar, one a line, from the file down to names; then the tokens. */
export const grammarText = (): string => {
  const rules = Object.values(new Grammar().getGAstProductions());
  // The parser is built from expressions up: readers begin with files and declarations.
  const file = rules.filter(({ name }) => name === 'file');
  const others = rules.filter(({ name }) => name !== 'file');
  const declarations = others.findIndex(({ name }) => name === 'declaration');
  const ordered = [...file, ...others.slice(declarations), ...others.slice(0, declarations)];
  return `${preface}\n${ordered.map(ruleText).join('\n')}\n${lexical}`;
};

export const grammarFile = new URL('../docs/grammar.ebnf', import.meta.url);

if (import.meta.main) writeFileSync(grammarFile, grammarText());
