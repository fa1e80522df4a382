/**
 * The law that stochastic differential equations keep, sought in the form exp(−E(s)/T − Σ p²/(2v)). With Φ its exponent and D = σ², the
 * Fokker-Planck equation says Σ_x [ −∂b + b Φ' + ½ (D'' − 2 D' Φ' + D (Φ'² − Φ'')) ] = 0 at every point: the balance of fluctuation
 * and dissipation (Risken 1989, chapter 6). Formulas act on each entry by itself, so the objective enters by its slope g, its curvature
 * h and the slope of that, which may be any numbers.
 */
import {
  add,
  constant,
  divide,
  multiply,
  negate,
  read,
  square,
  subtract,
  zero,
  half,
} from '../calculus/build.ts';
import { derivative } from '../calculus/differentiate.ts';
import { expand } from '../calculus/expand.ts';
import { simplest } from '../calculus/collect.ts';
import type { Expression } from '../calculus/expression.ts';
import { scalarValue } from '../calculus/scalar-value.ts';
import { mapChildren, readNames, replaceNames, replaceReads } from '../calculus/substitute.ts';

/** d target = drift dt + noise dW. */
export interface Field {
  readonly target: string;
  readonly drift: Expression;
  readonly noise: Expression;
}

export type Kept =
  | {
      readonly kind: 'law';
      readonly temperature: Expression;
      readonly variances: ReadonlyMap<string, Expression>;
    }
  /** No law of this form is kept. */
  | { readonly kind: 'none'; readonly why: string }
  /** The form does not say. */
  | { readonly kind: 'unknown'; readonly why: string };

const slope = '@gradient';
const curvature = '@curvature';
const third = '@curvature_slope';

/** An elementwise formula as one of numbers. */
export const bare = (node: Expression): Expression =>
  replaceReads(node, ({ name, subscripts }) => (subscripts.length > 0 ? read(name) : null));

/**
 * @param known variances of states that something else draws anew
 */
export const keptLaw = (
  fields: readonly Field[],
  variable: string,
  known: ReadonlyMap<string, Expression>,
): Kept => {
  const moved = [...new Set(fields.map(({ target }) => target))];
  const strange = fields.flatMap(({ drift, noise }) =>
    unread.filter((name) => [drift, noise].some((node) => readNames(node).has(name))),
  );
  if (strange.length > 0)
    return { kind: 'unknown', why: `its equations read ${strange[0]!.replace('@', '')}` };
  const system = systemOf(fields, moved, variable);
  const found = candidate(system, known);
  if (found.kind !== 'law') return found;
  const { temperature, variances } = found;
  const state = moved.find((name) => name !== variable && !variances.has(name));
  if (state !== undefined)
    return {
      kind: 'unknown',
      why: `no law of \`${state}\` could be found: ${undetermined(system, state)}`,
    };
  const sign = [...[temperature], ...variances.values()].find((value) =>
    samples(value).some((x) => !(x > 0)),
  );
  if (sign !== undefined)
    return {
      kind: 'none',
      why:
        sign === temperature
          ? 'the drift climbs the objective'
          : 'a state is driven by noise and nothing damps it',
    };
  return vanishes(residuals(system, temperature, variances)) ? found : { kind: 'none', why: unbalanced };
};

/** Why a state has no variance that could be read off. */
const undetermined = (system: System, state: string): string =>
  derivative(system.drift.get(state)!, state, []) === zero
    ? 'nothing damps it and no noise drives it'
    : 'it is damped, and no noise of its own drives it, so that it follows what moves';

/** The simplest form, without what rounding made of roots: √2 √2 is 2. */
export const tidy = (node: Expression): Expression => {
  const exact = (child: Expression): Expression =>
    child.kind === 'constant' ? constant(Number(child.value.toPrecision(14))) : mapChildren(child, exact);
  return exact(simplest(node));
};

/** What the objective may be asked that its slope and curvature do not say. */
const unread: readonly string[] = [
  ...[
    '@natural_gradient',
    '@conditional_mean',
    '@conditional_draw',
    '@gradient_norm',
    '@flipped',
    '@uniform',
    '@noise',
  ],
];

