import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines, nsm, temporary, tinyProgram, writeRows } from './run.ts';

const { path: cwd, remove } = temporary();
afterAll(remove);
const file = (...names: readonly string[]): string => join(cwd, ...names);

beforeAll(async () => {
  writeFileSync(file('tiny.nsm'), tinyProgram);
  writeFileSync(file('wrong.nsm'), tinyProgram.replace('Phi @ z', 'Phii @ z'));
  writeFileSync(file('empty.nsm'), '');
  writeFileSync(file('unset.nsm'), tinyProgram.replace('neurons: dim = 5', 'neurons: dim'));
  writeFileSync(file('model.nsm'), tinyProgram.slice(0, tinyProgram.indexOf('learning')));
  writeFileSync(file('diverges.nsm'), tinyProgram.replace('normal(0, 0.1)', 'normal(0, 1e30)'));
  const away = tinyProgram
    .replace('steps: int = 3', 'steps: int = 1')
    .replace('  guard u within (-4, 2)\n', '')
    .replace('NaturalGradient(rate = 0.1)', 'Grow')
    .replace('import { NaturalGradient, Adam }', 'import { Adam }');
  writeFileSync(
    file('runs-away.nsm'),
    `${away}\ndynamics Grow of u { u <- 2 * u + 2 + 0 * natural_grad(objective, u) }\n`,
  );
  writeFileSync(
    file('counts.nsm'),
    tinyProgram.replace('x ~ Normal(mean = Phi @ z, sd = 1)', 'x ~ Poisson(log_rate = Phi @ z)'),
  );
  writeFileSync(file('machine.nsm'), machine);
  const divided = machine
    .replace('Contrast of Machine', 'Contrast of Machine(beta: real = 1)')
    .replace('energy in data - energy in model', '(energy in data - energy in model) / beta');
  writeFileSync(file('divided.nsm'), divided);
  writeRows(file('rows.npy'), 100, 6);
  writeRows(file('few.npy'), 5, 6);
  writeFileSync(file('cut.npy'), readFileSync(file('rows.npy')).subarray(0, 300));
  mkdirSync(file('taken'));
  writeFileSync(file('taken', 'mine.txt'), 'mine');
  const words = [
    'train',
    'tiny.nsm',
    '--data',
    'npy:rows.npy',
    '--batch',
    '8',
    '--iterations',
    '3',
    '--out',
    'run',
  ];
  expect((await nsm(words, { cwd })).code).toBe(0);
  const onBits = ['machine.nsm', '--data', 'npy:rows.npy?threshold=0', '--out', 'machine'];
  expect((await nsm(['train', ...onBits, '--batch', '8', '--iterations', '3'], { cwd })).code).toBe(0);
  const copy = (name: string): string => {
    cpSync(file('run'), file(name), { recursive: true });
    return file(name);
  };
  truncateSync(join(copy('cut-parameters'), 'params.safetensors'), 200);
  rmSync(join(copy('no-parameters'), 'params.safetensors'));
  rmSync(join(copy('no-source'), 'source', 'tiny.nsm'));
  const change = ['train', '--resume', copy('changed'), '--set', 'speed=0.02'];
  expect((await nsm(change, { cwd })).code).toBe(0);
  for (const name of ['no-changes', 'damaged-changes'])
    cpSync(file('changed'), file(name), { recursive: true });
  rmSync(file('no-changes', 'changes.jsonl'));
  const line = readFileSync(file('changed', 'changes.jsonl'), 'utf8');
  writeFileSync(file('damaged-changes', 'changes.jsonl'), line.replace('"path":["set"', '"path":["sett"'));
  writeFileSync(join(copy('no-record'), 'run.json'), '{"format": 1');
  writeFileSync(join(copy('future'), 'run.json'), '{"format": 7}');
  writeFileSync(join(copy('lacking'), 'run.json'), '{"format": 1, "command": "nsm"}');
});

const machine = `import { SGD } from "std/dynamics"

model Machine(pixels: dim = 6, hidden: dim = 5) {
  param W: real[pixels, hidden] = normal(0, 0.1)
  observed v: binary[pixels]
  state h: binary[hidden]
  energy coupling = -(v @ W @ h)
}

inference Reading of Machine { sample h }

learning Contrast of Machine {
  phase data { clamp v; sample h }
  phase model { from data; sample v; sample h }
  descend energy in data - energy in model over W by SGD(rate = 0.1)
}
`;

