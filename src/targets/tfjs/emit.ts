/**
 * Programs as readable JavaScript: one function each, over the names `tf` (TensorFlow.js) and `nsm` (the runtime's
 * tensor functions). In-process runs evaluate exactly this text, and `nsm compile` writes it into a module.
 */
import type { Expression } from '../../calculus/expression.ts';
import { identifier } from '../../calculus/javascript.ts';
import { print } from '../../calculus/print.ts';
import type {
  Assign,
  Draw,
  DrawSource,
  Origin,
  Program,
  SourceParameter,
  Statement,
} from '../../schedule/program.ts';
import { densitySource } from '../../runtime/density-source.ts';
import { implicitSource } from '../../runtime/implicit-source.ts';
import { inversionSource } from '../../runtime/inversion-source.ts';
import {
  densityLaw,
  implicitLaw,
  inversionLaw,
  type DensityDraw,
  type Implicit,
  type Inversion,
} from '../laws.ts';
import {
  declare,
  define,
  functionText,
  listed,
  openBlock,
  render,
  type Block,
  type FunctionText,
} from './block.ts';
import { expressionEmitter, hostText } from './emit-expression.ts';
import { emitRepeat, isName } from './emit-repeat.ts';
import { placeText } from '../../schedule/locate.ts';
import { docComment, key, quote } from './literal.ts';
import { fill, shapeText } from './value.ts';

export interface EmittedPrograms {
  /** Definitions of all functions, and of the samplers that they share. */
  readonly text: string;
  /** Name of each program's function, in the order given. */
  readonly functions: readonly string[];
}

/** Samplers of families, by their formulas. */
type Samplers = Map<string, { readonly name: string; readonly text: string }>;

/** JavaScript of programs; `names` wishes names for their functions, else they have the programs' names. */
export const emitPrograms = (
  programs: readonly Program[],
  names?: readonly string[],
  takenNames: readonly string[] = [],
): EmittedPrograms => {
  const taken = new Set(takenNames);
  const samplers: Samplers = new Map();
  const functions = programs.map((program, i) => identifier(names?.[i] ?? program.name, taken));
  const texts = programs.map((program, i) => emitFunction(program, functions[i]!, samplers, taken));
  return {
    text: [...[...samplers.values()].map((sampler) => sampler.text), ...texts].join('\n\n'),
    functions,
  };
};

/** JavaScript of one program. */
export const emitProgram = (program: Program): string => emitPrograms([program]).text;

interface ProgramContext {
  readonly text: FunctionText;
  readonly samplers: Samplers;
  readonly moduleNames: Set<string>;
  /** Text of the iteration that keys draws. */
  readonly iteration: string;
  readonly replays: ReadonlyMap<string, number>;
  readonly origins: NonNullable<Program['origins']>;
}

const emitFunction = (
  program: Program,
  name: string,
  samplers: Samplers,
  moduleNames: Set<string>,
): string => {
  const text = functionText(new Set(moduleNames));
  const block = openBlock(text, null);
  const inputs = program.inputs.map((register) => {
    const local = declare(register.name, block, text);
    define(register, local, register.place === 'host' ? 'number' : 'tensor', block, text);
    return { register, local };
  });
  const iteration = inputs.find(({ register }) => register.name === 'iteration')?.local ?? '0';
  const context: ProgramContext = {
    text,
    samplers,
    moduleNames,
    iteration,
    replays: countReplays(program.body),
    origins: program.origins ?? {},
  };
  emitStatements(program.body, block, context);
  const results = program.outputs.map(
    ({ name: output, register }) => `${entry(output, block.scope.lookup(register.name).text)},`,
  );

  const entries = inputs.map(({ register, local }) => entry(register.name, local));
  const axes = inputs.map(
    ({ register }) =>
      `${key(register.name)}: ${register.place === 'host' ? 'null' : `[${register.indices.map(quote).join(', ')}]`},`,
  );
  const given = `nsm.run(${quote(program.name)}, inputs, context`;
  const run =
    inputs.length === 0
      ? [`return ${given}, {}, () => {`]
      : ['const axes = {', ...axes, '};', ...listed(`return ${given}, axes, (`, entries, ') => {')];
  const lines = [
    ...docComment([program.doc]),
    `function ${name}(inputs, context) {`,
    'const { sizes } = context;',
    ...run,
    ...block.lines,
    'return {',
    ...results,
    '};',
    '});',
    '}',
  ];
  return render(lines);
};

const entry = (name: string, value: string): string =>
  key(name) === value ? value : `${key(name)}: ${value}`;

/** What has no origin of its own comes from what follows it, or from what is around it. */
const emitStatements = (
  statements: readonly Statement[],
  block: Block,
  context: ProgramContext,
  around: Origin | null = null,
): void => {
  const origins = statements.reduceRight<readonly (Origin | null)[]>(
    (after, statement) => [originOf(statement, context) ?? after[0] ?? around, ...after],
    [],
  );
  statements.forEach((statement, i) => {
    const origin = origins[i]!;
    say(origin, block, context);
    emitStatement(statement, block, context, origin);
  });
};

const originOf = (statement: Statement, { origins }: ProgramContext): Origin | undefined => {
  switch (statement.kind) {
    case 'assign':
    case 'draw':
      return origins[statement.target.name];
    case 'repeat':
      return origins[statement.counter.name] ?? origins[statement.carried[0]?.register.name ?? ''];
    case 'gradient':
      return undefined;
  }
};

