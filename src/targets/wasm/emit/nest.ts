/** A nest as a function of the frame: loops, the last of them four elements at a time. */
import { axisOf, type Expression, type Index, type Read } from '../../../calculus/expression.ts';
import { walk } from '../../../calculus/substitute.ts';
import {
  assign,
  block,
  branch,
  f32,
  f32x4,
  i32,
  i32x4Lanes,
  load,
  local,
  loop,
  operate,
  operateLanes,
  read,
  store,
} from '../assembler/build.ts';
import type { Local, Statement, Value, WasmFunction } from '../assembler/code.ts';
import { interleave, type Assignment } from '../assembler/interleave.ts';
import type { Nest, NestStatement } from '../kernels/kernels.ts';
import { mathNames } from '../math/functions.ts';
import { fourLanes, oneLane, type Float, type Width } from '../math/lanes.ts';
import { elementOf, lanesOf, type Readings } from './element.ts';
import { lengthIn, type Frame } from './frame.ts';
import { accessKey, isUnit, layoutOf, type Access } from './layout.ts';

const bytes = 4;
type Whole = Value<'i32'>;
const plus = (left: Whole, right: Whole): Whole => operate('i32.add', left, right);
const times = (left: Whole, right: Whole): Whole => operate('i32.mul', left, right);

/** What the emission of all nests of a module shares. */
export interface NestContext {
  readonly frame: Frame;
  readonly areaOf: (name: string) => string;
  /** Indices of an array; undefined for a number of the frame. */
  readonly indicesOf: (name: string) => readonly Index[] | undefined;
}

