/** Bounds of one event. Every number that decides whether an event is too big stands here, with its reason. */

/**
 * UTF-8 bytes of the content and of all tag elements together. The original took a post of 200,000 bytes; a larger one
 * is a file.
 */
export const MAX_EVENT_BYTES = 256 * 1024

/** strfry's default; follow lists of the wild stay below it. */
export const MAX_TAGS = 2_000

/** Elements of one tag; the longest tags in use (`imeta`, NIP-92) have about 20. */
export const MAX_TAG_ELEMENTS = 100

/** Elements of all tags together: ten for each of the most tags. It bounds the work of a decoder and of the indexes. */
export const MAX_ALL_TAG_ELEMENTS = 20_000

/** UTF-8 bytes of one tag element; zap receipts carry a JSON event in one. */
export const MAX_TAG_ELEMENT_BYTES = 8 * 1024

/** People whom one reply may be sent to; each costs a delivery. */
export const MAX_RECIPIENTS = 100

/** Kinds are 16-bit numbers (NIP-01). */
export const MAX_KIND = 65_535

/** `created_at` is a 32-bit number on the wire and in store keys: until the year 2106. */
export const MAX_CREATED_AT = 2 ** 32 - 1

/** How far ahead of the node's clock an event may be dated, in seconds (strfry and nostream: 900). */
export const MAX_FUTURE_SECONDS = 900
