/** `learning` declarations: which objective the parameters descend, when, and by which dynamics. */
import { addition, removal, replacement, withoutWords } from '../diagnostics/fixes.ts';
import type { DescendStatement, LearningDeclaration, Name, PredictStatement } from '../syntax/tree.ts';
import { bindDynamics, usesNaturalGradient } from './bound-dynamics.ts';
import type { ContrastNames } from './contrasts.ts';
import { everyLatentHasBelief } from './descents.ts';
import type { Environment } from './expressions.ts';
import type { CheckedInference } from './inferences.ts';
import type { CheckedModel, Lookups } from './models.ts';
import { sharedAxes } from './movables.ts';
import { claim, environmentsIn, namesOf } from './names.ts';
import { checkEstimator, checkObjective } from './objectives.ts';
import { checkPhase, type LearningContext } from './phases.ts';
import { error, newScope, quoted, spell, warning, type Report, type Scope } from './scope.ts';
import { findDeclaration, type Loaded } from './session.ts';
import { checkSettings } from './settings.ts';
import { didYouMean } from './suggest.ts';
import type { BoundDynamics, Inference, Learning, LearningStep, Param } from './typed.ts';

export interface CheckedLearning {
  readonly learning: Learning;
  readonly declaration: LearningDeclaration;
  readonly own: Scope;
}

/** Checks one learning of a file. `inference` is null when it has none: its phases then do all the moving. */
export const checkLearning = (
  declaration: LearningDeclaration,
  loaded: Loaded,
  model: CheckedModel,
  inference: CheckedInference | null,
  lookups: Lookups,
  outerReport: Report,
): CheckedLearning | null => {
  let sound = true;
  const report: Report = (problem) => {
    if (problem.severity === 'error') sound = false;
    outerReport(problem);
  };
  const taken = namesOf(model);
  const own = newScope(null);
  const used: Inference = inference?.inference ?? noInference(declaration, model);
  for (const setting of used.settings)
    taken.set(setting.name, { span: setting.span, what: 'a setting of the inference' });
  for (const param of used.parameters)
    taken.set(param.name, { span: param.span, what: 'a parameter of the inference' });
  for (const { name } of used.beliefs.flatMap((belief) => belief.coordinates))
    taken.set(name, { span: used.span, what: 'a coordinate of the inference' });
  const below: Scope = inference === null ? newScope(null) : { ...inference.own };
  const layered = environmentsIn(loaded, model, below, report);
  const nest = (environment: Environment): Environment => ({
    ...environment,
    scope: { ...own, parent: environment.scope },
  });
  const [settings, states] = [nest(layered.settings), nest(layered.states)];
  const checkedSettings = checkSettings(declaration.parameters, settings.scope, report);
  for (const { setting } of checkedSettings)
    claim(taken, setting.name, setting.span, 'a setting of the learning', report);

  const phaseMembers = declaration.members.filter((member) => member.kind === 'phase');
  const local = declaration.members.find((member) => member.kind === 'local')?.span ?? null;
  const context: LearningContext = {
    loaded,
    lookups,
    model,
    inference: used,
    params: [...model.model.parameters, ...used.parameters],
    settings,
    states,
    phases: phaseMembers.map((phase) => spell(phase.name)),
    local,
    moved: new Set(),
  };
  const phases = phaseMembers.map((phase, position) =>
    checkPhase(phase, phaseMembers.slice(0, position), context),
  );
  const steps: LearningStep[] = [];
  for (const member of declaration.members) {
    switch (member.kind) {
      case 'descend': {
        const step = checkDescend(member, context);
        if (step !== null) steps.push(step);
        break;
      }
      case 'predict': {
        const step = checkPredict(member, context);
        if (step !== null) steps.push(step);
        break;
      }
      case 'phase':
      case 'local':
        break;
      default:
        error(report, 'NSM5010', member.span, `\`${member.kind}\` does not belong in a \`learning\``, {
          hint:
            member.kind === 'param' ||
            member.kind === 'belief' ||
            member.kind === 'guard' ||
            member.kind === 'rolling'
              ? 'It belongs in the `inference`.'
              : 'It belongs in an `inference`, or in a `phase` of the learning.',
        });
    }
  }
  warnUnmoved(declaration, context, report);
  if (!sound) return null;
  const learning: Learning = {
    name: declaration.name.text,
    doc: declaration.doc,
    span: declaration.name.span,
    model: model.model,
    inference: used,
    settings: checkedSettings.map(({ setting }) => setting),
    local,
    phases,
    steps,
  };
  return { learning, declaration, own };
};

/** A learning whose phases do all the moving has an inference in which nothing happens. */
const noInference = (declaration: LearningDeclaration, model: CheckedModel): Inference => ({
  name: declaration.name.text,
  doc: null,
  span: declaration.name.span,
  model: model.model,
  settings: [],
  parameters: [],
  beliefs: [],
  guards: [],
  body: [],
});

