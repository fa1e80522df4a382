/** All identities of one family. */
import type { Family } from '../check/typed.ts';
import { naturalVector, type Member } from '../derive/family/member.ts';
import type { Program } from '../schedule/program.ts';
import type { TensorFlow } from '../runtime/plan.ts';
import { blame } from './blame.ts';
import type { Verdict } from './evidence.ts';
import { checkDraws, drawProgram, drawsOf, type Drawn } from './draws.ts';
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
import { checkFloat32 } from './single.ts';

export interface VerifyOptions {
  readonly seed: number;
  readonly tf: TensorFlow;
  /** Called before each identity. */
  readonly begin: (identity: Identity) => void;
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

export const verifyFamily = (family: Family, { seed, tf, begin }: VerifyOptions): FamilyReport => {
  const groups = testGroups(family);
  begin('density');
  const unfit: Unfit[] = [];
  const subjects: Subjects = {
    family,
    groups: groups
      .map((group) => group.flatMap((tested) => subjectOf(tested, unfit)))
      .filter((group) => group.length > 0),
  };
  const draws = new Map<Subject, readonly Float64Array[]>();
  let program: Program | null = null;
  const drawn: Drawn = (subject) => {
    let found = draws.get(subject);
    if (found === undefined) {
      program ??= drawProgram(family);
      found = drawsOf(program, subject, seed);
      draws.set(subject, found);
    }
    return found;
  };
  let forms: ReturnType<typeof checkForms> = [];
  let drawTests = { tests: 0, falseAlarm: 0 };
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
    draws: () => {
      const report = checkDraws(subjects, drawn);
      drawTests = report;
      return report.outcome;
    },
    float32: () => checkFloat32(subjects, tf),
  };
  const outcomes = (Object.keys(identities) as Identity[]).map((identity) => {
    begin(identity);
    return guarded(identity, runs[identity], subjects, unfit);
  });
  return {
    family,
    outcomes,
    drawTests: drawTests.tests,
    falseAlarm: drawTests.tests * drawTests.falseAlarm,
    members: groups.flat().length,
    verdicts: blame({ subjects, groups, unfit, outcomes, forms, drawn }),
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
