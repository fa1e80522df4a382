/** Dynamics of a user's own, right and wrong, for the tests of verdicts and of samplers. */

/** Right ones beside those of the library. */
export const rightDynamics = `
  dynamics Obabo(dt: positive = 0.1, friction: positive = 1) of s {
    state p = 0
    A: d s = p dt
    B: d p = -grad(objective, s) dt
    O: d p = -friction * p dt + sqrt(2 * friction) dW
    integrate O B A B O
  }
  dynamics Lopsided(dt: positive = 0.1, friction: positive = 1) of s {
    state p = 0
    A: d s = p dt
    B: d p = -grad(objective, s) dt
    O: d p = -friction * p dt + sqrt(2 * friction) dW
    integrate B A O
  }
  /// Mass and momentum of their own.
  dynamics Heavy(dt: positive = 0.1, friction: positive = 1, mass: positive = 2) of s {
    state p = 0
    A: d s = p / mass dt
    B: d p = -grad(objective, s) dt
    O: d p = -friction * p dt + sqrt(2 * friction * mass) dW
    integrate O A B A O
  }
  /// Adaptation by a slow variable that sees the same slope, all lines at once.
  dynamics Gliding(dt: positive = 0.1, gain: positive = 0.5) of s {
    state a = 0
    d s = (-grad(objective, s) + gain * a) dt + sqrt(2) dW
    d a = -gain * grad(objective, s) dt - a dt + sqrt(2) dW
  }
  dynamics ByHand(dt: positive = 0.1, friction: positive = 1) of s {
    state p = 0
    p <- p - dt * grad(objective, s)
    s <- s + dt * p
    p <- exp(-friction * dt) * p + sqrt(1 - exp(-2 * friction * dt)) * noise
  }
  dynamics Gained(dt: positive = 0.1, gain: positive = 2) of s {
    d s = -gain * grad(objective, s) dt + sqrt(2 * gain) dW
  }
  dynamics Unadjusted(dt: positive = 0.1) of s {
    state p = 0
    A: d s = p dt
    B: d p = -grad(objective, s) dt
    p <- noise
    integrate B A B
  }`;

/** Each with one slip, and what it is. */
export const wrongDynamics: Readonly<Record<string, string>> = {
  MissingRootTwo: `
    /// dW without its factor of root 2.
    dynamics MissingRootTwo(dt: positive = 0.05) of s { d s = -grad(objective, s) dt + dW }`,
  WrongSign: `
    /// It climbs.
    dynamics WrongSign(dt: positive = 0.05) of s { d s = grad(objective, s) dt + sqrt(2) dW }`,
  RootForgotten: `
    /// Noise in proportion to the step, not to its root.
    dynamics RootForgotten(dt: positive = 0.05) of s { s <- s - dt * grad(objective, s) + 2 * dt * noise }`,
  ColdFriction: `
    /// Noise of half the strength that the friction asks for.
    dynamics ColdFriction(dt: positive = 0.05, friction: positive = 1) of s {
      state p = 0
      A: d s = p dt
      B: d p = -grad(objective, s) dt
      O: d p = -friction * p dt + sqrt(friction) dW
      integrate B A O A B
    }`,
  WrongRefresh: `
    /// Momentum drawn with the wrong spread.
    dynamics WrongRefresh(dt: positive = 0.05) of s {
      state p = 0
      A: d s = p dt
      B: d p = -grad(objective, s) dt
      p <- 0.7 * noise
      integrate B A B A B
    }`,
  WrongMass: `
    /// The mass is in the motion and not in the noise.
    dynamics WrongMass(dt: positive = 0.05, friction: positive = 1, mass: positive = 2) of s {
      state p = 0
      A: d s = p / mass dt
      B: d p = -grad(objective, s) dt
      O: d p = -friction * p dt + sqrt(2 * friction) dW
      integrate B A O A B
    }`,
  ExtraLeak: `
    /// A leak that the objective does not hold.
    dynamics ExtraLeak(dt: positive = 0.05) of s { d s = -grad(objective, s) dt - s dt + sqrt(2) dW }`,
  Undamped: `
    /// Noise that nothing takes away again.
    dynamics Undamped(dt: positive = 0.05) of s {
      state p = 0
      A: d s = p dt
      B: d p = -grad(objective, s) dt + dW
      integrate A B A
    }`,
};

/** Wrong ones that the form does not give away: they are simulated only. */
export const hiddenSlips: Readonly<Record<string, string>> = {
  NoiseReused: `
    /// One noise in both halves of the bath.
    dynamics NoiseReused(dt: positive = 0.2, friction: positive = 1) of s {
      state p = 0
      let n = noise
      let keep = exp(-friction * dt / 2)
      p <- keep * p + sqrt(1 - keep^2) * n
      p <- p - dt / 2 * grad(objective, s)
      s <- s + dt * p
      p <- p - dt / 2 * grad(objective, s)
      p <- keep * p + sqrt(1 - keep^2) * n
    }`,
};
