/** From programs to kernels. */
import type { Index } from '../../calculus/expression.ts';
import { readNames } from '../../calculus/substitute.ts';
import type { DrawPlace, HostWork, KernelModule, Place } from '../../runtime/kernels/module.ts';
import { densitySource } from '../../runtime/density-source.ts';
import { implicitSource } from '../../runtime/implicit-source.ts';
import { inversionSource } from '../../runtime/inversion-source.ts';
import type { Draw, Program, Register, SourceParameter } from '../../schedule/program.ts';
import { densityLaw, implicitLaw, inversionLaw } from '../laws.ts';
import { emitKernels, type Arithmetic } from './emit/emit.ts';
import { accumulate } from './kernels/accumulate.ts';
import { skipRows } from './kernels/active-rows.ts';
import { group } from './kernels/group.ts';
import type { HostStep, NoiseStep, PhasedKernels, Turns } from './kernels/kernels.ts';
import { lifetimes } from './kernels/lifetimes.ts';
import { phases, turnsIn } from './kernels/phases.ts';
import { separate } from './kernels/separate.ts';
import { shareRows } from './kernels/shared-rows.ts';
import { turnAround } from './kernels/turn-around.ts';
import { narrowPlaces } from './product/narrow.ts';
import { scratchBytes } from './product/product.ts';

/** So many places that scratch memory grows with each. */
const many = 1e6;

/** Arrays of so many examples stay near the processor. */
const fewExamples = 16;
/** What examples have in common, such as gradients, is read and written for each chunk: of more of them, less often. */
const moreExamples = 32;
/** Where examples leave a loop early, those that are left of a chunk should still be many: they share what is read of matrices. */
const manyExamples = 64;

export const kernelsOf = (program: Program): PhasedKernels =>
  shareRows(phases(skipRows(turnAround(accumulate(group(separate(program)))))));

export const compileKernels = (program: Program, arithmetic: Arithmetic = 'reproducible'): KernelModule =>
  moduleOf(kernelsOf(program), arithmetic);

export const moduleOf = (kernels: PhasedKernels, arithmetic: Arithmetic = 'reproducible'): KernelModule => {
  const { bytes, fused, frame, hostSteps, inner, gathered } = emitKernels(kernels, arithmetic);
  const samplers: string[] = [];
  const placeOf = (name: string, indices: readonly Index[]): Place => ({
    area: kernels.areaOf.get(name) ?? name,
    indices,
  });
  const samplerOf = (text: string): number => {
    const known = samplers.indexOf(text);
    return known < 0 ? samplers.push(text) - 1 : known;
  };
  const loops = turnsIn(kernels.phases.flatMap(({ once, chunks }) => [...once, ...chunks]));
  const lives = lifetimes(kernels);
  const hasOwn = (area: string): boolean => (lives.get(area)?.ownAlive ?? null) !== null;
  const works = hostSteps.map((work) => hostWork(work, placeOf, samplerOf));
  return {
    name: kernels.name,
    bytes,
    fused,
    frame: { bytes: frame.bytes(), slots: [...frame.slots()], numbers: [...frame.numbers()] },
    inputs: kernels.inputs.map(({ name, indices, place }) => ({
      name,
      indices: place === 'host' ? null : indices,
    })),
    outputs: kernels.outputs.map(({ name, register }) => ({
      name,
      register: register.place === 'host' ? register.name : placeOf(register.name, []).area,
      indices: register.place === 'host' ? null : register.indices,
    })),
    // Elements that stay within a nest need no memory.
    areas: kernels.areas.flatMap((area) => {
      const lifetime = lives.get(area.name);
      return lifetime === undefined ? [] : [{ ...area, ...lifetime }];
    }),
    phases: kernels.phases.map(({ chunked, once, chunks, sums, firsts }) => ({
      chunked,
      hasOnce: once.length > 0,
      hasChunks: chunks.length > 0,
      sums: sums.filter(hasOwn),
      firsts: firsts.filter(hasOwn),
    })),
    chunkExamples: chunkExamples(kernels.phases, loops),
    turns: Object.fromEntries(loops.map(({ stack, times }) => [stack, times])),
    schedule: scheduleOf(kernels),
    hostSteps: works,
    samplers,
    scratch: {
      bytes: scratchBytes(narrowPlaces),
      bytesEach: scratchBytes(many + 1) - scratchBytes(many),
      inner,
      gathered,
    },
  };
};

const chunkExamples = (all: PhasedKernels['phases'], loops: readonly Turns[]): number => {
  if (loops.some(({ whileAny }) => whileAny !== null)) return manyExamples;
  return all.some(({ chunked, sums }) => chunked === 'example' && sums.length > 0)
    ? moreExamples
    : fewExamples;
};

/** Numbers that follow from given ones before anything runs. */
const scheduleOf = ({ inputs, phases: all }: PhasedKernels): KernelModule['schedule'] => {
  const known = new Set(inputs.filter(({ place }) => place === 'host').map(({ name }) => name));
  return all
    .flatMap(({ once }) => once)
    .flatMap((step) => {
      if (step.kind !== 'number' || [...readNames(step.value)].some((name) => !known.has(name))) return [];
      known.add(step.target);
      return [{ name: step.target, value: step.value }];
    });
};

type PlaceOf = (name: string, indices: readonly Index[]) => Place;

const hostWork = (
  work: HostStep['work'] | NoiseStep,
  placeOf: PlaceOf,
  samplerOf: (text: string) => number,
): HostWork => {
  const targetOf = ({ name, indices }: Register): Place => placeOf(name, indices);
  switch (work.kind) {
    case 'noise': {
      const { site, counters, distribution } = work;
      return { kind: 'noise', target: targetOf(work.target), site, counters, distribution };
    }
    case 'draw': {
      const { target, site } = work.draw;
      const place = { target: targetOf(target), site, counters: work.counters };
      return drawWork(work.draw, place, placeOf, samplerOf);
    }
    case 'inverse':
    case 'log_determinant':
    case 'cholesky': {
      const { batch, side } = work;
      const matrices = placeOf(work.matrices, [...batch, side, side]);
      return { kind: work.kind, target: targetOf(work.target), matrices };
    }
  }
};

const drawWork = (
  { source }: Draw,
  place: DrawPlace,
  placeOf: PlaceOf,
  samplerOf: (text: string) => number,
): HostWork => {
  const columnsOf = (parameters: readonly SourceParameter[]): readonly Place[] =>
    parameters.map(({ value }) => readPlace(value, placeOf));
  switch (source.kind) {
    case 'noise':
      return { ...place, kind: 'noise', distribution: source.distribution };
    case 'choice':
      return { ...place, kind: 'choice', logits: readPlace(source.logits, placeOf) };
    case 'inversion': {
      const sampler = samplerOf(inversionSource('made', inversionLaw(source)));
      return { ...place, kind: 'discrete', sampler, columns: columnsOf(source.parameters) };
    }
    case 'density': {
      const sampler = samplerOf(densitySource('made', densityLaw(source)));
      return { ...place, kind: 'continuous', sampler, columns: columnsOf(source.parameters) };
    }
    case 'implicit': {
      const sampler = samplerOf(implicitSource('made', implicitLaw(source)));
      return { kind: 'slope', target: place.target, sampler, columns: columnsOf(source.parameters) };
    }
  }
};

/** Where the array is that a draw reads: after `separate`, nothing but an array. */
const readPlace = (value: SourceParameter['value'], placeOf: PlaceOf): Place => {
  if (value.kind !== 'read') throw new Error(`internal: a draw reads a ${value.kind}, not an array`);
  return placeOf(value.name, value.subscripts);
};
