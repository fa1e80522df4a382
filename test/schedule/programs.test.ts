/** Programs as text, beside what every program keeps to: defined before read, one name per value, one site per draw. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { read } from '../../src/calculus/build.ts';
import { print } from '../../src/calculus/print.ts';
import { readNames } from '../../src/calculus/substitute.ts';
import { programText } from '../../src/cli/program-text.ts';
import { define } from '../../src/schedule/define.ts';
import type { Definition } from '../../src/schedule/definition.ts';
import { definedBy, expressionsOf } from '../../src/schedule/inputs.ts';
import { useEffective } from '../../src/schedule/parameters.ts';
import { updateProgram } from '../../src/schedule/learning.ts';
import { measureProgram } from '../../src/schedule/measure.ts';
import { advanceProgram, sampleProgram, startProgram } from '../../src/schedule/programs.ts';
import type { Program, Statement } from '../../src/schedule/program.ts';
import { checked } from '../derive/support.ts';

const source = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const ipvae = checked(source('stdlib/models/ipvae.nsm'));
const [model] = ipvae.models;
const definitionOf = (path: string): Definition => define(checked(source(path))).definition!;

const plain = (): readonly [string, Program][] => {
  const [spiking, settling] = ipvae.inferences.map((inference) => ({
    model: model!,
    inference,
    estimator: null,
    learned: new Set<string>(),
  }));
  const [throughTime, local] = ipvae.learnings;
  return [
    ['start', startProgram(spiking!)],
    ['advance', advanceProgram(spiking!)],
    ['measure', measureProgram(spiking!, ['x']).measure],
    ['through-time', updateProgram(throughTime!)],
    ['settle', advanceProgram(settling!)],
    ['local', updateProgram(local!)],
    ['sample', sampleProgram(model!).sample],
  ];
};
const optimised = (): readonly [string, Program][] => {
  const definition = define(ipvae, { set: { pixels: 784, neurons: 256 } }).definition!;
  const [spiking] = definition.inferences;
  const [throughTime, local] = definition.learnings;
  return [
    ['advance-optimised', spiking!.advance],
    ['through-time-optimised', throughTime!.update],
    ['local-optimised', local!.update],
  ];
};

describe('programs of the iP-VAE read', () => {
  for (const [name, program] of [...plain(), ...optimised()])
    it(`as in ipvae/${name}.txt`, async () => {
      await expect(`${programText(program)}\n`).toMatchFileSnapshot(`ipvae/${name}.txt`);
    });
});

const everyProgram = [
  'stdlib/models/ipvae.nsm',
  'examples/bursts.nsm',
  'examples/causes.nsm',
  'examples/momentum.nsm',
].flatMap((path) => {
  const { inferences, learnings, sample } = definitionOf(path);
  const programs = [
    ...inferences.flatMap(({ start, advance, measure }) => [start, advance, measure]),
    ...learnings.map(({ update }) => update),
    sample,
  ];
  return programs.map((program): [string, Program] => [`${program.name} of ${path}`, program]);
});

describe('every program', () => {
  for (const [words, program] of [
    ...plain().map(([name, one]): [string, Program] => [`${name}, as scheduled`, one]),
    ...everyProgram,
  ]) {
    it(`defines what it reads first: ${words}`, () => {
      const loops = new Map<string, readonly string[]>();
      const block = (statements: readonly Statement[], outer: ReadonlySet<string>): ReadonlySet<string> => {
        const known = new Set(outer);
        const see = (names: Iterable<string>): void => {
          for (const name of names) expect(known.has(name), `${name} in ${program.name}`).toBe(true);
        };
        for (const statement of statements) {
          expressionsOf(statement).forEach((value) => see(readNames(value)));
          if (statement.kind === 'gradient')
            see([statement.objective.name, ...statement.wrt.map(({ of }) => of.name)]);
          if (statement.kind === 'repeat') {
            const replayed = statement.replays === null ? [] : loops.get(statement.replays);
            expect(replayed, `the loop that ${statement.label} replays`).toBeDefined();
            const inside = new Set([
              ...known,
              ...replayed!,
              statement.counter.name,
              ...statement.carried.map(({ register }) => register.name),
            ]);
            const after = block(statement.body, inside);
            statement.carried.forEach(({ next }) =>
              readNames(next).forEach((name) => expect(after.has(name), name).toBe(true)),
            );
            statement.saved.forEach(({ name }) => expect(after.has(name), `${name}, saved`).toBe(true));
            loops.set(
              statement.label,
              statement.saved.map(({ name }) => name),
            );
          }
          definedBy(statement).forEach(({ name }) => known.add(name));
        }
        return known;
      };
      const known = block(program.body, new Set(program.inputs.map(({ name }) => name)));
      program.outputs.forEach(({ register }) => expect(known.has(register.name), register.name).toBe(true));
    });

    it(`gives each value one name and each draw one site: ${words}`, () => {
      const [names, sites]: [string[], number[]] = [program.inputs.map(({ name }) => name), []];
      const visit = (statement: Statement): void => {
        names.push(...definedBy(statement).map(({ name }) => name));
        if (statement.kind === 'draw') sites.push(statement.site);
        if (statement.kind !== 'repeat') return;
        names.push(...statement.carried.map(({ register }) => register.name));
        statement.body.forEach(visit);
      };
      program.body.forEach(visit);
      expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
      expect(sites.filter((site, i) => sites.indexOf(site) !== i)).toEqual([]);
    });
  }

  it('keeps the draws of the programs of one model apart', () => {
    const sitesOf = (program: Program): readonly number[] => {
      const visit = (statement: Statement): readonly number[] =>
        statement.kind === 'draw'
          ? [statement.site]
          : statement.kind === 'repeat'
            ? statement.body.flatMap(visit)
            : [];
      return program.body.flatMap(visit);
    };
    const { inferences, learnings, sample } = definitionOf('stdlib/models/ipvae.nsm');
    const [first] = inferences;
    const sites = [first!.start, first!.advance, first!.measure, learnings[0]!.update, sample].flatMap(
      sitesOf,
    );
    expect(new Set(sites).size).toBe(sites.length);
  });
});

it('a guard reads other parameters as the model does, not as they are stored', () => {
  const { models } = checked(`
    import { Normal } from "std/families"
    model Guarded(units: dim = 3) {
      param high: positive = 1
      param W: real[units] = 0 within squash(-high, high)
      observed x ~ Normal(mean = W, sd = high)
    }`);
  expect(print(useEffective(read('W', ['units']), models[0]!.parameters))).toBe(
    'exp(high) · tanh(W · exp(−high))',
  );
});
