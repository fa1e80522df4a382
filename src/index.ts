/**
 * nsm for programs: from text to a model that runs.
 *
 * ```ts
 * import { check, define, defineModel, fileSources, loadBackend, planInProcess } from 'nsm';
 *
 * const { checked, diagnostics } = check('mymodel.nsm', fileSources());
 * const { definition } = define(checked, { set: { neurons: 64 } });
 * const model = defineModel(planInProcess(definition!, await loadBackend()));
 * const trained = await model.train(model.create({ seed: 1 }), rows, { iterations: 500 });
 * ```
 *
 * `check`, `define`, `explain` and `format` never throw on bad input: they return diagnostics.
 */
export { parse, type Parsed } from './syntax/parse.ts';
export { format, type Formatted } from './format/format.ts';
export type { Module } from './syntax/tree.ts';
export type { Span } from './syntax/span.ts';
export { check, type CheckResult } from './check/check.ts';
export { fileSources, type Resolution, type Sources } from './check/sources.ts';
export type { Checked } from './check/typed.ts';
export { codes, type Code } from './diagnostics/codes.ts';
export type { Diagnostic } from './diagnostics/diagnostic.ts';
export { longHelp } from './diagnostics/help.ts';
export { position, type Position } from './diagnostics/position.ts';
export { render, type RenderOptions } from './diagnostics/render.ts';
export { conditionalOf, type Conditional } from './derive/conjugate.ts';
export { explain, type Explanation } from './derive/explain.ts';
export {
  divergenceOf,
  entropyOf,
  fisherOf,
  logDensityOf,
  logPartitionOf,
  meanOf,
  memberAt,
  memberOf,
  statisticsOf,
  type Member,
} from './derive/family/member.ts';
export { naturalFromMean, parametersOf } from './derive/family/newton.ts';
export { define, type Defined, type DefineRequest } from './schedule/define.ts';
export type { Definition } from './schedule/definition.ts';
export type { Program } from './schedule/program.ts';
export { emitModule, type EmittedModule } from './targets/module.ts';
export { asFastest, asFused, planInProcess, type Load } from './targets/plan.ts';
export { verifyFamily, type FamilyReport, type VerifyOptions } from './verify/verify.ts';
export { isDataError, type DataError } from './data/error.ts';
export { loadData, type Dataset, type LoadOptions } from './data/load.ts';
export * from './runtime/index.ts';
