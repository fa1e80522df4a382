/** A nest as a function of lengths, addresses and numbers: loops, the last of them four elements at a time. */
import { axisOf, type Index, type Read } from '../../../calculus/expression.ts';
import {
  assign,
  f32,
  f32x4,
  fillMemory,
  i32,
  invoke,
  load,
  local,
  operate,
  read,
  store,
} from '../assembler/build.ts';
import type { Local, Statement, Value, WasmFunction } from '../assembler/code.ts';
import type { Nest, NestStatement } from '../kernels/kernels.ts';
import { oneLane, type Float, type Width } from '../math/lanes.ts';
import { elementOf, lanesOf, type Readings } from './element.ts';
import type { Frame } from './frame.ts';
import { accessKey, isUnit, layoutOf, type Access } from './layout.ts';
import { counted, elementAt, fillArea } from './loops.ts';
import { asksHost, isRead, readersIn, startOf, vectorsTogether } from './nest-reads.ts';
import { byTurns, inOrder, type Part, type Turn } from './turn.ts';
import { bytes, fourWide, oneWide, plus, times, type Reach, type Whole, type WidthPart } from './width.ts';

/** What the emission of all nests of a module shares. */
export interface NestContext {
  readonly frame: Frame;
  readonly at: Local<'i32'>;
  readonly areaOf: (name: string) => string;
  /** Indices of an array; undefined for a number of the frame. */
  readonly indicesOf: (name: string) => readonly Index[] | undefined;
  /** The bytes of some arrays together. */
  readonly bytesOf: (arrays: readonly (readonly Index[])[]) => Whole;
}

