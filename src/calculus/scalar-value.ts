/** Value of an expression without indices, given numbers for its names. Throws on a name that is not given. */
import { lengthOf, type Expression } from './expression.ts';
import { scalarFunctions } from './scalar.ts';

export const scalarValue = (node: Expression, values: Readonly<Record<string, number>>): number => {
  const at = (child: Expression): number => scalarValue(child, values);
  switch (node.kind) {
    case 'constant':
      return node.value;
    case 'read': {
      const value = values[node.name];
      if (value === undefined || node.subscripts.length > 0) throw new Error(`no number for ${node.name}`);
      return value;
    }
    case 'size': {
      const value = lengthOf(node.axis, values);
      if (value === undefined) throw new Error(`no size for axis ${node.axis}`);
      return value;
    }
    case 'add':
      return node.terms.reduce((total, term) => total + at(term), 0);
    case 'multiply':
      return node.factors.reduce((total, factor) => total * at(factor), 1);
    case 'power':
      return at(node.base) ** at(node.exponent);
    case 'apply':
      return scalarFunctions[node.operator](...node.arguments.map(at));
    case 'sum':
    case 'maximum':
    case 'position':
    case 'delta':
    case 'triangle':
    case 'inverse':
    case 'log_determinant':
    case 'cholesky':
      throw new Error('not a scalar expression');
  }
};
