/**
 * The iterative Poisson VAE with other latents: each variant is stdlib/models/ipvae.nsm with one line changed (its
 * import aside), and another first range of the prior where the family's domain differs. Trains each and compares them in one report.
 *
 *     npm run latents -- --data idx:train-images-idx3-ubyte.gz --test "idx:t10k-images-idx3-ubyte.gz?limit=1000" \
 *       --set neurons=256 --iterations 900 --out runs/latents
 *
 * Options go to `nsm train` as they are; `--out` is the directory that receives programs, runs and comparison.html. Runs
 * that are there already are kept, so that a second call goes on where the first was stopped.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { latents, variantOf } from './latent-variants.ts';

const root = new URL('../', import.meta.url);
const main = fileURLToPath(new URL('src/cli/main.ts', root));
const given = process.argv.slice(2);
const place = given.indexOf('--out');
const out = place < 0 ? 'runs/latents' : (given[place + 1] ?? 'runs/latents');
const options = place < 0 ? given : given.filter((_, i) => i !== place && i !== place + 1);

/** Runs nsm with the words given; ends with its exit code when it is not 0. */
const nsm = (...words: readonly string[]): void => {
  const { status } = spawnSync(process.execPath, [main, ...words], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

mkdirSync(out, { recursive: true });
const model = readFileSync(new URL('stdlib/models/ipvae.nsm', root), 'utf8');
const runs = latents.map((latent) => {
  const program = join(out, `${latent.name}.nsm`);
  const run = join(out, latent.name);
  writeFileSync(program, variantOf(model, latent));
  const learning = latent.learning ?? 'ThroughTime';
  if (!existsSync(join(run, 'report.html')))
    nsm('train', program, '--learning', learning, '--out', run, ...options);
  return run;
});
nsm('compare', ...runs, '--out', join(out, 'comparison.html'));
