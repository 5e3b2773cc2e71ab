/** The look of the node's pages: system type, few colours by the system's theme, a 4 px grid, no shadow, no motion. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--background:oklch(99% .003 95);--text:oklch(24% .01 260);--text-quiet:oklch(48% .015 260);
--line:oklch(90% .006 260);--edge:oklch(62% .01 260);--accent:oklch(48% .13 250);--danger:oklch(50% .18 27);--good:oklch(46% .1 150)}
@media (prefers-color-scheme:dark){:root{--background:oklch(18% .01 260);--text:oklch(92% .005 260);
--text-quiet:oklch(72% .012 260);--line:oklch(32% .012 260);--edge:oklch(54% .012 260);--accent:oklch(76% .11 250);
--danger:oklch(74% .14 25);--good:oklch(76% .12 150)}}
body{margin:0;background:var(--background);color:var(--text);
font:17px/1.5 system-ui,"Hiragino Sans","Yu Gothic UI","Noto Sans JP",sans-serif}
main{max-width:640px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:26px;line-height:1.25;font-weight:650;margin:4px 0 12px}
h2{font-size:19px;line-height:1.3;font-weight:650;margin:40px 0 8px}
p{margin:0 0 12px;max-width:66ch}
a{color:var(--accent)}
.lead{margin-bottom:24px}
.quiet,dt,label{color:var(--text-quiet);font-size:15px}
dl,ul,ol{margin:0;padding:0;border-top:1px solid var(--line)}
ol{padding-left:24px;border:0}
ul{list-style:none;margin-bottom:16px}
dt{padding-top:12px}
dd{margin:0;padding-bottom:12px;border-bottom:1px solid var(--line)}
li{padding:12px 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
ol li{border:0;padding:4px 0}
code{font:15px/1.5 ui-monospace,"SF Mono",Consolas,monospace;overflow-wrap:anywhere}
.quiet code{font-size:inherit;white-space:nowrap}
.entry{display:flex;gap:16px;align-items:center;justify-content:space-between}
.entry .quiet{display:block}
label{display:block;margin:0 0 4px}
input,button,.button{box-sizing:border-box;min-height:44px;border:1px solid var(--edge);border-radius:6px;font:inherit}
input{width:100%;margin:0 0 12px;padding:8px 12px;background:transparent;color:inherit}
input::placeholder{color:var(--text-quiet);opacity:1}
input[aria-invalid]{border-color:var(--danger);margin-bottom:4px}
button,.button{padding:8px 16px;background:transparent;color:var(--accent);white-space:nowrap;cursor:pointer;text-decoration:none}
.danger,.error{color:var(--danger)}
button.danger{border-color:var(--danger)}
.done{color:var(--good)}
.error,.done{font-size:15px}
.row{display:flex;gap:12px;flex-wrap:wrap;margin:0}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
`.replaceAll('\n', '')
