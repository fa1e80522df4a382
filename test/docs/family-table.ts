/** `docs/families.md`: what the compiler knows of the families of the standard library, as one table. */
import { readFileSync } from 'node:fs';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import type { Family, FamilyParameter, Support } from '../../src/check/typed.ts';
import { print } from '../../src/calculus/print.ts';
import { estimatorOf, type GradientEstimator } from '../../src/derive/family/estimator.ts';
import { samplerOf, type Sampler } from '../../src/derive/family/sampler.ts';
import type { Span } from '../../src/syntax/span.ts';
import { familyNames, folder, pathOf } from '../stdlib/families.ts';

interface Read {
  readonly family: Family;
  readonly text: string;
}
const readFamily = (name: string): Read => ({
  family: check(pathOf(name), fileSources()).checked.families.find((one) => one.name === name)!,
  text: readFileSync(new URL(`${name}.nsm`, folder), 'utf8'),
});

const code = (text: string): string => `\`${text}\``;
const part = (text: string, span: Span): string => text.slice(span.start, span.end);

const kindText = ({ kind }: Support): string => kind.replaceAll('_', ' ');

const parameterText = (family: Family, parameter: FamilyParameter): string => {
  const { name, support, fixed, initial } = parameter;
  const details = [
    ...(fixed ? ['fixed'] : []),
    kindText(support),
    ...(initial === null ? [] : [`${print(initial)} if left out`]),
  ];
  const others = family.also.filter(({ target }) => target === name);
  return [
    `${code(name)} (${details.join(', ')})`,
    ...others.map((also) => `${code(also.name)} (${kindText(also.support)})`),
  ].join(' or ');
};

const samplerWords: Readonly<Record<Sampler['kind'], string>> = {
  inversion: 'inversion',
  choice: 'choice by weight',
  pathwise: 'closed form',
  log_concave: 'rejection under tangents',
  bell: 'rejection under tangents and chords',
  langevin: 'Langevin with accept steps',
  none: 'none',
};
const estimatorWords: Readonly<Record<GradientEstimator['kind'], string>> = {
  two_point: 'difference of the two values',
  each_class: 'every value',
  next_count: 'one more event',
  pathwise: 'pathwise',
  implicit: 'implicit reparametrisation',
  marginal: 'exact per unit',
  score: 'score',
};

const rowOf = ({ family, text }: Read): readonly string[] => [
  `[${family.name}](../stdlib/families/${family.name}.nsm)`,
  code(part(text, family.supportSpan)),
  family.parameters.map((one) => parameterText(family, one)).join('; '),
  family.statistic.map(({ span }) => code(part(text, span))).join(', '),
  samplerWords[samplerOf(family).kind],
  estimatorWords[estimatorOf(family).kind],
];

const heading = ['family', 'values', 'parameters', 'statistics', 'drawn by', 'gradient of an expectation'];

/** A Markdown table in the form that the formatter gives it. */
const table = (rows: readonly (readonly string[])[]): string => {
  const widths = heading.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  return [line(rows[0]!), line(rule), ...rows.slice(1).map(line)].join('\n');
};

export const familyTable = (): string =>
  `# Families

The exponential families of the standard library, each a documented file of some lines. Import them by name:

\`\`\`nsm fragment of file
import { Poisson, Gamma } from "std/families"
\`\`\`

\`nsm explain stdlib/families/Gamma.nsm\` shows what is derived from a declaration, \`nsm verify\` checks it in numbers, and
[extending.md](extending.md) says how to add a family. A parameter with "or" can be given in either way. Two members have a
divergence, and the step of a belief stays inside its family, only when their fixed parameters agree.

${table([heading, ...familyNames.map((name) => rowOf(readFamily(name)))])}

**Drawn by.** _Inversion_ takes the masses off a uniform number, from the mode outward. _Closed form_ is the family's own
\`pathwise\` line. _Rejection_ is exact: it needs a density that is log-concave in a coordinate of the value (and around the mode
of a circle), which is checked. _Langevin_ is the end of a chain with accept steps, for densities that are not known to be of
that kind; such draws are not exact ([NSM9008](diagnostics/NSM9008.md)).

**Gradient of an expectation**, in the mean parameters unless another is meant; all are unbiased. _Difference of the two
values_ and _every value_ are exact given the other units. _One more event_ is Stein's identity for counts, E[w(x) (f(x + 1) −
f(x))]. _Pathwise_ is the slope along the draw, and _implicit reparametrisation_ the same for draws without a closed form.
_Exact per unit_ takes the moments of each unit where the cost is at most quadratic in it. _Score_ is E[(T − μ) f].
`;
