/**
 * Two tests of samplers of a posterior that know no posterior, for models with a proper joint law p(z) p(x | z).
 *
 * Geweke (2004): draws of z given x and of x given z in turn leave the joint law as it is, so that after many turns z has its prior
 * law. Here each of many chains begins with a draw of the joint law, and one draw of each is looked at.
 *
 * Simulation-based calibration (Talts et al. 2018): where z has been drawn from the prior and x given it, the rank of z among draws of
 * the posterior given x is uniform.
 */
import { chiSquareTest, kolmogorovSmirnovTest, normalCumulative } from '../support/goodness.ts';
import { compile, inferenceOf, runChains } from './support.ts';

/** Counts whose log rates are sums of three coupled causes: no sampler has the posterior in closed form. */
const model = `
  model Counts(causes: dim = 2, units: dim = 4) {
    param W: real[units, causes] = 0
    param base: real[units] = 0
    latent   z ~ Normal(mean = 0 * sum(W over units), sd = 1)
    observed x ~ Poisson(log_rate = W @ z + base)
  }`;
const given = {
  W: [0.9, 0.4, -0.7, 0.8, 0.5, 0.6, 0.2, -1],
  base: [0.7, 0.3, 1, 0.5],
};

const imports = `
  import { Normal, Poisson } from "std/families"
  import { Langevin, MALA, Adaptation, HMC, Metropolis, ParallelTempering } from "std/dynamics"`;

/** The p-values of the two units of z after some turns of Geweke's chain. */
export const gewekeTest = async (dynamics: string, by: string, seed: number): Promise<readonly number[]> => {
  const definition = compile(`${imports} ${dynamics} ${model}
    inference Joint of Counts(steps: int = 40) {
      free x
      start z = normal(0, 1)
      sample x
      repeat steps { descend energy over z by ${by}; sample x }
    }`);
  const [end] = await runChains({ definition, chains: 4000, steps: 40, seed, given });
  return [0, 1].map((unit) =>
    kolmogorovSmirnovTest(
      end!['z']!.filter((_, i) => i % 2 === unit),
      normalCumulative,
    ),
  );
};

const draws = 19;
/** The p-values of the ranks of the two units of z among draws of their posterior. */
export const calibrationTest = async (
  dynamics: string,
  by: string,
  { thin, burn, seed }: { readonly thin: number; readonly burn: number; readonly seed: number },
): Promise<readonly number[]> => {
  const chains = 2000;
  const prior = compile(`${imports} ${dynamics} ${model}
    inference Prior of Counts { free x; start z = normal(0, 1); sample x; repeat 1 { sample x } }
    inference Posterior of Counts(steps: int = 1) {
      start z = normal(0, 1)
      repeat steps { descend energy over z by ${by} }
    }`);
  const [truth] = await runChains({
    definition: prior,
    inference: inferenceOf(prior, 'Prior'),
    chains,
    steps: 1,
    seed,
    given,
  });
  const posterior = await runChains({
    definition: prior,
    inference: inferenceOf(prior, 'Posterior'),
    chains,
    steps: thin,
    burn,
    snapshots: draws,
    seed: seed + 1,
    given: { ...given, x: [...truth!['x']!] },
  });
  return [0, 1].map((unit) => {
    const ranks = new Float64Array(draws + 1);
    for (let chain = 0; chain < chains; chain++) {
      const own = truth!['z']![2 * chain + unit]!;
      ranks[posterior.filter((end) => end['z']![2 * chain + unit]! < own).length]!++;
    }
    return chiSquareTest(
      ranks,
      Array.from(ranks, () => chains / (draws + 1)),
    );
  });
};
