"""
High-precision slopes of draws in natural parameters at a fixed value of the distribution function.

Run as `python3 test/runtime/implicit-values.py` in the root of the project, with mpmath 1.3. Writes
test/runtime/implicit-values.json: [family, {parameter: value}, x, [dx/d eta_1, ...]].

dx/d eta = -(dF/d eta) / p, with F in closed form where there is one (its derivative is a difference in 50 digits), and
by quadrature otherwise. On the circle F starts opposite the mean direction.
"""
import json
from mpmath import mp, mpf

mp.dps = 50
cases = []


def quantile(cumulative, level, low, high):
    """x with F(x) = level, by bisection, as a float64 number."""
    low, high = mpf(low), mpf(high)
    for _ in range(120):
        middle = mp.sqrt(low * high) if low > 0 else (low + high) / 2
        if cumulative(middle) < level:
            low = middle
        else:
            high = middle
    return float(low)


def add(family, parameters, naturals, cumulative, density, places):
    """`cumulative` and `density` take natural parameters and x."""
    for x in places:
        slopes = []
        for k in range(len(naturals)):
            def moved(value):
                return cumulative([value if i == k else eta for i, eta in enumerate(naturals)], mpf(x))

            slopes.append(float(-mp.diff(moved, naturals[k]) / density(naturals, mpf(x))))
        cases.append([family, parameters, float(x), slopes])


levels = [mpf("0.001"), mpf("0.1"), mpf("0.5"), mpf("0.9"), mpf("0.999")]

for shape in ["0.01", "0.1", "0.5", "1", "3", "30", "1000"]:
    a = mpf(float(shape))

    def gamma_cdf(eta, x):
        return mp.gammainc(eta[0], 0, -eta[1] * x, regularized=True)

    def gamma_density(eta, x):
        return mp.exp(eta[0] * mp.log(-eta[1]) + (eta[0] - 1) * mp.log(x) + eta[1] * x - mp.loggamma(eta[0]))

    places = [quantile(lambda x: gamma_cdf([a, mpf(-2)], x), level, "1e-320", "1e5") for level in levels]
    places = [x for x in places if x > 1e-290]
    add("Gamma", {"shape": float(a), "rate": 2}, [a, mpf(-2)], gamma_cdf, gamma_density, places)

for alpha, beta in [("0.3", "0.7"), ("1", "1"), ("5", "2"), ("30", "70")]:
    a, b = mpf(float(alpha)), mpf(float(beta))

    def beta_cdf(eta, x):
        return mp.betainc(eta[0], eta[1], 0, x, regularized=True)

    def beta_density(eta, x):
        return x ** (eta[0] - 1) * (1 - x) ** (eta[1] - 1) / mp.beta(eta[0], eta[1])

    places = [quantile(lambda x: beta_cdf([a, b], x), level, "1e-320", 1) for level in levels]
    # What is left to 1 is exact in float64 for numbers that are not next to it.
    places = [x for x in places if x < 0.999]
    add("Beta", {"alpha": float(a), "beta": float(b)}, [a, b], beta_cdf, beta_density, places)

for mean, shape in [("2", "0.5"), ("1", "10")]:
    m, s = mpf(mean), mpf(shape)

    def inverse_gaussian_cdf(eta, x):
        shape = -2 * eta[1]
        mean = mp.sqrt(eta[1] / eta[0])
        root = mp.sqrt(shape / x)
        return mp.ncdf(root * (x / mean - 1)) + mp.exp(2 * shape / mean) * mp.ncdf(-root * (x / mean + 1))

    def inverse_gaussian_density(eta, x):
        shape = -2 * eta[1]
        mean = mp.sqrt(eta[1] / eta[0])
        return mp.sqrt(shape / (2 * mp.pi * x**3)) * mp.exp(-shape * (x - mean) ** 2 / (2 * mean**2 * x))

    naturals = [-s / (2 * m**2), -s / 2]
    places = [quantile(lambda x: inverse_gaussian_cdf(naturals, x), level, "1e-10", "1e4") for level in levels]
    add("InverseGaussian", {"mean": float(m), "shape": float(s)}, naturals, inverse_gaussian_cdf, inverse_gaussian_density, places)