interface System {
  readonly variable: string;
  readonly moved: readonly string[];
  readonly drift: ReadonlyMap<string, Expression>;
  /** Squared noise. */
  readonly diffusion: ReadonlyMap<string, Expression>;
}

const systemOf = (fields: readonly Field[], moved: readonly string[], variable: string): System => {
  const totals = (part: (field: Field) => Expression): ReadonlyMap<string, Expression> =>
    new Map(
      moved.map((name) => [
        name,
        tidy(add(...fields.flatMap((field) => (field.target === name ? [bare(part(field))] : [])))),
      ]),
    );
  return {
    variable,
    moved,
    drift: totals(({ drift }) => drift),
    diffusion: totals(({ noise }) => square(noise)),
  };
};

/** ∂node/∂name; with the moved variable move the slope and curvature of the objective. */
const along = ({ variable }: System, node: Expression, name: string): Expression => {
  const own = derivative(node, name, []);
  if (name !== variable) return own;
  return add(
    own,
    multiply(derivative(node, slope, []), read(curvature)),
    multiply(derivative(node, curvature, []), read(third)),
  );
};

/** T and v from the terms that only they can balance; whether the rest balances is another question. */
const candidate = (system: System, known: ReadonlyMap<string, Expression>): Kept => {
  const { variable, moved, drift, diffusion } = system;
  const states = moved.filter((name) => name !== variable);
  const variances = new Map(known);
  let temperature: Expression | null = null;
  const noise = diffusion.get(variable) ?? zero;
  const pull = drift.has(variable) ? negate(tidy(derivative(drift.get(variable)!, slope, []))) : zero;
  if (noise !== zero) {
    if (pull === zero) return { kind: 'none', why: `noise moves \`${variable}\` and no slope draws it back` };
    temperature = tidy(divide(noise, multiply(constant(2), pull)));
    if (!isNumber(system, temperature))
      return {
        kind: 'none',
        why: `the noise of \`${variable}\` and its drift are not in one proportion everywhere`,
      };
  }
  for (const state of states) {
    const own = diffusion.get(state)!;
    if (own === zero) continue;
    const damping = negate(coefficient(system, state, state));
    if (damping === zero)
      return { kind: 'none', why: `noise drives \`${state}\` and nothing damps it in proportion` };
    variances.set(state, tidy(divide(own, multiply(constant(2), damping))));
  }
  const found = coupled(system, temperature, variances);
  if (found.temperature !== null) return { kind: 'law', ...found, temperature: found.temperature };
  const looks = [...drift.values()].some((node) => readNames(node).has(slope));
  return looks
    ? balanced(system, found.variances)
    : { kind: 'none', why: 'it never looks at the slope of its objective' };
};

/** The coefficient of a name in the drift of another, where it is the same everywhere. */
const coefficient = ({ variable, moved, drift }: System, of: string, name: string): Expression => {
  const found = drift.has(of) ? tidy(derivative(drift.get(of)!, name, [])) : zero;
  return isNumber({ variable, moved }, found) ? found : zero;
};
const isNumber = ({ variable, moved }: Pick<System, 'variable' | 'moved'>, node: Expression): boolean =>
  [variable, slope, curvature, ...moved].every((name) => !readNames(node).has(name));

interface Spread {
  readonly temperature: Expression | null;
  readonly variances: ReadonlyMap<string, Expression>;
}

/** What moves another linearly and is moved back has its variance in proportion. */
const coupled = (
  system: System,
  known: Expression | null,
  variancesKnown: ReadonlyMap<string, Expression>,
): Spread => {
  const { variable, moved } = system;
  const states = moved.filter((name) => name !== variable);
  const variances = new Map(variancesKnown);
  let temperature = known;
  for (let before = -1, size = 0; before < size;) {
    before = size;
    for (const state of states) {
      const [carries, kicks] = [
        coefficient(system, variable, state),
        negate(coefficient(system, state, slope)),
      ];
      if (carries !== zero && kicks !== zero) {
        const variance = variances.get(state);
        if (temperature === null && variance !== undefined)
          temperature = tidy(divide(multiply(carries, variance), kicks));
        else if (temperature !== null && variance === undefined)
          variances.set(state, tidy(divide(multiply(temperature, kicks), carries)));
      }
      for (const other of states) {
        const [to, from] = [coefficient(system, state, other), coefficient(system, other, state)];
        const variance = variances.get(state);
        if (other === state || to === zero || from === zero || variance === undefined || variances.has(other))
          continue;
        variances.set(other, tidy(negate(divide(multiply(variance, from), to))));
      }
    }
    size = variances.size + (temperature === null ? 0 : 1);
  }
  return { temperature, variances };
};

