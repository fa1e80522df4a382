/** Programs made from the grammar itself: any words in any order that its rules allow, whatever they mean. */
import {
  Alternation,
  NonTerminal,
  Option,
  Repetition,
  RepetitionMandatory,
  RepetitionMandatoryWithSeparator,
  RepetitionWithSeparator,
  Terminal,
  type IProduction,
  type TokenType,
} from 'chevrotain';
import { Grammar } from '../../grammar/parser.ts';
import { Identifier, NumberLiteral, StringLiteral } from '../../grammar/tokens.ts';

// Names that are keywords elsewhere are the ones that a layout could turn into something else.
const names = [
  'x',
  "units'",
  'Φ',
  'a_rather_long_name',
  'state',
  'over',
  'at',
  'from',
  'free',
  'natural',
  'd',
  'model',
];
const numbers = ['0', '1', '2', '0.5', '1e-4', '10%'];

const rules = new Map(Object.entries(new Grammar().getGAstProductions()));

const wordOf = (token: TokenType, random: () => number): string => {
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)]!;
  if (token === Identifier) return pick(names);
  if (token === NumberLiteral) return pick(numbers);
  return token === StringLiteral ? '"std/families"' : (token.LABEL ?? token.name).replaceAll('`', '');
};

/** The words of one sentence of a rule. What may be repeated is rarer the deeper it stands. */
export const sentence = (rule: string, random: () => number): readonly string[] => {
  const words: string[] = [];
  const times = (least: number, depth: number): number => {
    let count = least;
    while (count < 5 && random() < 6 / (6 + depth)) count += 1;
    return count;
  };
  const all = (definition: readonly IProduction[], depth: number): void => {
    for (const each of definition) write(each, depth);
  };
  const separated = (
    definition: readonly IProduction[],
    separator: TokenType,
    count: number,
    depth: number,
  ) => {
    for (let turn = 0; turn < count; turn += 1) {
      if (turn > 0) words.push(wordOf(separator, random));
      all(definition, depth);
    }
  };
  const write = (production: IProduction, depth: number): void => {
    if (production instanceof Terminal) words.push(wordOf(production.terminalType, random));
    else if (production instanceof NonTerminal)
      all(rules.get(production.nonTerminalName)!.definition, depth + 1);
    else if (production instanceof Alternation)
      write(production.definition[Math.floor(random() * production.definition.length)]!, depth);
    else if (production instanceof RepetitionWithSeparator)
      separated(production.definition, production.separator, times(0, depth), depth);
    else if (production instanceof RepetitionMandatoryWithSeparator)
      separated(production.definition, production.separator, times(1, depth), depth);
    else if (production instanceof Repetition || production instanceof RepetitionMandatory) {
      const count = times(production instanceof Repetition ? 0 : 1, depth);
      for (let turn = 0; turn < count; turn += 1) all(production.definition, depth);
    } else if (!(production instanceof Option) || random() < 6 / (6 + depth))
      all((production as Option).definition, depth);
  };
  all(rules.get(rule)!.definition, 0);
  return words;
};
