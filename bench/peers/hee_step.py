"""Slow steps of a hierarchical exponential-family energy model with its interneurons."""

import math

import torch


def splitting(dt):
    """Of kinetic Langevin by BAOA with friction 1: the step, its half, what momenta keep, and the size of their noise."""
    return dt, dt / 2, math.exp(-dt), math.sqrt(1 - math.exp(-2 * dt))


QUICK = splitting(0.2)
SLOW = splitting(0.1)


def moved(x, p, slope, noise, sizes):
    dt, half, kept, kicked = sizes
    before = torch.add(p, slope, alpha=-dt)
    after = (kept * before).add_(noise, alpha=kicked)
    return torch.add(x, before.add_(after), alpha=half), after


def prepare(_, numbers, arrays):
    W0, W1, b0, b1, b2, x0 = (arrays[name] for name in ["W0", "W1", "b0", "b1", "b2", "x0"])
    fast_steps = int(numbers["fast_steps"])
    precision = numbers["sd"] ** -2

    def drive_of(x2):
        return torch.addmm(b1, x2.relu(), W1.T)

    def slope1(x1, drive):
        error = torch.addmm(b0, x1.relu(), W0.T).sub_(x0)
        return x1.pow(3).sub_(drive).add_((error @ W0).mul_(x1 > 0), alpha=precision)

    def slope2(x1, x2, mean):
        return x2.pow(3).sub_(b2).add_(((mean - x1) @ W1).mul_(x2 > 0))

    def interneurons(y, p, drive, turn, draws):
        total = torch.zeros_like(y)
        for fast in range(fast_steps):
            noise = draws("fast", turn * fast_steps + fast, lambda: torch.randn_like(y))
            y, p = moved(y, p, y.pow(3).sub_(drive), noise, QUICK)
            total += y
        return y, p, total.div_(fast_steps)

    @torch.no_grad()
    def walk(steps, draws):
        x1 = 2 * torch.tanh(x0 @ W0 / 2)
        x2 = 2 * torch.tanh(x1 @ W1 / 2)
        y, q, p1, p2 = (torch.zeros_like(like) for like in [x1, x1, x1, x2])
        mean = torch.zeros_like(x1)
        for turn in range(steps):
            drive = drive_of(x2)
            y, q, mean = interneurons(y, q, drive, turn, draws)
            noise1 = draws("x1", turn, lambda: torch.randn_like(x1))
            noise2 = draws("x2", turn, lambda: torch.randn_like(x2))
            slopes = slope1(x1, drive), slope2(x1, x2, mean)
            x1, p1 = moved(x1, p1, slopes[0], noise1, SLOW)
            x2, p2 = moved(x2, p2, slopes[1], noise2, SLOW)
        return {"x1": x1, "x2": x2, "x1.p": p1, "x2.p": p2, "x1.mean_statistic1": mean}

    return walk