/**
 * The temperature where no noise reaches what it belongs to but through products, as in the thermostat of Nosé, Hoover and Langevin: what
 * is open then enters the equation in proportion to 1/T, and the equation itself says which T.
 */
const balanced = (system: System, variances: ReadonlyMap<string, Expression>): Kept => {
  const open = '@temperature';
  const spread = coupled(system, read(open), variances);
  const missing = system.moved.find((name) => name !== system.variable && !spread.variances.has(name));
  if (missing !== undefined)
    return {
      kind: 'unknown',
      why: `no law of \`${missing}\` could be found: ${undetermined(system, missing)}`,
    };
  const inverse = '@inverse_temperature';
  const terms = residuals(system, read(open), spread.variances).map((term) =>
    replaceNames(term, { [open]: divide(constant(1), read(inverse)) }),
  );
  const free = tidy(expand(add(...terms.map((term) => replaceNames(term, { [inverse]: zero })))));
  const bound = tidy(expand(add(...terms.map((term) => derivative(tidy(term), inverse, [])))));
  if (vanishes([free]) && vanishes([bound]))
    return { kind: 'unknown', why: 'it keeps the laws of all temperatures, and nothing in it says which' };
  const temperature = tidy(negate(divide(bound, free)));
  if (!isNumber(system, temperature)) return { kind: 'none', why: unbalanced };
  return { kind: 'law', temperature, variances: coupled(system, temperature, variances).variances };
};

const unbalanced =
  'noise and drift do not balance: no law exp(−objective / T), with states of normal law beside it, is stationary';

/** The terms of the equation, which sum to 0. */
const residuals = (
  system: System,
  temperature: Expression,
  variances: ReadonlyMap<string, Expression>,
): readonly Expression[] =>
  system.moved.flatMap((name) => {
    const isVariable = name === system.variable;
    const scale = isVariable ? temperature : variances.get(name)!;
    const first = divide(isVariable ? read(slope) : read(name), scale);
    const second = divide(isVariable ? read(curvature) : constant(1), scale);
    const [b, d] = [system.drift.get(name)!, system.diffusion.get(name)!];
    const d1 = along(system, d, name);
    return [
      negate(along(system, b, name)),
      multiply(b, first),
      multiply(half, along(system, d1, name)),
      negate(multiply(d1, first)),
      multiply(half, d, subtract(square(first), second)),
    ];
  });

/** Whether terms cancel: at points without pattern, to the rounding of float64. */
const vanishes = (terms: readonly Expression[]): boolean => {
  const values = terms.map(samples);
  return values[0]!.every((_, n) => {
    const parts = values.map((one) => one[n]!);
    const size = parts.reduce((most, part) => Math.max(most, Math.abs(part)), 0);
    return Math.abs(parts.reduce((total, part) => total + part, 0)) <= 1e-9 * size;
  });
};

/** Whether two formulas are the same number wherever they are asked. */
export const sameNumber = (left: Expression, right: Expression): boolean =>
  left === right || vanishes([left, negate(right)]);

const points = 12;
/** Values of a formula at fixed points: settings are positive, what moves and what the objective says is of either sign. */
export const samples = (node: Expression): readonly number[] => {
  const names = [...readNames(node)];
  return Array.from({ length: points }, (_, n) =>
    scalarValue(node, Object.fromEntries(names.map((name) => [name, numberFor(name, n)]))),
  );
};

/** A number between 0.2 and 1.8 that goes by the letters of a name: the golden ratio spreads them. */
const numberFor = (name: string, n: number): number => {
  const seed = [...name].reduce((total, letter) => (total * 31 + letter.codePointAt(0)!) % 9973, 7);
  const spread = ((seed * 0.6180339887498949 + (n + 1) * 0.7548776662466927) % 1) * 1.6 + 0.2;
  return name.startsWith('@') && n % 2 === 1 ? -spread : spread;
};