/** The call of a nest, with what it takes from the frame: nests of one form are one function. */
export const emitNest = (nest: Nest, name: string, context: NestContext): Statement => {
  const { frame, at, areaOf, indicesOf, bytesOf } = context;
  const setup: Statement[] = [];
  const parameters = new Map<string, { readonly variable: Local; readonly value: Value }>();
  const parameter = <Type extends 'i32' | 'f32'>(key: string, type: Type, value: () => Value<Type>) => {
    const known = parameters.get(key);
    if (known !== undefined) return known.variable as Local<Type>;
    const variable = local(key, type);
    parameters.set(key, { variable, value: value() });
    return variable;
  };
  /** In bytes. */
  const lengthOf = (indices: readonly Index[]): Local<'i32'> =>
    parameter(`length of ${indices.map(axisOf).join()}`, 'i32', () => bytesOf([indices]));
  const strideOf = (stride: Access['strides'][number]): Whole | null => {
    if (stride === null) return null;
    if (isUnit(stride)) return i32(bytes);
    const key = stride.map((indices) => indices.map(axisOf).join()).join('+');
    return read(parameter(`length of ${key}`, 'i32', () => bytesOf(stride)));
  };
  const { loops, accesses } = layoutOf(nest, (array) => indicesOf(array)!);
  const lengths = loops.map(lengthOf);
  const strides = accesses.map((access) => access.strides.map(strideOf));
  const starts = accesses.map((access) =>
    parameter(`at ${areaOf(access.name)}`, 'i32', () => frame.whole(at, `at:${areaOf(access.name)}`)),
  );
  const numbers = new Map<string, { readonly one: Local<'f32'>; readonly four: Local<'v128'> }>();
  const numberOf = (array: string) => {
    const known = numbers.get(array);
    if (known !== undefined) return known;
    const one = parameter(`number ${array}`, 'f32', () => operate('f32.demote_f64', frame.number(at, array)));
    const made = { one, four: local(array, 'v128') };
    if (loops.length > 0) setup.push(assign(made.four, operate('f32x4.splat', read(made.one))));
    numbers.set(array, made);
    return made;
  };

  const counters = loops.map(() => local('counter', 'i32'));
  const last = loops.length - 1;
  const pointers: Local<'i32'>[] = [...starts];
  const isReduced = (statement: NestStatement, level: number): boolean =>
    !loops[level]!.some((index) => statement.indices.includes(index));
  const places = new Map(accesses.map(({ name, subscripts }, place) => [accessKey(name, subscripts), place]));
  const placeOf = ({ target, indices }: NestStatement): number => places.get(accessKey(target, indices))!;

  const readers = readersIn(nest);
  const reductions = nest.statements.filter(({ how }) => how !== 'element');
  const inits = reductions.map((statement) => {
    const [start, value] = [read(starts[placeOf(statement)]!), startOf(statement)];
    if (statement.indices.length === 0) return [store('f32.store', [start, f32(value)])];
    const length = read(lengthOf(statement.indices));
    return value === 0 ? [fillMemory(start, i32(0), length)] : fillArea(start, length, value);
  });

  const body = (level: number): readonly Statement[] => {
    if (loops.length === 0) return scalarBody();
    if (level === last) return innermost();
    const outer = [...pointers];
    // The first loop may move what the nest was given.
    const isOwn = (place: number): boolean =>
      level === 0 && starts.indexOf(starts[place]!) === starts.lastIndexOf(starts[place]!);
    const own = accesses.map((access, place) => {
      if (access.strides[level] === null) return null;
      return isOwn(place) ? outer[place]! : local(`at_${place}`, 'i32');
    });
    const enter = own.flatMap((pointer, place) =>
      pointer === null || pointer === outer[place] ? [] : [assign(pointer, read(outer[place]!))],
    );
    own.forEach((pointer, place) => {
      if (pointer !== null) pointers[place] = pointer;
    });
    const inside = body(level + 1);
    const advance = own.flatMap((pointer, place) =>
      pointer === null ? [] : [assign(pointer, plus(read(pointer), strides[place]![level]!))],
    );
    outer.forEach((pointer, place) => (pointers[place] = pointer));
    return [
      assign(counters[level]!, i32(0)),
      ...enter,
      ...counted(counters[level]!, lengths[level]!, bytes, bytes, [...inside, ...advance]),
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
    /** One turn of the loop, of the elements that many after the counter: values are computed first, then they have effects. */
    const turn = <W extends Width>(width: WidthPart<W>, shift = 0): Turn => {
      const values = new Map<string, Local>();
      const loads = new Map<string, Local>();
      const parts: Part[] = [];
      const addressOf = (reach: Reach): Whole =>
        reach.kind === 'unit'
          ? plus(read(reach.pointer), read(counter))
          : read((reach as { pointer: Local<'i32'> }).pointer);
      const loadAt = (reach: Exclude<Reach, { kind: 'still' }>): Float<W> =>
        reach.kind === 'unit' ? width.load(addressOf(reach), bytes * shift) : width.gather(reach);
      const readings: Readings<W> = {
        ...width.readings,
        array: (node: Read): Float<W> => {
          if (indicesOf(node.name) === undefined) return read(width.of(numberOf(node.name))) as Float<W>;
          const value = values.get(node.name);
          if (value !== undefined) return read(value) as Float<W>;
          const key = accessKey(node.name, node.subscripts);
          const reach = own[places.get(key)!]!;
          if (reach.kind === 'still') return read(width.of(reach)) as Float<W>;
          if (readers.get(key) === 1) return loadAt(reach);
          let loaded = loads.get(key);
          if (loaded === undefined) {
            loaded = width.fresh(node.name);
            loads.set(key, loaded);
            parts.push({ assignment: [loaded, loadAt(reach)], isReadOn: true, effects: () => [] });
          }
          return read(loaded) as Float<W>;
        },
        place: (index) =>
          axisPlace(loops, index) === last
            ? width.lanePlaces(elementAt(counter, shift))
            : width.placeOf(elementAt(counters[axisPlace(loops, index)]!, 0)),
      };
      const known = new Map<Nest['statements'][number]['value'], Float<W>>();
      for (const statement of nest.statements) {
        const value = elementOf(statement.value, readings, known);
        const { lanes } = width.readings;
        if (statement.how === 'element') {
          const variable = width.fresh(statement.target);
          const reach = own[placeOf(statement)];
          const isReadOn = readers.has(accessKey(statement.target, statement.indices));
          parts.push({
            assignment: [variable, value],
            isReadOn: isReadOn || reach?.kind === 'far',
            effects: (known) =>
              statement.isStored ? width.put(reach!, known as Float<W>, addressOf, bytes * shift) : [],
          });
          values.set(statement.target, variable);
          continue;
        }
        const combine = statement.how === 'sum' ? lanes.add : lanes.larger;
        const total = sums.get(statement);
        const effects = (part: Value): readonly Statement[] => {
          if (total !== undefined) {
            const variable = width.of(total);
            return [assign(variable, combine(read(variable) as Float<W>, part as Float<W>) as Value)];
          }
          const reach = own[placeOf(statement)] as Exclude<Reach, { kind: 'still' }>;
          const sum = combine(loadAt(reach), part as Float<W>);
          return width.put(reach, sum, addressOf, bytes * shift);
        };
        const assignment = [width.fresh(statement.target), value as Value] as const;
        parts.push({ assignment, isReadOn: total === undefined, effects });
      }
      const advance = own.flatMap((reach) =>
        reach.kind === 'far'
          ? [assign(reach.pointer, plus(read(reach.pointer), times(reach.stride, i32(width.count))))]
          : [],
      );
      return { parts, advance };
    };
    const end = partial.flatMap((statement): readonly Statement[] => {
      const { one, four } = sums.get(statement)!;
      const lanes = lanesOf(read(four));
      const combine = statement.how === 'sum' ? oneLane.add : oneLane.larger;
      const total = combine(combine(combine(lanes[0]!, lanes[1]!), combine(lanes[2]!, lanes[3]!)), read(one));
      const address = read(pointers[placeOf(statement)]!);
      return [store('f32.store', [address, combine(load('f32.load', [address]), total)])];
    });
    const one = turn(fourWide);
    const together = own.some(({ kind }) => kind === 'far') ? 1 : vectorsTogether(nest, loops.length, one);
    const others = Array.from({ length: together - 1 }, (_, place) => turn(fourWide, 4 * (place + 1)));
    const vectors = together === 1 ? inOrder(one) : byTurns([one, ...others]);
    // Memory of an array as a whole is padded, and so is that of a chunk of examples, which come in fours.
    const isPadded =
      loops.length === 1 &&
      together === 1 &&
      reductions.length === 0 &&
      own.every(({ kind }) => kind !== 'far') &&
      !nest.statements.some(({ value }) => asksHost(value));
    if (isPadded)
      return [
        assign(counter, i32(0)),
        ...enter,
        ...counted(counter, lengths[last]!, 4 * bytes, bytes, vectors),
      ];
    const ones = inOrder(turn(oneWide));
    const atOnce = 4 * together * bytes;
    return [
      assign(counter, i32(0)),
      ...enter,
      ...begin,
      ...counted(counter, lengths[last]!, atOnce, atOnce, vectors),
      ...counted(counter, lengths[last]!, bytes, bytes, ones),
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
        const place = places.get(accessKey(node.name, node.subscripts))!;
        return load('f32.load', [read(starts[place]!)]);
      },
      place: () => {
        throw new Error('internal: a place without a loop');
      },
    };
    return nest.statements.flatMap((statement): readonly Statement[] => {
      const value = elementOf(statement.value, readings, new Map());
      const stored = (known: Value<'f32'>): readonly Statement[] =>
        statement.isStored ? [store('f32.store', [read(starts[placeOf(statement)]!), known])] : [];
      if (!readers.has(accessKey(statement.target, statement.indices))) return stored(value);
      const variable = local(statement.target, 'f32');
      values.set(statement.target, variable);
      return [assign(variable, value), ...stored(read(variable))];
    });
  };

  const inner = body(0);
  const given = [...parameters.values()];
  const code: WasmFunction = {
    name,
    parameters: given.map(({ variable }) => variable),
    body: [...setup, ...inits.flat(), ...inner],
    result: null,
  };
  return invoke(code, ...given.map(({ value }) => value));
};

const axisPlace = (loops: readonly (readonly Index[])[], index: Index): number => {
  const place = loops.findIndex((indices) => indices.includes(index));
  if (place < 0) throw new Error(`internal: no loop runs over ${axisOf(index)}`);
  return place;
};
