"""Steps of Langevin's dynamics on one chain of a small model."""

import math

import torch


def prepare(_, numbers, arrays):
    J, b = arrays["J"], arrays["b"]
    dt = numbers["dt"]
    scale = math.sqrt(2 * dt)

    @torch.no_grad()
    def walk(steps, draws):
        s = torch.zeros(int(numbers["chains"]), b.shape[0])
        for step in range(steps):
            noise = draws("noise", step, lambda: torch.randn_like(s))
            force = torch.addmm(b, s, J).sub_(s.pow(3))
            s = s.add(force, alpha=dt).add_(noise, alpha=scale)
        return {"s": s}

    return walk
