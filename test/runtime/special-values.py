"""
High-precision values of the special functions, and the tables of coefficients that src/runtime computes them with.

Run in the root of the project, with mpmath 1.3:

    python3 test/runtime/special-values.py
    npx prettier --write src/runtime/special-tables.ts test/runtime/special-values.json

Writes

    src/runtime/special-tables.ts          quadrature nodes and Taylor coefficients
    test/runtime/special-values.json       [function, constant first argument or null, [[arguments..., value], ...]]

Arithmetic has 60 digits or more; values are rounded to float64 in the end. Arguments are float32 numbers wherever
they are meant for float32 too, so that one table serves both precisions.
"""
import json
import struct
from mpmath import mp, mpf

mp.dps = 60


def f32(x):
    """The float32 number nearest to x; x itself where float32 has no normal number near it."""
    if x != 0 and not 1e-37 < abs(x) < 1e38:
        return float(x)
    return struct.unpack("f", struct.pack("f", x))[0]


# ---------------------------------------------------------------------------------------------------- tables


def gauss(diagonal, beside, mass):
    """Nodes and weights of the Gauss quadrature with this Jacobi matrix (Golub and Welsch 1969)."""
    size = len(diagonal)
    jacobi = mp.matrix(size, size)
    for i in range(size):
        jacobi[i, i] = diagonal[i]
        if i + 1 < size:
            jacobi[i, i + 1] = jacobi[i + 1, i] = beside[i]
    nodes, vectors = mp.eigsy(jacobi)
    return [(nodes[i], mass * vectors[0, i] ** 2) for i in range(size)]


def bessel_nodes(size):
    """I1(x) / (x I0(x)) = (1/2) / (1 + a1 s / (1 + a2 s / ...)), s = x^2, a_k = 1 / (4 k (k + 1))."""
    a = lambda k: mpf(1) / (4 * k * (k + 1))
    diagonal = [a(1)] + [a(2 * k) + a(2 * k + 1) for k in range(1, size)]
    beside = [mp.sqrt(a(2 * k - 1) * a(2 * k)) for k in range(1, size)]
    return sorted(gauss(diagonal, beside, mpf(1) / 2), reverse=True)


def hazard_nodes(size):
    """hazard(x) - x = 1 / (x + 2 / (x + 3 / (x + ...))); nodes come in pairs, whose weights are added."""
    nodes = gauss([mpf(0)] * size, [mp.sqrt(k + 1) for k in range(1, size)], mpf(1))
    return sorted((t, 2 * w) for t, w in nodes if t > 0)


def log_mills(x):
    return mp.log(mp.sqrt(mp.pi / 2) * mp.erfc(x / mp.sqrt(2))) + x * x / 2


def log_mills_taylor(centre, size):
    """Coefficients about a centre, from hazard' = hazard (hazard - x)."""
    hazard = [mp.exp(-log_mills(mpf(centre)))]
    line = [mpf(centre), mpf(1)] + [mpf(0)] * size
    for k in range(size):
        hazard.append(sum(hazard[i] * (hazard[k - i] - line[k - i]) for i in range(k + 1)) / (k + 1))
    slope = [line[k] - hazard[k] for k in range(size)]
    return [log_mills(mpf(centre))] + [slope[k] / (k + 1) for k in range(size - 1)]


def numbers(values):
    return "[" + ", ".join(repr(float(value)) for value in values) + "]"


def table(comment, name, pairs=None, values=None):
    kind = "readonly number[]" if pairs is None else "readonly (readonly [node: number, weight: number])[]"
    body = numbers(values) if pairs is None else "[" + ", ".join(map(numbers, pairs)) + "]"
    return f"\n/** {comment} */\nexport const {name}: {kind} = {body};\n"


def write_tables():
    text = "/** Made by test/runtime/special-values.py, in 100 digits, rounded to float64. */\n"
    text += table(
        "I₁(x) / (x I₀(x)) = sum of weight / (1 + x² node): the Gauss quadrature of its continued fraction.",
        "besselNodes",
        pairs=bessel_nodes(20),
    )
    text += table(
        "φ(x) / (1 − Φ(x)) − x = sum of weight · Re 1 / (x + i node): the Gauss quadrature of its continued fraction.",
        "hazardNodes",
        pairs=hazard_nodes(40),
    )
    for centre, name in [(1, "logMillsAtOne"), (3.5, "logMillsAtThreeAndHalf")]:
        text += table(
            f"Taylor coefficients of the log of Mills' ratio at {centre}.", name, values=log_mills_taylor(centre, 40)
        )
    open("src/runtime/special-tables.ts", "w").write(text)


