"""Slow steps of a hierarchical exponential-family energy model with its interneurons.

A force at the end of a step that is the force at the start of the next is computed once, as in any molecular dynamics code.
"""

import math

import torch

HALF = 0.1
KEPT = math.exp(-0.2)
KICKED = math.sqrt(1 - math.exp(-0.4))


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
        slope = y.pow(3).sub_(drive)
        total = torch.zeros_like(y)
        for fast in range(fast_steps):
            noise = draws("fast", turn * fast_steps + fast, lambda: torch.randn_like(y))
            middle = torch.add(p, slope, alpha=-HALF)
            later = (KEPT * middle).add_(noise, alpha=KICKED)
            y = torch.add(y, middle.add_(later), alpha=HALF)
            slope = y.pow(3).sub_(drive)
            p = later.sub_(slope, alpha=HALF)
            total += y
        return y, p, total.div_(fast_steps)

    @torch.no_grad()
    def walk(steps, draws):
        x1 = 2 * torch.tanh(x0 @ W0 / 2)
        x2 = 2 * torch.tanh(x1 @ W1 / 2)
        y, q, p1, p2 = (torch.zeros_like(like) for like in [x1, x1, x1, x2])
        mean = torch.zeros_like(x1)
        drive = drive_of(x2)
        slope = slope1(x1, drive)
        for turn in range(steps):
            y, q, mean = interneurons(y, q, drive, turn, draws)
            middle1 = torch.add(p1, slope, alpha=-HALF)
            middle2 = torch.add(p2, slope2(x1, x2, mean), alpha=-HALF)
            later1 = (KEPT * middle1).add_(draws("x1", turn, lambda: torch.randn_like(x1)), alpha=KICKED)
            later2 = (KEPT * middle2).add_(draws("x2", turn, lambda: torch.randn_like(x2)), alpha=KICKED)
            x1 = torch.add(x1, middle1.add_(later1), alpha=HALF)
            x2 = torch.add(x2, middle2.add_(later2), alpha=HALF)
            drive = drive_of(x2)
            slope = slope1(x1, drive)
            p1 = later1.sub_(slope, alpha=HALF)
            p2 = later2.sub_(slope2(x1, x2, mean), alpha=HALF)
        return {"x1": x1, "x2": x2, "x1.p": p1, "x2.p": p2, "x1.mean_statistic1": mean}

    return walk