export const emitNest = (nest: Nest, name: string, context: NestContext): WasmFunction => {
  const { frame, areaOf, indicesOf } = context;
  const at = local('frame', 'i32');
  const setup: Statement[] = [];
  const kept = (what: string, value: Whole): Local<'i32'> => {
    const variable = local(what, 'i32');
    setup.push(assign(variable, value));
    return variable;
  };
  const { loops, accesses } = layoutOf(nest, (array) => indicesOf(array)!);
  const lengths = loops.map((indices) => kept('length', lengthIn(frame, at, indices)));
  const strides = accesses.map((access) =>
    access.strides.map((stride) => strideLocal(stride, frame, at, kept)),
  );
  const starts = accesses.map((access) => kept(access.name, frame.whole(at, `at:${areaOf(access.name)}`)));
  const numbers = new Map<string, { readonly one: Local<'f32'>; readonly four: Local<'v128'> }>();
  const numberOf = (array: string) => {
    const known = numbers.get(array);
    if (known !== undefined) return known;
    const made = { one: local(array, 'f32'), four: local(array, 'v128') };
    const value = operate('f32.demote_f64', frame.number(at, array));
    setup.push(assign(made.one, value), assign(made.four, operate('f32x4.splat', read(made.one))));
    numbers.set(array, made);
    return made;
  };

  const counters = loops.map(() => local('counter', 'i32'));
  const last = loops.length - 1;
  const pointers: Local<'i32'>[] = [...starts];
  const isReduced = (statement: NestStatement, level: number): boolean =>
    !loops[level]!.some((index) => statement.indices.includes(index));
  const placeOf = (statement: NestStatement): number =>
    accesses.findIndex(
      (access) =>
        accessKey(access.name, access.subscripts) === accessKey(statement.target, statement.indices),
    );

  const reductions = nest.statements.filter(({ how }) => how !== 'element');
  const inits = reductions.map((statement) =>
    fillArea(read(starts[placeOf(statement)]!), lengthIn(frame, at, statement.indices), startOf(statement)),
  );

  const body = (level: number): readonly Statement[] => {
    if (loops.length === 0) return scalarBody();
    if (level === last) return innermost();
    const own = accesses.map((access, place) =>
      access.strides[level] === null ? null : local(`at_${place}`, 'i32'),
    );
    const outer = [...pointers];
    const enter = own.flatMap((pointer, place) =>
      pointer === null ? [] : [assign(pointer, read(outer[place]!))],
    );
    own.forEach((pointer, place) => {
      if (pointer !== null) pointers[place] = pointer;
    });
    const inside = body(level + 1);
    const advance = own.flatMap((pointer, place) =>
      pointer === null ? [] : [assign(pointer, plus(read(pointer), read(strides[place]![level]!)))],
    );
    outer.forEach((pointer, place) => (pointers[place] = pointer));
    return [
      assign(counters[level]!, i32(0)),
      ...enter,
      ...counted(counters[level]!, lengths[level]!, 1, [...inside, ...advance]),
    ];
  };

  /** The last loop: by fours, then one by one. Sums along it are kept in locals. */
  const innermost = (): readonly Statement[] => {
    const counter = counters[last]!;
    const own = accesses.map((access, place): Reach => {
      const stride = access.strides[last]!;
      if (stride === null)
        return { kind: 'still', one: local(`value_${place}`, 'f32'), four: local(`value_${place}`, 'v128') };
      return isUnit(stride)
        ? { kind: 'unit', pointer: pointers[place]! }
        : { kind: 'far', pointer: local(`far_${place}`, 'i32'), stride: strides[place]![last]! };
    });
    const reads = (place: number): boolean => isRead(accesses[place]!, nest);
    const enter = own.flatMap((reach, place): readonly Statement[] => {
      switch (reach.kind) {
        case 'unit':
          return [];
        case 'far':
          return [assign(reach.pointer, read(pointers[place]!))];
        case 'still':
          if (!reads(place)) return [];
          return [
            assign(reach.one, load('f32.load', [read(pointers[place]!)])),
            assign(reach.four, operate('f32x4.splat', read(reach.one))),
          ];
      }
    });
    const partial = reductions.filter((statement) => isReduced(statement, last));
    const sums = new Map(
      partial.map((statement) => [statement, { one: local('sum', 'f32'), four: local('sums', 'v128') }]),
    );
    const begin = partial.flatMap((statement) => [
      assign(sums.get(statement)!.one, f32(startOf(statement))),
      assign(sums.get(statement)!.four, f32x4(startOf(statement))),
    ]);
    const offset = operate('i32.shl', read(counter), i32(2));
    /** One turn of the loop, of the elements that many after the counter: values are computed first, then they have effects. */
    const turn = <W extends Width>(width: WidthPart<W>, shift = 0): Turn => {
      const values = new Map<string, Local>();
      const loads = new Map<string, Local>();
      const statements: Assignment[] = [];
      const stores: Statement[] = [];
      const addressOf = (reach: Reach): Whole =>
        reach.kind === 'unit'
          ? plus(plus(read(reach.pointer), offset), i32(bytes * shift))
          : read((reach as { pointer: Local<'i32'> }).pointer);
      const readings: Readings<W> = {
        ...width.readings,
        array: (node: Read): Float<W> => {
          if (indicesOf(node.name) === undefined) return read(width.of(numberOf(node.name))) as Float<W>;
          const value = values.get(node.name);
          if (value !== undefined) return read(value) as Float<W>;
          const key = accessKey(node.name, node.subscripts);
          const place = accesses.findIndex((access) => accessKey(access.name, access.subscripts) === key);
          const reach = own[place]!;
          if (reach.kind === 'still') return read(width.of(reach)) as Float<W>;
          let loaded = loads.get(key);
          if (loaded === undefined) {
            loaded = width.fresh(node.name);
            loads.set(key, loaded);
            statements.push([
              loaded,
              reach.kind === 'unit' ? width.load(addressOf(reach)) : width.gather(reach),
            ]);
          }
          return read(loaded) as Float<W>;
        },
        place: (index) =>
          axisPlace(loops, index) === last
            ? width.lanePlaces(plus(read(counter), i32(shift)))
            : width.placeOf(read(counters[axisPlace(loops, index)]!)),
      };
      const known = new Map<Nest['statements'][number]['value'], Float<W>>();
      for (const statement of nest.statements) {
        const value = elementOf(statement.value, readings, known);
        const { lanes } = width.readings;
        if (statement.how === 'element') {
          const variable = width.fresh(statement.target);
          statements.push([variable, value]);
          values.set(statement.target, variable);
          if (statement.isStored)
            stores.push(...width.put(own[placeOf(statement)]!, read(variable) as Float<W>, addressOf));
          continue;
        }
        const combine = statement.how === 'sum' ? lanes.add : lanes.larger;
        const total = sums.get(statement);
        if (total === undefined) {
          const reach = own[placeOf(statement)]!;
          const before = reach.kind === 'unit' ? width.load(addressOf(reach)) : width.gather(reach as Far);
          stores.push(...width.put(reach, combine(before, value), addressOf));
        } else {
          const variable = width.of(total);
          const part = width.fresh(statement.target);
          statements.push([part, value]);
          stores.push(assign(variable, combine(read(variable) as Float<W>, read(part) as Float<W>) as Value));
        }
      }
      const advance = own.flatMap((reach) =>
        reach.kind === 'far'
          ? [assign(reach.pointer, plus(read(reach.pointer), times(read(reach.stride), i32(width.count))))]
          : [],
      );
      return { values: statements, effects: [...stores, ...advance] };
    };
    const end = partial.flatMap((statement): readonly Statement[] => {
      const { one, four } = sums.get(statement)!;
      const lanes = lanesOf(read(four));
      const combine = statement.how === 'sum' ? oneLane.add : oneLane.larger;
      const total = combine(combine(combine(lanes[0]!, lanes[1]!), combine(lanes[2]!, lanes[3]!)), read(one));
      const address = read(pointers[placeOf(statement)]!);
      return [store('f32.store', [address, combine(load('f32.load', [address]), total)])];
    });
    const inOrder = ({ values, effects }: Turn): readonly Statement[] => [
      ...values.map(([variable, value]) => assign(variable, value)),
      ...effects,
    ];
    // Functions are long chains of operations: two by turns leave the processor less to wait for.
    const isLong = nest.statements.some(({ value }) => hasFunctions(value));
    const isPaired = isLong && own.every(({ kind }) => kind !== 'far');
    const vectors = isPaired ? inPairs(turn(fourWide), turn(fourWide, 4)) : inOrder(turn(fourWide));
    const ones = inOrder(turn(oneWide));
    return [
      assign(counter, i32(0)),
      ...enter,
      ...begin,
      ...counted(counter, lengths[last]!, isPaired ? 8 : 4, vectors),
      ...counted(counter, lengths[last]!, 1, ones),
      ...end,
    ];
  };

  /** A nest without loops computes numbers. */
  const scalarBody = (): readonly Statement[] => {
    const values = new Map<string, Local<'f32'>>();
    const readings: Readings<'f32'> = {
      ...oneWide.readings,
      array: (node) => {
        if (indicesOf(node.name) === undefined) return read(numberOf(node.name).one);
        const value = values.get(node.name);
        if (value !== undefined) return read(value);
        const place = accesses.findIndex(
          (access) => accessKey(access.name, access.subscripts) === accessKey(node.name, node.subscripts),
        );
        return load('f32.load', [read(starts[place]!)]);
      },
      place: () => {
        throw new Error('internal: a place without a loop');
      },
    };
    const computed = nest.statements.map((statement) => {
      const variable = local(statement.target, 'f32');
      const value = elementOf(statement.value, readings, new Map());
      values.set(statement.target, variable);
      return assign(variable, value);
    });
    const stores = nest.statements.flatMap((statement) =>
      statement.isStored
        ? [store('f32.store', [read(starts[placeOf(statement)]!), read(values.get(statement.target)!)])]
        : [],
    );
    return [...computed, ...stores];
  };

  const inner = body(0);
  return { name, parameters: [at], body: [...setup, ...inits.flat(), ...inner], result: null };
};