# ---------------------------------------------------------------------------------------------------- values


def log_bessel(n, x):
    if x == 0:
        # log I0(sqrt(s)) = s/4 - s^2/64 + s^3/576 - 11 s^4/49152 + ..., and (1/x d/dx)^n = 2^n (d/ds)^n.
        return [mpf(0), mpf(1) / 2, -mpf(1) / 8, mpf(1) / 12, -mpf(11) / 128][n]
    # Cumulants of b_m = I_m / (x^m I0), which cancel n-fold: in many digits.
    with mp.workdps(60 + int(10 * abs(mp.log10(abs(x))))):
        x = abs(x)
        scale = mp.exp(-x)
        values = [mp.besseli(m, x) * scale / x**m for m in range(5)] if x < 1e4 else [
            mp.hypercomb(lambda m: [([2 * mp.pi * x], [mpf(-1) / 2], [], [], [m + 0.5, 0.5 - m], [], 1 / (2 * x))], [m])
            / x**m for m in range(5)
        ]
        _, b1, b2, b3, b4 = (value / values[0] for value in values)
        return [
            x + mp.log(values[0]),
            b1,
            b2 - b1**2,
            b3 - 3 * b1 * b2 + 2 * b1**3,
            b4 - 4 * b3 * b1 - 3 * b2**2 + 12 * b2 * b1**2 - 6 * b1**4,
        ][n]


def log_mills_derivative(n, x):
    with mp.workdps(80 + int(10 * mp.log10(1 + abs(x)))):
        if n == 0:
            return log_mills(x)
        h = mp.exp(-log_mills(x))
        h1 = h * (h - x)
        h2 = h1 * (2 * h - x) - h
        return [x - h, 1 - h1, -h2, -(h2 * (2 * h - x) + 2 * h1 * (h1 - 1))][n - 1]


def log_exprel(n, x):
    with mp.workdps(80 + int(10 * abs(mp.log10(abs(x) or 1)) + abs(x) / 2.3)):
        if x == 0:
            return [mpf(0), mpf(1) / 2, mpf(1) / 12, mpf(0), -mpf(1) / 120][n]
        e = 1 / mp.expm1(x)
        return [
            lambda: mp.log(mp.expm1(x) / x),
            lambda: 1 + e - 1 / x,
            lambda: 1 / x**2 - e * (1 + e),
            lambda: -2 / x**3 + e * (1 + e) * (1 + 2 * e),
            lambda: 6 / x**4 - e * (1 + e) * (1 + 6 * e + 6 * e**2),
        ][n]()


def log_bessel_i(order, x):
    if x == 0:
        return mpf(0) if order == 0 else -mp.inf
    with mp.workdps(60 + int(max(0, -mp.log10(x)) * 3)):
        return mp.log(mp.besseli(order, x))


def normal_log_cdf(x):
    if x > 0:
        return mp.log1p(-mp.erfc(x / mp.sqrt(2)) / 2)
    return mp.log(mp.erfc(-x / mp.sqrt(2)) / 2)


def log1m_exp(x):
    with mp.workdps(60 + int(abs(x) / 2)):
        return mp.log(-mp.expm1(x))


def log_gamma(x):
    return mp.log(abs(mp.gamma(x))) if x < 1e5 else mp.loggamma(x)


positive = [1e-300, 1e-30, 1e-8, 1e-3, 0.1, 0.25, 0.5, 0.9, 1.0001, 1.25, 1.5, 1.75, 1.9999, 2.0001, 2.3, 2.5, 3, 3.7, 5,
            7.5, 9.99, 10, 12.5, 20, 33.3, 100, 1234.5, 1e6, 1e12, 1e30]
negative = [-0.5, -1.5, -3.3, -10.7, -50.25]
even = [0, 1e-300, 1e-20, 1e-8, 1e-4, 0.01, 0.1, 0.5, 1, 1.5, 2, 2.4, 3, 4, 5, 7, 10, 14, 19.9, 24.9, 25, 25.1, 30, 50,
        100, 700, 1e3, 1e4, 1e5]
