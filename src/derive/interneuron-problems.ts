/** Slopes that need the mean of a layer which nothing finds, and interneurons without a layer to serve. */
import { readNames } from '../calculus/substitute.ts';
import type { Checked, InferenceStatement, Learning, LearningStep, Model, Variable } from '../check/typed.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { removal, statementMore } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import { bodiesTo, layersCompared } from './contrast.ts';
import { clampedBy, dendrites } from './dendrites.ts';
import { asksFor } from './dynamics-problems.ts';
import { meanName, needsMean, servedLayers } from './energy.ts';
import { variableOf } from './free-energy.ts';
import { allStatements, movedNames } from './moved.ts';

export const interneuronProblems = ({ inferences, learnings }: Checked): readonly Diagnostic[] => {
  const ofBodies = [
    ...inferences.flatMap(({ model, body }) => bodyProblems(model, body)),
    ...learnings.flatMap(({ model, phases }) => phases.flatMap(({ body }) => bodyProblems(model, body))),
  ];
  // What is missing where variables move is missing where parameters do: it is told once.
  return ofBodies.length > 0
    ? ofBodies
    : learnings.flatMap((learning) => learning.steps.flatMap((step) => stepProblems(learning, step)));
};

type Body = readonly InferenceStatement[];

const bodyProblems = (model: Model, body: Body): readonly Diagnostic[] =>
  allStatements(body).flatMap((statement) => {
    if (statement.kind === 'interneurons') return idleProblems(model, statement);
    if (statement.kind !== 'descend' || statement.objective.kind !== 'energy') return [];
    if (!asksFor(statement.by.dynamics, '@gradient', '@curvature')) return [];
    const slope = `the slope of the energy in ${list(statement.over)}`;
    return layersNeeded(model, statement.over)
      .filter((layer) => !isServed(layer, body))
      .map((layer) => unknownMean(layer, statement.span, slope));
  });

const stepProblems = (learning: Learning, step: LearningStep): readonly Diagnostic[] => {
  const { model, inference } = learning;
  const slope = `the gradient in ${list(step.over)}`;
  const missing = (layers: readonly Variable[], bodies: readonly Body[]): readonly Diagnostic[] =>
    layers
      .filter((layer) => !isKnownAfter(layer, bodies))
      .map((layer) => unknownMean(layer, step.span, slope));
  if (step.kind === 'predict') {
    const found = dendrites(model, step.over, clampedBy(inference));
    if (found.kind === 'unsolvable') return [];
    const read = new Set(found.predictions.flatMap(({ branch }) => [...readNames(branch.input)]));
    const layers = model.variables.filter(({ name }) => read.has(meanName(name, 0)));
    return missing(layers, [inference.body]);
  }
  const layers = layersNeeded(model, step.over);
  switch (step.objective.kind) {
    case 'free_energy':
      return [];
    case 'energy':
      return missing(layers, [inference.body]);
    case 'contrast': {
      const ends = step.objective.terms.flatMap(({ what, phase }) => (what === 'energy' ? [phase] : []));
      const ended = learning.phases.filter(({ name }) => ends.includes(name));
      // One problem for each layer, wherever it is missing.
      return layersCompared(learning, step.objective, layers).flatMap((layer) =>
        ended.flatMap((phase) => missing([layer], bodiesTo(learning, phase))).slice(0, 1),
      );
    }
  }
};

/** Layers whose mean the slope of the energy in something needs, and nobody can write down. */
const layersNeeded = (model: Model, over: readonly string[]): readonly Variable[] =>
  servedLayers(model, null, new Set(over));

const isServed = ({ name }: Variable, body: Body): boolean =>
  allStatements(body).some(
    (statement) =>
      statement.kind === 'interneurons' && (statement.over === null || statement.over.includes(name)),
  );

/** Whether interneurons have followed a layer in the last of the bodies that changed what it hears. */
const isKnownAfter = (layer: Variable, bodies: readonly Body[]): boolean => {
  const last = bodies.findLast((body) => isServed(layer, body) || needsMean(layer, movedNames(body)));
  return last !== undefined && isServed(layer, last);
};

const unknownMean = ({ name, span, distribution }: Variable, at: Span, slope: string): Diagnostic =>
  error('NSM5048', at, `${slope} needs the mean of \`${name}\`, and nothing here finds it`, {
    secondary: [{ span, label: `the log-partition of ${distribution!.family.name} is intractable` }],
    hint: 'Let a fast population find it, in a line before: `repeat 20 { interneurons by Langevin(dt = 0.1) }`. Or let the family say it: `log_partition intractable by quadrature`.',
    fixes: [statementMore('above', at, 'repeat 20 { interneurons by Langevin(dt = 0.1) }')],
  });

const idleProblems = (
  model: Model,
  { over, span }: Extract<InferenceStatement, { kind: 'interneurons' }>,
): readonly Diagnostic[] => {
  const changeable = new Set([...model.variables, ...model.parameters].map(({ name }) => name));
  const served = servedLayers(model, over, changeable);
  if (over === null)
    return served.length > 0
      ? []
      : [
          nothingToServe(
            span,
            `no layer of \`${model.name}\` has an intractable log-partition that changes`,
            'Take the line out, or name the layers to serve: `interneurons over x by ...`.',
          ),
        ];
  return over
    .map((name) => variableOf(model, name))
    .filter((variable) => !served.includes(variable))
    .map(({ name, distribution }) =>
      distribution === null
        ? nothingToServe(
            span,
            `\`${name}\` is drawn from no family, so it has no log-partition of its own`,
            `Take \`${name}\` out, or give it a family: \`${name} ~ Family(...)\`.`,
          )
        : nothingToServe(
            span,
            `the parameters of \`${name}\` are the same whatever moves and is learned`,
            `Take \`${name}\` out: no slope needs its mean.`,
          ),
    );
};

const nothingToServe = (span: Span, why: string, hint: string): Diagnostic =>
  error('NSM5049', span, `interneurons have nothing to serve: ${why}`, {
    hint,
    fixes: [removal(span, 'the line')],
  });

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');
