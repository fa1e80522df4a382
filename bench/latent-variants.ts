/** Programs that differ from stdlib/models/ipvae.nsm in the family of their latents. */
export interface Latent {
  readonly name: string;
  readonly family: string;
  /** What stands after `latent z ~`. */
  readonly call: string;
  /** The learning to compare by; the paper's, through the steps of inference, when left out. */
  readonly learning?: 'Local';
  /** First range of the prior where the model's own, rates from exp(-6) to exp(-4), is not meant. */
  readonly prior?: string;
}

export const latents: readonly Latent[] = [
  { name: 'poisson', family: 'Poisson', call: 'Poisson(log_rate = prior)' },
  {
    name: 'negative_binomial',
    family: 'NegativeBinomial',
    call: 'NegativeBinomial(log_odds = prior, count = 3)',
  },
  // Its variance grows with the square of its mean, and so do the steps of a natural gradient at the rate of 1 at which
  // `Spiking` starts: through time it learns slowly (R² 0.26 in 900 iterations). `Settling` takes small steps.
  { name: 'geometric', family: 'Geometric', call: 'Geometric(log_odds = prior)', learning: 'Local' },
  { name: 'bernoulli', family: 'Bernoulli', call: 'Bernoulli(logit = prior)' },
  { name: 'rectified_normal', family: 'RectifiedNormal', call: 'RectifiedNormal(mean = prior)' },
  {
    name: 'normal',
    family: 'Normal',
    call: 'Normal(mean = prior, sd = 1)',
    prior: 'uniform(-0.1, 0.1)',
  },
];

/** The text of the model with another latent. */
export const variantOf = (model: string, { family, call, prior }: Latent): string => {
  const wanted = family === 'Normal' ? ['Normal'] : [family, 'Normal'];
  const changes: readonly (readonly [from: string, to: string])[] = [
    ['import { Poisson, Normal } from', `import { ${wanted.join(', ')} } from`],
    ['Poisson(log_rate = prior)', call],
    ...(prior === undefined ? [] : [['uniform(-6, -4)', prior] as const]),
  ];
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`stdlib/models/ipvae.nsm no longer holds "${from}"`);
    return text.replace(from, to);
  }, model);
};
