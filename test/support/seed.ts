/** Random tests run the same every time unless told otherwise: `SEED=123 npm test`. */
export const SEED = Number(process.env.SEED ?? 20_261_121)
