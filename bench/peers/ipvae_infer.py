"""Inference steps of the iterative Poisson VAE; hoisted: in the space of the latents, with the Gram matrix of the dictionary."""

import torch

from ipvae import soft_cap, weights_of


def prepare(variant, numbers, arrays):
    Phi, x, prior = arrays["Phi"], arrays["x"], arrays["prior"]
    cap = numbers["cap"]

    @torch.no_grad()
    def walk(steps, draws):
        rate = arrays["rate"].exp()
        weighted = weights_of(arrays["log_sd"])[:, None] * Phi
        pull = 0.5 * (weighted * Phi).sum(0)
        if variant == "torch_hoisted":
            gram, constant = Phi.T @ weighted, x @ weighted - pull
            change = lambda z: torch.addmm(constant, z, gram, alpha=-1)
        else:
            change = lambda z: torch.addmm(x, z, Phi.T, alpha=-1) @ weighted - pull
        u = prior.expand(x.shape[0], -1)
        for step in range(steps):
            z = draws("z", step, lambda: torch.poisson(u.exp()))
            u = soft_cap(u + soft_cap(rate * change(z), cap), cap)
        return {"u": u}

    return walk
