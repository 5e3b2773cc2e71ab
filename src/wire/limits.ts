/** Bounds of everything that crosses a wire beside the event itself (`event/limits.ts`), each with its reason. */
import { MAX_EVENT_BYTES } from '../event/limits.ts'

/**
 * The encoding adds to an event's text the key, the signature, and headers: one byte for each of 20,000 elements, one or
 * two more for those of 32 and of 256 bytes up, three for each of 2,000 tags. Together that stays under 40 KiB.
 */
export const MAX_EVENT_PACKET_BYTES = MAX_EVENT_BYTES + 64 * 1024

/** Events in one `/nostrp2p/deliver/1` request; more wait for the next request on the same connection. */
export const MAX_DELIVER_EVENTS = 100
/** Bytes of one deliver request: at least one event of the largest size. */
export const MAX_DELIVER_BYTES = MAX_EVENT_PACKET_BYTES + 1024

/** Characters of the reason in one receipt; what is longer is cut. */
export const MAX_RECEIPT_REASON_CHARS = 500
/** 100 receipts whose reasons take three bytes a character. */
export const MAX_RECEIPTS_BYTES = 160 * 1024

/** Events in one page of a `/nostrp2p/fetch/1` answer. */
export const MAX_FETCH_PAGE_EVENTS = 50
/** A page is closed when it grows beyond this; the largest event still fits. */
export const FETCH_PAGE_BYTES = 64 * 1024
/** Events in all pages of one answer; whoever wants more asks again with `until`. */
export const MAX_FETCH_EVENTS = 500
/** Bytes of all events of one answer: 500 usual posts take 150 kB; some dozens of the largest events fit. */
export const MAX_FETCH_ANSWER_BYTES = 8 * 1024 * 1024
/** A filter with 200 authors fits; nobody needs to ask a peer for more at once. */
export const MAX_FETCH_REQUEST_BYTES = 16 * 1024
/** Owners in one request for nodes. */
export const MAX_FETCH_OWNERS = 50

/** Ids in one answer between nodes of one owner, and events asked for at once: 8 KiB of ids, which a relay carries too. */
export const MAX_OWN_IDS = 256
/** The cursor of a node is a word of its own; this program's have at most 120. */
export const MAX_OWN_CURSOR_CHARS = 160
/** One negentropy message between nodes of one owner: 1,000 ids. */
export const MAX_OWN_MESSAGE_BYTES = 32 * 1024
/** The message, and what stands around it. */
export const MAX_OWN_REQUEST_BYTES = MAX_OWN_MESSAGE_BYTES + 256
/** Tombstones in one answer between nodes of one owner, 40 bytes each. */
export const MAX_OWN_TOMBSTONES = 1_000
/** Nodes named for one delivery: more than a recipient has. */
export const MAX_OWN_ACKS = 16
/** An answer with events is closed when it grows beyond this; the largest event still fits. */
export const OWN_EVENTS_BYTES = 64 * 1024
export const MAX_OWN_REPLY_BYTES = OWN_EVENTS_BYTES + MAX_EVENT_PACKET_BYTES + 1024

/** Owners of whom a node keeps DHT records: far more than fall to one node in a network of ten thousand. */
export const MAX_DHT_RECORDS = 10_000
/** Nodes in one DHT record: more than one owner has at home and elsewhere. */
export const MAX_RECORD_NODES = 8
/** Usually under 600 bytes a node; two announcements of the largest size fit. */
export const MAX_RECORD_BYTES = 16 * 1024 + 64
/** A DHT message: a record, and 20 peers with their addresses. */
export const MAX_DHT_MESSAGE_BYTES = 64 * 1024
/** Of one answer: as many as a bucket of any size in use. */
export const MAX_DHT_PEERS = 20
/** Of each peer in an answer. */
export const MAX_DHT_PEER_ADDRESSES = 8

/** Ports in one question whether this node is reached: its own, and what a router maps to it. */
export const MAX_REACH_PORTS = 3
export const MAX_REACH_BYTES = 256

