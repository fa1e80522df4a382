/** `nsm explain`: what a program means, or what a diagnostic means. */
import type { Expression } from '../calculus/expression.ts';
import { codes } from '../diagnostics/codes.ts';
import { longHelp } from '../diagnostics/help.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import type { Derived } from '../schedule/define.ts';
import { ended, type Output } from './execute.ts';
import { fault } from './problem.ts';
import type { LoadedProgram } from './program.ts';

export interface ExplainRequest {
  readonly dump?: string;
  readonly latex?: true;
  readonly cost?: true;
  /** A pass of the optimiser. */
  readonly pass?: string;
  readonly model?: string;
  readonly set?: Readonly<Record<string, number>>;
}

export async function explain(subject: string, request: ExplainRequest, output: Output): Promise<number> {
  if (/^nsm\d+$/i.test(subject)) return explainCode(subject, output);
  const { loadProgram, requireGood } = await import('./program.ts');
  const program = loadProgram(subject);
  if (request.dump === 'parse') return dumpTree(program, output);
  requireGood(program);
  if (request.dump !== undefined) return dump(program, request.dump, request, output);
  if (request.pass !== undefined) return dumpPass(await derived(program, request), request.pass, output);
  if (request.cost) return explainCosts(await derived(program, request), output);
  const { explain: explainProgram } = await import('../derive/explain.ts');
  const explanation = explainProgram(program.checked);
  if (output.json) {
    output.event({ ...explanation });
    return ended.well;
  }
  const { explanationLatex, explanationText } = await import('./explanation-text.ts');
  output.say(request.latex ? explanationLatex(explanation) : explanationText(explanation));
  return ended.well;
}

function explainCode(written: string, output: Output): number {
  const code = written.toUpperCase();
  const help = longHelp(code);
  if (help === null) {
    const all = Object.keys(codes);
    throw fault(
      'NSM6012',
      `there is no diagnostic ${code}`,
      `${didYouMean(code, all)}codes look like ${all[0]}`,
    );
  }
  output.event({ code, title: (codes as Readonly<Record<string, string>>)[code], help });
  output.say(help.trimEnd());
  return ended.well;
}

const phases = ['parse', 'check', 'schedule', 'targets'] as const;

async function dumpTree(program: LoadedProgram, output: Output): Promise<number> {
  const { parse } = await import('../syntax/parse.ts');
  return show(output, parse(program.entry, program.texts.get(program.entry) ?? '').module);
}

async function dump(
  program: LoadedProgram,
  phase: string,
  { model: modelName, set = {} }: ExplainRequest,
  output: Output,
): Promise<number> {
  if (phase === 'check') return show(output, program.checked);
  if (phase !== 'schedule' && phase !== 'targets') {
    const hint = `${didYouMean(phase, phases)}the phases are ${phases.join(', ')}`;
    throw fault('NSM6013', `there is no phase "${phase}"`, hint);
  }
  const { select } = await import('./select.ts');
  const { defineProgram } = await import('./definition.ts');
  const { model } = select(program.checked, { model: modelName });
  const definition = defineProgram(program, model.name, set);
  if (phase === 'schedule') {
    const { definitionText } = await import('./program-text.ts');
    output.event({ dump: definition });
    output.say(definitionText(definition));
    return ended.well;
  }
  const { emitPrograms } = await import('../targets/tfjs/emit.ts');
  const { inferences, learnings, sample } = definition;
  const programs = [
    ...inferences.flatMap(({ start, advance, measure }) => [start, advance, measure]),
    ...learnings.map(({ update }) => update),
    sample,
  ];
  const { text } = emitPrograms(programs);
  output.event({ text });
  output.say(text);
  return ended.well;
}

/** The programs of a model before they are optimised. */
async function derived(
  program: LoadedProgram,
  { model: modelName, set = {} }: ExplainRequest,
): Promise<readonly Derived[]> {
  const { checkSettings, requireSettings, select } = await import('./select.ts');
  const { defineProgram } = await import('./definition.ts');
  const { derivedPrograms } = await import('../schedule/define.ts');
  const selection = select(program.checked, { model: modelName });
  checkSettings(program.checked, selection, set);
  requireSettings(selection, set);
  // For what it refuses.
  defineProgram(program, selection.model.name, set);
  return derivedPrograms(program.checked, selection.model.name, set);
}

async function explainCosts(programs: readonly Derived[], output: Output): Promise<number> {
  const { explainCost } = await import('../optimize/explain-cost.ts');
  const { optimizeInSteps } = await import('../optimize/optimize.ts');
  const { turnsOf } = await import('../optimize/program-cost.ts');
  const { explainTarget } = await import('../targets/explain-target.ts');
  const { costText } = await import('./cost-text.ts');
  const explained = programs.map(({ program, hints }) => {
    const steps = optimizeInSteps(program, hints);
    const cost = explainCost(program, hints, steps);
    const turns = (loop: { readonly times: Expression }): number => Math.ceil(turnsOf(loop, hints.scalars));
    return { ...cost, target: explainTarget(steps.at(-1)!.program, cost.sizes, turns, WebAssembly.validate) };
  });
  output.event({ programs: explained });
  output.say(explained.map(costText).join('\n\n'));
  return ended.well;
}

async function dumpPass(programs: readonly Derived[], name: string, output: Output): Promise<number> {
  const { optimizeInSteps, passes: all } = await import('../optimize/optimize.ts');
  const { programText } = await import('./program-text.ts');
  const at = all.findIndex((pass) => pass.name === name);
  if (at < 0) {
    const names = all.map((pass) => pass.name);
    throw fault(
      'NSM6013',
      `there is no pass "${name}"`,
      `${didYouMean(name, names)}the passes are ${names.join(', ')}`,
    );
  }
  const texts = programs.map(({ program, hints }) =>
    programText(optimizeInSteps(program, hints)[at]!.program),
  );
  output.event({ pass: name, programs: texts });
  output.say(texts.join('\n\n'));
  return ended.well;
}

/** JSON either way: indented for people, one line for programs. Shared expressions are written out. */
function show(output: Output, value: object): number {
  output.event({ dump: value });
  output.say(JSON.stringify(value, null, 2));
  return ended.well;
}
