/** Texts of pairing, and of being away from home: English. They come with their views. */
import type { Widened } from './en.ts'

export const awayEn = {
  /** A page that has no node yet. */
  start: {
    title: 'Welcome to nostrp2p',
    what: 'This is a microblog without a company in between: what you write lives on a node of your own, at home or wherever you run it.',
    how: 'Paired with your node, this page opens it from wherever you are.',
    where:
      'The code is shown by a device that opens your node already (Settings, Devices, Pair a device), and by the command nostrp2p pair on the machine of the node.',
    noNode: 'You have no node yet? Install nostrp2p on a computer that is mostly on, and start it there.',
    enter: 'Open the node that is here',
  },

  pair: {
    title: 'Pair this device',
    scan: 'Scan a code',
    scanNothing: 'That is another kind of code. The one that pairs begins with nostrp2p:pair/.',
    code: 'Pairing code',
    codeHint: 'It begins with nostrp2p:pair/, works once, and for ten minutes.',
    goOn: 'Go on',
    whose: 'This code opens the node of:',
    nobodys:
      'The node of this code has no owner yet. Make it yours first: open the address that it printed when it started.',
    may: 'This device will read and write everything there, at home and away, until you shut it out in Settings, Devices.',
    name: 'Name of this device',
    nameHint: 'By this you know it again in the list of your devices.',
    nameEmpty: 'Give it a name, so that you know it again.',
    pair: 'Pair',
    looking: 'Looking for the node, at home and through public nodes…',
    late: 'That takes longer than usual. It goes on by itself.',
    done: 'Paired. The timeline is on its way…',
    other: 'Use another code',
    already: 'This page opens that node already.',
    toTimeline: 'To the timeline',
    taken:
      'This page opens the node of somebody else. Sign out of it first (Settings, Sign out), then use the code again.',
  },

  /** What keeps a device from being paired. */
  faults: {
    'pairing-code':
      'That is no pairing code, or not all of it. Copy it as a whole, from nostrp2p:pair/ to its end, or scan it again.',
    'pairing-version':
      'This code is of a newer version than this page. Open the page of the node itself and pair there.',
    'pairing-used': 'This code has let a device in already: each works once. Make a new one on the node.',
    'pairing-expired': 'The ten minutes of this code are over. Make a new one on the node.',
    'pairing-unknown':
      'The node does not know this code: it was taken back, or the node was restarted. Make a new one.',
    offline: 'This device has no network, so the node is not to be found.',
    'no-public-node':
      'None of the public nodes of this code answers. Check the network of this device, or pair in the network of the node.',
    'node-away': 'Public nodes answer, but the node is at none of them. Is it on, and connected?',
    'wrong-node': 'Another node answers in the place of the one that made this code. Nothing was told to it.',
    'wrong-owner': 'The node has another owner than the code says. Nothing was kept. Make a new code on your own node.',
    revoked: 'The node has shut this device out. Make a new code on it.',
    'relay-cut': 'The helper node has ended the connection before the device was paired. Try again.',
    'no-webrtc': 'No connection gets through from this network. Try another one, or pair in the network of the node.',
    broken: 'The node answered with something that this page does not understand: one of the two is too old.',
    'not-kept':
      'This browser keeps nothing of this page, as in a private window, so it cannot be paired. Use a usual window.',
    slow: 'The node did not answer in time. Try again.',
  },

  /** On a device that opens the node: the code for another one. */
  show: {
    title: 'Pair a device',
    how: 'Scan this with the camera of the other device, or with “Scan a code” on its page.',
    text: 'Or copy the code and paste it there.',
    asText: 'Show the code as text',
    page: 'The page that it opens',
    everywhere: 'It opens everywhere.',
    public:
      'It opens everywhere. Another node serves it: choose it if you trust that one, for whoever serves a page can change it.',
    homeOnly: 'Your own node serves it, so it opens at home only.',
    left: (time: string) => `Works once, for another ${time}.`,
    leftSpoken: (minutes: string) => (minutes === '1' ? 'One minute left.' : `${minutes} minutes left.`),
    over: 'The time of this code is over.',
    again: 'Make a new code',
    paired: (name: string) => `${name} is paired.`,
    making: 'Your node is making a code…',
    secret: 'Whoever uses it first can read and write everything here. It is taken back when you close this.',
    textOnly:
      'Your node knows no page that another device could open. Open one there, of any node or host, and scan or paste this code.',
  },
}

export type AwayWords = Widened<typeof awayEn>
