/** A block of commands with what their run left: output, charts, pictures, pages. */
import { escapeHtml } from './html.ts';

/** Addresses of pictures and pages count from the page that shows them. */
export interface Example {
  readonly output: string;
  /** Charts of reports, as SVG in the colours of the page. */
  readonly charts: readonly { readonly svg: string; readonly caption: string }[];
  readonly pictures: readonly ExampleFile[];
  readonly pages: readonly ExampleFile[];
}
/** By the page that shows them and their commands. */
export type ExampleRuns = ReadonlyMap<string, ReadonlyMap<string, Example>>;

interface ExampleFile {
  readonly name: string;
  readonly address: string;
}

/** The example for a page from which the folder of its files is reached by `up`. */
export const movedUp = (example: Example, up: string): Example => {
  const moved = (file: ExampleFile): ExampleFile => ({ ...file, address: up + file.address });
  return { ...example, pictures: example.pictures.map(moved), pages: example.pages.map(moved) };
};

export const exampleHtml = (commands: string, { output, charts, pictures, pages }: Example): string =>
  [
    '<div class="example">',
    `<pre class="commands"><code>${escapeHtml(commands)}</code></pre>`,
    output === '' ? '' : `<pre class="output"><samp>${escapeHtml(output)}</samp></pre>`,
    charts.length + pictures.length === 0 ? '' : '<div class="figures">',
    ...charts.map(
      ({ svg, caption }) => `<figure>${svg}<figcaption>${escapeHtml(caption)}</figcaption></figure>`,
    ),
    ...pictures.map(
      ({ name, address }) =>
        `<figure><img src="${address}" alt="${escapeHtml(name)}"><figcaption>${escapeHtml(name)}</figcaption></figure>`,
    ),
    charts.length + pictures.length === 0 ? '' : '</div>',
    ...pages.map(({ name, address }) => `<p><a href="${address}">${escapeHtml(name)}</a></p>`),
    '</div>',
  ]
    .filter((part) => part !== '')
    .join('\n');
