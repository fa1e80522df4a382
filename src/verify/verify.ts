/** All identities of one family. */
import type { Estimator, Family } from '../check/typed.ts';
import { naturalVector, type Member } from '../derive/family/member.ts';
import type { Program } from '../schedule/program.ts';
import type { TensorFlow } from '../runtime/plan.ts';
import { blame } from './blame.ts';
import type { Verdict } from './evidence.ts';
import { checkDraws, drawProgram, drawsOf, type Drawn, type DrawReport } from './draws.ts';
import { checkForms, checkMaps, formsOutcome } from './forms.ts';
import { checkGradient } from './gradient.ts';
import { identities, skip, type Identity, type Outcome, type Subject, type Subjects } from './identity.ts';
import { checkDivergence, checkEntropy } from './information.ts';
import { hasNaturals, testGroups, type TestMember } from './members.ts';
import { checkDensity, checkDerivatives, checkFisher, checkMean, checkScore } from './moments.ts';
import {
  covarianceOf,
  isQuadrature,
  meanStatistics,
  probabilitiesAt,
  quadratureAt,
  type Quadrature,
  type QuadratureProblem,
} from './quadrature.ts';
import { problemWords, type Unfit } from './problem-words.ts';
import { checkRelaxed, coldest } from './relaxed.ts';
import { checkFloat32 } from './single.ts';

export interface VerifyOptions {
  readonly seed: number;
  readonly tf: TensorFlow;
}

export interface FamilyReport {
  readonly family: Family;
  /** In the order of `identities`. */
  readonly outcomes: readonly Outcome[];
  /** Test statistics of draws, and the chance that any of them rejects draws that are right. */
  readonly drawTests: number;
  readonly falseAlarm: number;
  readonly members: number;
  /** What is wrong, each with the line to blame; none when all holds. */
  readonly verdicts: readonly Verdict[];
}

export const verifyFamily = (family: Family, options: VerifyOptions): FamilyReport => {
  const steps = verification(family, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
};

/** Verifies in steps: each identity is told before it is checked, so that others may do something in between. */
export function* verification(
  family: Family,
  { seed, tf }: VerifyOptions,
): Generator<Identity, FamilyReport, undefined> {
  yield 'density';
  const groups = testGroups(family);
  const found: Unfit[] = [];
  const subjects: Subjects = {
    family,
    groups: groups
      .map((group) => group.flatMap((tested) => subjectOf(tested, found)))
      .filter((group) => group.length > 0),
  };
  // Neither the density nor draws of a member beyond float64 can be told, and the others have to do, where there are any.
  const unfit = found.filter(({ problem }) => problem.kind !== 'beyond' || subjects.groups.length === 0);
  const drawn = drawnOnce(family, null, seed);
  const relaxed = drawnOnce(family, coldest, seed);
  let forms: ReturnType<typeof checkForms> = [];
  const drawTests: DrawReport[] = [];
  const tested = (report: DrawReport): Outcome => {
    drawTests.push(report);
    return report.outcome;
  };
  const runs: Readonly<Record<Identity, () => Outcome>> = {
    density: () => checkDensity(subjects),
    mean: () => checkMean(subjects),
    fisher: () => checkFisher(subjects),
    derivatives: () => checkDerivatives(subjects),
    score: () => checkScore(subjects),
    divergence: () => checkDivergence(subjects),
    entropy: () => checkEntropy(subjects),
    maps: () => checkMaps(subjects),
    forms: () => {
      forms = checkForms(subjects);
      return formsOutcome(subjects, forms);
    },
    gradient: () => checkGradient(subjects),
    draws: () => tested(checkDraws(subjects, drawn)),
    relaxed: () => tested(checkRelaxed(subjects, relaxed)),
    float32: () => checkFloat32(subjects, tf),
  };
  const outcomes: Outcome[] = [];
  for (const identity of Object.keys(identities) as Identity[]) {
    yield identity;
    outcomes.push(guarded(identity, runs[identity], subjects, unfit));
  }
  return {
    family,
    outcomes,
    drawTests: drawTests.reduce((total, { tests }) => total + tests, 0),
    falseAlarm: drawTests.reduce((total, { tests, falseAlarm }) => total + tests * falseAlarm, 0),
    members: groups.flat().length,
    verdicts: blame({ subjects, groups, unfit, outcomes, forms, drawn, relaxed }),
  };
}

/** Draws of each member, made when they are first asked for. */
const drawnOnce = (family: Family, estimator: Estimator | null, seed: number): Drawn => {
  const draws = new Map<Subject, readonly Float64Array[]>();
  let program: Program | null = null;
  return (subject) => {
    let found = draws.get(subject);
    if (found === undefined) {
      program ??= drawProgram(family, estimator);
      found = drawsOf(program, subject, seed);
      draws.set(subject, found);
    }
    return found;
  };
};

/** An identity that cannot be computed fails with the reason, so that one mistake does not hide what else was found. */
const guarded = (
  identity: Identity,
  run: () => Outcome,
  subjects: Subjects,
  unfit: readonly Unfit[],
): Outcome => {
  const unsupported = unfit.find(({ problem }) => problem.kind === 'unsupported');
  if (unsupported !== undefined) return skip(identity, problemWords(unsupported.problem));
  if (subjects.groups.length === 0 && identity !== 'density')
    return skip(identity, 'no member has a density that could be integrated');
  try {
    const outcome = run();
    return identity === 'density'
      ? { ...outcome, checks: [...unfitChecks(unfit), ...outcome.checks] }
      : outcome;
  } catch (error) {
    const failed = {
      identity,
      member: 'a member',
      measured: NaN,
      tolerance: 0,
      ok: false,
      detail: wordsOf(error),
    };
    return { identity, checks: [failed], skipped: null };
  }
};

const unfitChecks = (unfit: readonly Unfit[]): Outcome['checks'] =>
  unfit.map(({ tested, problem }) => ({
    identity: 'density',
    member: tested.label,
    measured: NaN,
    tolerance: 0,
    ok: false,
    detail: problemWords(problem),
  }));

const subjectOf = (tested: TestMember, unfit: Unfit[]): readonly Subject[] => {
  const { member, label } = tested;
  const quadrature = integrated(member);
  if (!isQuadrature(quadrature)) {
    unfit.push({ tested, problem: quadrature });
    return [];
  }
  const weights = probabilitiesAt(quadrature, naturalVector(member));
  return [
    {
      member,
      label,
      quadrature,
      weights,
      mean: meanStatistics(quadrature, weights),
      covariance: covarianceOf(quadrature, weights),
    },
  ];
};

const integrated = (member: Member): Quadrature | QuadratureProblem => {
  if (!hasNaturals(member)) return { kind: 'no_naturals' };
  try {
    return quadratureAt(member);
  } catch (error) {
    return { kind: 'unsupported', why: wordsOf(error) };
  }
};

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