/** The parameters after `over`; reports names that are not. */
const checkOver = (over: readonly Name[], context: LearningContext): readonly Param[] | null => {
  const { report } = context.settings;
  const found: Param[] = [];
  let sound = true;
  for (const name of over) {
    const text = spell(name);
    context.moved.add(text);
    const param = context.params.find((other) => other.name === text);
    if (param !== undefined) {
      found.push(param);
      continue;
    }
    sound = false;
    const { model } = context.model;
    const variable = model.variables.find((other) => other.name === text);
    const coordinate = context.inference.beliefs.some((belief) =>
      belief.coordinates.some((other) => other.name === text),
    );
    const setting = [...model.settings, ...context.inference.settings].some((other) => other.name === text);
    if (variable !== undefined || coordinate)
      error(
        report,
        'NSM5004',
        name.span,
        `\`${text}\` is a ${coordinate ? 'coordinate of a belief' : `${variable!.role} variable`}, and a learning moves parameters`,
        {
          hint: 'States move in the `inference`.',
        },
      );
    else if (setting)
      error(report, 'NSM5004', name.span, `\`${text}\` is a setting, and a learning moves parameters`, {
        hint: `Declare it as a parameter: \`param ${text}: real = ...\`.`,
      });
    else
      error(report, 'NSM2001', name.span, `there is no parameter \`${text}\``, {
        hint: didYouMean(
          text,
          context.params.map((other) => other.name),
        ),
      });
  }
  return sound ? found : null;
};

const checkBy = (
  call: DescendStatement['by'],
  over: readonly Param[],
  context: LearningContext,
): BoundDynamics | null => {
  const { report } = context.settings;
  const found = findDeclaration(context.loaded, spell(call.callee), call.callee.span, 'dynamics', report);
  const dynamics = found === null ? null : context.lookups.dynamicsOf(found);
  if (dynamics === null) return null;
  if (usesNaturalGradient(dynamics))
    return error(
      report,
      'NSM5012',
      call.span,
      `\`${dynamics.name}\` takes the natural gradient, which parameters of a model do not have`,
      {
        hint: 'It belongs to the coordinates of a belief. Use `SGD`, `Adam` or another dynamics with `grad`.',
        fixes: ['SGD', 'Adam'].map((gradient) => replacement(call.callee.span, gradient)),
      },
    );
  return bindDynamics(call, dynamics, sharedAxes(over), context.settings);
};

const checkDescend = (statement: DescendStatement, context: LearningContext): LearningStep | null => {
  const { settings, states, inference, model, local } = context;
  const { report } = settings;
  const names: ContrastNames = {
    phases: context.phases,
    variables: model.model.variables.map(({ name }) => name),
    hasBeliefs: inference.beliefs.length > 0,
  };
  const objective = checkObjective(statement.objective, statement.withMean, names, settings);
  const over = checkOver(statement.over, context);
  const by = checkBy(statement.by, over ?? [], context);
  const { through } = statement;
  const estimator = through === null ? null : checkEstimator(through.estimator, settings);
  if (through !== null && local !== null) {
    error(
      report,
      'NSM5007',
      through.span,
      'a local rule cannot go through the inference: the derivative of a step needs the states of other steps',
      {
        secondary: [{ span: local, label: 'promised here' }],
        hint: 'Leave out `through inference`: at a settled state the partial gradient is the rule. Or leave out `local`.',
        fixes: [removal(through.span, '`through inference`'), removal(local, '`local`')],
      },
    );
    return null;
  }
  if (objective === null || over === null || by === null || (through !== null && estimator === null))
    return null;
  if (objective.kind === 'contrast' && (statement.when === 'each_step' || through !== null))
    return error(
      report,
      'NSM5010',
      through?.span ?? objective.span,
      'phases are compared at their ends, where the states are constants',
      {
        hint: 'Leave out `at each step` and `through inference`.',
        fixes: [
          through === null
            ? withoutWords(statement.span, 'at each step')
            : removal(through.span, '`through inference`'),
        ],
      },
    );
  if (
    objective.kind === 'free_energy' &&
    !everyLatentHasBelief(objective, {
      model: model.model,
      beliefs: inference.beliefs,
      states,
      place: 'phase',
    })
  )
    return null;
  return {
    kind: 'descend',
    objective,
    when: statement.when ?? 'end',
    over: over.map((param) => param.name),
    by,
    through: through === null || estimator === null ? null : { estimator, span: through.span },
    span: statement.span,
  };
};

const checkPredict = (statement: PredictStatement, context: LearningContext): LearningStep | null => {
  const { report } = context.settings;
  if (statement.target.text !== 'soma' || statement.unit.text !== 'branch')
    return error(report, 'NSM5020', statement.target.span, 'only `predict soma by branch` is known', {
      hint: 'Each dendritic branch, a named energy term, learns to predict the soma.',
    });
  const over = checkOver(statement.over, context);
  const by = checkBy(statement.by, over ?? [], context);
  if (over === null || by === null) return null;
  const when = statement.when ?? 'end';
  return { kind: 'predict', when, over: over.map((param) => param.name), by, span: statement.span };
};

const warnUnmoved = (declaration: LearningDeclaration, context: LearningContext, report: Report): void => {
  const unmoved = context.params.map((param) => param.name).filter((name) => !context.moved.has(name));
  if (unmoved.length === 0) return;
  const steps = declaration.members.filter(
    (member) => member.kind === 'descend' || member.kind === 'predict',
  );
  warning(
    report,
    'NSM9006',
    declaration.name.span,
    `\`${declaration.name.text}\` does not move ${quoted(unmoved)}`,
    {
      hint:
        steps.length === 0
          ? `Nothing is learned: add \`descend free_energy over ${unmoved.join(', ')} by SGD(rate = 0.01)\`.`
          : `${unmoved.length === 1 ? 'It keeps its' : 'They keep their'} initial value. Add ${unmoved.length === 1 ? 'it' : 'them'} after \`over\` to learn ${unmoved.length === 1 ? 'it' : 'them'}.`,
      fixes: steps.slice(-1).map(({ over }) => addition(over.at(-1)!.span, `, ${unmoved.join(', ')}`)),
    },
  );
};