mills = [-1e4, -200, -40, -37.5, -20, -10, -7, -5, -3, -2.2, -1.5, -1, -0.6, -0.3, -0.1, -1e-3, -1e-10, 0, 1e-10, 1e-3,
         0.1, 0.29, 0.31, 0.5, 0.9, 1, 1.1, 1.5, 1.9, 1.999, 2, 2.2, 2.8, 3.5, 4.2, 4.99, 5, 5.5, 7, 10, 20, 38, 40, 100, 1e3,
         1e5, 1e10]
cdf = [-1e10, -1e4, -200, -40, -37.5, -20, -10, -7, -5.1, -5, -4.9, -3, -2.1, -2, -1.9, -1, -0.5, -0.1, -1e-8, 0, 1e-8, 0.1, 0.5,
       1, 1.9, 2, 2.1, 3, 4.9, 5, 5.1, 7, 9, 12, 20, 30]
exprel = [0, 1e-300, 1e-20, 1e-8, 1e-4, 0.01, 0.1, 0.5, 1, 1.7, 2.2, 2.9, 3, 3.1, 3.5, 4, 5, 6, 7, 8, 10, 15, 20, 36, 37, 40, 50, 100,
          700, 720, 1e4]
orders = [0, 0.3, 0.5, 1, 2, 2.5, 5, 10.25, 17, 25, 29.9, 30, 31, 50, 100, 300, 500]
bessel_x = [1e-20, 1e-4, 0.1, 0.7, 1, 3, 8, 15, 29.9, 30, 30.1, 60, 100, 350, 1e3, 1e4, 1e6]


def signed(xs):
    return sorted({-x for x in xs} | set(xs))


def rows(of, xs):
    out = []
    for x in map(f32, xs):
        out.append([x, float(of(mpf(x)))])
    return out


def write_values():
    blocks = [
        ["log_gamma", None, rows(log_gamma, positive + negative)],
        ["digamma", None, rows(mp.digamma, positive + negative)],
        ["trigamma", None, rows(lambda x: mp.polygamma(1, x), positive[1:] + negative)],
        *(["polygamma", n, rows(lambda x: mp.polygamma(n, x), positive[2:-1] + negative)] for n in [2, 3, 4, 5]),
        *(["log_bessel", n, rows(lambda x: log_bessel(n, x), even)] for n in range(5)),
        *(["log_mills", n, rows(lambda x: log_mills_derivative(n, x), mills)] for n in range(5)),
        *(["log_exprel", n, rows(lambda x: log_exprel(n, x), signed(exprel))] for n in range(5)),
        ["normal_log_cdf", None, rows(normal_log_cdf, cdf)],
        ["log1m_exp", None, rows(log1m_exp,
                                 [-1e-300, -1e-20, -1e-8, -1e-3, -0.1, -0.5, -0.69, -0.7, -1, -3, -10, -30, -50, -100, -700])],
        ["softplus", None, rows(lambda x: mp.log1p(mp.exp(x)), [-700, -80, -40, -10, -3, -1, -0.1, 0, 0.1, 1, 3, 10, 40, 80, 700, 1e30])],
        ["sigmoid", None, rows(lambda x: 1 / (1 + mp.exp(-x)), [-700, -80, -40, -10, -3, -1, -0.1, 0, 0.1, 1, 3, 10, 40, 80, 700])],
        ["log_bessel_i", None, [[v, x, float(log_bessel_i(mpf(v), mpf(x)))] for v in map(f32, orders) for x in map(f32, bessel_x)]],
        ["atan2", None, [[y, x, float(mp.atan2(mpf(y), mpf(x)))]
                         for y in map(f32, [-1e20, -3, -0.1, 0, 1e-20, 1, 7]) for x in map(f32, [-1e20, -2, -1e-10, 1e-10, 0.3, 5, 1e20])]],
    ]
    with open("test/runtime/special-values.json", "w") as file:
        body = ",\n".join(
            f'["{name}", {json.dumps(n)}, [\n' + ",\n".join(f"  {json.dumps(row)}" for row in values) + "\n]]"
            for name, n, values in blocks
        )
        file.write("[\n" + body + "\n]\n")


if __name__ == "__main__":
    mp.dps = 100
    write_tables()
    mp.dps = 60
    write_values()
