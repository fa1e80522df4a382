/**
 * The stochastic differential equations of a dynamics as steps: each part of a splitting solved over its share of `dt`
 * (Leimkuhler and Matthews 2013), exactly where its lines are drifts that do not read what they move, or linear in it (an
 * Ornstein-Uhlenbeck process); otherwise by Euler and Maruyama. All lines at once are solved by Euler and Maruyama or by Heun.
 */
import { add, apply, constant, divide, exp, half, multiply, read, sqrt, zero } from '../calculus/build.ts';
import { dependsOn, derivative } from '../calculus/differentiate.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { readNames, replaceReads } from '../calculus/substitute.ts';
import type { Differential, Dynamics } from '../check/typed.ts';

/** One step of a dynamics as it runs. */
export type Line =
  | { readonly kind: 'let' | 'assign'; readonly target: string; readonly value: Expression }
  | TogetherLine
  | { readonly kind: 'propose'; readonly value: Expression }
  | { readonly kind: 'trajectory'; readonly lines: readonly TogetherLine[]; readonly times: Expression }
  | { readonly kind: 'accept' | 'swap'; readonly temperature: Expression };
/** All read the values before any of them. */
export interface TogetherLine {
  readonly kind: 'together';
  readonly assigns: readonly { readonly target: string; readonly value: Expression }[];
}

/** How the lines of one part are solved: `shear` and `linear` exactly. */
export type Method = 'shear' | 'linear' | 'euler';

export const linesOf = (dynamics: Dynamics): readonly Line[] =>
  dynamics.steps.flatMap((step): readonly Line[] => {
    switch (step.kind) {
      case 'let':
      case 'assign':
      case 'propose':
      case 'accept':
      case 'swap':
        return [step];
      case 'trajectory':
        return [{ ...step, lines: splittingOf(dynamics, step.parts).map(({ line }) => line) }];
      case 'integrate':
        if (step.parts.length > 0) return splittingOf(dynamics, step.parts).map(({ line }) => line);
        return step.method === 'heun'
          ? heun(dynamics)
          : [solve(dynamics, dynamics.differentials, read('dt')).line];
    }
  });

/** The parts of a splitting in order. */
export const splittingOf = (dynamics: Dynamics, parts: readonly string[]): readonly Solved[] =>
  parts.map((part) => solve(dynamics, partOf(dynamics, part), shareOf(parts, part)));

/**
 * Heun's method: an Euler step, then the mean of the slopes at its two ends, with the same noise (weak order 2 where the noise does
 * not read what moves; Kloeden and Platen 1992, 15.1).
 */
const heun = ({ differentials }: Dynamics): readonly Line[] => {
  const dt = read('dt');
  const name = (target: string, what: string): string => `${target}.${what}`;
  const begun = differentials.flatMap(({ target, drift, noise }): readonly Line[] => [
    { kind: 'let', target: name(target, 'before'), value: entry(target) },
    { kind: 'let', target: name(target, 'slope'), value: drift },
    { kind: 'let', target: name(target, 'kick'), value: multiply(noise, sqrt(dt), entry('@noise')) },
  ]);
  const step = (slope: (line: Differential) => Expression): TogetherLine => ({
    kind: 'together',
    assigns: differentials.map((line) => ({
      target: line.target,
      value: add(
        entry(name(line.target, 'before')),
        multiply(dt, slope(line)),
        entry(name(line.target, 'kick')),
      ),
    })),
  });
  return [
    ...begun,
    step(({ target }) => entry(name(target, 'slope'))),
    step(({ target, drift }) => multiply(half, add(entry(name(target, 'slope')), drift))),
  ];
};

export const partOf = ({ differentials }: Dynamics, part: string): readonly Differential[] =>
  differentials.filter((line) => line.part === part);

/** `dt` over the number of times that a part stands in the splitting. */
export const shareOf = (parts: readonly string[], part: string): Expression =>
  divide(read('dt'), constant(parts.filter((other) => other === part).length));

export interface Solved {
  readonly line: TogetherLine;
  readonly method: Method;
}

/** The lines of one part over a time `dt`. */
export const solve = (dynamics: Dynamics, part: readonly Differential[], dt: Expression): Solved => {
  const moved = part.map(({ target }) => target);
  const solved = part.map((line) => ({ target: line.target, ...solveLine(dynamics, line, moved, dt) }));
  const methods = new Set(solved.map(({ method }) => method));
  return {
    line: { kind: 'together', assigns: solved.map(({ target, value }) => ({ target, value })) },
    method: methods.has('euler') ? 'euler' : methods.has('linear') ? 'linear' : 'shear',
  };
};

const solveLine = (
  { variable }: Dynamics,
  { target, drift, noise }: Differential,
  moved: readonly string[],
  dt: Expression,
): { readonly value: Expression; readonly method: Method } => {
  const own = entry(target);
  const euler = add(own, multiply(drift, dt), multiply(noise, sqrt(dt), entry('@noise')));
  const others = moved.filter((name) => name !== target);
  const readsMoved = (node: Expression, names: readonly string[]): boolean =>
    names.some((name) => dependsOn(node, name)) ||
    (names.includes(variable) && [...answers].some((name) => dependsOn(node, name)));
  if (readsMoved(noise, moved) || readsMoved(drift, others)) return { value: euler, method: 'euler' };
  if (!readsMoved(drift, [target])) return { value: euler, method: 'shear' };
  const slope = slopeIn(drift, target);
  const asks = target === variable && [...answers].some((name) => dependsOn(drift, name));
  if (asks || readNames(slope).has(target)) return { value: euler, method: 'euler' };
  // ds = (c + a s) dt + b dW: s e^(a dt) + c (e^(a dt) − 1)/a + b sqrt((e^(2 a dt) − 1)/(2a)) n.
  const rest = replaceReads(drift, ({ name }) => (name === target ? zero : null));
  const grown = (factor: number): Expression =>
    divide(apply('expm1', multiply(constant(factor), slope, dt)), multiply(constant(factor), slope));
  const value = add(
    multiply(own, exp(multiply(slope, dt))),
    multiply(rest, grown(1)),
    multiply(noise, sqrt(grown(2)), entry('@noise')),
  );
  return { value, method: 'linear' };
};

const all: readonly Index[] = ['*'];
const entry = (name: string): Expression => read(name, all);
/** Answers of the objective, which change with the moved variable. */
const answers: ReadonlySet<string> = new Set([
  '@gradient',
  '@natural_gradient',
  '@curvature',
  '@conditional_mean',
  '@conditional_draw',
]);

/** The slope of an elementwise formula in the entry that it stands for. */
const slopeIn = (node: Expression, name: string): Expression => {
  const entrywise = new Set<string>();
  const bare = replaceReads(node, (found) => {
    if (found.subscripts.length === 0) return null;
    entrywise.add(found.name);
    return read(found.name);
  });
  return replaceReads(derivative(bare, name, []), (found) =>
    entrywise.has(found.name) ? entry(found.name) : null,
  );
};
