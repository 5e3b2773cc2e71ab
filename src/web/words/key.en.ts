/** Keys, the first minute, invitations: English. */
export const keyEn = {
  welcome: {
    title: 'Welcome to your node',
    own: 'This is a microblog of your own: what you write is kept on this node and goes from here straight to the nodes of your friends, with nobody in between.',
    key: 'You sign what you write with a key of yours; the node never sees its secret part.',
    minute: 'Make this node yours now: it takes about a minute.',
    make: 'I am new: make a key for me',
    bring: 'I have a key already',
    claim: 'Make this node mine',
    claiming: 'Waiting for the node…',
    signing: 'Waiting for your signature…',
    noToken:
      'This node has no owner yet. To make it yours, open the claim address that it printed when it started: it ends with /k/ and a code, and there is a QR code beside it.',
  },

  make: {
    title: 'Your new key',
    what: 'This is your secret key. Whoever has it can write in your name, and nobody can give you another copy: keep it in a password manager, or download a backup file.',
    secret: 'Secret key (nsec)',
    public: 'Your public key (npub), which others know you by',
    password: 'Password for this key',
    passwordHint:
      'At least 8 characters. It locks the key in this browser and in the backup file, and cannot be reset.',
    backup: 'Download a backup file',
    backupDone: 'The backup file was handed to your browser. It opens with the password.',
    backupText: (npub: string) =>
      `nostrp2p: backup of the secret key of ${npub}\nIt is locked with the password that you chose (NIP-49). To use it: "I have a key already", then "Encrypted key".\n`,
    confirm: 'The last four characters of the secret key',
    confirmHint: 'To be sure that you have kept it: it is not shown again.',
    confirmWrong: 'These are not its last four characters. Look at the copy that you have kept.',
    passwordShort: 'The password needs at least 8 characters.',
    locking: (percent: string) => `Locking the key with the password… ${percent}`,
  },

  keeping: {
    title: 'On this device',
    password: 'Locked with the password',
    passwordHint: 'You are asked for it once each time you open the page.',
    open: 'Unlocked',
    openHint:
      'No password. The key lies encrypted in this browser, and only this browser can open it. Whoever can use this browser can write in your name.',
    openMissing: 'The browser allows this only at a secure address: https, or this machine itself (localhost).',
    session: 'Not kept',
    sessionHint: 'The key is gone when the page is closed. Bring it again next time.',
    notKept: 'This browser keeps nothing (a private window?). The key is gone when the page is closed.',
  },

  bring: {
    title: 'Bring your key',
    extension: 'Browser extension',
    extensionHint: 'The key stays in the extension, which asks you before it signs (NIP-07).',
    extensionNone: 'No signing extension answers in this browser.',
    extensionUse: 'Use the extension',
    bunker: 'Signer on another device',
    bunkerHint: 'An app on your phone or a service keeps the key and signs for you (NIP-46).',
    bunkerAddress: 'Address from the signer (bunker://…)',
    bunkerWrong:
      'That is no address of a signer. It begins with bunker:// and names at least one meeting point (relay=…).',
    bunkerUse: 'Connect',
    bunkerWaiting: 'Waiting for the signer. Look at it: it may ask you to agree.',
    bunkerCode: 'Or scan this code with the signer',
    bunkerShow: 'Show a code for the signer to scan',
    bunkerMeeting: 'Where both meet (wss://…)',
    bunkerMeetingHint:
      'A relay that your signer uses. Your own node serves too, once it is yours and the signer can reach it; the code then lets the signer read your node.',
    bunkerNobody:
      'No signer came: nothing answers at this meeting point, or nobody scanned the code within five minutes. Try another one.',
    bunkerHere: 'Open the signer on this device',
    bunkerCopy: 'Copy the address',
    bunkerAgree: 'Your signer wants you to agree first. Open this address:',
    ncryptsec: 'Encrypted key',
    ncryptsecHint: 'An ncryptsec or a backup file, and its password (NIP-49).',
    ncryptsecText: 'Encrypted key (ncryptsec1…)',
    ncryptsecFile: 'Or choose the backup file',
    ncryptsecPassword: 'Its password',
    ncryptsecUse: 'Unlock',
    ncryptsecWrong: 'That is no encrypted key. It begins with ncryptsec1; a letter may be missing.',
    unlocking: (percent: string) => `Unlocking… ${percent}`,
    wrongPassword: 'This password does not open it.',
    damaged: 'This encrypted key is damaged: no password opens it.',
    nsec: 'Secret key (nsec)',
    nsecHint: 'The last resort.',
    nsecWarning:
      'A secret key that is typed or pasted can be read by whoever sees this screen, the clipboard, or this browser. An extension or a signer on another device is safer. It never goes to the node.',
    nsecText: 'Secret key (nsec1…)',
    nsecUse: 'Use this key',
    nsecWrong: 'That is no secret key. It begins with nsec1 and has 63 characters; a letter may be missing.',
    nsecPublic: 'That is a public key (npub). Signing needs the secret key that belongs to it (nsec).',
    wrongOwner: (theirs: string, owner: string) =>
      `This is the key of ${theirs}. This node belongs to ${owner}, so it needs that key.`,
  },

  dialog: {
    title: 'Your key is needed',
    why: 'What you do here is signed with your key. It is not in this browser yet.',
    lockedWhy: 'The key in this browser is locked.',
    password: 'Password of your key',
    unlock: 'Unlock',
    other: 'Use another key or signer',
    gone: 'The signer of this browser does not answer. Switch it on and try again, or bring the key in another way.',
  },

  signIn: {
    title: "Sign in with the owner's key",
    how: 'The node gives this device a code of its own when the owner signs once. The secret key does not leave its place.',
    wrongOwner:
      'This key is not the one of the owner of this node. Bring the other one, or use the address with the code.',
    unknownName:
      'The node does not know the address in your browser as its own, so it cannot check the signature. Open it by its IP address, or start it with --relay-url and this address.',
    again: (name: string) => `Sign in as ${name}`,
  },

  signer: {
    refused: 'Your signer said no. Nothing was sent.',
    refusedBecause: (sentence: string) => `Your signer said no: “${sentence}”. Nothing was sent.`,
    silent: 'Your signer does not answer. See whether it is open and waits for you, then try again.',
    locked: 'Nothing was signed: the key is locked.',
    wrongKey: "Your signer signed with another key than the owner's. Choose the right account in it, then try again.",
    changed: 'Your signer gave back something else than what it was asked to sign, so it was not used.',
    unable: 'Your signer cannot do this.',
    unableBecause: (sentence: string) => `Your signer cannot do this: “${sentence}”.`,
  },

  claim: {
    notBinding: 'The node asked for a signature that is not for making it yours. Nothing was signed.',
    spent:
      'The code in this address no longer counts: the node was started again since. Open the address that it prints now.',
    owned: 'This node belongs to somebody else already.',
    readOnly: 'This node takes nothing from anybody (-w false), so it cannot be made yours. Start it without that.',
    clockAhead: (by: string, here: string, there: string) =>
      `The clocks differ by ${by}: here it is ${here}, at the node ${there}. Set the one that is wrong to automatic time, then try again.`,
  },

  binding: {
    valid: (date: string) => `You have signed for this node: it counts until ${date}.`,
    soon: (date: string) =>
      `Your signature for this node ends on ${date}. Others then no longer know for sure that it is yours.`,
    none: 'This node is not signed by you yet: others have only its word that it is yours.',
    withdrawn: 'You have withdrawn this node: nothing that is sent to you comes here.',
    renew: 'Sign now',
    renewing: 'Signing…',
    done: 'Signed.',
  },

  first: {
    step: (number: string, of: string) => `Step ${number} of ${of}`,
    skip: 'Skip',
    next: 'Next',
    profileTitle: 'Your name',
    profileWhy: 'So that others know who writes. You can change it at any time.',
    name: 'Name',
    picture: 'Address of a picture (optional)',
    pictureHint: 'https://… Whoever shows it asks that site for it.',
    pictureWrong: 'That is no web address. It begins with https://.',
    about: 'A few words about you (optional)',
    profileSave: 'Save and go on',
    peopleTitle: 'Whom to follow',
    peopleWhy: 'Your home shows what the people you follow write.',
    noticesTitle: 'Stay informed',
    noticesWhy: 'Mentions and replies wait for you under Notices. Your node can also wake this device when they come.',
    done: 'Go to my home',
  },

  peopleSteps: {
    addLabel: 'npub, invitation or link',
    addButton: 'Add',
    addWrong: 'Nobody can be found in that. A public key begins with npub1, an invitation with nostrp2p:.',
    addSecret: 'That is a secret key. Never give it to anybody; ask for the public one (npub1…).',
    addSelf: 'That is you.',
    scan: 'Scan a code',
    scanTitle: 'Point the camera at the code',
    scanMissing:
      'The browser gives the camera only to a secure address: https, or this machine itself (localhost). Start the node with -s, or paste the text instead.',
    scanRefused: 'The browser did not give the camera. Allow it for this page, or paste the text instead.',
    scanNothing: 'There is no invitation in this code.',
    seen: 'Seen on the network',
    seenNone: 'Nobody has been seen yet.',
    waiting:
      'Your node looks for others by itself, and people appear here as they are found. Meanwhile, add a friend or send your invitation.',
    nodes: (count: string) => `Connected to ${count} other nodes.`,
    oneNode: 'Connected to 1 other node.',
    noNode: 'No other node is connected yet.',
    follow: (count: string) => `Follow ${count} and go on`,
    choose: 'Choose',
    chosen: 'Chosen',
    following: 'Following',
    mine: 'Your invitation',
    mineWhy: 'Show or send it to a friend: it carries your public key and how to find your node.',
  },

  invite: {
    title: 'An invitation',
    from: 'This invitation is from',
    follow: 'Follow',
    bootstraps: 'It also names nodes through which yours can find theirs:',
    join: 'Follow, and connect through them',
    joined: 'Done. Their posts appear in your home as they arrive.',
    locked:
      'Your node was started with its meeting points on the command line (-b), so they cannot be changed here. Add this there:',
    wrong: 'This invitation cannot be read: a part of it is missing. Ask for it again.',
  },

  clock: {
    off: (by: string) =>
      `This device's clock and your node's differ by ${by}. What you post may be refused: set the wrong one to automatic time.`,
  },
}
