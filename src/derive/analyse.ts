/** Everything that can be said about a file without running it: checking, then derivation. */
import { check } from '../check/check.ts';
import type { Sources } from '../check/sources.ts';
import type { Checked } from '../check/typed.ts';
import { bySourceOrder } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { approximateDraws } from './approximate-draws.ts';
import { countProblems } from './counts.ts';
import { familyProblems } from './family/problems.ts';
import { derivationProblems } from './problems.ts';
import { timeScaleProblems } from './time-scales.ts';
import { weightProblems } from './weight-problems.ts';

export interface Analysed {
  readonly checked: Checked;
  /** In source order. Derivation is only tried on a file that checks. */
  readonly diagnostics: readonly Diagnostic[];
}

export const analyse = (entry: string, sources: Sources): Analysed => {
  const { checked, diagnostics } = check(entry, sources);
  if (diagnostics.some(({ severity }) => severity === 'error')) return { checked, diagnostics };
  // Formulas of imported families are tried where they are declared.
  const own = checked.families.filter(({ span }) => span.file === entry);
  const inferences = checked.inferences.filter(({ span }) => span.file === entry);
  const problems = [
    ...own.flatMap(familyProblems),
    ...derivationProblems(checked),
    ...countProblems(checked),
    ...checked.learnings.flatMap((learning) => weightProblems(learning)),
  ];
  const hasErrors = problems.some(({ severity }) => severity === 'error');
  const found = hasErrors
    ? problems
    : [...problems, ...approximateDraws(entry, checked), ...inferences.flatMap(timeScaleProblems)];
  return { checked, diagnostics: bySourceOrder([...diagnostics, ...found]) };
};