for mean in ["-30", "-1", "0.5", "8"]:
    eta = mpf(mean)

    def half_line(eta, x):
        """The integral of exp(eta t - t^2 / 2) from 0 to x."""
        return mp.exp(eta**2 / 2) * mp.sqrt(mp.pi / 2) * (mp.erfc(-eta / mp.sqrt(2)) - mp.erfc((x - eta) / mp.sqrt(2)))

    def truncated_cdf(eta, x):
        return half_line(eta[0], x) / half_line(eta[0], mp.inf)

    def truncated_density(eta, x):
        return mp.exp(eta[0] * x - x**2 / 2) / half_line(eta[0], mp.inf)

    def rectified_cdf(eta, x):
        return (1 + half_line(eta[0], x)) / (1 + half_line(eta[0], mp.inf))

    def rectified_density(eta, x):
        return mp.exp(eta[0] * x - x**2 / 2) / (1 + half_line(eta[0], mp.inf))

    places = [quantile(lambda x: truncated_cdf([eta], x), level, 0, 40) for level in levels]
    add("TruncatedNormal", {"mean": float(eta), "sd": 1}, [eta], truncated_cdf, truncated_density, places)
    add("RectifiedNormal", {"mean": float(eta), "sd": 1}, [eta], rectified_cdf, rectified_density, places)

mp.dps = 30


def by_quadrature(family, parameters, naturals, statistics, log_base, points, places):
    """Slopes from the integral of (T - mean) p up to x; `points` cut the line from its beginning to its end."""
    def weight(t):
        return mp.exp(sum(eta * T(t) for eta, T in zip(naturals, statistics)) + log_base(t))

    total = mp.quad(weight, points)
    means = [mp.quad(lambda t: T(t) * weight(t), points) / total for T in statistics]
    for x in places:
        below = [point for point in points if point < x] + [mpf(x)]
        slopes = [
            float(-mp.quad(lambda t: (T(t) - mean) * weight(t), below) / weight(mpf(x)))
            for T, mean in zip(statistics, means)
        ]
        cases.append([family, parameters, float(x), slopes])


for mean, concentration in [(1.0, 0.05), (1.0, 2.0), (-3.0, 50.0)]:
    m, k = mpf(mean), mpf(concentration)
    width = 1 / mp.sqrt(k + 1)
    points = [m - mp.pi] + [m + n * width for n in range(-8, 9) if abs(n * width) < mp.pi] + [m + mp.pi]
    offsets = [mpf(n) * width / 2 for n in (-5, -2, 0.5, 3)]
    # In the file, angles lie within (-pi, pi].
    start = len(cases)
    by_quadrature(
        "VonMises",
        {"mean": mean, "concentration": concentration},
        [k * mp.cos(m), k * mp.sin(m)],
        [mp.cos, mp.sin],
        lambda t: mpf(0),
        points,
        [m + offset for offset in offsets if abs(offset) < mp.pi],
    )
    for case in cases[start:]:
        if case[2] <= -mp.pi:
            case[2] = float(mpf(case[2]) + 2 * mp.pi)

for drive in [0.0, 2.0, -100.0]:
    eta = mpf(drive)
    mode = mp.sign(eta) * mp.cbrt(abs(eta))
    width = 1 / mp.sqrt(3 * mode**2 + 1)
    points = [-mp.inf] + [mode + n * width for n in range(-12, 13, 2)] + [mp.inf]
    by_quadrature(
        "Quartic",
        {"drive": drive},
        [eta],
        [lambda t: t],
        lambda t: -t**4 / 4,
        points,
        [float(mode + n * width) for n in (-2, -0.5, 0.25, 1.5)],
    )

with open("test/runtime/implicit-values.json", "w") as file:
    file.write("[\n" + ",\n".join("  " + json.dumps(case) for case in cases) + "\n]\n")
