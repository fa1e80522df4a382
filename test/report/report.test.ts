import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { analyseDictionary } from '../../src/report/analysis.ts';
import { readableNumber } from '../../src/report/page.ts';
import {
  dictionaryPicture,
  pngAddress,
  reconstructionPicture,
  samplesPicture,
} from '../../src/report/pictures.ts';
import type { ReportInput } from '../../src/report/input.ts';
import { report, summary } from '../../src/report/report.ts';
import {
  beliefMetrics,
  dictionaryOf,
  pictureOf,
  pixels,
  randomGabor,
  randomSource,
  shape,
} from './samples.ts';

const random = randomSource(8);
const pictures = Array.from({ length: 24 }, () => randomGabor(random));
const noise = Array.from({ length: 12 }, () => pictureOf(() => random.normal()));
const values = dictionaryOf(pictures);

const full: ReportInput = {
  title: 'Sparse coding of <patches> & more',
  modelName: 'IterativePoissonVAE',
  learningName: 'ThroughTime',
  command: 'nsm train ipvae.nsm --seed 1',
  dataNote: 'generated Gabors',
  settings: { neurons: 24, optimiser: 'Adamax("x")' },
  source: 'latent z ~ Poisson(log_rate = prior) // a < b',
  changes: [],
  imageShape: shape,
  dictionary: { name: 'Phi', values, pixels, neurons: 24 },
  meanActivity: new Float32Array(24).fill(0.1),
  untold: null,
  training: Array.from({ length: 1000 }, (_, k) => ({
    iteration: k + 1,
    objective: 100 / (k + 1) - 20,
  })),
  metrics: beliefMetrics,
  unmeasured: [],
  inference: [1, 2, 4, 8, 16].map((step) => ({
    step,
    r2: 1 - 1 / step,
    zeros: 0.9,
    free_energy: 100 / step,
  })),
  reconstructions: pictures.slice(0, 3).map((original) => ({ original, reconstruction: original })),
  analysis: analyseDictionary(values, pixels, 24, shape, {
    control: { values: dictionaryOf(noise), count: 12 },
  }),
  final: { r2: 0.7612, zeros: 0.888, free_energy: -152.31 },
};

const empty: ReportInput = {
  ...full,
  settings: {},
  source: '',
  imageShape: null,
  dictionary: null,
  meanActivity: null,
  training: [],
  inference: [],
  reconstructions: [],
  analysis: null,
  final: { r2: NaN, zeros: NaN, free_energy: NaN },
};

const headings = (html: string): string[] => [...html.matchAll(/<h2>(.*?)<\/h2>/g)].map((match) => match[1]!);

