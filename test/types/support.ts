/** True where both are the same type, not only assignable to each other. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles where its argument is `true`; nothing of it runs. */
export type Expect<T extends true> = T;
