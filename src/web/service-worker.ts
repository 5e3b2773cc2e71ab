/** Keeps the page itself, so that it opens without the node. */
export {}
