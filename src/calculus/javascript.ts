/**
 * Scalar expressions as JavaScript: samplers' masses and ratios, schedules, loop bounds. The text computes what
 * `scalarFunctions` computes; special functions and the stable `sigmoid` and `softplus` are called on `nsm`.
 */
import { splitCoefficient } from './build.ts';
import type { Apply, Expression, Operator } from './expression.ts';
import { children } from './substitute.ts';

/** How names and sizes are written. */
export interface ScalarScope {
  readonly name: (name: string) => string;
  readonly size: (axis: string) => string;
}

/**
 * JavaScript source of an arrow function of numbers: `(x, rate) => x * Math.log(rate) - nsm.logGamma(x + 1)`.
 * What occurs more than once is computed once.
 *
 * @throws Error when the expression has indices or reads something else than the parameters
 */
export const scalarFunction = (expression: Expression, parameters: readonly string[]): string => {
  const taken = new Set<string>();
  const names = new Map(parameters.map((parameter) => [parameter, identifier(parameter, taken)]));
  const scope: ScalarScope = {
    name: (name) => {
      const found = names.get(name);
      if (found === undefined) throw new Error(`a function of ${parameters.join(', ')} reads "${name}"`);
      return found;
    },
    size: (axis) => {
      throw new Error(`a function of ${parameters.join(', ')} needs the size of "${axis}"`);
    },
  };
  const shared = new Map<Expression, string>();
  const lines: string[] = [];
  for (const node of repeated(expression)) {
    const text = print(node, scope, shared, 0);
    const name = identifier('shared', taken);
    lines.push(`const ${name} = ${text};`);
    shared.set(node, name);
  }
  const result = print(expression, scope, shared, 0);
  const head = `(${[...names.values()].join(', ')}) =>`;
  return lines.length === 0 ? `${head} ${result}` : `${head} { ${lines.join(' ')} return ${result}; }`;
};

/**
 * The text of a scalar expression, to stand as an operand: in parentheses unless it is a name, number or call.
 *
 * @param named parts that have names already
 */
export const scalarText = (
  expression: Expression,
  scope: ScalarScope,
  context: 'operand' | 'whole' = 'whole',
  named: ReadonlyMap<Expression, string> = new Map(),
): string => print(expression, scope, named, context === 'whole' ? 0 : 4);

/** A number as JavaScript writes it, without digits that are rounding alone: 0.1 for 1 - 0.9. */
export const numberText = (value: number): string => {
  const plain = Number(value.toPrecision(15));
  const isSame = Math.abs(plain - value) <= 2 * Number.EPSILON * Math.abs(value);
  const [short, exact] = [String(plain), String(value)];
  return isSame && short.length < exact.length - 4 ? short : exact;
};

const reserved = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends ' +
    'false finally for function if implements import in instanceof interface let new null package private protected ' +
    'public return static super switch this throw true try typeof undefined var void while with yield NaN Infinity ' +
    'Math Number Object tf nsm inputs context sizes axes'
  ).split(' '),
);

/** A JavaScript name for any text, as near to it as can be and not yet taken; adds it to `taken`. */
export const identifier = (text: string, taken: Set<string>): string => {
  const primed = text.replaceAll("'", '_prime');
  const safe = primed.replace(/[^\p{ID_Continue}$]+/gu, '_').replace(/^(?![\p{ID_Start}_$])/u, '_');
  let name = safe;
  for (let count = 2; taken.has(name) || reserved.has(name); count++) name = `${safe}_${count}`;
  taken.add(name);
  return name;
};

/** Nodes that stand in more than one place and cost something, children first. */
const repeated = (expression: Expression): readonly Expression[] => {
  const places = new Map<Expression, number>();
  const order: Expression[] = [];
  const visit = (node: Expression): void => {
    const count = places.get(node) ?? 0;
    places.set(node, count + 1);
    if (count > 0) return;
    children(node).forEach(visit);
    order.push(node);
  };
  visit(expression);
  return order.filter((node) => places.get(node)! > 1 && children(node).length > 0);
};

/** Binding strength: 0 anything, 1 comparison's operand, 2 sum, 3 product, 4 operand of a unary or a power. */
type Strength = 0 | 1 | 2 | 3 | 4;

const print = (
  node: Expression,
  scope: ScalarScope,
  shared: ReadonlyMap<Expression, string>,
  strength: Strength,
): string => {
  const name = shared.get(node);
  if (name !== undefined) return name;
  const wrap = (text: string, own: Strength): string => (own < strength ? `(${text})` : text);
  const operand = (child: Expression, needed: Strength): string => print(child, scope, shared, needed);
  switch (node.kind) {
    case 'constant':
      return wrap(numberText(node.value), node.value < 0 ? 3 : 4);
    case 'size':
      return scope.size(node.axis);
    case 'read':
      if (node.subscripts.length > 0) throw new Error(`${node.name} has indices, where a number is needed`);
      return scope.name(node.name);
    case 'add':
      return wrap(printSum(node.terms, operand), 2);
    case 'multiply':
      return wrap(printProduct(node.factors, operand), 3);
    case 'power':
      return printPower(node.base, node.exponent, operand, wrap);
    case 'apply':
      return printApply(node, operand, wrap);
    case 'sum':
    case 'maximum':
    case 'position':
    case 'delta':
    case 'triangle':
    case 'inverse':
    case 'log_determinant':
    case 'cholesky':
      throw new Error(`a ${node.kind} over ${node.indices.join(', ')} is no scalar expression`);
  }
};

