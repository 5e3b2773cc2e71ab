/** By which way the page reaches its node, and why it does not: English. Loaded with the page, as it stands in its frame. */
export const road = {
  /** The page comes from the node itself. */
  origin: 'At your node',
  home: 'At home',
  none: 'Looking for your node…',

  direct: 'Away from home, directly connected',
  circuit: 'Away from home, through a helper node: slower, nothing large',
  /** Leads to the pairing of this device. */
  pair: 'Pair this device with your node',
  pairAgain: 'Pair this device again',

  shutOut: {
    title: 'This device was shut out',
    how: 'Your node no longer knows this device: somebody has shut it out in its settings. If you want it back, pair it again from a device that opens your node.',
  },

  /** What stands in the way. */
  faults: {
    offline: 'This device has no network. What you write is kept here and sent when it is back.',
    'no-public-node':
      'Your node does not answer, and no public node leads to it at the moment. It is tried again by itself; what you write is kept here.',
    'node-away':
      'Your node does not answer, neither at home nor through public nodes. It may be off, or without a network. What you write is kept here and sent when it is back.',
    'wrong-node': 'At the address of your node another one answers. Nothing was sent to it.',
    'wrong-owner':
      'Your node belongs to somebody else now, so nothing is sent to it. If that is right, sign out here and pair this device again.',
    revoked: 'Your node no longer knows this device: somebody has shut it out. Pair it again to come back.',
    'relay-cut':
      'The helper node has ended the connection. It is made anew by itself; what you write is kept here meanwhile.',
    'no-webrtc': 'No direct connection gets through from this network, and no helper node carries this one.',
    broken:
      'What answers in the place of your node is not understood. This page may be older or newer than your node: load it anew.',
  },
}