const train = (program: string, ...words: readonly string[]): string[] => [
  'train',
  program,
  '--data',
  'npy:rows.npy',
  '--batch',
  '8',
  '--iterations',
  '3',
  ...words,
];

const cases: readonly (readonly [string, readonly string[], string, readonly string[]])[] = [
  ['a program that is not there', train('nowhere.nsm'), 'NSM6001', ['nowhere.nsm']],
  ['a directory as a program', train('taken'), 'NSM6001', ['taken is a directory']],
  ['no such file in the library', train('std/models/ipva'), 'NSM6001', ['std/models/ipvae']],
  ['a wrong program', train('wrong.nsm'), 'NSM2001', ['wrong.nsm:10:30', 'Phii']],
  ['an empty program', train('empty.nsm'), 'NSM6011', ['declares no model']],
  ['a model without learning', train('model.nsm'), 'NSM6011', ['no learning']],
  ['an unknown model', train('tiny.nsm', '--model', 'Tinny'), 'NSM6002', ['did you mean "Tiny"']],
  ['an unknown learning', train('tiny.nsm', '--learning', 'Lern'), 'NSM6002', ['did you mean "Learn"']],
  [
    'an unknown setting',
    train('tiny.nsm', '--set', 'neuron=4'),
    'NSM6003',
    ['did you mean "neurons"', 'speed'],
  ],
  [
    'a size that is no whole number',
    train('tiny.nsm', '--set', 'neurons=2.5'),
    'NSM6004',
    ['the size of an axis'],
  ],
  ['a negative rate', train('tiny.nsm', '--set', 'speed=-1'), 'NSM6004', ['"speed" is positive']],
  ['a setting without a value', train('unset.nsm'), 'NSM6004', ['"neurons" has no value', '--set neurons=']],
  [
    'a size that the data do not have',
    train('tiny.nsm', '--set', 'pixels=7'),
    'NSM6006',
    ['holds 6 numbers', '7'],
  ],
  [
    'fewer examples than a batch',
    ['train', 'tiny.nsm', '--data', 'npy:few.npy'],
    'NSM6006',
    ['--batch to at most 5'],
  ],
  [
    'data that the observed variable cannot have',
    train('counts.nsm', '--out', 'counted'),
    'NSM6006',
    [
      'npy:rows.npy',
      'at row 0, pixels 0 is no value of x ~ Poisson',
      'whole numbers from 0',
      'choose a family',
    ],
  ],
  [
    'data that the variable of an energy cannot have',
    train('machine.nsm', '--out', 'graded'),
    'NSM6006',
    ['npy:rows.npy', 'at row 0, pixels 0 is no value of the binary v', '0 and 1', '?threshold=0.5'],
  ],
  [
    'data to infer from that the variable of an energy cannot have',
    ['infer', 'machine', '--data', 'npy:rows.npy'],
    'NSM6006',
    ['is no value of the binary v'],
  ],
  [
    'data to evaluate that the variable of an energy cannot have',
    ['evaluate', 'machine', '--log-likelihood', '--data', 'npy:rows.npy'],
    'NSM6006',
    ['is no value of the binary v'],
  ],
  [
    'a divisor that is 0',
    train('divided.nsm', '--set', 'beta=0'),
    'NSM6021',
    ['its weight is 1 / beta', '`beta` is 0'],
  ],
  ['data that are not there', ['train', 'tiny.nsm', '--data', 'npy:none.npy'], 'NSM6005', ['none.npy']],
  ['data without a scheme', ['train', 'tiny.nsm', '--data', 'rows.npy'], 'NSM6005', ['npy:rows.npy']],
  ['data that are cut short', ['train', 'tiny.nsm', '--data', 'npy:cut.npy'], 'NSM6005', ['byte 300']],
  ['a directory that is not empty', train('tiny.nsm', '--out', 'taken'), 'NSM6007', ['taken is not empty']],
  ['a directory that holds a run', train('tiny.nsm', '--out', 'run'), 'NSM6007', ['--resume run']],
  ['a file in place of a directory', train('tiny.nsm', '--out', 'tiny.nsm'), 'NSM6007', ['tiny.nsm']],
  ['numbers that run away', train('diverges.nsm', '--out', 'diverged'), 'NSM6010', ['iteration 1']],
  ['inference that runs away', train('runs-away.nsm', '--out', 'away'), 'NSM6015', ['Settle', 'at step']],
  ['a run that is not there', ['infer', 'nowhere'], 'NSM6008', ['no directory nowhere']],
  ['a directory that is no run', ['infer', 'taken'], 'NSM6008', ['no run.json']],
  ['damaged parameters', ['infer', 'cut-parameters'], 'NSM6008', ['params.safetensors']],
  ['missing parameters', ['infer', 'no-parameters'], 'NSM6008', ['holds no parameters']],
  ['a missing source', ['infer', 'no-source'], 'NSM6008', ['source/tiny.nsm']],
  ['a damaged record', ['infer', 'no-record'], 'NSM6008', ['run.json']],
  ['a record of another version', ['train', '--resume', 'future'], 'NSM6008', ['format 7']],
  ['a record that lacks something', ['train', '--resume', 'lacking'], 'NSM6008', ['lacks "entry"']],
  [
    'a run of other data',
    ['infer', 'run', '--data', 'dead-leaves:?size=4&count=50&images=0-0'],
    'NSM6006',
    ['16', '6'],
  ],
  ['a wrong program to go on with', ['train', 'wrong.nsm', '--resume', 'run'], 'NSM2001', ['wrong.nsm:10']],
  ['nothing to undo', ['train', '--resume', 'run', '--undo'], 'NSM6009', ['nothing to undo', 'run']],
  ['lost changes', ['infer', 'no-changes'], 'NSM6008', ['changes.jsonl', 'begin with 1 change']],
  ['damaged changes', ['compare', 'damaged-changes'], 'NSM6008', ['changes of the run cannot be read']],
  ['nowhere to write a module', ['compile', 'tiny.nsm', '--out', 'tiny.nsm'], 'NSM6007', ['tiny.nsm']],
];

