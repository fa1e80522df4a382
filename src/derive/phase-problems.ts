/** What is wrong with the phases of a learning once the energy is known: values that are not there yet, means without a formula. */
import { dependsOn } from '../calculus/differentiate.ts';
import { readNames } from '../calculus/substitute.ts';
import type { InferenceStatement, Learning, LearningStep, Model, Phase, Variable } from '../check/typed.ts';
import { startFixes } from '../check/value-fixes.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic, Fix } from '../diagnostics/diagnostic.ts';
import { hoisting, statementMore } from '../diagnostics/fixes.ts';
import { beliefEnergy, type Contrast } from './contrast.ts';
import { energyOf, energyTerms, intractableLayers } from './energy.ts';
import { variableOf } from './free-energy.ts';
import { withMean } from './marginal.ts';
import { allStatements, movedBy, movedNames } from './moved.ts';

export const phaseProblems = (learning: Learning): readonly Diagnostic[] => {
  const ends = new Map<string, ReadonlySet<string>>();
  const ofPhases = learning.phases.flatMap((phase) => {
    const valued = new Set(phase.from === null ? valuedBefore(learning) : ends.get(phase.from));
    const problems = phase.body.flatMap((statement) => valueProblems(learning.model, statement, valued));
    ends.set(phase.name, valued);
    return [...(phase.persist === null ? [] : startProblems(phase)), ...problems];
  });
  return [...ofPhases, ...learning.steps.flatMap((step) => contrastProblems(learning, step, ends))];
};

/** What has a value where the inference of a learning ended, or without one where the data are given. */
const valuedBefore = ({ model, inference }: Learning): ReadonlySet<string> =>
  new Set([
    ...model.variables.filter(({ role }) => role === 'observed').map(({ name }) => name),
    ...movedNames(inference.body),
    ...inference.beliefs.map(({ latent }) => latent),
  ]);

/** In a phase that persists, starts give the first values alone: they stand before everything that moves. */
const startProblems = ({ body }: Phase): readonly Diagnostic[] => {
  const first = body.findIndex(({ kind }) => kind !== 'start' && kind !== 'set' && kind !== 'clamp');
  return allStatements(first < 0 ? [] : body.slice(first))
    .filter(({ kind }) => kind === 'start')
    .map(({ span }) =>
      error('NSM5010', span, 'in a phase that persists, `start` stands before what moves', {
        hint: 'It gives the first value, from which the phase goes on ever after. Move it to the top of the phase.',
        fixes: [hoisting(span)],
      }),
    );
};

/** Adds what a statement gives a value to `valued`; reports what it reads before that. */
const valueProblems = (
  model: Model,
  statement: InferenceStatement,
  valued: Set<string>,
): readonly Diagnostic[] => {
  if (statement.kind === 'repeat')
    return statement.body.flatMap((inner) => valueProblems(model, inner, valued));
  const problems: Diagnostic[] = [];
  for (const target of movedBy(statement)) {
    const missing = readBy(model, statement, target).find((name) => !valued.has(name));
    if (missing !== undefined) {
      problems.push(
        error('NSM5006', statement.span, `\`${missing}\` is read before it has a value`, {
          hint: `Start it above: \`start ${missing} = ...\`, or begin this phase \`from\` another.`,
          fixes: startFixes(variableOf(model, missing), statement.span),
        }),
      );
      // Nothing more is said about it.
      valued.add(missing);
    }
    valued.add(target);
  }
  return problems;
};

/** Variables whose values a statement reads to move another; those of a `sample` are looked at with its law. */
const readBy = (model: Model, statement: InferenceStatement, target: string): readonly string[] => {
  const names = model.variables.map(({ name }) => name);
  switch (statement.kind) {
    case 'start': {
      const { value } = statement;
      return value.kind === 'value' ? names.filter((name) => dependsOn(value.value, name)) : [];
    }
    case 'descend':
      return touched(model, target);
    case 'draw': {
      const given = model.variables.find(({ name }) => name === target)!.distribution?.arguments ?? {};
      const read = new Set(Object.values(given).flatMap((value) => [...readNames(value)]));
      return names.filter((name) => read.has(name));
    }
    default:
      return [];
  }
};

/** Variables in the energy terms of one, itself included. */
const touched = (model: Model, target: string): readonly string[] => {
  const terms = energyTerms(model, intractableLayers(model)).filter(({ value }) => dependsOn(value, target));
  const read = new Set(terms.flatMap(({ value }) => [...readNames(value)]));
  return model.variables.map(({ name }) => name).filter((name) => name === target || read.has(name));
};

const contrastProblems = (
  learning: Learning,
  step: LearningStep,
  ends: ReadonlyMap<string, ReadonlySet<string>>,
): readonly Diagnostic[] => {
  if (step.kind !== 'descend' || step.objective.kind !== 'contrast') return [];
  const { objective } = step;
  return objective.terms.flatMap((term) => termProblems(learning, objective, term, ends.get(term.phase)!));
};

const termProblems = (
  learning: Learning,
  objective: Contrast,
  { what, phase }: Contrast['terms'][number],
  valued: ReadonlySet<string>,
): readonly Diagnostic[] => {
  const { model, inference } = learning;
  const moving = inference.beliefs.find(({ coordinates }) => coordinates.length > 0);
  if (what === 'belief_energy' && moving !== undefined)
    return [
      error(
        'NSM5011',
        objective.span,
        `the belief about ${moving.latent} is moved by ${inference.name} for the data alone`,
        {
          secondary: [{ span: moving.span, label: 'moved by its coordinates' }],
          hint: 'In a phase, a belief is a formula of what the phase reaches: give its parameters by formulas of observed variables.',
        },
      ),
    ];
  const whole =
    what === 'energy' ? energyOf(model, intractableLayers(model)) : beliefEnergy(model, inference);
  const reduced = withMean(model, whole, objective.withMean);
  if (reduced.kind === 'none')
    return [
      error('NSM5031', objective.span, `no mean can be taken here: ${reduced.why}`, {
        hint: 'Leave out `with mean`: the values at the ends of the phases are then taken as they are.',
      }),
    ];
  const missing = model.variables.find(({ name }) => dependsOn(reduced.value, name) && !valued.has(name));
  return missing === undefined
    ? []
    : [
        error('NSM5006', objective.span, `\`${missing.name}\` has no value at the end of \`${phase}\``, {
          hint: `Give it one in the phase: \`start ${missing.name} = ...\`, \`sample ${missing.name}\`, or go on \`from\` another phase.`,
          fixes: endFixes(
            missing,
            learning.phases.find(({ name }) => name === phase),
          ),
        }),
      ];
};

/** A value for a variable that a phase leaves without one. */
const endFixes = (variable: Variable, phase: Phase | undefined): readonly Fix[] => {
  const last = phase?.body.at(-1);
  if (last === undefined) return [];
  const hasLaw = ['binary', 'spin', 'one_hot', 'real'].includes(variable.support.kind);
  const drawn = hasLaw ? [statementMore('below', last.span, `sample ${variable.name}`)] : [];
  return [...startFixes(variable, last.span), ...drawn];
};
