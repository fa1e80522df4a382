/** The choice between factored and expanded forms of the linear parts of an expression. */
import { expand } from '../calculus/expand.ts';
import type { Expression } from '../calculus/expression.ts';
import { mapChildren } from '../calculus/substitute.ts';
import { costOf } from './cost.ts';
import { costsIn, withKnown, type Scope, type State } from './scope.ts';

/** Replaces every linear region by its expanded form where the model says that is cheaper. */
export const chooseForm = (node: Expression, scope: Scope, state: State): Expression => {
  switch (node.kind) {
    case 'constant':
    case 'size':
    case 'position':
    case 'read':
    case 'delta':
    case 'triangle':
      return node;
    case 'add':
    case 'apply':
    case 'power':
    case 'maximum':
    case 'inverse':
    case 'log_determinant':
    case 'cholesky':
      return mapChildren(node, (child) => chooseForm(child, scope, state));
    case 'multiply':
    case 'sum': {
      const inside = chooseWithin(node, scope, state);
      const expanded = expand(inside);
      if (expanded === inside) return inside;
      const costs = costsIn(scope, state);
      const [apart, whole] = [withKnown(expanded, scope, state), withKnown(inside, scope, state)];
      // The expanded form cancels more in float32: it has to be clearly cheaper.
      return costOf(apart, costs) < 0.8 * costOf(whole, costs) ? apart : whole;
    }
  }
};

/** Chooses forms inside the nonlinear parts of a linear region, which `expand` takes as they are. */
const chooseWithin = (node: Expression, scope: Scope, state: State): Expression => {
  switch (node.kind) {
    case 'add':
    case 'multiply':
    case 'sum':
      return mapChildren(node, (child) => chooseWithin(child, scope, state));
    case 'power':
      return node.exponent.kind === 'constant' && node.exponent.value === 2
        ? node
        : chooseForm(node, scope, state);
    default:
      return chooseForm(node, scope, state);
  }
};