/** What is computed, in order, and what is done with it. */
interface Turn {
  readonly values: readonly Assignment[];
  readonly effects: readonly Statement[];
}

const inPairs = (one: Turn, other: Turn): readonly Statement[] => [
  ...one.values.flatMap((assignment, at) => interleave([[assignment], [other.values[at]!]])),
  ...one.effects,
  ...other.effects,
];

const hasFunctions = (value: Expression): boolean => {
  let isFound = false;
  walk(value, (node) => {
    isFound ||= node.kind === 'apply' && (mathNames as readonly string[]).includes(node.operator);
  });
  return isFound;
};

const startOf = (statement: NestStatement): number => (statement.how === 'maximum' ? -Infinity : 0);

interface Far {
  readonly kind: 'far';
  readonly pointer: Local<'i32'>;
  readonly stride: Local<'i32'>;
}
/** How the last loop reaches an array: neighbours, steps of its own, or one value throughout. */
type Reach =
  | Far
  | { readonly kind: 'unit'; readonly pointer: Local<'i32'> }
  | { readonly kind: 'still'; readonly one: Local<'f32'>; readonly four: Local<'v128'> };

const strideLocal = (
  stride: Access['strides'][number],
  frame: Frame,
  at: Local<'i32'>,
  kept: (what: string, value: Whole) => Local<'i32'>,
): Local<'i32'> | null =>
  stride === null
    ? null
    : kept('stride', times(i32(bytes), stride.map((indices) => lengthIn(frame, at, indices)).reduce(plus)));

const axisPlace = (loops: readonly (readonly Index[])[], index: Index): number => {
  const place = loops.findIndex((indices) => indices.includes(index));
  if (place < 0) throw new Error(`internal: no loop runs over ${axisOf(index)}`);
  return place;
};

