"""Formulas of stdlib/models/ipvae.nsm."""

import torch
from torch.nn.functional import softplus


def weights_of(log_sd):
    """1 / sd², where log_sd is squashed to (-3.45, 3.45)."""
    return torch.exp(-6.9 * torch.tanh(log_sd / 3.45))


def soft_cap(value, cap):
    """What stays between -8 and a cap that is approached softly. `softplus` is linear above 20, where that is exact in float32."""
    return cap - softplus(cap - value.clamp(min=-8))