describe('bad input ends with 1 and one error that says what to do:', () => {
  it.each(cases)('%s', async (_, words, code, parts) => {
    const ended = await nsm(words, { cwd });
    expect(ended.code).toBe(1);
    expect(ended.err.match(/^error NSM\d+/gm)).toEqual([`error ${code}`]);
    expect(ended.err).toContain('hint:');
    for (const part of parts) expect(ended.err).toContain(part);
    expect(ended.err).not.toMatch(/internal error|^ {4}at /m);
  });
});

describe('bad input', () => {
  it('is one JSON object with --json', async () => {
    const { code, out, err } = await nsm([...train('tiny.nsm', '--set', 'neuron=4'), '--json'], { cwd });
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(jsonLines(out)).toMatchObject([
      { event: 'error', diagnostics: [{ code: 'NSM6003', severity: 'error', file: null }] },
    ]);
  });

  it('of a run is shown with the line of the program that it comes from', async () => {
    const { err } = await nsm(train('diverges.nsm', '--out', 'diverged-again'), { cwd });
    expect(err).toMatch(/ --> diverges\.nsm:\d+:\d+\n +\|\n *\d+ \| .*\n +\| +\^+\n += hint: /);
  });

  it('of data is shown with the variable that they are of', async () => {
    const other = ['infer', 'run', '--data', 'dead-leaves:?size=4&count=50&images=0-0'];
    const { err } = await nsm(other, { cwd });
    expect(err).toContain(' --> dead-leaves:?size=4&count=50&images=0-0\n  ::: tiny.nsm:10:12\n');
    expect(err).toContain('10 |   observed x ~ Normal(mean = Phi @ z, sd = 1)');
    const { out } = await nsm([...other, '--json'], { cwd });
    expect(jsonLines(out)[0]).toMatchObject({
      diagnostics: [{ file: 'tiny.nsm', line: 10, column: 12, where: other.at(-1) }],
    });
  });

  it('is found before a run has its directory', () => {
    expect(existsSync(file('counted'))).toBe(false);
  });

  it('leaves what is in a directory alone', () => {
    expect(readFileSync(file('taken', 'mine.txt'), 'utf8')).toBe('mine');
  });

  it('keeps the last finite parameters when training diverges', async () => {
    const { code, err } = await nsm(['infer', 'diverged', '--steps', '1'], { cwd });
    expect(err).not.toContain('internal error');
    // They can be read; what they lead to is no more finite than it was in training.
    expect(code).toBe(1);
    expect(err.match(/^error NSM\d+/gm)).toEqual(['error NSM6015']);
  });
});
