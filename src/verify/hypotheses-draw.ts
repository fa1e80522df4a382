/** Families that differ from a given one by a mistake in how their draws are made. */
import { apply } from '../calculus/build.ts';
import { print } from '../calculus/print.ts';
import type { Expression } from '../calculus/expression.ts';
import type { Family } from '../check/typed.ts';
import { edits, substitutions } from './edits.ts';
import type { Hypothesis } from './hypothesis.ts';

/** Slips in `draw` lines, then in the `pathwise` line. */
export const drawHypotheses = (family: Family): readonly Hypothesis[] => {
  const scalars = family.parameters.filter(({ over }) => over.length === 0).map(({ name }) => name);
  const changed = (formula: Expression): readonly Expression[] => [
    ...new Set([...edits(formula), ...substitutions(formula, scalars)]),
  ];
  const path = family.pathwise;
  const lines = family.draws.flatMap((draw, n) =>
    Object.entries(draw.distribution.arguments).flatMap(([name, formula]) =>
      changed(formula).map((edited): Hypothesis => {
        const given = { ...draw.distribution.arguments, [name]: edited };
        const line = { ...draw, distribution: { ...draw.distribution, arguments: given } };
        const text = Object.entries(given).map(([argument, value]) => `${argument} = ${print(value)}`);
        return {
          line: 'draw',
          span: draw.span,
          family: { ...family, draws: family.draws.map((other, place) => (place === n ? line : other)) },
          words: `\`${draw.name}\` is drawn with another ${name}`,
          instead: `draw ${draw.name} ~ ${draw.distribution.family.name}(${text.join(', ')})`,
        };
      }),
    ),
  );
  if (path === null || family.pathwiseSpan === null) return lines;
  const span = family.pathwiseSpan;
  return [
    ...lines,
    ...[...changed(path), apply('exp', path), apply('log', path), apply('abs', path)].map(
      (pathwise): Hypothesis => ({
        line: 'pathwise',
        span,
        family: { ...family, pathwise },
        words: 'the draws are made otherwise',
        instead: `pathwise ${print(pathwise)}`,
      }),
    ),
  ];
};
