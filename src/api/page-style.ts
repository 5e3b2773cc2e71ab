/** The look of the status page: system type, few colours by the system's theme, a 4 px grid, no shadow, no motion. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--background:oklch(99% .003 95);--text:oklch(24% .01 260);--text-quiet:oklch(48% .015 260);
--line:oklch(90% .006 260);--accent:oklch(48% .13 250)}
@media (prefers-color-scheme:dark){:root{--background:oklch(18% .01 260);--text:oklch(92% .005 260);
--text-quiet:oklch(72% .012 260);--line:oklch(32% .012 260);--accent:oklch(76% .11 250)}}
body{margin:0;background:var(--background);color:var(--text);
font:17px/1.5 system-ui,"Hiragino Sans","Yu Gothic UI","Noto Sans JP",sans-serif}
main{max-width:640px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:26px;line-height:1.25;font-weight:650;margin:4px 0 12px}
h2{font-size:19px;line-height:1.3;font-weight:650;margin:40px 0 8px}
p{margin:0 0 12px;max-width:66ch}
.lead{margin-bottom:24px}
.quiet,dt{color:var(--text-quiet);font-size:15px}
dl,ul,ol{margin:0;padding:0;border-top:1px solid var(--line)}
ol{padding-left:24px;border:0}
ul{list-style:none}
dt{padding-top:12px}
dd{margin:0;padding-bottom:12px;border-bottom:1px solid var(--line)}
li{padding:12px 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
ol li{border:0;padding:4px 0}
code{font:15px/1.5 ui-monospace,"SF Mono",Consolas,monospace;overflow-wrap:anywhere}
.quiet code{font-size:inherit}
`.replaceAll('\n', '')