const isRead = (access: Access, { statements }: Nest): boolean => {
  const key = accessKey(access.name, access.subscripts);
  return !statements.some((statement) => accessKey(statement.target, statement.indices) === key);
};

/** While `width` more elements are there. */
const counted = (
  counter: Local<'i32'>,
  length: Local<'i32'>,
  width: number,
  body: readonly Statement[],
): readonly Statement[] => {
  const next = plus(read(counter), i32(width));
  const isOver =
    width === 1 ? operate('i32.ge_s', read(counter), read(length)) : operate('i32.gt_s', next, read(length));
  return [
    block('done', [loop('turn', [branch('done', isOver), ...body, assign(counter, next), branch('turn')])]),
  ];
};

/** Every element of an array is set to one number. */
const fillArea = (address: Whole, length: Whole, value: number): readonly Statement[] => {
  const pointer = local('pointer', 'i32');
  const end = local('end', 'i32');
  return [
    assign(pointer, address),
    assign(end, plus(address, times(length, i32(bytes)))),
    block('filled', [
      loop('fill', [
        branch('filled', operate('i32.ge_u', read(pointer), read(end))),
        store('f32.store', [read(pointer), f32(value)]),
        assign(pointer, plus(read(pointer), i32(bytes))),
        branch('fill'),
      ]),
    ]),
  ];
};

/** What differs between one element and four. */
interface WidthPart<W extends Width> {
  readonly count: number;
  readonly readings: Omit<Readings<W>, 'array' | 'place'>;
  readonly of: (pair: { readonly one: Local<'f32'>; readonly four: Local<'v128'> }) => Local;
  readonly fresh: (name: string) => Local;
  readonly load: (address: Whole) => Float<W>;
  readonly gather: (far: Far) => Float<W>;
  readonly put: (reach: Reach, value: Float<W>, addressOf: (reach: Reach) => Whole) => readonly Statement[];
  readonly placeOf: (counter: Whole) => Float<W>;
  readonly lanePlaces: (first: Whole) => Float<W>;
}

const oneWide: WidthPart<'f32'> = {
  count: 1,
  readings: {
    lanes: oneLane,
    floor: (x) => operate('f32.floor', x),
    eachLane: (f, x) => f(...x),
  },
  of: ({ one }) => one,
  fresh: (name) => local(name, 'f32'),
  load: (address) => load('f32.load', [address]),
  gather: ({ pointer }) => load('f32.load', [read(pointer)]),
  put: (reach, value, addressOf) => [store('f32.store', [addressOf(reach), value])],
  placeOf: (counter) => operate('f32.convert_i32_s', counter),
  lanePlaces: (first) => operate('f32.convert_i32_s', first),
};

const fourWide: WidthPart<'f32x4'> = {
  count: 4,
  readings: {
    lanes: fourLanes,
    floor: (x) => operate('f32x4.floor', x),
    eachLane: (f, x) => {
      const parts = x.map(lanesOf);
      return joined([0, 1, 2, 3].map((lane) => f(...parts.map((part) => part[lane]!))));
    },
  },
  of: ({ four }) => four,
  fresh: (name) => local(name, 'v128'),
  load: (address) => load('v128.load', [address], { alignment: bytes }),
  gather: ({ pointer, stride }) =>
    joined(
      [0, 1, 2, 3].map((lane) => load('f32.load', [plus(read(pointer), times(read(stride), i32(lane)))])),
    ),
  put: (reach, value, addressOf) => {
    if (reach.kind !== 'far') return [store('v128.store', [addressOf(reach), value], { alignment: bytes })];
    const { pointer, stride } = reach;
    return lanesOf(value).map((each, lane) =>
      store('f32.store', [plus(read(pointer), times(read(stride), i32(lane))), each]),
    );
  },
  placeOf: (counter) => operate('f32x4.splat', operate('f32.convert_i32_s', counter)),
  lanePlaces: (first) =>
    operate(
      'f32x4.convert_i32x4_s',
      operate('i32x4.add', operate('i32x4.splat', first), i32x4Lanes(0, 1, 2, 3)),
    ),
};

const joined = ([first, ...rest]: readonly Value<'f32'>[]): Value<'v128'> =>
  rest.reduce<Value<'v128'>>(
    (vector, value, place) => operateLanes('f32x4.replace_lane', [place + 1], vector, value),
    operate('f32x4.splat', first!),
  );