describe('report', () => {
  it('has all its parts in order, and says everything with numbers too', async () => {
    const html = await report(full);
    expect(headings(html)).toEqual([
      'Training',
      'Inference',
      'Dictionary',
      'Reconstructions',
      'Localised and oriented elements',
      'Settings',
      'Source',
      'How to reproduce',
    ]);
    expect(html.match(/<svg /g)).toHaveLength(5);
    expect(html.match(/<img src="data:image\/png;base64,/g)).toHaveLength(4);
    for (const text of ['0.938', '6.25', '36', '100.0 %', '0.0 %', 'nsm train ipvae.nsm --seed 1'])
      expect(html).toContain(text);
    expect(html).toContain('prefers-color-scheme: dark');
  });

  it('is one file: no script, no address to load, every picture with a text', async () => {
    const html = await report(full);
    expect(html).not.toMatch(/<script|<link|@import|url\(http|(src|href)="(?!data:)/i);
    expect(
      html.match(/https?:\/\/[^"]+/g)?.filter((address) => !address.startsWith('http://www.w3.org/')) ?? [],
    ).toEqual([]);
    for (const [picture] of html.matchAll(/<(svg|img)\b[^>]*>/g))
      expect(picture).toMatch(/(aria-label|alt)="[^"]{10,}"/);
    const identifiers = [...html.matchAll(/\bid="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(identifiers).size).toBe(identifiers.length);
  });

  it('escapes what comes from outside', async () => {
    const html = await report(full);
    expect(html).toContain('<h1>Sparse coding of &lt;patches&gt; &amp; more</h1>');
    expect(html).toContain('// a &lt; b');
    expect(html).not.toContain('<patches>');
  });

  it('is the same for the same input', async () => {
    expect((await report(full)) === (await report(full))).toBe(true);
  });

  it('leaves out what is absent', async () => {
    expect(headings(await report(empty))).toEqual(['How to reproduce']);
    const html = await report({ ...full, imageShape: null, analysis: null, meanActivity: null });
    expect(headings(html)).not.toContain('Reconstructions');
    expect(html).not.toContain('<img');
    expect(html).toContain('Norms of the 24 elements');
  });

  it('reports values that are not finite instead of drawing them', async () => {
    const training = [1, 2, 3, 4].map((iteration) => ({
      iteration,
      objective: iteration > 2 ? NaN : iteration,
    }));
    const inference = full.inference.map((point) => ({ ...point, free_energy: NaN, r2: NaN }));
    const html = await report({ ...empty, training, inference });
    expect(html).toContain('not finite at 2 of 4 logged iterations');
    expect(html).not.toMatch(/NaN|Infinity/);
  });

  it('shows no pictures when the shape is not that of the elements', async () => {
    const html = await report({ ...full, imageShape: [3, 3] });
    expect(html).not.toContain('<img');
  });

  it('draws a dictionary of a single element', async () => {
    const one = { name: 'Phi', values: Float32Array.from(pictures[0]!), pixels, neurons: 1 };
    expect(await report({ ...empty, imageShape: shape, dictionary: one })).toContain('All 1 elements');
  });
});

describe('an inference on energies', () => {
  const metrics = [
    { name: 'energy', label: 'energy', doc: 'Energy of the states.', unit: 'nats' },
    { name: 'r2', label: 'R²', doc: 'Share explained.', unit: 'explained' },
    { name: 'force', label: 'residual force', doc: 'Root mean square of the force.', unit: 'size' },
    { name: 'turns', label: 'turns', doc: 'Turns made.', unit: 'turns' },
    { name: 'test_error', label: 'test error', doc: 'Share told wrong.', unit: 'number' },
  ] as const;
  const inference = [1, 2, 4].map((step) => ({
    step,
    energy: -step,
    r2: 0.5,
    force: 0.1 ** step,
    turns: step,
    test_error: 0.25,
  }));
  const input = { ...empty, metrics, inference, final: inference.at(-1)! };

  it('is drawn figure by figure, each with what it means', async () => {
    const html = await report(input);
    expect(html.match(/<svg /g)).toHaveLength(metrics.length);
    for (const { doc } of metrics) expect(html).toContain(doc);
    expect(html).toContain('<th scope="col">residual force</th>');
    expect(html).toContain('aria-label="Line chart of energy against inference step, ending at −4."');
    expect(summary(input)).toBe(
      'energy −4 nats per example, R² 0.500, residual force 1.00e−4, 4 turns, test error 0.25.',
    );
  });

  it('says why a figure is missing', async () => {
    const unmeasured = [{ name: 'energy', why: 'the log-partition of z is intractable' }];
    expect(await report({ ...input, unmeasured })).toContain(
      'No energy is shown: the log-partition of z is intractable.',
    );
  });
});

describe('summary', () => {
  it('is one line of the final metrics that exist', () => {
    expect(summary(full)).toBe(
      'R² 0.761, 88.8 % zeros, free energy −152.3 nats per example; 24 of 24 used elements (100.0 %) are localised and oriented.',
    );
    expect(summary({ ...empty, final: { ...empty.final, zeros: 0.5 } })).toBe('50.0 % zeros.');
    expect(summary(empty)).toBe('No finite final metric.');
  });
});

it.each([
  [1234567, '1,234,567'],
  [-0.5, '−0.5'],
  [0.00001234, '1.23e−5'],
  [123.456, '123.5'],
  [12345.67, '12345.7'],
  [0, '0'],
  [NaN, '–'],
])('readableNumber writes %f as %s', (value, text) => {
  expect(readableNumber(value)).toBe(text);
});

describe('pictures', () => {
  const grey = (png: Uint8Array, x: number, y: number): [number, number] => {
    const { data, width, channels } = decode(png);
    expect(channels).toBe(2);
    return [data[2 * (y * width + x)]!, data[2 * (y * width + x) + 1]!];
  };

  it('shows the largest element first, each scaled to its own extreme about grey', () => {
    // Elements of 1 x 2 pixels: the second has the larger norm.
    const png = dictionaryPicture(Float32Array.of(1, -8, 0, 4), 2, 2, [1, 2]);
    // Magnified 8 times, gap 6.
    expect(decode(png)).toMatchObject({ width: 2 * 16 + 6, height: 8 });
    expect([grey(png, 0, 0), grey(png, 15, 7)]).toEqual([[0, 255], [191, 255]]); // prettier-ignore
    expect(grey(png, 18, 0)[1]).toBe(0);
    expect([grey(png, 22, 0), grey(png, 37, 0)]).toEqual([[255, 255], [128, 255]]); // prettier-ignore
    const given = dictionaryPicture(Float32Array.of(1, -8, 0, 4), 2, 2, [1, 2], { order: 'given' });
    expect(grey(given, 0, 0)[0]).toBe(255);
  });

  it('shows elements of zeros, or not finite ones, as grey', () => {
    const png = dictionaryPicture(Float32Array.of(0, NaN), 1, 2, [1, 1]);
    expect([grey(png, 0, 0)[0], grey(png, 14, 0)[0]]).toEqual([128, 128]);
  });

  it('puts 512 elements of 16 x 16 in rows of 16 to 46 without stray cells and near 1000 pixels wide', () => {
    const { width, height } = decode(dictionaryPicture(new Float32Array(512 * 256), 256, 512, [16, 16]));
    expect(width).toBeGreaterThan(700);
    expect(width).toBeLessThan(1400);
    expect(height).toBeLessThan(width);
  });

  it('gives a pair the grey scale of its original and clips beyond it', () => {
    const pair = { original: Float32Array.of(0, 2), reconstruction: Float32Array.of(1, 5) };
    const png = reconstructionPicture([pair], [1, 2]);
    expect([grey(png, 0, 0)[0], grey(png, 8, 0)[0], grey(png, 0, 14)[0], grey(png, 8, 14)[0]]).toEqual([
      0, 255, 128, 255,
    ]);
  });

  it('gives all draws one grey scale: from 0, or about grey where some are negative', () => {
    const png = samplesPicture(Float32Array.of(0, 2, 1, 4, 99, 99), 2, [1, 2]);
    // Magnified 8 times, gap 6.
    expect(decode(png)).toMatchObject({ width: 2 * 16 + 6, height: 8 });
    expect([grey(png, 0, 0)[0], grey(png, 8, 0)[0], grey(png, 22, 0)[0], grey(png, 30, 0)[0]]).toEqual([
      0, 128, 64, 255,
    ]);
    const signed = samplesPicture(Float32Array.of(-4, 0, 2, 4), 2, [1, 2]);
    expect([0, 8, 22, 30].map((x) => grey(signed, x, 0)[0])).toEqual([0, 128, 191, 255]);
  });

  it('parts draws by a grey that is neither black nor white, nor shines through', () => {
    const png = samplesPicture(Float32Array.of(0, 1, 1, 0), 2, [1, 2]);
    const [gap, opacity] = grey(png, 18, 0);
    expect(opacity).toBe(255);
    expect(gap).toBeGreaterThan(64);
    expect(gap).toBeLessThan(192);
  });

  it('refuses sizes that do not fit', () => {
    expect(() => dictionaryPicture(new Float32Array(5), 4, 1, [2, 2])).toThrow('1 elements of 2 x 2 pixels');
  });

  it('becomes a data address', () => {
    expect(pngAddress(Uint8Array.of(1, 2))).toBe('data:image/png;base64,AQI=');
  });
});
