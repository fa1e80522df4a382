/**
 * Locality of a learning rule, in space, in time and across phases (design.md section 3). A rule for W[i, j] is local in space when it
 * is a sum of products of quantities available at i and at j, the synapse's own weight, and broadcast numbers. A unit knows its own
 * state and its summed inputs: sums over one synapse each of weight times what is available at the other end. Where its synapses lie
 * is known to both.
 */
import type { Expression, Index } from '../calculus/expression.ts';
import { print } from '../calculus/print.ts';
import { children } from '../calculus/substitute.ts';
import type { Model, Param } from '../check/typed.ts';
import { example } from './free-energy.ts';

export interface Certificate {
  readonly local: boolean;
  readonly space: boolean;
  readonly time: boolean;
  readonly phase: boolean;
  /** Why, in words. */
  readonly why: string;
  /** What the rule reads, printed. */
  readonly reads: readonly string[];
}

interface Finding {
  readonly ok: boolean;
  readonly why: string;
}
const fine: Finding = { ok: true, why: '' };
const shown = (node: Expression): string => print(node, { hide: [example] });
const blame = (node: Expression, why: string): Finding => ({ ok: false, why: `\`${shown(node)}\` ${why}` });

/** Indices without the batch's. */
const places = (node: Expression): readonly Index[] => node.indices.filter((index) => index !== example);

/** Whether the rule (per example) of a parameter is local in space. */
export const spaceFinding = (rule: Expression, param: Param, model: Pick<Model, 'parameters'>): Finding => {
  const synapses = new Map(
    model.parameters.filter(({ indices }) => indices.length === 2).map((own) => [own.name, own]),
  );

  const within = (node: Expression): Finding => {
    const at = places(node);
    if (at.length === 0) return broadcast(node);
    if (at.length === 1) return availableAt(node, at[0]!);
    if (node.kind === 'read')
      return node.name === param.name && node.subscripts.join() === param.indices.join()
        ? fine
        : blame(node, 'belongs to another synapse');
    if (holdsMatrix(node)) return blame(node, mixing);
    if (node.kind === 'sum' || node.kind === 'maximum')
      return blame(node, `mixes ${at.join(' and ')} in a sum that neither end can form`);
    return every(node, within);
  };

  const broadcast = (node: Expression): Finding => {
    if (holdsMatrix(node)) return blame(node, mixing);
    if (node.kind === 'sum' || node.kind === 'maximum')
      return blame(node, `sums over all ${node.over.join(', ')}: no single unit sees it`);
    return every(node, broadcast);
  };

  /** A quantity with one index: the unit's own, or one of its summed inputs. */
  const availableAt = (node: Expression, place: Index): Finding => {
    if (places(node).length === 0) return broadcast(node);
    switch (node.kind) {
      case 'sum':
        return summedInput(node, place);
      case 'maximum':
        return blame(node, 'compares many units');
      case 'inverse':
      case 'cholesky':
      case 'log_determinant':
        return blame(node, mixing);
      default:
        return every(node, (child) => availableAt(child, place));
    }
  };

  const summedInput = (node: Extract<Expression, { kind: 'sum' }>, place: Index): Finding => {
    const from = node.over.filter((index) => index !== example);
    if (from.length === 0) return fine;
    const factors = node.body.kind === 'multiply' ? node.body.factors : [node.body];
    const weights = factors.filter((factor) => factor.kind === 'read' && synapses.has(factor.name));
    if (from.length > 1) return blame(node, 'sums over several axes at once');
    if (weights.length !== 1 || places(weights[0]!).length !== 2)
      return blame(node, 'is not a sum of inputs, one synapse each');
    for (const factor of factors) {
      if (factor === weights[0] || isWiring(factor)) continue;
      const at = places(factor);
      const finding =
        at.length === 0
          ? broadcast(factor)
          : at.length === 1
            ? availableAt(factor, at[0]!)
            : blame(factor, `is known neither at ${place} nor at ${from[0]!}`);
      if (!finding.ok) return finding;
    }
    return fine;
  };

  const every = (node: Expression, test: (child: Expression) => Finding): Finding => {
    const parts =
      node.kind === 'add'
        ? node.terms
        : node.kind === 'multiply'
          ? node.factors
          : node.kind === 'power'
            ? [node.base, node.exponent]
            : node.kind === 'apply'
              ? node.arguments
              : [];
    return parts.map(test).find((finding) => !finding.ok) ?? fine;
  };
  return within(rule);
};

/** Made of places and broadcast numbers alone: which synapses there are, and how far apart their ends lie. */
const isWiring = (node: Expression): boolean =>
  node.kind === 'read' ? places(node).length === 0 : children(node).every(isWiring);

const mixing = 'mixes all entries of a matrix';
const holdsMatrix = ({ kind }: Expression): boolean =>
  kind === 'inverse' || kind === 'cholesky' || kind === 'log_determinant';

/** The parts of a rule as its units see them: factors of each term, grouped by where they are known. */
export const readsOf = (rule: Expression): readonly string[] => {
  const found = new Set<string>();
  for (const term of rule.kind === 'add' ? rule.terms : [rule])
    for (const factor of term.kind === 'multiply' ? term.factors : [term]) {
      const at = places(factor);
      if (factor.kind !== 'constant' && factor.kind !== 'size')
        found.add(at.length === 0 ? shown(factor) : `${shown(factor)} at ${at.join(' and ')}`);
    }
  return [...found];
};
