/**
 * Documentation of model files as a static site, without a file system: `nsm doc` writes what this returns.
 *
 * ```ts
 * import { documentFile, siteOf } from 'nsm/document';
 *
 * const documented = documentFile('ipvae', 'std/models/ipvae.nsm', sources);
 * if (!('errors' in documented)) for (const { path, content } of await siteOf('Models', [documented], new Map())) save(path, content);
 * ```
 */
export type { Example, ExampleRuns } from './example.ts';
export { documentFile, type DocumentedFile } from './file.ts';
export { examplesOf, siteOf, type SiteFile } from './site.ts';
