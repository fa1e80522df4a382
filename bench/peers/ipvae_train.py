"""Updates of the iterative Poisson VAE through its inference; hoisted: in the space of the latents, gradients through the Gram matrix."""

import math

import torch

from ipvae import soft_cap, weights_of

PARAMETERS = ["Phi", "log_sd", "prior", "rate"]


def prepare(variant, numbers, arrays):
    x = arrays["x"]
    batch = x.shape[0]
    cap = numbers["cap"]
    weight = numbers["beta"] * min(numbers["progress"] / numbers["warmup"], 1)

    def straight_through(rates, drawn):
        return rates + (drawn - rates).detach()

    def free_energy(values, draws):
        Phi, log_sd, prior, rate = (values[name] for name in PARAMETERS)
        precision = weights_of(log_sd)
        weighted = precision[:, None] * Phi
        pull = 0.5 * (weighted * Phi).sum(0)
        step_size = rate.exp()
        constant = 3.45 * torch.tanh(log_sd / 3.45).sum() + 0.5 * math.log(2 * math.pi) * x.shape[1]
        if variant == "torch_hoisted":
            gram, seen = Phi.T @ weighted, x @ weighted
            squares = (x.square() * precision).sum()
            change = lambda z: seen - z @ gram
            error = lambda z: squares - 2 * (z * seen).sum() + (z * (z @ gram)).sum()
        else:
            change = lambda z: (x - z @ Phi.T) @ weighted
            error = lambda z: ((x - z @ Phi.T).square() * precision).sum()
        u = prior.expand(batch, -1)
        rates = u.exp()
        total = 0
        for step in range(int(numbers["steps"])):
            z = straight_through(rates, draws("z", step, lambda: torch.poisson(rates.detach())))
            after = soft_cap(u + soft_cap(step_size * (change(z) - pull), cap), cap)
            rates_after = after.exp()
            again = straight_through(
                rates_after, draws("fresh", step, lambda: torch.poisson(rates_after.detach()))
            )
            divergence = (rates + rates_after * (after - u - 1)).sum()
            total = total + (0.5 * error(again) + weight * divergence) / batch + constant
            u, rates = after, rates_after
        return total / numbers["steps"]

    def walk(_, draws):
        values = {name: arrays[name].detach().requires_grad_() for name in PARAMETERS}
        objective = free_energy(values, draws)
        gradients = torch.autograd.grad(objective, [values[name] for name in PARAMETERS])
        with torch.no_grad():
            return {"objective": objective, **adamax(gradients)}

    def adamax(gradients):
        norm = torch.sqrt(sum(gradient.square().sum() for gradient in gradients))
        kept = torch.clamp(numbers["clip"] / norm, max=1)
        rate = numbers["scheduled"] / (1 - 0.9 ** numbers["iteration"])
        results = {}
        for name, gradient in zip(PARAMETERS, gradients):
            value = arrays[name]
            slope = gradient * kept + numbers["decay"] * value
            m = 0.9 * arrays[f"{name}.m"] + 0.1 * slope
            n = torch.maximum(0.999 * arrays[f"{name}.n"], slope.abs() + 1e-8)
            results.update({f"{name}.m": m, f"{name}.n": n, name: torch.addcdiv(value, m, n, value=-rate)})
        return results

    return walk