type Operand = (child: Expression, strength: Strength) => string;
type Wrap = (text: string, own: Strength) => string;

const printSum = (terms: readonly Expression[], operand: Operand): string => {
  // A positive term first reads best: 1 - x, not -x + 1.
  const first = terms.findIndex((term) => splitCoefficient(term).coefficient > 0);
  const ordered = first > 0 ? [terms[first]!, ...terms.filter((_, i) => i !== first)] : terms;
  return ordered
    .map((term, i) => {
      const text = operand(term, 2);
      if (i === 0) return text;
      return text.startsWith('-') ? `- ${text.slice(1)}` : `+ ${text}`;
    })
    .join(' ');
};

const printProduct = (factors: readonly Expression[], operand: Operand): string => {
  const isDenominator = (factor: Expression): boolean =>
    factor.kind === 'power' && factor.exponent.kind === 'constant' && factor.exponent.value === -1;
  const numerators = factors.filter((factor) => !isDenominator(factor));
  const denominators = factors.filter(isDenominator);
  const negative = numerators[0]?.kind === 'constant' && numerators[0].value === -1;
  const above = negative ? numerators.slice(1) : numerators;
  const top = above.length === 0 ? '1' : above.map((factor) => operand(factor, 3)).join(' * ');
  const bottom = denominators.map((factor) => operand((factor as { base: Expression }).base, 4));
  return `${negative ? '-' : ''}${[top, ...bottom].join(' / ')}`;
};

const printPower = (base: Expression, exponent: Expression, operand: Operand, wrap: Wrap): string => {
  if (exponent.kind === 'constant') {
    if (exponent.value === -1) return wrap(`1 / ${operand(base, 4)}`, 3);
    if (exponent.value === 0.5) return `Math.sqrt(${operand(base, 0)})`;
    if (exponent.value === 2 && (base.kind === 'read' || base.kind === 'size')) {
      return wrap(`${operand(base, 4)} * ${operand(base, 4)}`, 3);
    }
  }
  return `Math.pow(${operand(base, 0)}, ${operand(exponent, 0)})`;
};

const comparisons: Partial<Record<Apply['operator'], string>> = { less: '<', less_equal: '<=', equal: '===' };
/** What `where` asks: a comparison as such, not as 1 or 0. */
const condition = (node: Expression, operand: Operand): string => {
  const sign = node.kind === 'apply' ? comparisons[node.operator] : undefined;
  if (node.kind !== 'apply' || sign === undefined) return `${operand(node, 2)} !== 0`;
  return `${operand(node.arguments[0]!, 2)} ${sign} ${operand(node.arguments[1]!, 2)}`;
};

/** What the runtime calls an operator: `log_gamma` is `logGamma`. */
export const specialName = (operator: Operator): string =>
  operator.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Points and log weights of the measure of a `cumulant`, in turn: a table is kept for such a text, and would be made anew for an array. */
export const measureOf = (node: Apply): string =>
  node.arguments
    .slice(2)
    .map((entry) => (entry.kind === 'constant' ? entry.value : NaN))
    .join(' ');

/** The same as a literal. */
export const measureText = (node: Apply): string => `'${measureOf(node)}'`;

const printApply = (node: Apply, operand: Operand, wrap: Wrap): string => {
  const [first, second, third] = node.arguments;
  const call = (name: string): string =>
    `${name}(${node.arguments.map((argument) => operand(argument, 0)).join(', ')})`;
  switch (node.operator) {
    case 'exp':
    case 'log':
    case 'log1p':
    case 'expm1':
    case 'tanh':
    case 'sin':
    case 'cos':
    case 'abs':
    case 'sign':
    case 'floor':
    case 'max':
    case 'min':
      return call(`Math.${node.operator}`);
    case 'atan2':
      return call('Math.atan2');
    case 'sigmoid':
    case 'softplus':
    case 'log_gamma':
    case 'digamma':
    case 'trigamma':
    case 'polygamma':
    case 'log1m_exp':
    case 'normal_log_cdf':
    case 'log_bessel':
    case 'log_bessel_i':
    case 'log_mills':
    case 'log_exprel':
      return call(`nsm.${specialName(node.operator)}`);
    case 'cumulant':
      return `nsm.cumulant(${operand(first!, 0)}, ${operand(second!, 0)}, ${measureText(node)})`;
    case 'step':
      return wrap(`${operand(first!, 2)} > 0 ? 1 : 0`, 0);
    case 'detach':
      return operand(first!, 4);
    case 'less':
    case 'less_equal':
    case 'equal':
      return wrap(`${condition(node, operand)} ? 1 : 0`, 0);
    case 'where':
      return wrap(`${condition(first!, operand)} ? ${operand(second!, 1)} : ${operand(third!, 1)}`, 0);
  }
};
