/** Shorter passwords are guessed by whoever gets the locked key; longer ones are for the person to choose. */
export const MIN_PASSWORD = 8
