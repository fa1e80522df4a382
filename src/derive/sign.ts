/** What can be told about the sign of a formula of parameters, settings and numbers. */
import type { Expression } from '../calculus/expression.ts';
import type { Model } from '../check/typed.ts';

type Sign = 'positive' | 'nonnegative';

/** Whether a value is above 0 whatever the variables are. A setting counts with the value it is declared with. */
export const isPositive = (node: Expression, model: Model): boolean => signOf(node, model) === 'positive';

const signOf = (node: Expression, model: Model): Sign | null => {
  const of = (child: Expression): Sign | null => signOf(child, model);
  switch (node.kind) {
    case 'constant':
      return node.value > 0 ? 'positive' : node.value === 0 ? 'nonnegative' : null;
    case 'size':
      return 'positive';
    case 'position':
    case 'delta':
    case 'triangle':
      return 'nonnegative';
    case 'read':
      return signOfRead(node.name, model);
    case 'add': {
      const signs = node.terms.map(of);
      if (signs.includes(null)) return null;
      return signs.includes('positive') ? 'positive' : 'nonnegative';
    }
    case 'multiply': {
      const signs = node.factors.map(of);
      if (signs.includes(null)) return null;
      return signs.includes('nonnegative') ? 'nonnegative' : 'positive';
    }
    case 'power': {
      const base = of(node.base);
      if (base === 'positive') return 'positive';
      const isEven = node.exponent.kind === 'constant' && node.exponent.value % 2 === 0;
      return isEven && node.exponent.value > 0 ? 'nonnegative' : null;
    }
    case 'sum':
    case 'maximum':
      return of(node.body);
    case 'apply':
      return signOfFunction(node, of);
    case 'inverse':
    case 'log_determinant':
    case 'cholesky':
      return null;
  }
};

const signOfFunction = (
  node: Extract<Expression, { kind: 'apply' }>,
  of: (child: Expression) => Sign | null,
): Sign | null => {
  switch (node.operator) {
    case 'exp':
    case 'sigmoid':
    case 'softplus':
      return 'positive';
    case 'abs':
    case 'step':
    case 'less':
    case 'less_equal':
    case 'equal':
      return 'nonnegative';
    case 'detach':
      return of(node.arguments[0]!);
    default:
      return null;
  }
};

const signOfRead = (name: string, model: Model): Sign | null => {
  const setting = model.settings.find((one) => one.name === name);
  if (setting !== undefined) {
    if (setting.kind === 'positive' || setting.kind === 'dim') return 'positive';
    const value = setting.initial?.kind === 'constant' ? setting.initial.value : NaN;
    return value > 0 ? 'positive' : value === 0 ? 'nonnegative' : null;
  }
  const owner = [...model.parameters, ...model.variables].find((one) => one.name === name);
  switch (owner?.support.kind) {
    case 'positive':
      return 'positive';
    // Which may be 0, its ends included.
    case 'unit':
    case 'binary':
    case 'count':
    case 'one_hot':
    case 'simplex':
      return 'nonnegative';
    default:
      return null;
  }
};
