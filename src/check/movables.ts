/** What the statements of an inference may start, guard and move, and what they are checked with. */
import type { Index } from '../calculus/expression.ts';
import { replacement, statementMore } from '../diagnostics/fixes.ts';
import type { CallExpression, Name } from '../syntax/tree.ts';
import { bindDynamics } from './bound-dynamics.ts';
import type { Environment } from './expressions.ts';
import type { DynamicsLookup } from './models.ts';
import { error, quoted, spell } from './scope.ts';
import { findDeclaration, type Loaded } from './session.ts';
import { didYouMean } from './suggest.ts';
import type { Belief, BoundDynamics, Model, Support } from './typed.ts';

/** Something that statements may start, guard and move. */
export interface Movable {
  readonly name: string;
  readonly kind: 'coordinate' | 'latent' | 'observed' | 'state';
  readonly indices: readonly Index[];
  readonly support: Support;
}

export interface StatementContext {
  readonly place: 'inference' | 'phase';
  readonly loaded: Loaded;
  readonly dynamicsOf: DynamicsLookup;
  readonly model: Model;
  readonly beliefs: readonly Belief[];
  readonly movables: readonly Movable[];
  /** Names of parameters, for messages. */
  readonly parameters: readonly string[];
  /** Reads everything. */
  readonly states: Environment;
  /** Reads settings and parameters. */
  readonly settings: Environment;
  readonly repeated: boolean;
  readonly started: Set<string>;
  readonly moved: Set<string>;
}

/** The movable that a name means; reports what else the name may be. */
export const findMovable = (name: Name, context: StatementContext): Movable | null => {
  const text = spell(name);
  const found = context.movables.find((movable) => movable.name === text);
  if (found !== undefined) return found;
  const { report } = context.states;
  const belief = context.beliefs.find((other) => other.latent === text);
  const coordinates = belief?.coordinates.map((coordinate) => coordinate.name) ?? [];
  if (belief !== undefined)
    return error(
      report,
      'NSM5004',
      name.span,
      `\`${text}\` is drawn from its belief and cannot be moved itself`,
      {
        hint: `Move ${coordinates.length === 0 ? 'the parameters of its belief' : `its ${coordinates.length === 1 ? 'coordinate' : 'coordinates'} ${quoted(coordinates)}`}.`,
        fixes: coordinates.map((coordinate) => replacement(name.span, coordinate)),
      },
    );
  if (context.parameters.includes(text))
    return error(report, 'NSM5004', name.span, `\`${text}\` is a parameter, and an inference moves states`, {
      hint: 'Parameters descend in a `learning`.',
    });
  const variable = context.model.variables.find((other) => other.name === text);
  if (variable !== undefined)
    return error(report, 'NSM5004', name.span, `\`${text}\` is observed: its values are given`, {
      hint: `To let it move, write \`free ${text}\` first.`,
      fixes: [statementMore('top', name.span, `free ${text}`)],
    });
  return error(report, 'NSM2001', name.span, `nothing is called \`${text}\` here`, {
    hint: didYouMean(
      text,
      context.movables.map((movable) => movable.name),
      'Nothing can be moved here: declare a `belief` first.',
    ),
  });
};

export const checkVariableNames = (
  names: readonly Name[],
  context: StatementContext,
): readonly string[] | null => {
  const variables = context.model.variables.map((variable) => variable.name);
  let sound = true;
  for (const name of names) {
    if (variables.includes(spell(name))) continue;
    error(
      context.states.report,
      'NSM2001',
      name.span,
      `\`${context.model.name}\` has no variable \`${spell(name)}\``,
      {
        hint: didYouMean(spell(name), variables),
      },
    );
    sound = false;
  }
  return sound ? names.map(spell) : null;
};

/** `by Dynamics(...)` for what it moves. */
export const checkDynamicsCall = (
  call: CallExpression,
  moved: readonly Movable[],
  context: StatementContext,
): BoundDynamics | null => {
  const { loaded, dynamicsOf, settings } = context;
  const found = findDeclaration(loaded, spell(call.callee), call.callee.span, 'dynamics', settings.report);
  const dynamics = found === null ? null : dynamicsOf(found);
  if (dynamics === null) return null;
  return bindDynamics(call, dynamics, sharedAxes(moved), settings);
};

export const sharedAxes = (moved: readonly { readonly indices: readonly Index[] }[]): readonly Index[] =>
  (moved[0]?.indices ?? []).filter((index) => moved.every((other) => other.indices.includes(index)));