/** Addresses in one announcement: listening addresses of a home machine with IPv6 are below it. */
export const MAX_ANNOUNCED_ADDRESSES = 16
export const MAX_ADDRESS_BYTES = 256
/** Envelope, addresses and a binding of the usual form take under 2 KiB. */
export const MAX_ANNOUNCEMENT_BYTES = 8 * 1024
/** Announcements that a node tells a new neighbour in its hello. */
export const MAX_HELLO_ANNOUNCEMENTS = 64
/** A binding of the usual form takes under 300 bytes; each node of the directory has one. */
export const MAX_BINDING_BYTES = 2 * 1024
export const MAX_HELLO_BYTES = 128 * 1024
/** A page of a fetch answer: events up to the size that closes it and one more, or announcements as in a hello. */
export const MAX_FETCH_PAGE_BYTES =
  Math.max(FETCH_PAGE_BYTES + MAX_EVENT_PACKET_BYTES, MAX_HELLO_ANNOUNCEMENTS * MAX_ANNOUNCEMENT_BYTES) + 1024
/** Program name and version in a hello. */
export const MAX_AGENT_BYTES = 128
export const MAX_ABILITIES = 32

/** A REST body as it arrives, and after gunzip (a bomb of 100 MiB is 0.1 MiB long). */
export const MAX_BODY_BYTES = 512 * 1024
export const MAX_INFLATED_BODY_BYTES = 1024 * 1024
/** Events in one `/req` answer when the client names no limit, and at most. */
export const DEFAULT_PULL_EVENTS = 50
export const MAX_PULL_EVENTS = 5_000
/** Event bytes after which an answer ends; what is left comes with the next cursor. */
export const MAX_PULL_BYTES = 8 * 1024 * 1024

/** Ids that one side of a reconciliation compares at most: 36 bytes each, so 9 MB for as long as it lasts. */
export const MAX_SYNC_IDS = 250_000
/** What the reference implementation of negentropy demands of a frame; 100 ids and what ends a message fit. */
export const MIN_SYNC_MESSAGE_BYTES = 4_096

/** Authors in one scope of `/nostrp2p/sync/1`; a longer follow list takes more than one stream. */
export const MAX_SYNC_AUTHORS = 1_000
/** Ids that are asked for at once, and events in one frame: 8 KiB of ids, some 80 KiB of usual posts. */
export const MAX_SYNC_FRAME_EVENTS = 256
/** A frame with events is closed when it grows beyond this; the largest event still fits. */
export const SYNC_EVENTS_BYTES = 128 * 1024
export const MAX_SYNC_FRAME_BYTES = SYNC_EVENTS_BYTES + MAX_EVENT_PACKET_BYTES + 1024
/** One negentropy message: 8,000 ids, so that 200 differences among 100,000 are found in three round trips. */
export const MAX_SYNC_MESSAGE_BYTES = 256 * 1024
/** Negentropy messages of one exchange; an honest one takes four, and some dozens when the sets have little in common. */
export const MAX_SYNC_ROUNDS = 100
/** Events that one exchange carries each way, and their bytes; what is left goes with the next one. */
export const MAX_SYNC_EVENTS = 100_000
export const MAX_SYNC_BYTES = 256 * 1024 * 1024

/** Bytes of a one-time secret: nobody guesses 128 bits in ten minutes. */
export const PAIRING_SECRET_BYTES = 16
/** Multihash of a peer ID: an Ed25519 one has 38 bytes. */
export const MAX_PEER_ID_BYTES = 64
/** Addresses in a pairing code: two nodes that lead to it in three ways each; more make the QR code hard to read. */
export const MAX_PAIRING_ADDRESSES = 6
/** Addresses of the node in its own network that a pairing code names. */
export const MAX_PAIRING_HOMES = 3
/** A pairing code before base64: a usual one has 400; a QR code holds 2,953 characters at most. */
export const MAX_PAIRING_CODE_BYTES = 2_048

/** A body over a circuit, which carries 2 MiB in all: a hundred usual posts. */
export const MAX_CIRCUIT_BODY_BYTES = 64 * 1024
/** Events in one `/req` answer or one subscription's stored part over a circuit: one screen after the other. */
export const MAX_CIRCUIT_EVENTS = 200
/** And their bytes. */
export const MAX_CIRCUIT_ANSWER_BYTES = 256 * 1024