/** Tells the runtime where the lines that follow come from, in words that are also what source maps are made of. */
const say = (origin: Origin | null, block: Block, { text }: ProgramContext): void => {
  if (origin?.line === undefined) return;
  const place = placeText(origin)!;
  if (place === text.place) return;
  text.place = place;
  block.lines.push(`nsm.at(${quote(place)});`);
};

const emitStatement = (
  statement: Statement,
  block: Block,
  context: ProgramContext,
  origin: Origin | null,
): void => {
  switch (statement.kind) {
    case 'assign':
      return emitAssign(statement, block, context);
    case 'draw':
      return emitDraw(statement, block, context);
    case 'repeat':
      emitRepeat(statement, block, {
        text: context.text,
        replays: context.replays,
        emitBody: (body, inner) => {
          context.text.place = null;
          emitStatements(body, inner, context, origin);
        },
      });
      context.text.place = null;
      return;
    case 'gradient':
      throw new Error(`internal: a ${statement.kind} statement has not been lowered`);
  }
};

const emitAssign = ({ target, value, note }: Assign, block: Block, context: ProgramContext): void => {
  context.text.current = target.name;
  const emitter = expressionEmitter([value], block.scope);
  const isNumber = emitter.isNumber(value) && target.indices.length === 0;
  const text = isNumber
    ? hostText(value, block.scope)
    : fill(emitter.emit(value, target.indices), target.indices, block.scope);
  const comment = note ?? (text.includes('tf.matMul(') ? print(value, { hide: ['example'] }) : null);
  if (comment !== null) block.lines.push(...comment.split('\n').map((line) => `// ${line}`.trimEnd()));
  const toHost = !isNumber && target.place === 'host';
  const name = declare(target.name, block, context.text);
  block.lines.push(`const ${name} = ${toHost ? `${text}.dataSync()[0]` : text};`);
  define(target, name, isNumber || toHost ? 'number' : 'tensor', block, context.text);
  if (!isNumber && !toHost && !isName(text)) block.fresh.add(target.name);
};

const emitDraw = ({ target, site, source }: Draw, block: Block, context: ProgramContext): void => {
  const place = `context, [${[site, context.iteration, ...block.counters].join(', ')}]`;
  context.text.current = target.name;
  const options = target.indices[0] === 'example' ? '' : ', { isShared: true }';
  const text = drawText(source, target.indices, place, options, block, context);
  const name = declare(target.name, block, context.text);
  block.lines.push(`const ${name} = ${text};`);
  define(target, name, 'tensor', block, context.text);
  block.fresh.add(target.name);
};

const drawText = (
  source: DrawSource,
  indices: readonly string[],
  place: string,
  options: string,
  block: Block,
  context: ProgramContext,
): string => {
  const { scope } = block;
  const shape = shapeText(indices, scope);
  const full = (values: readonly Expression[]): readonly string[] => {
    const emitter = expressionEmitter(values, scope);
    return values.map((value) => {
      const emitted = emitter.emit(value, indices);
      return emitted.kind === 'number' ? emitted.text : fill(emitted, indices, scope);
    });
  };
  const own = (parameters: readonly SourceParameter[]): string =>
    `[${full(parameters.map(({ value }) => value)).join(', ')}]`;
  switch (source.kind) {
    case 'noise':
      return `nsm.noise(${place}, '${source.distribution}', ${shape}${options})`;
    case 'choice': {
      const emitter = expressionEmitter([source.logits], scope);
      return `nsm.choice(${place}, ${fill(emitter.emitTensor(source.logits, indices), indices, scope)}${options})`;
    }
    case 'inversion':
    case 'density': {
      const call = source.kind === 'inversion' ? 'discrete' : 'continuous';
      return `nsm.${call}(${place}, ${samplerName(source, context)}, ${shape}, ${own(source.parameters)}${options})`;
    }
    case 'implicit':
      return `nsm.implicitSlope(${samplerName(source, context)}, ${shape}, ${own(source.parameters)})`;
  }
};

/** The name of the function that a source's law becomes; equal laws share one. */
const samplerName = (source: Inversion | DensityDraw | Implicit, context: ProgramContext): string => {
  const { law, wish, textOf } = samplerOf(source);
  const formulas = JSON.stringify([source.kind, law]);
  const known = context.samplers.get(formulas);
  if (known !== undefined) return known.name;
  const name = identifier(wish, context.moduleNames);
  context.text.taken.add(name);
  context.samplers.set(formulas, { name, text: textOf(name) });
  return name;
};

const samplerOf = (source: Inversion | DensityDraw | Implicit) => {
  switch (source.kind) {
    case 'inversion': {
      const law = inversionLaw(source);
      return { law, wish: `draw${source.family}`, textOf: (name: string) => inversionSource(name, law) };
    }
    case 'density': {
      const law = densityLaw(source);
      return { law, wish: `draw${source.family}`, textOf: (name: string) => densitySource(name, law) };
    }
    case 'implicit': {
      const law = implicitLaw(source);
      return {
        law,
        wish: `move${source.family}_${source.natural}`,
        textOf: (name: string) => implicitSource(name, law),
      };
    }
  }
};

const countReplays = (statements: readonly Statement[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  const visit = (statement: Statement): void => {
    if (statement.kind !== 'repeat') return;
    if (statement.replays !== null) counts.set(statement.replays, (counts.get(statement.replays) ?? 0) + 1);
    statement.body.forEach(visit);
  };
  statements.forEach(visit);
  return counts;
};
