/**
 * Draws of discrete families by inversion, four at a time: those that `drawBySampler` makes of the same uniform numbers. What four
 * lanes of float32 do not decide is left to JavaScript: uniform numbers near the border of two values, large means, wrong parameters.
 */
import type { Expression, Operator } from '../../../calculus/expression.ts';
import { replaceNames } from '../../../calculus/substitute.ts';
import type { DrawSource, Register } from '../../../schedule/program.ts';
import {
  assign,
  countUp,
  host,
  i32,
  i32x4,
  invoke,
  load,
  local,
  locals,
  operate,
  read,
  storeSome,
  when,
} from '../assembler/build.ts';
import type { Local, Value, WasmFunction } from '../assembler/code.ts';
import { firstWords } from '../random/first-words.ts';
import { lengthIn, type Frame } from './frame.ts';
import { searchFour, type Formulas } from './search.ts';

type Inversion = Extract<DrawSource, { kind: 'inversion' }>;

/** Elements between two looks at what is left to JavaScript. */
const stretch = 256;
const elementBytes = 4;

/** `redraw(step, from, to, key0, key1)`: JavaScript draws those elements from `from` up to before `to` that are NaN. */
const redraw = host('redraw', Object.values(locals('i32', ['step', 'from', 'to', 'key0', 'key1'])), null);

/** What is drawn, and the number of the host step that draws the same. */
export interface InversionDraw {
  readonly target: Register;
  readonly source: Inversion;
  readonly site: number;
  readonly step: number;
}

/**
 * A function (frame, key0, key1), or null where all is left to JavaScript.
 *
 * @param addressOf the address of an array
 */
export const emitInversion = (
  { target, source, site, step }: InversionDraw,
  frame: Frame,
  addressOf: (name: string, at: Local<'i32'>) => Value<'i32'>,
): WasmFunction | null => {
  const formulas = formulasOf(source);
  if (formulas === null) return null;
  const given = locals('i32', ['frame', 'key0', 'key1']);
  const { frame: at, key0, key1 } = given;
  const { count, low, high, out, from, until, element } = locals('i32', [
    'count',
    'low',
    'high',
    'out',
    'from',
    'until',
    'element',
  ]);
  const columns = source.parameters.map(({ name, value }) => ({
    name,
    start: addressOf(nameOf(value), at),
    address: local(name, 'i32'),
    values: local(name, 'v128'),
  }));
  const here = (start: Local<'i32'>): Value<'i32'> =>
    operate('i32.add', read(start), operate('i32.mul', read(element), i32(elementBytes)));
  const parameters = new Map(columns.map(({ name, values }) => [name, read(values)]));
  const { statements, drawn, asked } = searchFour(
    formulas,
    parameters,
    load('v128.load', [here(out)], { alignment: elementBytes }),
  );
  const end = operate('i32.add', read(from), i32(stretch));
  return {
    name: `draw_${step}`,
    parameters: Object.values(given),
    result: null,
    body: [
      assign(count, lengthIn(frame, at, target.indices)),
      assign(out, addressOf(target.name, at)),
      ...columns.map(({ address, start }) => assign(address, start)),
      assign(low, frame.whole(at, `low:${site}`)),
      assign(high, frame.whole(at, `high:${site}`)),
      assign(from, i32(0)),
      countUp(from, read(count), i32(stretch), [
        assign(until, operate('i32.select', end, read(count), operate('i32.lt_s', end, read(count)))),
        assign(element, read(from)),
        // The words lie where the draws will.
        invoke(
          firstWords,
          ...[key0, key1, low, high].map(read),
          operate('i32.sub', read(until), read(from)),
          here(out),
        ),
        assign(low, operate('i32.add', read(low), i32(stretch))),
        assign(high, operate('i32.add', read(high), operate('i32.lt_u', read(low), i32(stretch)))),
        assign(asked, i32x4(0)),
        // The last four may reach beyond the end, where memory is padded.
        countUp(element, read(until), i32(4), [
          ...columns.map(({ address, values }) =>
            assign(values, load('v128.load', [here(address)], { alignment: elementBytes })),
          ),
          ...statements,
          storeSome(here(out), operate('i32.sub', read(until), read(element)), read(drawn)),
        ]),
        when(operate('v128.any_true', read(asked)), [
          invoke(redraw, i32(step), read(from), read(until), read(key0), read(key1)),
        ]),
      ]),
    ],
  };
};

const nameOf = (value: Expression): string => {
  if (value.kind !== 'read') throw new Error(`internal: a draw reads a ${value.kind}, not an array`);
  return value.name;
};

/** Null where something has to be computed that has no kernel. */
const formulasOf = ({ mean, low, high, logMass, ratio }: Inversion): Formulas | null => {
  if (low === null) return null;
  const ofLeast = replaceNames(logMass, { x: low });
  const all = [mean, low, ofLeast, ratio, ...(high === null ? [] : [high])];
  return all.every(hasKernel) ? { mean, low, high, logMass: ofLeast, ratio } : null;
};

const ofJavaScript: ReadonlySet<Operator> = new Set<Operator>([
  'log_gamma',
  'digamma',
  'trigamma',
  'normal_log_cdf',
  'polygamma',
  'log_bessel',
  'log_bessel_i',
  'log_mills',
  'log_exprel',
  'cumulant',
  'atan2',
]);

const hasKernel = (node: Expression): boolean => {
  switch (node.kind) {
    case 'constant':
    case 'read':
      return true;
    case 'add':
      return node.terms.every(hasKernel);
    case 'multiply':
      return node.factors.every(hasKernel);
    case 'power':
      return node.exponent.kind === 'constant' && hasKernel(node.base);
    case 'apply':
      return !ofJavaScript.has(node.operator) && node.arguments.every(hasKernel);
    default:
      return false;
  }
};
